"""The tax of a scenario: addresses, a calculator made from its rates, and the policy."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import attrs

from cartcore.cart import Cart, Customer
from cartcore.pricing.policy import (
    DEFAULT_TAX_POLICY,
    CrossBorder,
    ExemptPrices,
    GrossPrices,
    TaxPolicy,
    TaxRounding,
)
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy, TaxRate, TaxRequest
from cartcore.shop.address import NOWHERE, Place
from cartcore.values.allocation import Rounding
from tests.scenarios.reading import Fields, Malformed, NotOffered

TAX_EXEMPT = "tax exempt"  # the tag of such a customer

# Where a price is asked for the tax that it contains: no address of a scenario.
_HOME = Place(city="home")
_NO_RATE = "no rate"
_ROUNDED = {
    "per_unit": TaxRounding.UNIT,
    "per_line": TaxRounding.LINE,
    "per_rate": TaxRounding.RATE,
    "per_order": TaxRounding.ORDER,
}
_MODES = tuple(mode.value for mode in Rounding)
_BY = {"with_goods": TaxedBy.GOODS, "highest_of_goods": TaxedBy.HIGHEST_GOODS}


@attrs.frozen(kw_only=True)
class Rule:
    """A rate of the format: a tax, and what it is for."""

    rate: TaxRate
    of: str
    place: Mapping[str, str]
    postal_prefix: str
    tax_class: str | None
    starts: datetime | None
    ends: datetime | None

    def holds(self, part: TaxablePart, place: Place, tax_class: str, at: datetime) -> bool:
        """Whether a part, that goes to a place, is taxed by it."""
        return (
            self.of in {"both", "goods" if part.line_id else "shipping"}
            and all(getattr(place, name) == value for name, value in self.place.items())
            and place.postal_code.startswith(self.postal_prefix)
            and self.tax_class in {None, tax_class}
            and (self.starts is None or self.starts <= at)
            and (self.ends is None or at <= self.ends)
        )


@attrs.frozen(kw_only=True)
class Calculator:
    """Answers by the rates of a scenario.

    `places` are the addresses by the id of the shipment that goes there; `contained` are the rates
    in a price, where they are told apart from those that are due.

    Raises:
        NotOffered: a charge that is taxed as the goods of another one.
    """

    type_name: ClassVar[str] = "test.scenario"

    places: Mapping[str, Place] = attrs.field(factory=dict)
    due: tuple[Rule, ...]
    contained: tuple[Rule, ...]
    shipping: str
    shipping_class: str

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        """Tax each part by all rates that hold for it."""
        return [(part.id, self._answer(part, request)) for part in request.parts]

    def _answer(self, part: TaxablePart, request: TaxRequest) -> PartTax:
        if TAX_EXEMPT in request.customer.tags:
            return PartTax(exempt="exempt customer")
        if part.line_id or self.shipping == "own_class":
            return self._rated(part, self._rates(part, request))
        if self.shipping == "untaxed":
            return PartTax(exempt="shipping is not taxed")
        there = [p for p in request.parts if p.line_id and self._place(p) == self._place(part)]
        if any(each.shipment_id == part.shipment_id for each in there):
            return PartTax(by=_BY[self.shipping])
        # Another charge to the same address has the goods, and cartcore taxes each by its own.
        among = {self._rates(each, request) for each in there}
        if len(among) > 1:
            raise NotOffered("two charges to one address, taxed as goods of several rates")
        return self._rated(part, among.pop() if among else ())

    def _rated(self, part: TaxablePart, rates: tuple[TaxRate, ...]) -> PartTax:
        return PartTax(rates=rates, exempt="" if rates else _NO_RATE)

    def _place(self, part: TaxablePart) -> Place:
        return self.places[part.shipment_id]

    def _rates(self, part: TaxablePart, request: TaxRequest) -> tuple[TaxRate, ...]:
        own = (part.tax_class or "standard") if part.line_id else self.shipping_class
        rules = self.contained if part.place == _HOME else self.due
        place = self._place(part)
        return tuple(rule.rate for rule in rules if rule.holds(part, place, own, request.at))


@attrs.frozen
class Addresses:
    """Where goods go, by the names of addresses; "" is the only one where none is named."""

    places: Mapping[str, Place]

    @property
    def first(self) -> str:
        """Where everything goes that names no address."""
        return next(iter(self.places))

    def named(self, fields: Fields, name: str = "ship_to") -> str:
        """The address that a field names. Raises Malformed for one that is not there."""
        return self.known(fields, fields.text(name)) if name in fields else self.first

    def known(self, fields: Fields, name: str) -> str:
        """The name of an address. Raises Malformed for one that is not there."""
        if name not in self.places:
            raise Malformed(f"{fields.what}: there is no address {name!r}")
        return name


@attrs.frozen(kw_only=True)
class Taxation:
    """How a scenario is taxed; without `tax` there is no calculator."""

    calculator: Calculator | None = None
    policy: TaxPolicy = DEFAULT_TAX_POLICY
    prices_include_tax: bool = False
    exempt_pay_gross: bool = False

    def policy_for(self, customer: Customer) -> TaxPolicy:
        """Return the policy; what exempt customers pay is not for places without tax."""
        if self.exempt_pay_gross and TAX_EXEMPT in customer.tags:
            return attrs.evolve(self.policy, exempt=ExemptPrices.AS_IT_STANDS)
        return self.policy

    def among(self, cart: Cart) -> Calculator | None:
        """Return the calculator for the shipments of a cart."""
        if self.calculator is None:
            return None
        places = {shipment.id: shipment.place for shipment in cart.shipments}
        return attrs.evolve(self.calculator, places={"": cart.place, **places})


def addresses(scenario: Fields) -> Addresses:
    """Translate the addresses of a scenario."""
    places: dict[str, Place] = {}
    if "addresses" in scenario:
        fields = scenario.inner("addresses")
        places = {name: _place(fields.inner(name)) for name in fields.names}
    return Addresses(places or {"": NOWHERE})


def taxation(fields: Fields) -> Taxation:
    """Translate the tax of a scenario.

    Raises:
        NotOffered: a choice that cartcore has not.
    """
    with fields:
        gross = _gross(fields, "prices")
        contained = _rules(fields, "included_rates")
        calculator = Calculator(
            due=_rules(fields, "rates"),
            contained=contained,
            shipping=fields.choice("shipping", "own_class", "untaxed", *_BY, default="own_class"),
            shipping_class=_text(fields, "shipping_tax_class", "standard"),
        )
        return Taxation(
            calculator=calculator,
            policy=_policy(fields, crossing=bool(contained)),
            prices_include_tax=gross,
            exempt_pay_gross=fields.choice("exempt_gross", "remove", "keep", default="remove")
            == "keep",
        )


def _policy(fields: Fields, *, crossing: bool) -> TaxPolicy:
    repriced = fields.choice("reprice", "unit_gross", "unit_net", default="unit_gross")
    crossed = CrossBorder.NET_KEPT if repriced == "unit_gross" else CrossBorder.NET_KEPT_NET_UNIT
    kept = fields.choice("gross_policy", "keep", "from_rounded_net", default="keep") == "keep"
    cash: dict[str, Any] = {}
    if "cash_rounding" in fields:
        with fields.inner("cash_rounding") as inner:
            cash = {"cash_step": inner.number("step"), "cash_mode": _mode(inner)}
    return TaxPolicy(
        rounding=_ROUNDED[fields.choice("rounding", *_ROUNDED)],
        mode=_mode(fields),
        step=fields.number("step") if "step" in fields else None,
        gross=GrossPrices.KEPT if kept else GrossPrices.FROM_ROUNDED_NET,
        cross_border=crossed if crossing else CrossBorder.GROSS_KEPT,
        included_at=_HOME if crossing else NOWHERE,
        shipping_includes_tax=(
            _gross(fields, "shipping_prices") if "shipping_prices" in fields else None
        ),
        **cash,
    )


def _mode(fields: Fields) -> Rounding:
    return Rounding(fields.choice("mode", *_MODES))


def _gross(fields: Fields, name: str) -> bool:
    return fields.choice(name, "net", "gross") == "gross"


def price_includes_tax(product: Fields) -> bool | None:
    """Whether the price of a product is gross; None is as the others are."""
    return _gross(product, "price_type") if "price_type" in product else None


def _text(fields: Fields, name: str, default: str) -> str:
    return fields.text(name) if name in fields else default


def _place(fields: Fields) -> Place:
    with fields:
        names = ("country", "region", "city", "postal_code")
        return Place(**{name: fields.text(name) for name in names if name in fields})


def _rules(fields: Fields, name: str) -> tuple[Rule, ...]:
    return tuple(map(_rule, fields.each(name)))


def _rule(fields: Fields) -> Rule:
    with fields:
        rate = TaxRate(
            name=fields.text("name"),
            percent=fields.number("percent"),
            compound=fields.flag("compound", default=False),
        )
        where = ("country", "region")
        return Rule(
            rate=rate,
            of=fields.choice("of", "goods", "shipping", "both"),
            place={each: fields.text(each) for each in where if each in fields},
            postal_prefix=_text(fields, "postal_prefix", ""),
            tax_class=fields.text("tax_class") if "tax_class" in fields else None,
            starts=fields.time("starts") if "starts" in fields else None,
            ends=fields.time("ends") if "ends" in fields else None,
        )
