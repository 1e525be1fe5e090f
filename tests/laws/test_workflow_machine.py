"""Everything that staff can do, in any order, while the shop changes under their hands."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from moneyed import Money

from cartcore.adapters.memory import MemoryStorage
from cartcore.documents.serializer import Serializer
from cartcore.entry.editor import DraftEditor
from cartcore.entry.view import DraftView
from cartcore.errors import CartcoreError, DraftPlaced, NotFound, StaleDraft, StorageError
from cartcore.orders.draft import Draft, Step
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Trigger
from tests.support import shop as support
from tests.support.shop import (
    AIR,
    BERLIN,
    BOULDER,
    CATALOGUE,
    CONTACTS,
    DENVER,
    EXPRESS,
    FREE_HAND,
    POST,
    PROMOTIONS,
    Shop,
    everything,
    usd,
)

T = TypeVar("T")

SERIALIZER = Serializer()
SKUS = [variant.sku for product in CATALOGUE for variant in product.variants]
CODES = [code for promotion in PROMOTIONS.values() for code in promotion.codes]
STORE = attrs.evolve(support.STORE, staff_prices=FREE_HAND)
DEARER = attrs.evolve(STORE, speeds=(attrs.evolve(POST, price=usd("5.90")), EXPRESS, AIR))
MOST_DRAFTS = 4

# Some of what a pool holds is of no use; that is part of the game.
numbers = st.integers(0, 30)
skus = st.sampled_from([*SKUS, *SKUS, "NO-SUCH"])
products = st.sampled_from([*(product.id for product in CATALOGUE), "no-such"])
quantities = st.sampled_from([1, 1, 2, 3, 5, 1_000, 0, -1, 1_001, True, 1.5])
colors = st.sampled_from(["Black", "White", "Red", "Blue", "Pink"])
options = st.one_of(
    st.none(),
    st.fixed_dictionaries({"Color": colors}),
    st.fixed_dictionaries({"Color": colors, "Size": st.sampled_from(["S", "L"])}),
)
promotions = st.sampled_from([*PROMOTIONS, "no-such"])
codes = st.sampled_from([*CODES, *(code.lower() for code in CODES), "NONSENSE", "W" * 101, "\0"])
choices = st.one_of(
    st.none(), st.fixed_dictionaries({"cap": st.fixed_dictionaries({"Color": colors})})
)
addresses = st.sampled_from([DENVER, BOULDER, BERLIN, attrs.evolve(DENVER, city="DENVER ")])
speeds = st.sampled_from(["post", "post", "express", "air", "pickup", "no-such", ""])
steps = st.sampled_from([*Step, "payment"])
figures = st.sampled_from(
    [
        {"percent": 10},
        {"percent": "33.3"},
        {"amount": usd("0.01")},
        {"amount": usd("5.00")},
        {"price": usd("3.00")},
        {"price": usd("0.00")},
        {"percent": 0},
        {},
    ]
)
prices = st.sampled_from([usd(each) for each in ("6.00", "9.00", "7.505", "18.00", "0.00")])
BY_HAND: dict[str, Any] = {"reason": "Scratched", "actor": "kim"}
parts = st.lists(st.sampled_from([0, 1, 1, 2, 3, -1]), min_size=1, max_size=4)


def one_of(items: Sequence[T], number: int) -> T:
    return items[number % len(items)]


class OrderEntry(RuleBasedStateMachine):
    """One shop with all promotions, a few drafts, and whatever orders become of them."""

    @initialize()
    def open_shop(self) -> None:
        self.shop = Shop(MemoryStorage(), STORE)
        self.shop.promote(*PROMOTIONS)
        self.desk = self.shop.desk
        self.open: list[str] = []
        self.gone: list[str] = ["never-was"]
        self.placed: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self.seen: dict[str, Quote] = {}
        self.contacts_made = 0
        self.changes = 0  # of anything but drafts
        self.checked: dict[str, tuple[int, int]] = {}
        for contact in CONTACTS[:2]:
            self.begin_with(contact.id, ["MUG", "SH-BK-S"])
            newest = len(self.open) - 1
            self.edit(newest, lambda edit: edit.discount_line("l1", percent=20, **BY_HAND))
            self.edit(newest, lambda edit: edit.discount_line("l2", price=usd("9.00"), **BY_HAND))

    # --- how things are done ---

    def draft_id(self, number: int) -> str:
        """A draft to work on: mostly one that is open."""
        others = [*self.gone[-1:], *list(self.placed)[-1:]]
        return one_of([*self.open * 5, *others], number)

    def lines(self, draft_id: str) -> list[str]:
        """The lines that the draft has, tied ones included, and one that it has not."""
        if draft_id not in self.open:
            return ["l1"]
        return [*(i.line_id for i in self.desk.view(draft_id).quote.lines), "l99"]

    def shipments(self, draft_id: str) -> list[str]:
        if draft_id not in self.open:
            return ["s1"]
        return [*(s.id for s in self.desk.view(draft_id).draft.shipments), "s99"]

    def refused(self, action: Callable[[], object]) -> CartcoreError | None:
        """Do something; if it is refused, it was with an error of cartcore and changed nothing."""
        before = everything(self.shop.storage)
        try:
            action()
        except CartcoreError as error:
            refusal = error
        else:
            return None
        assert str(refusal)
        assert before == everything(self.shop.storage)
        return refusal

    def edit(self, number: int, change: Callable[[DraftEditor], object]) -> None:
        """Make a change, after a preview that must come to the same."""
        draft_id = self.draft_id(number)
        previewed: list[object] = []

        def preview() -> None:
            with self.desk.preview(draft_id) as trial:
                change(trial)
                previewed.append(trial.quote)

        def edit() -> None:
            with self.desk.edit(draft_id) as editor:
                change(editor)

        before = everything(self.shop.storage)
        foreseen = self.refused(preview)
        assert before == everything(self.shop.storage)
        error = self.refused(edit)
        if not isinstance(error, StorageError):  # an e-mail that is taken shows when it is saved
            assert type(foreseen) is type(error)
        if error is None:
            assert previewed == [self.desk.view(draft_id).quote]
        if draft_id in self.placed:
            assert isinstance(error, DraftPlaced)
        elif draft_id not in self.open:
            assert isinstance(error, NotFound)

    # --- drafts ---

    @precondition(lambda self: len(self.open) < MOST_DRAFTS)
    @rule(contact=st.sampled_from(CONTACTS), wanted=st.lists(skus, max_size=3, unique=True))
    def begin(self, contact: Any, wanted: list[str]) -> None:
        """A draft is begun and gets what it can get (OE-1, OE-2, OE-4)."""
        self.refused(lambda: self.begin_with(contact.id, wanted))

    def begin_with(self, contact_id: str, wanted: list[str]) -> None:
        self.open.append(self.desk.start(actor="sam").id)
        newest = len(self.open) - 1
        self.edit(newest, lambda edit: edit.choose_contact(contact_id))
        for sku in wanted:
            self.edit(newest, partial(DraftEditor.add_sku, sku=sku, quantity=2))

    @rule(number=numbers)
    def discard(self, number: int) -> None:
        """A discarded draft is gone (OE-22)."""
        draft_id = self.draft_id(number)
        if number % 4 == 0 and self.refused(lambda: self.desk.discard(draft_id)) is None:
            self.open.remove(draft_id)
            self.gone.append(draft_id)

    @precondition(lambda self: self.open)
    @rule(number=numbers, sku=skus)
    def edit_old_version(self, number: int, sku: str) -> None:
        """An edit of a version that is not the latest is StaleDraft (OE-22)."""
        draft_id = one_of(self.open, number)
        version = self.desk.draft(draft_id).version - 1

        def stale() -> None:
            with self.desk.edit(draft_id, version=version) as edit:
                edit.add_sku(sku)

        assert isinstance(self.refused(stale), StaleDraft)

    @precondition(lambda self: self.open)
    @rule(number=numbers, step=st.sampled_from(Step))
    def edit_at_once(self, number: int, step: Step) -> None:
        """Of two edits at once the second to save is StaleDraft, and the first is kept (OE-22)."""
        draft_id = one_of(self.open, number)

        def overlapping() -> None:
            with self.desk.edit(draft_id) as slow:
                slow.create_contact("Slow")
                with self.desk.edit(draft_id) as fast:
                    fast.go_to(Step.CONTACT)
                self.first = self.desk.draft(draft_id)

        try:
            overlapping()
        except StaleDraft:
            assert self.first == self.desk.draft(draft_id)
        else:
            raise AssertionError

    # --- contact ---

    @rule(number=numbers, contact_id=st.sampled_from(["ann", "zoe", "noah", "nobody"]))
    def choose_contact(self, number: int, contact_id: str) -> None:
        """Another contact is chosen (OE-2, OE-15)."""
        self.edit(number, lambda edit: edit.choose_contact(contact_id))

    @precondition(lambda self: self.contacts_made < MOST_DRAFTS)
    @rule(
        number=numbers,
        email=st.sampled_from(["", "new@example.com", "ANN@example.com", "nonsense"]),
        address=st.one_of(st.none(), addresses),
    )
    def create_contact(self, number: int, email: str, address: Any) -> None:
        """A contact is made on the spot (OE-2, OE-3)."""
        self.contacts_made += 1
        self.edit(number, lambda edit: edit.create_contact("New", email=email, address=address))

    @rule(number=numbers, address=addresses, primary=st.booleans())
    def add_contact_address(self, number: int, address: Any, *, primary: bool) -> None:
        """The contact gets an address (OE-3, OE-11)."""
        self.changes += 1  # other drafts may have the same contact
        self.edit(number, lambda edit: edit.add_contact_address(address, primary=primary))

    # --- items ---

    @rule(number=numbers, product=products, chosen=options, quantity=quantities)
    def add_item(self, number: int, product: str, chosen: Any, quantity: Any) -> None:
        """A product is added (OE-4, OE-5)."""
        self.edit(number, lambda edit: edit.add_item(product, chosen, quantity=quantity))

    @rule(number=numbers, sku=skus, quantity=quantities)
    def add_sku(self, number: int, sku: str, quantity: Any) -> None:
        """A SKU is added (OE-4, OE-5)."""
        self.edit(number, lambda edit: edit.add_sku(sku, quantity=quantity))

    @rule(number=numbers, line=numbers, quantity=quantities)
    def set_quantity(self, number: int, line: int, quantity: Any) -> None:
        """A quantity is changed, if the line's is to be changed (OE-5, OE-9)."""
        line_id = one_of(self.lines(self.draft_id(number)), line)
        self.edit(number, lambda edit: edit.set_quantity(line_id, quantity))

    @rule(number=numbers, line=numbers, chosen=options)
    def set_options(self, number: int, line: int, chosen: Any) -> None:
        """Options are changed, those of tied lines included (OE-9)."""
        line_id = one_of(self.lines(self.draft_id(number)), line)
        self.edit(number, lambda edit: edit.set_options(line_id, chosen or {}))

    @rule(number=numbers, line=numbers)
    def remove_line(self, number: int, line: int) -> None:
        """A line is removed, unless it is tied (OE-9)."""
        line_id = one_of(self.lines(self.draft_id(number)), line)
        self.edit(number, lambda edit: edit.remove_line(line_id))

    @rule(number=numbers)
    def save_items(self, number: int) -> None:
        """The items are saved (OE-10)."""
        self.edit(number, lambda edit: edit.save_items())

    @rule(number=numbers, step=steps)
    def go_to(self, number: int, step: Any) -> None:
        """The draft is taken to a step (OE-23)."""
        self.edit(number, lambda edit: edit.go_to(step))

    # --- promotions ---

    @rule(number=numbers, code=codes, chosen=choices)
    def enter_code(self, number: int, code: str, chosen: Any) -> None:
        """A code is entered (OE-6, OE-17)."""
        self.edit(number, lambda edit: edit.enter_code(code, chosen))

    @rule(number=numbers, promotion=promotions, chosen=choices)
    def pick_promotion(self, number: int, promotion: str, chosen: Any) -> None:
        """A promotion is picked (OE-7)."""
        self.edit(number, lambda edit: edit.pick_promotion(promotion, chosen))

    @rule(number=numbers, promotion=promotions)
    def remove_promotion(self, number: int, promotion: str) -> None:
        """A promotion is removed, or an automatic one refused (OE-8, OE-25)."""
        self.edit(number, lambda edit: edit.remove_promotion(promotion))

    @precondition(lambda self: self.open)
    @rule(number=numbers, promotion=st.sampled_from(list(PROMOTIONS.values())), chosen=choices)
    def add_and_remove(self, number: int, promotion: Any, chosen: Any) -> None:
        """Adding a promotion and removing it leads back to the same lines and total (OE-8)."""
        with self.desk.preview(one_of(self.open, number)) as trial:
            before = trial.view
            if promotion.trigger is Trigger.AUTOMATIC and promotion.id not in trial.draft.refused:
                return  # removing this one refuses it, which is another state
            try:
                if promotion.codes:
                    trial.enter_code(promotion.codes[0], chosen)
                else:
                    trial.pick_promotion(promotion.id, chosen)
            except CartcoreError:
                return
            trial.remove_promotion(promotion.id)
            after = trial.view
        if after.cleared == before.cleared:  # a speed that could not carry the gift is lost
            assert before.quote == after.quote
            assert before.draft.applied == after.draft.applied
            assert before.draft.refused == after.draft.refused

    @precondition(lambda self: self.open)
    @rule(number=numbers)
    def list_promotions(self, number: int) -> None:
        """What is listed as available can be picked, and does what is listed (OE-7)."""
        draft_id = one_of(self.open, number)
        for available in self.desk.available_promotions(draft_id):
            decision = available.decision
            if decision.open_options or available.promotion.id == "cheap-shipping":
                continue
            with self.desk.preview(draft_id) as trial:
                if Step.ITEMS in trial.view.reachable:
                    assert decision == trial.pick_promotion(available.promotion.id)

    # --- discounts by hand ---

    @rule(number=numbers, line=numbers, figure=figures)
    def discount_line(self, number: int, line: int, figure: Any) -> None:
        """A line is discounted by hand, tied ones included (PR-28)."""
        line_id = one_of(self.lines(self.draft_id(number)), line)
        self.edit(number, lambda edit: edit.discount_line(line_id, **figure, **BY_HAND))

    @rule(number=numbers, line=numbers, price=prices)
    def set_price(self, number: int, line: int, price: Money) -> None:
        """A line gets another price, tied ones and custom items included (HA-18)."""
        line_id = one_of(self.lines(self.draft_id(number)), line)
        self.edit(number, lambda edit: edit.set_price(line_id, price, **BY_HAND))

    @rule(number=numbers, line=numbers)
    def reset_price(self, number: int, line: int) -> None:
        """A line goes back to the catalogue's price (HA-18)."""
        line_id = one_of(self.lines(self.draft_id(number)), line)
        self.edit(number, lambda edit: edit.reset_price(line_id))

    @rule(number=numbers, price=prices, fee=st.booleans())
    def add_custom(self, number: int, price: Money, *, fee: bool) -> None:
        """Something outside the catalogue is added, or a fee (HA-18)."""
        self.edit(
            number,
            lambda edit: edit.add_custom_item(
                "Engraving", price, quantity=2, requires_shipping=not fee, discountable=not fee,
                actor="kim",
            ),
        )  # fmt: skip

    @rule(number=numbers, figure=figures)
    def discount_order(self, number: int, figure: Any) -> None:
        """The order is discounted by hand (PR-28)."""
        self.edit(number, lambda edit: edit.discount_order(**figure, **BY_HAND))

    @precondition(lambda self: any(draft.manual for draft in self.desk.drafts().items))
    @rule(number=numbers, discount=numbers)
    def remove_discount(self, number: int, discount: int) -> None:
        """A discount by hand is taken away, or a line of that name that is none (PR-28)."""
        draft_id = self.draft_id(number)
        known = self.desk.draft(draft_id).manual if draft_id in self.open else ()
        discount_id = one_of([*(each.id for each in known), "by-hand-99"], discount)
        self.edit(number, lambda edit: edit.remove_discount(discount_id))

    # --- shipping ---

    @rule(number=numbers, address=addresses, save=st.booleans())
    def ship_to(self, number: int, address: Any, *, save: bool) -> None:
        """Everything goes to one address (OE-11)."""
        self.edit(number, lambda edit: edit.ship_to(address, save_to_contact=save))

    @rule(number=numbers)
    def use_multiple_addresses(self, number: int) -> None:
        """Several addresses are switched on (OE-12)."""
        self.edit(number, lambda edit: edit.use_multiple_addresses())

    @rule(number=numbers)
    def use_one_address(self, number: int) -> None:
        """Several addresses are switched off (OE-12)."""
        self.edit(number, lambda edit: edit.use_one_address())

    @rule(number=numbers, address=addresses, save=st.booleans())
    def add_shipment(self, number: int, address: Any, *, save: bool) -> None:
        """An address is added (OE-12)."""
        self.edit(number, lambda edit: edit.add_shipment(address, save_to_contact=save))

    @rule(number=numbers, line=numbers, spread=parts)
    def assign(self, number: int, line: int, spread: list[int]) -> None:
        """A line is spread over addresses, if the parts add up (OE-12)."""
        draft_id = self.draft_id(number)
        line_id = one_of(self.lines(draft_id), line)
        to = dict(zip(self.shipments(draft_id), spread, strict=False))
        self.edit(number, lambda edit: edit.assign(line_id, to))

    @precondition(lambda self: self.open)
    @rule(number=numbers, addressed=st.lists(addresses, min_size=1, max_size=2))
    def split(self, number: int, addressed: list[Any]) -> None:
        """A line is split over as many addresses as it has units; discounts stay (OE-12, OE-26)."""

        def spread(edit: DraftEditor) -> None:
            goods = edit.quote.totals.goods
            edit.use_multiple_addresses()
            to = [edit.draft.shipments[0].id, *(edit.add_shipment(a) for a in addressed)]
            for line in edit.quote.lines:
                if line.requires_shipping and line.quantity >= len(set(to)):
                    parted = dict.fromkeys(to, 1)
                    parted[to[0]] += line.quantity - len(parted)
                    edit.assign(line.line_id, parted)
                    edit.mark_gift(line.line_id, "Hi", shipment_id=to[-1])
            assert goods == edit.quote.totals.goods

        self.edit(self.open.index(one_of(self.open, number)), spread)

    @rule(number=numbers, line=numbers, shipment=numbers, marked=st.booleans())
    def gift(self, number: int, line: int, shipment: int, *, marked: bool) -> None:
        """A line is marked as a gift, or not any more (OE-14)."""
        draft_id = self.draft_id(number)
        line_id = one_of(self.lines(draft_id), line)
        where = one_of([*self.shipments(draft_id), ""], shipment)
        if marked:
            self.edit(number, lambda edit: edit.mark_gift(line_id, "Hi", shipment_id=where))
        else:
            self.edit(number, lambda edit: edit.unmark_gift(line_id, shipment_id=where))

    @rule(number=numbers, shipment=numbers, speed=speeds)
    def choose_speed(self, number: int, shipment: int, speed: str) -> None:
        """A speed is chosen, if it is offered (OE-13)."""
        shipment_id = one_of(self.shipments(self.draft_id(number)), shipment)
        self.edit(number, lambda edit: edit.choose_speed(shipment_id, speed))

    # --- what happens behind their backs ---

    @rule(sku=st.sampled_from(SKUS), price=st.sampled_from(["0.00", "0.01", "7.50", "19.99"]))
    def change_price(self, sku: str, price: str) -> None:
        """A price changes (OE-18)."""
        self.changes += 1
        self.shop.change_variant(sku, price=usd(price))

    @rule(sku=st.sampled_from(SKUS), published=st.booleans())
    def publish_variant(self, sku: str, *, published: bool) -> None:
        """A variant goes off sale, or on it (OE-5)."""
        self.changes += 1
        self.shop.change_variant(sku, published=published)

    @rule(product=st.sampled_from(CATALOGUE), published=st.booleans())
    def publish_product(self, product: Any, *, published: bool) -> None:
        """A product goes off sale, or on it (OE-1, OE-5)."""
        self.changes += 1
        self.shop.change_product(product.id, published=published)

    @rule(promotion=st.sampled_from(list(PROMOTIONS)), enabled=st.booleans())
    def enable_promotion(self, promotion: str, *, enabled: bool) -> None:
        """A promotion is switched off, or on (OE-18)."""
        self.changes += 1
        self.shop.change_promotion(promotion, enabled=enabled)

    @rule(minutes=st.sampled_from([1, 60, 1_440]))
    def wait(self, minutes: int) -> None:
        """Time passes; a promotion starts tomorrow (OE-17, OE-18)."""
        self.changes += 1
        self.shop.clock.forward(minutes=minutes)

    @rule(store=st.sampled_from([STORE, STORE, DEARER]))
    def change_speeds(self, store: Any) -> None:
        """Speeds cost something else, or are offered no more (OE-13, OE-18)."""
        self.changes += 1
        self.desk = self.shop.another_desk(store)

    # --- placing ---

    @precondition(lambda self: self.open)
    @rule(number=numbers)
    def look(self, number: int) -> None:
        """Somebody looks at a draft, and remembers its quote (OE-16)."""
        draft_id = one_of(self.open, number)
        self.seen[draft_id] = self.desk.view(draft_id).quote

    @precondition(lambda self: self.seen)
    @rule(number=numbers, key=st.sampled_from(["", "", "k"]))
    def place_as_seen(self, number: int, key: str) -> None:
        """A draft is placed at the price that was seen some time ago (OE-18, OE-19)."""
        self.place(one_of(list(self.seen), number), key)

    @precondition(lambda self: self.open)
    @rule(number=numbers, percent=st.sampled_from([None, None, 5]))
    def finish(self, number: int, percent: int | None) -> None:
        """A draft is taken through all steps that are left, and placed (OE-18)."""
        draft_id = one_of(self.open, number)

        def through(edit: DraftEditor) -> None:
            if edit.save_items() is Step.SHIPPING:
                for viewed in edit.view.shipments:
                    if viewed.offers.speeds:
                        edit.choose_speed(viewed.shipment.id, viewed.offers.speeds[0].code)
            edit.go_to(Step.REVIEW)
            if percent is not None:
                edit.discount_order(percent=percent, **BY_HAND)

        self.edit(self.open.index(draft_id), through)
        self.seen[draft_id] = self.desk.view(draft_id).quote
        self.place(draft_id, "")

    def place(self, draft_id: str, key: str) -> None:
        seen = self.seen[draft_id]
        before = self.desk.view(draft_id) if draft_id in self.open else None
        found: list[Order] = []
        error = self.refused(
            lambda: found.append(
                self.desk.place(draft_id, seen=seen, actor="sam", idempotency_key=key)
            )
        )
        if error is not None:
            return
        (order,) = found
        if draft_id in self.placed:  # the same request again
            assert self.orders[self.placed[draft_id]] == order
            return
        assert before is not None
        assert Step.REVIEW is before.step
        assert () == before.blocking
        assert seen.totals == order.quote.totals
        assert () == seen.differences(order.quote)
        self.open.remove(draft_id)
        self.placed[draft_id] = order.number
        self.orders[order.number] = order
        self.changes += 1

    # --- orders ---

    def change_order(self, number: int, change: Callable[[str], Order]) -> None:
        if self.orders:
            name = one_of([*self.orders], number)
            changed: list[Order] = []
            if self.refused(lambda: changed.append(change(name))) is None:
                before, after = self.orders[name], changed[0]
                assert before.history == after.history[:-1]
                assert before.quote == after.quote
                assert "sam" == after.history[-1].actor
                self.orders[name] = after
                self.changes += 1

    @rule(number=numbers, shipment=st.sampled_from(["s1", "s2", "s3", "s99"]))
    def ship(self, number: int, shipment: str) -> None:
        """A shipment is sent, unless it was (OE-21)."""
        self.change_order(number, lambda name: self.desk.mark_shipped(name, shipment, actor="sam"))

    @rule(number=numbers)
    def cancel(self, number: int) -> None:
        """An order is cancelled, unless something was shipped (OE-21)."""
        self.change_order(number, lambda name: self.desk.cancel(name, actor="sam"))

    @rule(number=numbers, note=st.sampled_from(["Called.", "\0"]))
    def note(self, number: int, note: str) -> None:
        """A note is added (OE-21)."""
        self.change_order(number, lambda name: self.desk.add_note(name, note, actor="sam"))

    # --- what always holds ---

    @invariant()
    def drafts_hold_together(self) -> None:
        versions = {draft.id: draft.version for draft in self.desk.drafts().items}
        assert versions.keys() == set(self.open)
        for draft_id, version in versions.items():
            state = version, self.changes
            if self.checked.get(draft_id) == state:
                continue
            self.checked[draft_id] = state
            seen = self.desk.view(draft_id)
            assert seen == self.desk.view(draft_id)
            assert seen.step in seen.reachable
            check_draft(seen)
            check_totals(seen.quote)
            check_shipments(seen)
            check_tied_lines(seen)
            check_discounts_by_hand(seen)

    @invariant()
    def orders_never_change_by_themselves(self) -> None:
        listed = self.desk.orders(OrderFilter()).items
        found = {each.number: self.desk.order(each.number) for each in listed}
        assert self.orders == found
        assert set(map(OrderSummary.of, found.values())) == set(listed)
        assert len(found) == len({order.draft_id for order in found.values()})
        for order in found.values():
            assert self.placed[order.draft_id] == order.number
            shipped = [s.shipped_at is not None for s in order.shipments]
            if order.status is not OrderStatus.CANCELLED:
                expected = OrderStatus.COMPLETE if all(shipped) else OrderStatus.PROCESSING
                assert expected is order.status
            else:
                assert not any(shipped)

    @invariant()
    def redemptions_are_counted(self) -> None:
        standing = [o for o in self.orders.values() if o.status is not OrderStatus.CANCELLED]
        with self.shop.storage.read() as work:
            for contact in CONTACTS:
                codes = {each.id: each.codes[0] for each in PROMOTIONS.values() if each.codes}
                usage = work.promotions.usage(PROMOTIONS, contact.id, codes)
                for promotion_id, promotion in PROMOTIONS.items():
                    users = [o.contact.id for o in standing if used(o, promotion_id)]
                    assert len(users) == usage[promotion_id].total
                    assert users.count(contact.id) == usage[promotion_id].by_contact
                    code = codes.get(promotion_id)
                    with_code = [o for o in standing if code and code in o.promo_codes]
                    assert len(with_code) == usage[promotion_id].by_code
                    given = [d for o in standing if (d := gave(o, promotion_id)) is not None]
                    sums = [money.amount for money in usage[promotion_id].discounts]
                    assert sums == ([sum(given)] if given else [])
                    assert promotion.limits.total is None or len(users) <= promotion.limits.total
                    if promotion.limits.per_contact is not None:
                        assert users.count(contact.id) <= promotion.limits.per_contact


