"""Lines outside the catalogue and prices that staff set, through the order desk (HA-18).

A mug costs 7.50, a shirt 20.00 and the post 4.90: see `tests/support/shop.py`.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.adapters.audit import audit
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.cart import CustomItem, PriceOverride
from cartcore.documents.serializer import Serializer
from cartcore.entry.editor import DraftEditor
from cartcore.entry.problems import CATALOGUE_PRICE_CHANGED
from cartcore.entry.staff_prices import StaffPrices
from cartcore.entry.store import Store
from cartcore.errors import (
    CartcoreError,
    CurrencyMismatch,
    CustomItemsNotAllowed,
    InvalidAmount,
    InvalidField,
    InvalidText,
    NotFound,
    PriceNotAllowed,
    TiedLineError,
)
from cartcore.orders.draft import Draft, LineItem
from cartcore.orders.order import Order
from cartcore.promotions.promotion import Promotion
from cartcore.receipt import order_details, review_receipt
from cartcore.rules import load_rulebook
from cartcore.rules.builtin import DistinctProducts, OrderPercentOff, PercentOff
from cartcore.shop.product import Variant
from cartcore.storage import Storage
from tests.support.shop import FREE_HAND, Shop, refused, usd
from tests.support.trace_checker import check_trace

SERIALIZER = Serializer(load_rulebook())
WHY: dict[str, Any] = {"reason": "Scratched", "actor": "kim"}


@pytest.fixture
def shop() -> Shop:
    """The shop, in memory; what is stored is tried on all storages in `TestKept`."""
    return Shop(MemoryStorage())


@pytest.fixture
def free(shop: Shop) -> Shop:
    """The shop, where staff may set prices and add items."""
    return freed(shop)


def freed(shop: Shop) -> Shop:
    shop.desk = shop.desk_with(staff_prices=FREE_HAND)
    return shop


def lines(shop: Shop, draft_id: str) -> dict[str, tuple[str, str]]:
    """What each line is called and comes to after discounts, by id."""
    found = shop.quote(draft_id).lines
    return {line.line_id: (line.description, str(line.total.amount)) for line in found}


def promote(shop: Shop, *promotions: Promotion) -> None:
    with shop.storage.write() as work:
        for promotion in promotions:
            work.promotions.add(promotion)
        work.commit()


class TestWhetherAndHowFar:
    def test_nothing_is_allowed_until_the_store_says_so(self, shop: Shop) -> None:
        """A store that says nothing has no custom items, no fees and no other prices (HA-18)."""
        draft_id = shop.with_items({"MUG": 2})
        before = shop.view(draft_id)

        with shop.edit(draft_id) as edit:
            with pytest.raises(CustomItemsNotAllowed, match="cannot be added in this store"):
                edit.add_custom_item("Engraving", usd("5.00"), actor="kim")
            with pytest.raises(CustomItemsNotAllowed):
                edit.add_fee("Rush", usd("5.00"), actor="kim")
            with pytest.raises(PriceNotAllowed, match=r"Mug must be 7\.50 USD, not 7\.00 USD"):
                edit.set_price("l1", usd("7.00"), **WHY)

        assert before.quote == shop.view(draft_id).quote

    @pytest.mark.parametrize(("price", "allowed"), [
        ("5.99", False), ("6.00", True), ("7.50", True), ("11.25", True), ("11.26", False),
    ])  # fmt: skip
    def test_the_bounds_are_the_stores(self, free: Shop, price: str, allowed: bool) -> None:  # noqa: FBT001
        """20 % below 7.50 is 6.00, 50 % above is 11.25: no cent further (HA-18)."""
        draft_id = free.with_items({"MUG": 2})

        with free.edit(draft_id) as edit:
            if allowed:
                edit.set_price("l1", usd(price), **WHY)
            else:
                with pytest.raises(PriceNotAllowed) as caught:
                    edit.set_price("l1", usd(price), **WHY)
                assert (usd("6.00"), usd("11.25")) == (caught.value.lowest, caught.value.highest)

        assert usd(price if allowed else "7.50") == free.quote(draft_id).lines[0].unit_price

    def test_bounds_between_cents_are_rounded_inwards(self, shop: Shop) -> None:
        """A third below 7.50 is 4.9995 and a fraction: what is allowed begins above it (HA-18)."""
        shop.desk = shop.desk_with(staff_prices=StaffPrices(lower_percent="33.3333333"))
        draft_id = shop.with_items({"MUG": 1})

        with shop.edit(draft_id) as edit, pytest.raises(PriceNotAllowed) as caught:
            edit.set_price("l1", usd("5.00"), **WHY)

        assert Decimal("5.0000000025") <= caught.value.lowest.amount < Decimal("5.0001")

    def test_no_price_is_set_below_the_minimum_price(self, free: Shop) -> None:
        """What no discount may go below, no other price may either (HA-18, PR-29)."""
        free.change_variant("MUG", minimum_price=usd("7.00"))
        draft_id = free.with_items({"MUG": 1})

        with free.edit(draft_id) as edit:
            with pytest.raises(PriceNotAllowed, match=r"from 7\.00 USD"):
                edit.set_price("l1", usd("6.99"), **WHY)
            edit.set_price("l1", usd("7.00"), **WHY)

    def test_bounds_are_told_in_whole_cents(self, shop: Shop) -> None:
        """Nobody enters a tenth of a cent: what is told is the nearest price allowed (HA-18)."""
        shop.desk = shop.desk_with(staff_prices=StaffPrices(lower_percent=33, raise_percent=33))
        shop.change_variant("MUG", price=usd("9.99"))
        draft_id = shop.with_items({"MUG": 1})

        with shop.edit(draft_id) as edit:
            for wrong in ("6.69", "13.29"):
                with pytest.raises(PriceNotAllowed, match=r"from 6\.70 USD to 13\.28 USD"):
                    edit.set_price("l1", usd(wrong), **WHY)
            for allowed in ("6.70", "13.28"):
                edit.set_price("l1", usd(allowed), **WHY)

    def test_bounds_between_two_cents_are_told_as_they_are(self, shop: Shop) -> None:
        """A price of fractions that may not be changed is told with them (HA-18, PR-2)."""
        shop.desk = shop.desk_with(staff_prices=StaffPrices(lower_percent="0.1"))
        shop.change_variant("MUG", price=usd("0.125"))
        draft_id = shop.with_items({"MUG": 1})

        with (
            shop.edit(draft_id) as edit,
            pytest.raises(PriceNotAllowed, match=r"from 0\.124875 USD to 0\.125 USD"),
        ):
            edit.set_price("l1", usd("0.12"), **WHY)

    def test_a_custom_item_has_a_largest_price(self, shop: Shop) -> None:
        """The store bounds what a custom item costs, in its own currency (HA-18)."""
        prices = StaffPrices(custom_items=True, largest_custom_price=usd("100.00"))
        shop.desk = shop.desk_with(staff_prices=prices)
        draft_id = shop.with_items({})

        with shop.edit(draft_id) as edit:
            edit.add_custom_item("Engraving", usd("100.00"), actor="kim")
            with pytest.raises(PriceNotAllowed, match=r"Crane must be from 0\.00 USD to 100\.00"):
                edit.add_custom_item("Crane", usd("100.01"), actor="kim")
        with pytest.raises(CurrencyMismatch):
            Store(currency="EUR", staff_prices=prices)

    @pytest.mark.parametrize("field", ["lower_percent", "raise_percent"])
    @pytest.mark.parametrize("figure", ["-1", "NaN", 1.5, "x", None, True, "1e9999"])
    def test_bounds_are_figures(self, field: str, figure: Any) -> None:
        """A bound is an exact percentage of at least zero (HA-18)."""
        with pytest.raises(InvalidField):
            StaffPrices(**{field: figure})
        with pytest.raises(InvalidField):
            StaffPrices(lower_percent="100.1")


class TestOtherPrices:
    def test_the_quote_tells_all_three(self, free: Shop) -> None:
        """Quote, explanation and receipt have the catalogue's price, the other, and why (HA-18)."""
        draft_id = free.with_items({"MUG": 2})
        with free.edit(draft_id) as edit:
            edit.set_price("l1", usd("6.25"), **WHY)

        view = free.view(draft_id)
        (line,) = view.quote.lines

        assert (usd("6.25"), usd("12.50")) == (line.unit_price, line.amount)
        assert PriceOverride(catalogue_price=usd("7.50"), **WHY) == line.override
        told = "instead of 7.50 USD: Scratched (kim)"
        assert told == line.price_note
        assert f"2 × Mug: 6.25 USD each, {told}" in view.quote.explain()
        assert f"MUG, 6.25 USD each, {told}" in review_receipt(view)
        check_trace(view.quote)

    def test_promotions_see_the_price_that_was_set(self, free: Shop) -> None:
        """A percentage is taken of the price that staff set (HA-18)."""
        draft_id = free.with_items({"MUG": 2})
        promote(free, Promotion(id="p", name="Tenth off", effect=PercentOff(percent=10)))
        with free.edit(draft_id) as edit:
            edit.set_price("l1", usd("10.00"), **WHY)

        assert {"l1": ("Mug", "18.00")} == lines(free, draft_id)

    def test_it_stays_when_the_catalogue_changes(self, free: Shop) -> None:
        """The price that staff set stays; the view tells of the catalogue's (HA-18)."""
        draft_id = free.reviewed({"MUG": 2})
        with free.edit(draft_id) as edit:
            edit.set_price("l1", usd("6.00"), **WHY)
            edit.go_to("review")
        others = free.view(draft_id).problems

        free.change_variant("MUG", price=usd("30.00"))
        view = free.view(draft_id)
        (problem,) = [each for each in view.problems if each not in others]

        assert usd("16.90") == view.quote.total  # 2 × 6.00 + 4.90
        assert (CATALOGUE_PRICE_CHANGED, "l1", False) == (
            problem.code, problem.line_id, problem.blocking,
        )  # fmt: skip
        assert "now 30.00 USD instead of 7.50 USD" in problem.message
        order = free.desk.place(draft_id, seen=view.token, actor="kim")
        assert usd("30.00") == order.quote.lines[0].override.catalogue_price  # type: ignore[union-attr]

        again = free.with_items({"MUG": 1})
        free.change_variant("MUG", price=usd("7.50"))
        assert usd("7.50") == free.total(again)

    def test_the_way_back(self, free: Shop) -> None:
        """Going back to the catalogue's price leaves nothing of the other (HA-18)."""
        draft_id = free.with_items({"MUG": 2})
        before = free.quote(draft_id).lines
        with free.edit(draft_id) as edit:
            edit.set_price("l1", usd("6.00"), **WHY)
            edit.set_price("l1", usd("9.00"), reason="Dearer", actor="kim")
        with free.edit(draft_id) as edit:
            edit.reset_price("l1")
            with pytest.raises(NotFound):
                edit.reset_price("l1")

        assert before == free.quote(draft_id).lines

    def test_units_added_later_are_a_line_of_their_own(self, free: Shop) -> None:
        """The price was agreed for those units; going back puts them together (HA-18, OE-4)."""
        draft_id = free.with_items({"MUG": 2})
        with free.edit(draft_id) as edit:
            edit.set_price("l1", usd("6.00"), **WHY)
            assert "l2" == edit.add_sku("MUG")
            edit.set_quantity("l1", 3)

        assert {"l1": ("Mug", "18.00"), "l2": ("Mug", "7.50")} == lines(free, draft_id)

        with free.edit(draft_id) as edit:
            edit.reset_price("l1")
        assert ["30.00"] == [total for _, total in lines(free, draft_id).values()]

    def test_other_options_lose_it(self, free: Shop) -> None:
        """A price was set for one variant: another has the catalogue's, which is told (HA-18)."""
        draft_id = free.with_items({"SH-BK-S": 1})
        with free.edit(draft_id) as edit:
            edit.set_price("l1", usd("18.00"), **WHY)
            edit.set_options("l1", {"Color": "Black", "Size": "S"})
            assert usd("18.00") == edit.quote.lines[0].unit_price
            edit.set_options("l1", {"Color": "Black", "Size": "L"})

        view = free.view(draft_id)
        assert usd("22.00") == view.quote.lines[0].unit_price
        assert ["price"] == [each.what for each in view.cleared]
        assert "18.00 USD was set for Shirt (Black / S)" in str(view.cleared[0])

    def test_a_tied_line_has_the_price_of_its_promotion(self, free: Shop) -> None:
        """What a promotion added cannot be given another price (HA-18, OE-9)."""
        free.promote("pin")
        draft_id = free.with_items({"MUG": 3})
        tied = next(line.line_id for line in free.quote(draft_id).lines if line.tied_to)

        with free.edit(draft_id) as edit, pytest.raises(TiedLineError):
            edit.set_price(tied, usd("3.00"), **WHY)

    def test_a_removed_product_is_told(self, free: Shop) -> None:
        """A line whose product is gone has no catalogue price to go by (HA-18, HA-10)."""
        draft_id = free.with_items({"MUG": 1, "PIN": 1})
        with free.edit(draft_id) as edit:
            edit.set_price("l2", usd("3.30"), **WHY)
        for product_id in ("mug", "pin"):
            free.change_product(
                product_id, variants=(Variant(sku=f"NEW-{product_id}", price=usd("1.00")),)
            )

        with free.edit(draft_id) as edit:
            with pytest.raises(NotFound):
                edit.set_price("l1", usd("7.00"), **WHY)
            edit.remove_line("l2")
        assert ["product_gone"] == [p.code for p in free.view(draft_id).problems if p.line_id]


