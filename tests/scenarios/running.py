"""Running a scenario: its steps change a cart, which is then priced."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart
from cartcore.errors import InvalidText, NotPublished, PluginError
from cartcore.pricing.engine import price
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Decision, QuoteLine
from cartcore.promotions.promotion import Trigger, normalize_code
from cartcore.values.money import total
from tests.scenarios import taxes
from tests.scenarios.catalogue import Catalogue, catalogue
from tests.scenarios.conditions import Buyer, buyer
from tests.scenarios.promotions import Book, Translator
from tests.scenarios.reading import Fields, Malformed, NotOffered
from tests.scenarios.semantics import Semantics, semantics
from tests.scenarios.shipping import Shipping, shipping

_NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_REFUSALS = {
    "expired": "expired",
    "not_started": "not_started",
    "used_up": "used_up",
    "used_up_by_contact": "customer_limit",
    "budget_exceeded": "budget_exceeded",
    "sales_channel": "wrong_channel",
    "only_one_code": "only_one_code",
    "disabled": "disabled",  # the format has no name of its own for it
    "unknown": "unknown",
}
_OPS = {
    "add": ("sku", "quantity", "ship_to"),
    "set_quantity": ("sku", "quantity", "ship_to"),
    "split": ("sku", "to"),
    "remove": ("sku",),
    "set_price": ("sku", "price"),
    "apply_code": ("code",),
    "remove_code": ("code",),
    "remove_promotion": ("name",),
    "update_promotion": ("name", "changes"),
    "set_shipping": ("method",),
    "set_customer": ("customer",),
    "view": ("sku",),
    "recalculate": (),
}


@attrs.frozen
class Entered:
    """A line as it was entered: where its units go, and its price in this cart, if it has one."""

    sku: str
    ship_to: str
    quantity: int
    price: Money | None = None


class Till:
    """A cart while the steps of a scenario are done."""

    def __init__(self, scenario: Fields, currency: str) -> None:
        self.currency = currency
        self.semantics: Semantics = semantics(
            scenario.inner("semantics") if "semantics" in scenario else Fields({}, "semantics")
        )
        for name in ("catalog", "promotions", "steps"):
            scenario.raw(name)
        self.catalogue: Catalogue = catalogue(scenario.each("catalog"), self.currency)
        self.addresses = taxes.addresses(scenario)
        self._taxation = taxes.Taxation()
        if "tax" in scenario:
            self._taxation = taxes.taxation(scenario.inner("tax"))
        self.steps = tuple(_step(fields) for fields in scenario.each("steps"))
        self._translator = Translator(
            currency=self.currency,
            semantics=self.semantics,
            catalogue=self.catalogue,
            timed="now" in scenario,
        )
        self._at = scenario.time("now") if "now" in scenario else _NOW
        self._channel = scenario.text("channel") if "channel" in scenario else ""
        self._buyer = buyer(scenario.inner("customer")) if "customer" in scenario else Buyer()
        self._promotions: list[Any] = list(scenario.raws("promotions"))
        self.shipping = Shipping()
        if "shipping" in scenario:
            self.shipping = shipping(
                scenario.inner("shipping"),
                self.currency,
                self.addresses,
                after_discounts=self.semantics.after_discounts,
            )
        self._chosen = self.shipping.chosen
        self._lines: dict[str, Entered] = {}
        self._codes: list[str] = []
        self._refused: set[str] = set()
        self._last_code = ""
        self._refusal = ""
        self.book: Book = self._translated()

    # --- steps ---

    def run(self) -> None:
        """Do all steps."""
        for op, fields in self.steps:
            getattr(self, f"_{op}")(fields)

    def _add(self, fields: Fields) -> None:
        sku, quantity = fields.text("sku"), fields.whole("quantity")
        try:
            self.catalogue.own(sku).choose(dict(self.catalogue.line(sku, 1).options))
        except NotPublished:  # the shop refuses it, and the cart stays as it is
            return
        name = self.addresses.named(fields)
        entered = self._lines.get(self._line_id(sku, name), Entered(sku, name, 0))
        self._set(attrs.evolve(entered, quantity=entered.quantity + quantity))

    def _line_id(self, sku: str, ship_to: str) -> str:
        return sku if ship_to == self.addresses.first else f"{sku} to {ship_to}"

    def _set(self, entered: Entered) -> None:
        line_id = self._line_id(entered.sku, entered.ship_to)
        self._lines[line_id] = entered
        if not entered.quantity:
            del self._lines[line_id]

    def _entered(self, fields: Fields) -> tuple[str, Entered]:
        sku = fields.text("sku")
        line_id = self._line_id(sku, self.addresses.named(fields))
        if line_id not in self._lines:
            if any(line.sku == sku for line in self.quote().lines):
                raise NotOffered(
                    f"{fields.what}: the line that a promotion adds is not changed by hand"
                )
            raise Malformed(f"{fields.what}: there is no line of {sku!r}")
        return line_id, self._lines[line_id]

    def _set_quantity(self, fields: Fields) -> None:
        line_id = self._line_id(fields.text("sku"), self.addresses.named(fields))
        tied = {line.sku for line in self.quote().lines if line.tied_to}
        if line_id not in self._lines and fields.text("sku") not in tied:
            self._add(fields)  # a line that is not there yet has no units
            return
        _, entered = self._entered(fields)
        self._set(attrs.evolve(entered, quantity=fields.whole("quantity")))

    def _split(self, fields: Fields) -> None:
        sku, to = fields.text("sku"), fields.inner("to")
        own = [line_id for line_id, entered in self._lines.items() if entered.sku == sku]
        if not own:
            raise Malformed(f"{fields.what}: there is no line of {sku!r}")
        prices = {self._lines.pop(line_id).price for line_id in own}
        if len(prices) > 1:
            raise NotOffered(f"{fields.what}: lines of {sku!r} at several prices")
        (price,) = prices
        for name in to.names:
            place = self.addresses.known(to, name)
            self._set(Entered(sku, place, to.whole(name), price))

    def _remove(self, fields: Fields) -> None:
        line_id, _ = self._entered(fields)
        del self._lines[line_id]

    def _set_price(self, fields: Fields) -> None:
        _, entered = self._entered(fields)
        self._set(attrs.evolve(entered, price=fields.money("price", self.currency)))

    def _apply_code(self, fields: Fields) -> None:
        try:
            code = normalize_code(fields.text("code"))
        except InvalidText:
            code = ""
        self._last_code = code
        self._refusal = ""
        if code not in self.book.by_code:
            self._refusal = "unknown"
        elif code in self._codes and not self._why_not(code, self.quote()):
            self._refusal = "" if self.semantics.repeated_ignored else "already_applied"
        else:
            before = self._codes, self._refused
            others = [] if self.semantics.one_replaces else self._codes
            self._codes = [*(other for other in others if other != code), code]
            self._refused = self._refused - set(self.book.by_code[code])
            self._refusal = self._why_not(code, self.quote())
            # A code that fits only another cart stays for the case that the cart becomes that one.
            waits = self._refusal in {"not_applicable", "empty_cart"}
            if self._refusal and not (waits and self.semantics.many_codes):
                self._codes, self._refused = before

    def _why_not(self, code: str, quote: Quote) -> str:
        """Why a code has no effect; empty if it has one."""
        own = self.book.by_code.get(code, ())
        decisions = [d for d in quote.decisions if d.promotion_id in own]
        reasons = [_REFUSALS.get(d.reason, "not_applicable") for d in decisions]
        if any(d.applied for d in decisions) and "only_one_code" not in reasons:
            return ""
        told = [reason for reason in reasons if reason != "not_applicable"]
        if told:
            return told[0]
        return "not_applicable" if self._lines else "empty_cart"

    @property
    def refusal(self) -> str:
        """Why the last code given has no effect in the end; empty if it has one."""
        if self._refusal or not self._last_code or self._last_code not in self._codes:
            return self._refusal
        return self._why_not(self._last_code, self.quote())

    def _remove_code(self, fields: Fields) -> None:
        gone = normalize_code(fields.text("code"))
        self._codes = [code for code in self._codes if code != gone]

    def _remove_promotion(self, fields: Fields) -> None:
        name = fields.text("name")
        if name not in self.book.by_name:
            raise Malformed(f"{fields.what}: there is no promotion {name!r}")
        own = self.book.by_name[name]
        self._codes = [c for c in self._codes if not set(self.book.by_code.get(c, ())) & set(own)]
        self._refused |= set(own) & self.book.automatic

    def _update_promotion(self, fields: Fields) -> None:
        name = fields.text("name")
        known = [isinstance(p, Mapping) and p.get("name") == name for p in self._promotions]
        if not any(known):
            raise Malformed(f"{fields.what}: there is no promotion {name!r}")
        place = known.index(True)
        changes = {key: fields.inner("changes").raw(key) for key in fields.inner("changes").names}
        self._promotions[place] = _changed(self._promotions[place], changes)
        self.book = self._translated()

    def _set_shipping(self, fields: Fields) -> None:
        self._chosen = self.shipping.chosen_as(fields.text("method"))

    def _set_customer(self, fields: Fields) -> None:
        self._buyer = buyer(fields.inner("customer")) if "customer" in fields else Buyer()
        self.book = self._translated()

    def _view(self, fields: Fields) -> None:
        self.catalogue.own(fields.text("sku"))

    def _recalculate(self, fields: Fields) -> None:
        """Prices are never kept: there is nothing to be done anew."""

    # --- pricing ---

    def _translated(self) -> Book:
        fields = [
            Fields(raw, f"promotion {place}") for place, raw in enumerate(self._promotions, 1)
        ]
        return self._translator.book(fields, self._buyer)

    def _cart(self, **changes: Any) -> Cart:
        codes = {p.id for p in self.book.promotions if p.trigger is Trigger.CODE}
        applied = tuple(
            AppliedPromotion(promotion_id=own, promo_code=code if own in codes else "")
            for code in self._codes
            for own in self.book.by_code.get(code, ())
            if own not in self.book.automatic
        )
        lines = tuple(
            self.catalogue.line(each.sku, each.quantity, each.price, line_id=line_id)
            for line_id, each in self._lines.items()
        )
        cart = Cart(
            currency=self.currency,
            lines=lines,
            applied=applied,
            refused=tuple(self._refused),
            customer=self._buyer.customer,
            channel=self._channel,
            place=self.addresses.places[self.addresses.first],
            prices_include_tax=self._taxation.prices_include_tax,
        )
        return attrs.evolve(cart, **changes)

    def _price(self, cart: Cart, *, only: frozenset[str] | None = None) -> Quote:
        taxed = self._taxation.policy_for(cart.customer)
        try:
            return price(
                cart,
                [each for each in self.book.promotions if only is None or each.id in only],
                at=self._at,
                products=self.catalogue.products,
                usage=self.book.usage,
                policy=attrs.evolve(self.semantics.policy, tax=taxed),
                tax=self._taxation.among(cart),
            )
        except PluginError as error:
            if isinstance(error.__cause__, NotOffered):
                raise error.__cause__ from None
            raise

    def quote(self) -> Quote:
        """Price the cart; what shipping costs may depend on the goods, and these on the speed."""
        quote = self._price(self._cart())
        for _ in range(2):
            self.shipments = self.shipping.shipments(
                quote, self.catalogue, self._chosen, self.addresses, self.ship_to
            )
            quote = self._price(self._cart(shipments=self.shipments))
        return quote

    @property
    def ship_to(self) -> dict[str, str]:
        """The names of the addresses that lines go to."""
        return {line_id: entered.ship_to for line_id, entered in self._lines.items()}

    def check(self, quote: Quote) -> None:
        """Refuse a quote that is not what the format means.

        Raises:
            NotOffered: reduced products left alone that not the catalogue has reduced, or a gift
                and the units bought of it that are rounded together.
        """
        reduced: set[str] = set()
        for promotion in self.book.promotions:
            own = {a.line_id for a in quote.adjustments if a.promotion_id == promotion.id}
            if promotion.id in self.book.undiscounted and reduced:
                raise NotOffered(
                    f"promotion {promotion.name!r}: exclude_discounted after other item promotions"
                )
            if promotion.id not in self.book.catalogue:
                reduced |= own & set(self._lines)
        for line in quote.lines:
            if line.tied_to and self._rounded_apart(quote, line):
                raise NotOffered(
                    f"a gift of {line.sku!r}, whose price is finer than the minor unit,"
                    " rounded together with the units bought"
                )

    def _rounded_apart(self, quote: Quote, tied: QuoteLine) -> bool:
        """Whether a tied line and those of its product cost other than one line of all units.

        The engine rounds each line once (PR-2).
        """
        lines = [
            line
            for line in quote.lines
            if (line.sku, line.unit_price) == (tied.sku, tied.unit_price)
        ]
        units = sum(line.quantity for line in lines)
        line = self.catalogue.line(tied.sku, units, tied.unit_price)
        together = self._price(self._cart(lines=(line,), applied=()), only=frozenset())
        return together.totals.items != total((each.amount for each in lines), self.currency)

    def catalogue_price(self, sku: str) -> Money:
        """What one unit costs after promotions of the catalogue."""
        cart = self._cart(lines=(self.catalogue.line(sku, 1),), applied=())
        return self._price(cart, only=self.book.catalogue).lines[0].total


def _step(fields: Fields) -> tuple[str, Fields]:
    with fields:
        op = fields.choice("op", *_OPS)
        fields.passed_over(*_OPS[op])
    return op, fields


def _changed(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A promotion with some fields changed; of an effect that keeps its kind, some of its own."""
    found = {**raw, **changes}
    before, after = raw.get("effect"), changes.get("effect")
    if isinstance(before, Mapping) and isinstance(after, Mapping) and "kind" not in after:
        found["effect"] = {**before, **after}
    if "effects" in changes:
        found.pop("effect", None)
    if "effect" in changes:
        found.pop("effects", None)
    return found


def applied(decisions: Sequence[Decision], names: Mapping[str, str]) -> list[str]:
    """The names of the promotions that take effect, each once."""
    return sorted({names[d.promotion_id] for d in decisions if d.applied})