def used(order: Order, promotion_id: str) -> bool:
    return gave(order, promotion_id) is not None


def gave(order: Order, promotion_id: str) -> Decimal | None:
    """What a promotion took off an order, added up from its parts; None if it did not apply."""
    decision = order.quote.decision(promotion_id)
    if decision is None or not decision.applied:
        return None
    parts = [a.discount.amount for a in order.quote.adjustments if a.promotion_id == promotion_id]
    return sum(parts, Decimal(0))


def check_draft(seen: DraftView) -> None:
    assert seen.draft == SERIALIZER.loads(SERIALIZER.dumps(seen.draft), Draft)
    assert seen.quote == SERIALIZER.loads(SERIALIZER.dumps(seen.quote), Quote)
    skus_by_hand = [line.sku for line in seen.draft.lines]
    assert len(set(skus_by_hand)) == len(skus_by_hand)
    assert all(1 <= line.quantity <= STORE.maximum_quantity for line in seen.draft.lines)


def check_totals(quote: Quote) -> None:
    """Add up every figure of a quote anew, from what it is made of."""

    def added(amounts: Sequence[Money]) -> Decimal:
        return sum((money.amount for money in amounts), Decimal(0))

    totals = quote.totals
    assert totals.items.amount == added([i.unit_price * i.quantity for i in quote.lines])
    assert totals.discounts.amount == added([a.discount for a in quote.adjustments])
    assert totals.shipping.amount == added([s.price for s in quote.shipments])
    assert quote.total == totals.items + totals.shipping - totals.discounts
    of_parts = added([i.total for i in quote.lines]) + added([s.total for s in quote.shipments])
    assert quote.total.amount == of_parts
    taken_off: list[tuple[Any, Any]] = [
        (i, quote.adjustments_of(line_id=i.line_id)) for i in quote.lines
    ]
    taken_off += [(s, quote.adjustments_of(shipment_id=s.shipment_id)) for s in quote.shipments]
    for target, adjustments in taken_off:
        assert target.total.amount >= 0
        assert target.discount.amount == added([a.discount for a in adjustments])
    for decision in quote.decisions:
        assert decision.discount.amount == added(
            [a.discount for a in quote.adjustments if a.promotion_id == decision.promotion_id]
        )


