"""The tax table keeps the contract that every tax calculator has to keep."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from hypothesis import strategies as st

from cartcore.rules import Place
from cartcore.rules.builtin import ShippingTax, ShippingTaxedBy, TaxExemption, TaxRow, TaxTable
from cartcore.testing.plugins import TaxCalculatorContract

PERCENTS = st.sampled_from(["0", "2.9", "5.5", "19", "100"])


@st.composite
def tables(draw: st.DrawFn) -> TaxTable:
    """A table with taxes of a country, a state, a city and some postal codes, and compound ones."""
    us: dict[str, Any] = {"country": "US", "tax_class": "*"}
    rows = [
        TaxRow(name="State", percent=draw(PERCENTS), **us),
        TaxRow(name="State", percent=draw(PERCENTS), region="Colorado", **us),
        TaxRow(name="City", percent=draw(PERCENTS), region="CO", city="Denver", **us),
        TaxRow(
            name="District",
            percent=draw(PERCENTS),
            postal_code="80200..80299",
            compound=draw(st.booleans()),
            **us,
        ),
        TaxRow(name="VAT", percent=draw(PERCENTS), country="DE", valid_until=date(2025, 12, 31)),
        TaxRow(name="VAT", percent=draw(PERCENTS), country="DE", valid_from=date(2026, 1, 1)),
    ]
    how = draw(st.sampled_from(ShippingTaxedBy))
    return TaxTable(
        rows=tuple(draw(st.permutations(rows))),
        shipping=(
            ShippingTax(by=how),
            ShippingTax(by=draw(st.sampled_from(ShippingTaxedBy)), country="DE"),
        ),
        exemptions=(TaxExemption(reason="resale", contact_tag="reseller", country="US"),),
    )


class TestTaxTable(TaxCalculatorContract):
    """Each law of calculators holds for the table (PK-6, TX-7)."""

    type = TaxTable
    places: ClassVar[Sequence[Place]] = (
        Place(country="US", region="CO", city="Denver", postal_code="80202"),
        Place(country="US", region="Texas", city="Austin", postal_code="78701"),
        Place(country="DE", postal_code="10115"),
        Place(country="US", region="CO"),
        Place(country="FR"),
    )
    customer_tags = ("reseller",)

    def configurations(self, currency: str) -> st.SearchStrategy[TaxTable]:
        return tables()