@pytest.mark.parametrize(
    ("price", "error"),
    [
        (usd("-0.01"), InvalidAmount),
        (usd("7.4999999999"), CartcoreError),
        (Money("7.00", "EUR"), CurrencyMismatch),
        (Money("NaN", "USD"), CartcoreError),
        (Money("Infinity", "USD"), CartcoreError),
        (usd("1e30"), CartcoreError),
        ("7.00", InvalidField),
        (7, InvalidField),
        (None, InvalidField),
    ],
)
def test_bad_prices_change_nothing(free: Shop, price: Any, error: type[CartcoreError]) -> None:
    """No price that is none gets into a draft, of a line or of a custom item (HA-18, PR-2)."""
    draft_id = free.with_items({"MUG": 1})
    before = free.desk.draft(draft_id)

    changes: tuple[Callable[[DraftEditor], object], ...] = (
        lambda edit: edit.set_price("l1", price, **WHY),
        lambda edit: edit.add_custom_item("Engraving", price, actor="kim"),
        lambda edit: edit.add_fee("Rush", price, actor="kim"),
    )
    for change in changes:
        with pytest.raises(error), free.edit(draft_id) as edit:
            change(edit)

    assert before == free.desk.draft(draft_id)


def test_a_price_in_the_currency_that_the_catalogue_has_by_now(free: Shop) -> None:
    """A line whose product is sold in another currency by now takes no price in that (PR-1)."""
    draft_id = free.with_items({"MUG": 1})
    free.change_variant("MUG", price=Money("7.50", "EUR"))

    for price in (usd("7.50"), Money("7.50", "EUR")):
        with refused(free, CurrencyMismatch) as caught, free.edit(draft_id) as edit:
            edit.set_price("l1", price, **WHY)
        assert ("USD", "EUR") == (caught.value.expected, caught.value.given)


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "x" * 10_000, "\0", 5])
def test_bad_texts_change_nothing(free: Shop, text: Any) -> None:
    """A price has a reason and a giver, and a custom item a title, that can be kept (HA-18)."""
    draft_id = free.with_items({"MUG": 1})

    with free.edit(draft_id) as edit:
        for add in (edit.add_custom_item, edit.add_fee):
            with pytest.raises((InvalidText, InvalidField)):
                add(text, usd("5.00"), actor="kim")
        if text != "\u200b":
            with pytest.raises((InvalidText, InvalidField)):
                edit.set_price("l1", usd("7.00"), reason=text, actor="kim")
        assert {"l1"} == {line.line_id for line in edit.quote.lines}
        assert usd("7.50") == edit.quote.total


