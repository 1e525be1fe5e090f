"""The built-in tax table keeps the laws of tax calculators."""

from collections.abc import Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st

from cartcore.rules import Place
from cartcore.rules.builtin import (
    ShippingTax,
    ShippingTaxedBy,
    TaxExemption,
    TaxRow,
    TaxTable,
)
from cartcore.testing.plugins import TaxCalculatorContract

ROWS = (
    TaxRow(country="DE", name="VAT", percent="19"),
    TaxRow(country="DE", name="VAT", percent="7", tax_class="reduced"),
    TaxRow(country="US", region="CA", name="CA state", percent="6.25"),
    TaxRow(country="US", region="CA", name="county", percent="1.125", compound=True),
    TaxRow(country="US", region="CA", name="county", percent="0", tax_class="reduced"),
)


class TestTaxTable(TaxCalculatorContract):
    type = TaxTable
    examples = 8
    places: ClassVar[Sequence[Place]] = (
        Place(country="DE"),
        Place(country="DE"),
        Place(country="US", region="CA", postal_code="94110"),
        Place(country="US", region="California"),
        Place(country="US"),
    )
    customer_tags = ("reseller", "vip")

    def configurations(self, currency: str) -> st.SearchStrategy[Any]:
        return st.builds(
            TaxTable,
            rows=st.permutations(ROWS).map(tuple),
            shipping=st.sampled_from(ShippingTaxedBy).map(lambda by: (ShippingTax(by=by),)),
            exemptions=st.sampled_from(
                [(), (TaxExemption(reason="resale", contact_tag="reseller"),)]
            ),
        )
