"""Tax of whole carts: what is taxed, and that it does not matter how the cart is written."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.cart import Cart, CartLine, CartShipment
from cartcore.entry.store import Store
from cartcore.errors import InvalidField
from cartcore.pricing.engine import price
from cartcore.pricing.policy import GrossPrices, PricingPolicy, TaxPolicy, TaxRounding
from cartcore.promotions.promotion import Promotion
from cartcore.rules import PartTax, TaxablePart, TaxedBy, TaxRate, TaxRequest
from cartcore.rules.builtin import AmountOff, PercentOff
from cartcore.values.allocation import Rounding
from tests.support.carts import AT, cart, line, parcel, speed, usd

PERCENTS = {"": "5", "full": "20", "books": "7"}
HIGHER_IN = {"": 0, "DE": 1, "FR": 3}


@attrs.frozen
class ByClassAndCountry:
    """Rates that depend on whatever a part is known by: class, country, attributes, tags."""

    type_name: ClassVar[str] = "test.by_class_and_country"

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return [
            (part.id, PartTax(by=TaxedBy.GOODS))
            if part.line is None
            else (
                part.id,
                PartTax(
                    rates=(
                        TaxRate(name=f"VAT {part.tax_class}", percent=PERCENTS[part.tax_class]),
                        TaxRate(name="local", percent=HIGHER_IN[part.place.country]),
                        TaxRate(name="engraved", percent=9 * len(part.attributes), compound=True),
                        TaxRate(name="art", percent=2 * len(part.tags) + 4 * len(part.categories)),
                        TaxRate(name="bonded", percent=_bonded(part)),
                    )
                ),
            )
            for part in request.parts
        ]


def _bonded(part: TaxablePart) -> int:
    return 6 * len(part.shipment.attributes) if part.shipment else 0


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
        {"tags": ("print",)},
        {"categories": ("art/prints",)},
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


def test_equal_goods_in_shipments_that_the_shop_tells_apart() -> None:
    """Of equal units in two shipments to one place, one is discounted in either order (TX-4)."""
    lines = (
        line("a", "10.00", sku="X", product_id="X", title="X"),
        line("b", "10.00", sku="X", product_id="X", title="X"),
    )
    sent = (
        attrs.evolve(parcel("shop", ("a", 1)), country="DE"),
        attrs.evolve(parcel("bond", ("b", 1)), country="DE", attributes={"bonded": True}),
    )

    assert figures(cart(*lines, shipments=sent), [HALF_OFF_ONE], PricingPolicy()) == figures(
        cart(*reversed(lines), shipments=sent), [HALF_OFF_ONE], PricingPolicy()
    )


@pytest.mark.parametrize(
    "other", [{"tags": ("print",)}, {"categories": ("art",)}, {"product_id": "Y"}]
)
def test_the_last_coin_of_a_tax_does_not_go_to_the_first_line(other: dict[str, Any]) -> None:
    """Of two lines that are known apart the same has it, whichever stands first (TX-4)."""
    lines = (
        line("a", "0.05", sku="X", product_id="X", title="X"),
        attrs.evolve(line("b", "0.05", sku="X", product_id="X", title="X"), **other),
    )
    one, turned = (
        price(cart(*each), [], at=AT, tax=Vat(percent=10)) for each in (lines, lines[::-1])
    )

    taxes = [{part.line_id: part.tax for part in quote.taxed_parts} for quote in (one, turned)]
    assert taxes[0] == taxes[1]
    assert one.totals.tax == usd("0.01")


@st.composite
def written_twice(draw: st.DrawFn) -> tuple[Cart, Cart]:
    """A cart with many equal goods, and the same one with its lines in another order."""
    count = draw(st.integers(2, 6))
    lines: list[CartLine] = []
    for place in range(count):
        own = line(
            f"l{place}",
            draw(st.sampled_from(["0.03", "1.99", "10.00"])),
            draw(st.integers(1, 4)),
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
    sent: list[CartShipment] = []
    for code in ("DE", "DE", "FR"):
        rows = [(each.id, 1) for each in lines if draw(st.booleans()) and each.quantity > 2]
        post = draw(st.sampled_from([None, speed("4.90"), speed("0.07")])) if rows else None
        sent.append(
            attrs.evolve(
                parcel(f"S{len(sent)}", *rows, by=post),
                country=code,
                attributes=draw(st.sampled_from([{}, {"bonded": True}])),
            )
        )
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


@attrs.frozen
class Vat:
    """19 percent, 7 on books, nothing on deeds."""

    type_name: ClassVar[str] = "test.vat"

    percent: int = 19

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return [
            (part.id, PartTax(exempt="a deed is no supply"))
            if part.tax_class == "deeds"
            else (
                part.id,
                PartTax(
                    (TaxRate(name="VAT", percent=7 if part.tax_class == "books" else self.percent),)
                ),
            )
            for part in request.parts
        ]


GOODS = cart(
    line("MUG", "11.90", 2),
    attrs.evolve(line("BOOK", "10.70"), tax_class="books"),
    attrs.evolve(line("DEED", "5.00"), tax_class="deeds"),
)


@pytest.mark.parametrize(
    ("includes", "told"),
    [
        (
            True,
            """\
Items 39.50 USD

Tax 4.50 USD, rounded half up for each rate, included in the prices
  VAT 19 % of 20.00 USD = 3.80 USD
  VAT 7 % of 10.00 USD = 0.70 USD
  no tax on 1 × DEED: a deed is no supply