class TestCustomItems:
    def test_it_is_priced_sent_and_placed(self, free: Shop) -> None:
        """A custom item is a line like any other, from the items to the order (HA-18)."""
        draft_id = free.with_items({"MUG": 1})
        with free.edit(draft_id) as edit:
            edit.add_custom_item(
                "Engraved plate", usd("12.345"), quantity=2, weight_grams=900, actor="kim"
            )
            edit.add_fee("Rush", usd("3.00"), actor="pat")
            edit.save_items()
            edit.choose_speed("s1", "express")
            edit.go_to("review")
        order = free.placed(draft_id)

        assert usd("54.19") == order.total  # 7.50 + 24.69 + 3.00 + 19.00 for over 1 kg
        assert {("l1", 1), ("l2", 2)} == {
            (part.line_id, part.quantity) for s in order.shipments for part in s.lines
        }
        plate, rush = order.quote.lines[1:]
        assert ("", "", "Engraved plate") == (plate.sku, plate.product_id, plate.description)
        assert CustomItem(title="Engraved plate", weight_grams=900, actor="kim") == plate.custom
        assert "pat" == rush.set_by
        assert [
            ("kim", "2 × Engraved plate at 12.345 USD each, not in the catalogue"),
            ("pat", "1 × Rush at 3.00 USD each, not in the catalogue"),
        ] == [(entry.actor, entry.note) for entry in order.history[1:]]
        assert "not in the catalogue, added by pat" in order_details(order)

    def test_promotions_see_a_line_without_a_product(self, free: Shop) -> None:
        """It counts in the order, and in no product, SKU or category; a fee is left whole."""
        several = DistinctProducts(count=2)
        promote(
            free,
            Promotion(id="a", name="A", effect=PercentOff(percent=50), conditions=(several,)),
            Promotion(id="b", name="B", effect=OrderPercentOff(percent=10)),
        )
        draft_id = free.with_items({"MUG": 1})
        with free.edit(draft_id) as edit:
            edit.add_custom_item("Engraving", usd("10.00"), actor="kim")
            edit.add_custom_item("Ribbon", usd("10.00"), actor="kim")
            edit.add_fee("Rush", usd("10.00"), actor="kim")

        assert {
            "l1": ("Mug", "6.75"),
            "l2": ("Engraving", "9.00"),
            "l3": ("Ribbon", "9.00"),
            "l4": ("Rush", "10.00"),
        } == lines(free, draft_id)
        assert "distinct_products" == free.quote(draft_id).decision("a").reason  # type: ignore[union-attr]

    def test_it_is_changed_and_removed(self, free: Shop) -> None:
        """What is given is changed, the rest stays; a line of the catalogue is none (HA-18)."""
        draft_id = free.with_items({"MUG": 1})
        with free.edit(draft_id) as edit:
            line_id = edit.add_custom_item(
                "Engraving", usd("10.00"), weight_grams=5, tax_class="art", actor="kim"
            )
            edit.change_custom_item(line_id, price=usd("8.00"), actor="pat")
            edit.set_quantity(line_id, 2)
            with pytest.raises(NotFound):
                edit.change_custom_item("l1", title="Mine", actor="pat")
            with pytest.raises(InvalidField, match="change_custom_item"):
                edit.set_price(line_id, usd("8.00"), **WHY)
            with pytest.raises(NotFound, match=f"no product of the line '{line_id}'"):
                edit.set_options(line_id, {})
            with pytest.raises(InvalidField):
                edit.change_custom_item(line_id, weight_grams=-1, actor="pat")

        line = free.quote(draft_id).line(line_id)
        assert line is not None
        assert usd("16.00") == line.total
        assert line.custom == CustomItem(
            title="Engraving", weight_grams=5, tax_class="art", actor="pat"
        )
        with free.edit(draft_id) as edit:
            edit.remove_line(line_id)
        assert {"l1": ("Mug", "7.50")} == lines(free, draft_id)

    def test_an_order_of_custom_items_alone(self, free: Shop) -> None:
        """It is placed without anything of the catalogue, and nothing is sent (HA-18, OE-10)."""
        draft_id = free.with_items({})
        with free.edit(draft_id) as edit:
            edit.add_fee("Advice", usd("80.00"), actor="kim")
            edit.save_items()

        assert usd("80.00") == free.placed(draft_id).total

    def test_a_changed_title_is_told(self, free: Shop) -> None:
        """Who saw another custom item is told before it is placed (HA-18, OE-22)."""
        draft_id = free.with_items({})
        with free.edit(draft_id) as edit:
            line_id = edit.add_fee("Advice", usd("80.00"), actor="kim")
        before = free.view(draft_id)
        with free.edit(draft_id) as edit:
            edit.change_custom_item(line_id, title="Silence", actor="kim")

        assert ("1 × Advice became 1 × Silence",) == before.differences(free.view(draft_id))

    def test_it_is_taken_over_into_a_new_draft(self, free: Shop) -> None:
        """A repeated order has its custom items, and today's prices of the rest (HA-18)."""
        draft_id = free.reviewed({"MUG": 1})
        with free.edit(draft_id) as edit:
            edit.go_to("items")
            edit.set_price("l1", usd("6.00"), **WHY)
            edit.add_custom_item("Engraving", usd("5.00"), requires_shipping=False, actor="kim")
            edit.go_to("review")
        order = free.placed(draft_id)

        again = free.desk.duplicate(order.number, actor="pat")
        assert {"l1": ("Mug", "7.50"), "l2": ("Engraving", "5.00")} == lines(free, again.id)
        assert not again.cleared

        strict = free.desk_with(staff_prices=StaffPrices())
        assert ["line"] == [each.what for each in strict.duplicate("1001", actor="pat").cleared]


