"""Prices that include tax, where another tax is due, or none."""

from collections.abc import Sequence
from typing import ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.cart import Cart, Customer
from cartcore.errors import TaxUndetermined
from cartcore.pricing.engine import price
from cartcore.pricing.policy import CrossBorder, ExemptPrices, PricingPolicy, TaxPolicy
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import TiedItem
from cartcore.rules import PartTax, Place, TaxedBy, TaxRate, TaxRequest
from cartcore.rules.builtin import AddProduct
from cartcore.shop.product import Product, Variant
from tests.support.carts import AT, cart, line, parcel, promotion, speed, usd

HOME = Place(country="DE")
PERCENTS = {"DE": 19, "FR": 20, "HU": 27}


@attrs.frozen
class Vat:
    """The rates of three countries; elsewhere, and for those in business, nothing is due."""

    type_name: ClassVar[str] = "test.vat"

    shipping: TaxedBy = TaxedBy.OWN_RATES

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return [
            self._of(part.id, part.line_id, part.place.country, request.customer)
            for part in request.parts
        ]

    def _of(self, part: str, line_id: str, country: str, customer: Customer) -> tuple[str, PartTax]:
        if not line_id and self.shipping is not TaxedBy.OWN_RATES:
            return (part, PartTax(by=self.shipping))
        if country not in PERCENTS:
            return (part, PartTax(exempt="export"))
        if "business" in customer.tags:
            return (part, PartTax(exempt="reverse charge"))
        return (part, PartTax(rates=(TaxRate(name="VAT", percent=PERCENTS[country]),)))


def order(*countries: str, tags: tuple[str, ...] = ()) -> Cart:
    """A unit of 11.90 with tax for each country, and as much for shipping."""
    sent = [
        attrs.evolve(parcel(code, ("a", 1), by=speed("11.90")), country=code) for code in countries
    ]
    return attrs.evolve(
        cart(line("a", "11.90", len(countries)), shipments=tuple(sent)),
        prices_include_tax=True,
        customer=Customer(tags=tags),
    )


def taxed(given: Cart, tax: Vat = Vat(), **policy: object) -> Quote:
    tax_policy = TaxPolicy(included_at=HOME, **policy)  # type: ignore[arg-type]
    return price(given, at=AT, tax=tax, policy=PricingPolicy(tax=tax_policy))


@pytest.mark.parametrize(
    ("keeps", "gross", "tax"),
    [
        (CrossBorder.GROSS_KEPT, "23.80", "3.97"),
        (CrossBorder.NET_KEPT, "24.00", "4.00"),
        (CrossBorder.NET_KEPT_NET_UNIT, "24.00", "4.00"),
    ],
)
def test_across_a_border(keeps: CrossBorder, gross: str, tax: str) -> None:
    """11.90 with 19 percent are 10.00 net, and 12.00 with 20 percent (TX-3, TX-12)."""
    quote = taxed(order("FR"), cross_border=keeps)

    assert (usd(gross), usd(tax)) == (quote.total, quote.totals.tax)


@pytest.mark.parametrize("keeps", CrossBorder)
def test_at_home_nothing_changes(keeps: CrossBorder) -> None:
    """Where the rates are those in the price, it stays as it is (TX-3)."""
    quote = taxed(order("DE"), cross_border=keeps)

    assert (usd("23.80"), usd("3.80")) == (quote.total, quote.totals.tax)


@pytest.mark.parametrize(
    ("exempt", "total"), [(ExemptPrices.WITHOUT_TAX, "20.00"), (ExemptPrices.AS_IT_STANDS, "23.80")]
)
@pytest.mark.parametrize(("country", "tags"), [("US", ()), ("DE", ("business",))])
def test_no_tax_is_due(
    exempt: ExemptPrices, total: str, country: str, tags: tuple[str, ...]
) -> None:
    """The tax in the price is left out, or the price stays and is all net (TX-12)."""
    quote = taxed(order(country, tags=tags), exempt=exempt)

    assert usd(total) == quote.total == quote.totals.net
    assert all(part.exempt for part in quote.taxed_parts)


@pytest.mark.parametrize("by", [TaxedBy.GOODS, TaxedBy.HIGHEST_GOODS])
def test_shipping_follows_its_goods(by: TaxedBy) -> None:
    """A shipping price that is taxed as its goods is restated as they are (TX-6, TX-12)."""
    assert usd("24.00") == taxed(order("FR"), Vat(by), cross_border=CrossBorder.NET_KEPT).total
    assert usd("20.00") == taxed(order("US"), Vat(by)).total


@attrs.frozen
class ByClass(Vat):
    """Two rates at home and two abroad, and shipping by its goods."""

    type_name: ClassVar[str] = "test.by_class"

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        percents = {"DE": {"": 19, "books": 7}, "FR": {"": 20, "books": 5}}
        return [
            (
                part.id,
                PartTax(
                    (TaxRate(name="VAT", percent=percents[part.place.country][part.tax_class]),)
                )
                if part.line_id
                else PartTax(by=self.shipping),
            )
            for part in request.parts
        ]


