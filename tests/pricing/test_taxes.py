"""Tax of whole carts: what is taxed, and that it does not matter how the cart is written."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.cart import Cart, CartLine
from cartcore.pricing.engine import price
from cartcore.pricing.policy import PricingPolicy, TaxPolicy, TaxRounding
from cartcore.promotions.promotion import Promotion
from cartcore.rules import PartTax, TaxRate, TaxRequest
from cartcore.rules.builtin import AmountOff, PercentOff
from cartcore.values.allocation import Rounding
from tests.support.carts import AT, cart, line, parcel, usd

PERCENTS = {"": "5", "full": "20", "books": "7"}
HIGHER_IN = {"": 0, "DE": 1, "FR": 3}


@attrs.frozen
class ByClassAndCountry:
    """Rates that depend on the tax class, the country and an attribute of the line."""

    type_name: ClassVar[str] = "test.by_class_and_country"

    def taxes(self, request: TaxRequest) -> Sequence[PartTax]:
        return [
            PartTax(
                part=part.id,
                rates=(
                    TaxRate(name=f"VAT {part.tax_class}", percent=PERCENTS[part.tax_class]),
                    TaxRate(name="local", percent=HIGHER_IN[part.place.country]),
                    TaxRate(name="engraved", percent=9 * len(part.attributes), compound=True),
                ),
            )
            for part in request.parts
        ]


TAX = ByClassAndCountry()
HALF_OFF_ONE = Promotion(id="half", name="half", effect=PercentOff(percent="50", limit=1))


def figures(given: Cart, promotions: Sequence[Promotion], policy: PricingPolicy) -> object:
    """What does not depend on the order of the cart."""
    quote = price(given, promotions, at=AT, tax=TAX, policy=policy)
    return quote.totals, sorted(map(repr, quote.taxes_by_rate()))


@pytest.mark.parametrize(
    "other",
    [
        {"tax_class": "full"},
        {"price_includes_tax": True},
        {"attributes": {"engraving": "Ada"}},
        {"product_attributes": {"material": "gold"}},
    ],
)
def test_equal_goods_that_are_taxed_in_different_ways(other: dict[str, Any]) -> None:
    """Which of two equal units a discount is taken off is up to tax, not to their order (TX-4)."""
    lines = (
        line("a", "10.00", sku="X", product_id="X", title="X"),
        attrs.evolve(line("b", "10.00", sku="X", product_id="X", title="X"), **other),
    )

    assert figures(cart(*lines), [HALF_OFF_ONE], PricingPolicy()) == figures(
        cart(*reversed(lines)), [HALF_OFF_ONE], PricingPolicy()
    )


def test_equal_goods_that_go_to_different_places() -> None:
    """Of equal units for two countries the same one is discounted in either order (TX-4)."""
    lines = (
        line("a", "10.00", sku="X", product_id="X", title="X"),
        line("b", "10.00", sku="X", product_id="X", title="X"),
    )
    sent = (
        attrs.evolve(parcel("de", ("a", 1)), country="DE"),
        attrs.evolve(parcel("fr", ("b", 1)), country="FR"),
    )

    assert figures(cart(*lines, shipments=sent), [HALF_OFF_ONE], PricingPolicy()) == figures(
        cart(*reversed(lines), shipments=sent), [HALF_OFF_ONE], PricingPolicy()
    )


@st.composite
def written_twice(draw: st.DrawFn) -> tuple[Cart, Cart]:
    """A cart with many equal goods, and the same one with its lines in another order."""
    count = draw(st.integers(2, 6))
    lines: list[CartLine] = []
    for place in range(count):
        own = line(
            f"l{place}",
            draw(st.sampled_from(["0.03", "1.99", "10.00"])),
            draw(st.integers(1, 3)),
            product_id="X",
            title="X",
            sku=draw(st.sampled_from("XY")),
        )
        lines.append(
            attrs.evolve(
                own,
                tax_class=draw(st.sampled_from(sorted(PERCENTS))),
                price_includes_tax=draw(st.sampled_from([None, True])),
                attributes=draw(st.sampled_from([{}, {"engraving": "Ada"}])),
                minimum_price=draw(st.sampled_from([None, usd("0.01")])),
            )
        )
    sent = []
    for code in ("DE", "FR"):
        rows = [(each.id, 1) for each in lines if draw(st.booleans()) and each.quantity > 1]
        sent.append(attrs.evolve(parcel(code, *rows), country=code))
    first = attrs.evolve(
        cart(*lines, shipments=tuple(sent)), prices_include_tax=draw(st.booleans())
    )
    return first, attrs.evolve(first, lines=tuple(draw(st.permutations(lines))))


@given(written_twice(), st.sampled_from(TaxRounding), st.lists(st.integers(1, 3), max_size=3))
def test_the_order_of_lines_changes_nothing(
    carts: tuple[Cart, Cart], rounding: TaxRounding, limits: list[int]
) -> None:
    """Totals and taxes by rate are those of the lines, whatever their order (TX-4)."""
    promotions = [
        Promotion(id=f"p{n}", name="p", effect=PercentOff(percent="35", limit=limit))
        for n, limit in enumerate(limits)
    ] + [Promotion(id="off", name="off", effect=AmountOff(amount=usd("0.55")))]
    policy = PricingPolicy(tax=TaxPolicy(rounding=rounding))

    one, other = (figures(each, promotions, policy) for each in carts)

    assert one == other


@given(
    st.lists(st.sampled_from(["0.01", "0.03", "0.07", "1.99"]), min_size=1, max_size=4),
    st.sampled_from(TaxRounding),
    st.sampled_from(Rounding),
    st.sampled_from([None, Decimal("0.05"), Decimal("0.1"), Decimal(1)]),
)
def test_a_coarse_step_takes_no_more_than_the_price(
    prices: list[str], rounding: TaxRounding, mode: Rounding, step: Decimal | None
) -> None:
    """Tax in a price is never more than the price: net and tax stay at zero or above (TX-3)."""
    goods = [
        attrs.evolve(line(str(n), each), tax_class="full" if n % 2 else "")
        for n, each in enumerate(prices)
    ]
    given = attrs.evolve(cart(*goods), prices_include_tax=True)
    policy = PricingPolicy(tax=TaxPolicy(rounding=rounding, mode=mode, step=step))
    nothing = usd("0.00")

    quote = price(given, at=AT, tax=TAX, policy=policy)

    for part, each in zip(quote.taxed_parts, prices, strict=True):
        assert nothing <= part.tax
        assert nothing <= part.net
        assert usd(each) == part.net + part.tax == part.gross
