"""Each law of tax can fail: a way of pricing that breaks it, or a calculator, is found out (TX-11).

`python -m tests.laws.test_tax_laws` prints the table of laws and what breaks them that stands in
docs/testing-plugins.md.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest
from hypothesis import Phase, given, settings

from cartcore.cart import LARGEST_QUANTITY, Cart, CartLine
from cartcore.pricing.policy import DEFAULT_POLICY
from cartcore.pricing.quote import Quote
from cartcore.shop.address import Place
from cartcore.testing.plugins.taxes import TAX_CALCULATOR_LAWS
from cartcore.testing.pricing import TAX_LAWS, Law, PricingCase, generated_taxes, policies
from cartcore.testing.pricing import pricing_cases as cases
from cartcore.testing.pricing.contract import generated
from cartcore.testing.pricing.laws import minor_units
from cartcore.values.money import LARGEST_AMOUNT, from_minor
from tests.testing import test_broken_plugins, test_tax_contract

PAGE = Path(__file__).parents[2] / "docs" / "testing-plugins.md"


@attrs.frozen(kw_only=True)
class Broken(PricingCase):
    """A case that is priced in a wrong way."""

    def price(self, promotions: object = None) -> Quote:
        quote = super().price()
        coins = {name: self.wrong(quote).get(name, 0) for name in ("tax", "net", "total")}
        return attrs.evolve(
            quote,
            totals=attrs.evolve(
                quote.totals,
                **{
                    name: getattr(quote.totals, name) + from_minor(coin, quote.currency)
                    for name, coin in coins.items()
                },
            ),
        )

    def wrong(self, quote: Quote) -> dict[str, int]:
        """How many coins there are too much, by the names of totals."""
        raise NotImplementedError


class CoinTooMuch(Broken):
    """All taxes together are a coin more than its parts."""

    def wrong(self, quote: Quote) -> dict[str, int]:
        return {"tax": 1}


class FeeForTax(Broken):
    """Who is taxed pays a coin for that, whatever the rates."""

    def wrong(self, quote: Quote) -> dict[str, int]:
        return {"total": int(self.tax is not None)}


class HigherIsLess(Broken):
    """The higher the rates, the less tax."""

    def wrong(self, quote: Quote) -> dict[str, int]:
        return {"tax": -2 * minor_units(quote, quote.totals.tax)}


class CoinForEachParcel(Broken):
    """Each shipment is rounded by itself, a coin upwards."""

    def wrong(self, quote: Quote) -> dict[str, int]:
        return {"tax": len(quote.shipments)}


class NetByWayOfGross(Broken):
    """The tax in a price is taken from the price with tax."""

    def wrong(self, quote: Quote) -> dict[str, int]:
        within = [part.tax for part in quote.taxed_parts if part.price_includes_tax]
        return {"net": -sum(minor_units(quote, tax) for tax in within)}


class ThirdPartiesAreForgotten(PricingCase):
    """A manufacturer's coupon reduces what is taxed."""

    def price(self, promotions: object = None) -> Quote:
        own = [attrs.evolve(each, paid_by_third_party=False) for each in self.promotions]
        return PricingCase.price(self.but(promotions=tuple(own)))


WRONG: dict[str, type[PricingCase]] = {
    "net_and_tax_are_gross": CoinTooMuch,
    "zero_rates_change_nothing": FeeForTax,
    "a_larger_rate_never_gives_less_tax": HigherIsLess,
    "an_address_may_have_several_shipments": CoinForEachParcel,
    "taken_out_and_added_again_a_price_is_the_same": NetByWayOfGross,
    "what_a_third_party_pays_is_taxed": ThirdPartiesAreForgotten,
}


@pytest.mark.parametrize("law", TAX_LAWS, ids=lambda law: law.__name__)
def test_each_law_of_tax_can_fail(law: Law) -> None:
    """A way of pricing that breaks a law of tax is found out by it (TX-11)."""
    wrong = WRONG[law.__name__]

    @settings(generated, max_examples=100, phases=[Phase.generate], database=None, derandomize=True)
    @given(cases(policies=policies, taxes=generated_taxes))
    def holds(case: PricingCase) -> None:
        law(wrong(**{field.name: getattr(case, field.name) for field in attrs.fields(PricingCase)}))

    with pytest.raises(AssertionError):
        holds()


def test_sums_may_be_larger_than_any_single_amount() -> None:
    """The laws of tax look at a million units of the largest price as at others (TX-11)."""
    line = CartLine(
        id="a",
        sku="A",
        quantity=LARGEST_QUANTITY,
        unit_price=from_minor(LARGEST_AMOUNT, "JPY"),
        price_includes_tax=True,
    )
    case = PricingCase(
        cart=Cart(currency="JPY", lines=(line,), place=Place(country="DE")),
        policy=DEFAULT_POLICY,
        at=datetime(2026, 6, 1, tzinfo=UTC),
        tax=test_tax_contract.Vat(),
    )

    for law in TAX_LAWS:
        law(case)


def table() -> str:
    """Each law of tax calculators, what it says, and what breaks it in the tests."""
    tables = (test_broken_plugins.BROKEN, test_tax_contract.BROKEN)
    faulty = {law: [k.__name__ for k in kinds] for each in tables for law, kinds in each.items()}
    rows = ["| law | says | is broken by |", "|---|---|---|"]
    for law in TAX_CALCULATOR_LAWS:
        name = law.__name__
        says = re.sub(r" \([A-Z].*\)", "", str(law.__doc__).splitlines()[0])
        kinds = ", ".join(f"`{kind}`" for kind in faulty.get(name, []))
        if name in WRONG:
            kinds = str(WRONG[name].__doc__)
        rows.append(f"| `{name}` | {says} | {kinds} |")
    return "\n".join(rows)


def test_every_law_is_broken_by_something() -> None:
    """The page has the table of laws, and none of them is without something that breaks it."""
    assert all(not row.endswith("|  |") for row in table().splitlines())
    assert table() in PAGE.read_text(encoding="utf-8")


if __name__ == "__main__":
    print(table())  # noqa: T201