def check_shipments(seen: DraftView) -> None:
    """Every unit that ships is in a shipment, or a problem says how many are not."""
    waiting = {p.line_id for p in seen.problems if p.code == "units_without_address"}
    assigned: Mapping[str, int] = {
        line.line_id: sum(s.quantity_of(line.line_id) for s in seen.draft.shipments)
        for line in seen.quote.lines
    }
    for line in seen.quote.lines:
        if not line.requires_shipping:
            assert 0 == assigned[line.line_id]
        elif line.line_id in waiting:
            assert assigned[line.line_id] < line.quantity
        else:
            assert line.quantity == assigned[line.line_id]
    known = {line.line_id for line in seen.quote.lines}
    places = [shipment.address.key for shipment in seen.draft.shipments]
    assert len(set(places)) == len(places)
    assert seen.draft.multiple_addresses or len(places) <= 1
    for shipment in seen.draft.shipments:
        ids = [part.line_id for part in shipment.lines]
        assert len(set(ids)) == len(ids)
        assert known.issuperset(ids)
        assert all(part.quantity >= 1 for part in shipment.lines)
        assert seen.draft.multiple_addresses or not any(part.gift for part in shipment.lines)


def check_tied_lines(seen: DraftView) -> None:
    """Tied lines are there with their promotion only; all others were entered by hand."""
    by_hand = {line.id: (line.sku, line.quantity) for line in seen.draft.lines}
    for line in seen.quote.lines:
        if line.tied_to:
            decision = seen.quote.decision(line.tied_to)
            assert decision is not None
            assert decision.applied
            assert line.tied_to not in seen.draft.refused
        else:
            assert by_hand[line.line_id] == (line.sku, line.quantity)


def check_discounts_by_hand(seen: DraftView) -> None:
    """Each is there as long as its line, takes something or is a problem, and nobody beats it."""
    known = {line.line_id for line in seen.quote.lines} | {line.id for line in seen.draft.lines}
    by_hand = [d for d in seen.quote.decisions if d.actor]
    assert {d.promotion_id for d in by_hand} == {each.id for each in seen.draft.manual}
    assert all(each.line_id in {"", *known} for each in seen.draft.manual)
    without = {p.promotion_id for p in seen.problems if p.code == "discount_not_applied"}
    assert without == {d.promotion_id for d in by_hand if not d.applied}
    for decision in by_hand:
        assert not decision.beaten_by
        assert decision.applied == bool(decision.discount)


TestOrderEntry = OrderEntry.TestCase
TestOrderEntry.settings = settings(
    max_examples=settings().max_examples * 3 // 10, stateful_step_count=50
)
