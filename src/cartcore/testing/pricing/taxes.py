"""Tax calculators and policies, and carts that they have something to do with."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

import attrs
from hypothesis import strategies as st

from cartcore.cart import Cart
from cartcore.pricing.policy import CrossBorder, ExemptPrices, GrossPrices, TaxPolicy, TaxRounding
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy, TaxRate, TaxRequest
from cartcore.promotions.types import TaxCalculator
from cartcore.shop.address import Place
from cartcore.testing.pricing.figures import CONTACT_TAGS, COUNTRIES
from cartcore.values.allocation import Rounding

TAX_CLASSES = ("", "reduced")
"""The tax classes of generated lines."""

_PERCENTS = ("0", "0.5", "5", "7", "7.7", "8.1", "9.975", "10", "19", "20", "25", "33.333")
_PLACES = ("", *COUNTRIES)


@attrs.frozen(kw_only=True)
class GeneratedTax:
    """A tax calculator that was made up.

    Attributes:
        rates: The rates for each country and tax class, in the order of `_PLACES` and
            `TAX_CLASSES`; where there are none, nothing is due.
        shipping: What shipping prices are taxed by.
        exempt_tag: Customers with this tag pay no tax.
    """

    type_name: ClassVar[str] = "cartcore.testing.generated_tax"

    rates: tuple[tuple[TaxRate, ...], ...]
    shipping: TaxedBy = TaxedBy.OWN_RATES
    exempt_tag: str = CONTACT_TAGS[0]

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        """Answer by country and tax class."""
        exempt = self.exempt_tag in request.customer.tags
        goods = {part.shipment_id for part in request.parts if part.line_id}
        return [(part.id, self._answer(part, goods, exempt=exempt)) for part in request.parts]

    def _answer(self, part: TaxablePart, goods: set[str], *, exempt: bool) -> PartTax:
        if exempt:
            return PartTax(exempt="exempt customer")
        if not part.line_id and part.shipment_id in goods and self.shipping.value != "own_rates":
            return PartTax(by=self.shipping)
        country = part.place.country if part.place.country in _PLACES else ""
        tax_class = part.tax_class if part.tax_class in TAX_CLASSES else ""
        place = _PLACES.index(country) * len(TAX_CLASSES) + TAX_CLASSES.index(tax_class)
        rates = self.rates[place]
        return PartTax(rates=rates, exempt="" if rates else "nothing is due")


@st.composite
def _rates(draw: st.DrawFn) -> tuple[TaxRate, ...]:
    count = draw(st.sampled_from([0, 1, 1, 1, 2, 3]))
    return tuple(
        TaxRate(
            name=name,
            percent=Decimal(draw(st.sampled_from(_PERCENTS))),
            compound=draw(st.sampled_from([False, False, True])),
        )
        for name in ("VAT", "state", "city")[:count]
    )


generated_taxes: st.SearchStrategy[TaxCalculator] = st.builds(
    GeneratedTax,
    rates=st.tuples(*[_rates() for _ in range(len(_PLACES) * len(TAX_CLASSES))]),
    shipping=st.sampled_from(TaxedBy),
    exempt_tag=st.sampled_from(CONTACT_TAGS),
)
"""Calculators with one rate or several, compound ones, zero ones and none, by place and class."""

untaxed: st.SearchStrategy[TaxCalculator | None] = st.none()
"""No calculator."""

maybe_taxes: st.SearchStrategy[TaxCalculator | None] = st.none() | generated_taxes
"""A calculator, or none."""


@st.composite
def tax_policies(draw: st.DrawFn, *, one_place: bool = False) -> TaxPolicy:
    """Policies with every value of every field.

    Prices become others at their destination only with `one_place`: units of one line that cost
    different prices are to be lines of their own.
    """
    step = st.sampled_from([None, None, None, Decimal(1), Decimal(5)])
    crossing: dict[str, Any] = {"exempt": ExemptPrices.AS_IT_STANDS}
    if one_place:
        crossing = {
            "cross_border": draw(st.sampled_from(CrossBorder)),
            "exempt": draw(st.sampled_from(ExemptPrices)),
            "included_at": Place(country=draw(st.sampled_from(_PLACES))),
        }
    return TaxPolicy(
        rounding=draw(st.sampled_from(TaxRounding)),
        mode=draw(st.sampled_from(Rounding)),
        step=draw(step),
        cash_step=draw(step),
        cash_mode=draw(st.sampled_from(Rounding)),
        gross=draw(st.sampled_from([GrossPrices.KEPT, *GrossPrices])),
        shipping_includes_tax=draw(st.sampled_from([None, None, True, False])),
        **crossing,
    )


@st.composite
def taxable(draw: st.DrawFn, cart: Cart) -> Cart:
    """The cart with tax classes, with prices that include tax or not, and with places.

    Lines of one SKU are alike in this.
    """
    classes: dict[str, str] = {}
    gross: dict[str, bool | None] = {}
    for line in cart.lines:
        classes.setdefault(line.sku, draw(st.sampled_from(TAX_CLASSES)))
        gross.setdefault(line.sku, draw(st.sampled_from([None] * 4 + [True, False])))
    lines = tuple(
        attrs.evolve(line, tax_class=classes[line.sku], price_includes_tax=gross[line.sku])
        for line in cart.lines
    )
    place = Place(country=draw(st.sampled_from(_PLACES)))
    shipments = cart.shipments
    if draw(st.booleans()):  # all that is bought goes to one place
        shipments = tuple(attrs.evolve(each, country=place.country) for each in shipments)
    return attrs.evolve(
        cart,
        lines=lines,
        shipments=shipments,
        place=place,
        prices_include_tax=draw(st.booleans()),
    )


def goes_to_one_place(cart: Cart) -> bool:
    """Whether all units of a cart go to one place."""
    return {each.place for each in cart.shipments} <= {cart.place}