@pytest.mark.parametrize(
    ("by", "shipping"), [(TaxedBy.GOODS, "11.84"), (TaxedBy.HIGHEST_GOODS, "12.00")]
)
def test_shipping_follows_goods_of_several_rates(by: TaxedBy, shipping: str) -> None:
    """11.90 follow the highest rate, 11.90 × 1.20 / 1.19, or both, as the goods are worth the same.

    Those are 11.90 × (1.20 / 1.19 + 1.05 / 1.07) / 2 = 11.838… (TX-6, TX-12).
    """
    sent = parcel("FR", ("a", 1), ("b", 1), by=speed("11.90"))
    goods = (line("a", "100.00"), attrs.evolve(line("b", "100.00"), tax_class="books"))
    given = attrs.evolve(
        cart(*goods, shipments=(attrs.evolve(sent, country="FR"),)), prices_include_tax=True
    )

    quote = taxed(given, ByClass(by), cross_border=CrossBorder.NET_KEPT)

    assert quote.totals.shipping == usd(shipping)


def test_units_of_one_line_at_one_price_by_several_rates() -> None:
    """A line goes to two places where only the name of the tax differs: its price stays (TX-12)."""

    @attrs.frozen
    class Named(Vat):
        type_name: ClassVar[str] = "test.named"

        def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
            return [
                (part.id, PartTax((TaxRate(name=part.place.country, percent=19),)))
                for part in request.parts
            ]

    quote = taxed(order("DE", "FR"), Named(), cross_border=CrossBorder.NET_KEPT)

    assert quote.total == usd("47.60")
    assert quote.lines[0].unit_price == usd("11.90")


def test_units_of_one_line_at_several_prices() -> None:
    """They are to be lines of their own; where the gross price is kept, they need not (TX-12)."""
    with pytest.raises(TaxUndetermined, match="a line of its own for each place"):
        taxed(order("FR", "HU"), cross_border=CrossBorder.NET_KEPT)

    assert usd("47.60") == taxed(order("FR", "HU")).total


def test_rounded_for_each_unit() -> None:
    """0.99 with 19 percent are 0.8319 net, so 0.83 for each of ten units (TX-12)."""
    given = attrs.evolve(
        cart(line("a", "0.99", 10)), prices_include_tax=True, place=Place(country="US")
    )
    quote = taxed(given)

    assert usd("8.30") == quote.total
    assert Money("0.83", "USD") == quote.lines[0].unit_price


def test_a_price_without_any_tax_in_it_stays_as_fine() -> None:
    """Where the rate in a price is zero, an exempt customer pays the same price (TX-11, TX-12)."""

    @attrs.frozen
    class Zero(Vat):
        type_name: ClassVar[str] = "test.zero"

        def _of(
            self, part: str, line_id: str, country: str, customer: Customer
        ) -> tuple[str, PartTax]:
            if "business" in customer.tags:
                return (part, PartTax(exempt="reverse charge"))
            return (part, PartTax(rates=(TaxRate(name="zero", percent=0),)))

    given = attrs.evolve(
        cart(line("a", "0.0025", 10)),
        prices_include_tax=True,
        customer=Customer(tags=("business",)),
    )

    assert usd("0.03") == taxed(given, Zero()).total


@pytest.mark.parametrize(
    ("country", "keeps", "total"),
    [
        ("US", CrossBorder.GROSS_KEPT, "15.00"),
        ("FR", CrossBorder.NET_KEPT, "18.00"),
        ("FR", CrossBorder.NET_KEPT_NET_UNIT, "18.00"),
    ],
)
def test_what_a_promotion_adds_is_restated_as_well(
    country: str, keeps: CrossBorder, total: str
) -> None:
    """A product of 11.90, 10.00 without tax, costs 5.00 net at half its price (TX-3, TX-12)."""
    pen = Product(id="pen", title="Pen", variants=(Variant(sku="PEN", price=usd("11.90")),))
    item = TiedItem(key="pen", product_id="pen", quantity=1)
    adding = promotion(AddProduct(items=(item,), percent="50"))
    given = attrs.evolve(
        cart(line("a", "11.90")), prices_include_tax=True, place=Place(country=country)
    )
    policy = PricingPolicy(tax=TaxPolicy(included_at=HOME, cross_border=keeps))
    quote = price(given, [adding], at=AT, products={"pen": pen}, tax=Vat(), policy=policy)

    assert usd(total) == quote.total


@attrs.frozen
class KeepsForBusinesses(Vat):
    """Nothing is due on exports; who is in business pays a price of which nothing is tax."""

    type_name: ClassVar[str] = "test.keeps"

    def _of(self, part: str, line_id: str, country: str, customer: Customer) -> tuple[str, PartTax]:
        if country in PERCENTS and "business" in customer.tags:
            return (part, PartTax(rates=(TaxRate(name="VAT", percent=0),)))
        return super()._of(part, line_id, country, customer)


@pytest.mark.parametrize(
    ("country", "exempt", "paid"),
    [
        ("US", ExemptPrices.WITHOUT_TAX, "20.00"),
        ("DE", ExemptPrices.WITHOUT_TAX, "23.80"),
        ("US", ExemptPrices.AS_IT_STANDS, "23.80"),
        ("DE", ExemptPrices.AS_IT_STANDS, "23.80"),
    ],
)
def test_exports_apart_from_exempt_customers(country: str, exempt: ExemptPrices, paid: str) -> None:
    """An answer of 0 % keeps a price that an exemption takes the tax out of (TX-12)."""
    given = order(country, tags=("business",))

    quote = taxed(given, KeepsForBusinesses(), exempt=exempt)

    assert (quote.total, quote.totals.tax) == (usd(paid), usd("0.00"))