Total 39.50 USD""",
        ),
        (
            False,
            """\
Items 39.50 USD

Tax 5.27 USD, rounded half up for each rate
  VAT 19 % of 23.80 USD = 4.52 USD
  VAT 7 % of 10.70 USD = 0.75 USD
  no tax on 1 × DEED: a deed is no supply

Total 44.77 USD""",
        ),
    ],
)
def test_tax_in_words(includes: object, told: str) -> None:
    """An explanation has the table by rate, what was rounded, and what is exempt and why (TX-8)."""
    given = attrs.evolve(GOODS, prices_include_tax=includes is True)

    assert told == price(given, at=AT, tax=Vat()).explain()


def test_tax_in_other_words() -> None:
    """An explanation says what is rounded to which step, and what is paid in coins (TX-4, TX-8)."""
    policy = TaxPolicy(
        rounding=TaxRounding.ORDER,
        mode=Rounding.DOWN,
        step=Decimal("0.05"),
        cash_step=Decimal("0.10"),
    )
    told = price(GOODS, at=AT, tax=Vat(), policy=PricingPolicy(tax=policy)).explain()

    assert "Tax 5.25 USD, rounded down to a multiple of 0.05 for the order" in told
    assert told.endswith("Total 44.75 USD\nPayable 44.80 USD, as there are coins")


def test_taxes_that_changed_are_told_by_rate() -> None:
    """Whoever saw a quote is told which taxes are others, gone or new (TX-8, OE-18)."""
    seen = price(GOODS, at=AT, tax=Vat())
    later = price(GOODS, at=AT, tax=Vat(20))
    of_books = price(attrs.evolve(GOODS, lines=GOODS.lines[1:]), at=AT, tax=Vat())
    dearer = price(
        attrs.evolve(GOODS, lines=(line("MUG", "11.90", 3), *GOODS.lines[1:])), at=AT, tax=Vat()
    )

    assert {"VAT 19 % of 4.52 USD is no longer due", "VAT 20 % of 4.76 USD is due now"} <= {
        *seen.differences(later)
    }
    assert "VAT 19 % of 4.52 USD is no longer due" in seen.differences(of_books)
    assert "VAT 19 % is 6.78 USD instead of 4.52 USD" in seen.differences(dearer)
    assert () == seen.differences(price(GOODS, at=AT, tax=Vat()))


def test_what_was_seen_before_rates_were_kept() -> None:
    """A kept quote without a table by rate is compared by its totals, as it was (ST-4)."""
    quote = price(GOODS, at=AT, tax=Vat())

    assert () == attrs.evolve(quote.shown, taxes=()).differences(quote)


def test_cash_without_a_calculator() -> None:
    """What is paid is rounded to coins without a calculator, too, and the quote says how (TX-4)."""
    swiss = PricingPolicy(tax=TaxPolicy(cash_step=Decimal("0.05")))
    mug = cart(line("a", "9.98"))

    quote = price(mug, at=AT, policy=swiss)

    assert quote.totals.payable == usd("10.00")
    assert quote.tax_policy == swiss.tax
    assert price(mug, at=AT).tax_policy is None


@pytest.mark.parametrize("name", ["step", "cash_step"])
@pytest.mark.parametrize(("currency", "step"), [("USD", "0.001"), ("JPY", "0.5"), ("KWD", "1E-9")])
def test_a_step_that_the_currency_does_not_have(name: str, currency: str, step: str) -> None:
    """A step finer than the minor unit is refused by the store, and by pricing (TX-12)."""
    policy = PricingPolicy(tax=TaxPolicy(**{name: Decimal(step)}))  # type: ignore[arg-type]

    with pytest.raises(
        InvalidField, match=rf"TaxPolicy\.{name} must be .*, not '?{Decimal(step):f}"
    ):
        Store(currency=currency, policy=policy)
    with pytest.raises(InvalidField, match=name):
        price(Cart(currency=currency), at=AT, policy=policy)


@pytest.mark.parametrize(("currency", "step"), [("USD", "0.05"), ("JPY", "1"), ("KWD", "0.005")])
def test_a_step_that_the_currency_has(currency: str, step: str) -> None:
    """Steps of whole minor units are taken (TX-12)."""
    policy = PricingPolicy(tax=TaxPolicy(step=Decimal(step), cash_step=Decimal(step)))

    assert policy == Store(currency=currency, policy=policy).policy


def test_what_rounded_net_amounts_add_is_no_tax() -> None:
    """Where net amounts are rounded, the total can move by a minor unit, and its row says so."""
    given = attrs.evolve(cart(line("MUG", "0.10")), prices_include_tax=True)
    policy = PricingPolicy(tax=TaxPolicy(gross=GrossPrices.FROM_ROUNDED_NET))
    quote = price(
        attrs.evolve(given, lines=(*given.lines, line("BOX", "0.10"))),
        at=AT,
        tax=Vat(),
        policy=policy,
    )

    # 0.08403… net is rounded to 0.08, twice; 19 % of 0.16 are 0.0304.
    assert [("Rounding of net amounts", usd("-0.01")), ("Total", usd("0.19"))] == [
        *quote.rows()[-2:]
    ]
    assert ("Tax that prices do not include", usd("0.01")) in price(
        attrs.evolve(
            given, lines=(*given.lines, attrs.evolve(line("BOX", "0.05"), price_includes_tax=False))
        ),
        at=AT,
        tax=Vat(),
    ).rows()