class TestKept:
    def test_drafts_and_orders_are_read_as_they_were_written(self, storage: Storage) -> None:
        """Both documents keep what staff set, on every storage (ST-3, HA-18)."""
        free = freed(Shop(storage))
        draft_id = free.reviewed({"MUG": 1})
        with free.edit(draft_id) as edit:
            edit.go_to("items")
            edit.set_price("l1", usd("6.00"), **WHY)
            edit.add_fee("Rush", usd("3.00"), actor="kim")
            edit.discount_line("l1", percent=10, reason="Late", actor="pat")
            edit.go_to("review")
        draft = free.desk.draft(draft_id)
        order = free.placed(draft_id)

        assert draft == SERIALIZER.loads(SERIALIZER.dumps(draft), Draft)
        assert order == SERIALIZER.loads(SERIALIZER.dumps(order), Order)
        assert order == free.desk.order(order.number)
        assert 4 == len(order.history)

    def test_the_check_of_a_file_is_content(self, tmp_path: Any) -> None:
        """`cartcore check` knows where the history has more entries than changes (ST-9, HA-18)."""
        with SQLiteStorage(tmp_path / "shop.db") as storage:
            self.test_drafts_and_orders_are_read_as_they_were_written(storage)

        assert [] == [*audit(tmp_path / "shop.db")]

    @pytest.mark.parametrize(
        "change",
        [
            {"unit_price": None},
            {"override": None},
            {"custom": CustomItem(title="x", actor="y")},
            {"sku": ""},
        ],
    )
    def test_half_a_price_is_no_line(self, change: dict[str, Any]) -> None:
        """A line has a price and what it is for, or neither (HA-18)."""
        line = LineItem(
            id="l1",
            product_id="mug",
            sku="MUG",
            quantity=1,
            unit_price=usd("1.00"),
            override=PriceOverride(catalogue_price=usd("2.00"), **WHY),
        )
        with pytest.raises(InvalidField, match="LineItem"):
            attrs.evolve(line, **change)

    def test_what_nobody_priced_is_written_as_before(self, free: Shop) -> None:
        """Lines at the catalogue's price have no more fields than in format 4 (ST-4)."""
        draft = free.desk.draft(free.with_items({"MUG": 1}))

        (line,) = json.loads(SERIALIZER.dumps(draft))["lines"]
        assert {"id", "product_id", "sku", "quantity"} == line.keys()
