"""The laws of pricing as tests."""

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartcore.cart import Cart
from cartcore.documents.serializer import Serializer
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.rulebook import Rulebook
from cartcore.rules import load_rulebook
from cartcore.testing.pricing.cases import PricingCase, pricing_cases
from cartcore.testing.pricing.laws import LAWS, Law
from cartcore.testing.pricing.tax_laws import TAX_LAWS

# The properties are inner functions, since Hypothesis wants a test of its own for each class.
generated = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


class PricingContract:
    """The laws, each tried on `examples` of the `cases`."""

    cases: ClassVar[st.SearchStrategy[PricingCase]] = pricing_cases()
    rulebook: ClassVar[Rulebook] = load_rulebook()
    examples: ClassVar[int] = 12

    @pytest.mark.parametrize("law", [*LAWS, *TAX_LAWS], ids=lambda law: law.__name__)
    def test_law(self, law: Law) -> None:
        """The law holds for whatever is generated."""

        @settings(generated, max_examples=self.examples)
        @given(self.cases)
        def holds(case: PricingCase) -> None:
            law(case)

        holds()

    def test_it_goes_through_json(self) -> None:
        """Quotes, carts and promotions go through JSON unchanged (PR-18, PR-22)."""
        serializer = Serializer(self.rulebook)

        @settings(generated, max_examples=self.examples)
        @given(self.cases)
        def holds(case: PricingCase) -> None:
            it_goes_through_json(case, serializer)

        holds()


def it_goes_through_json(case: PricingCase, serializer: Serializer) -> None:
    """A quote goes through JSON unchanged; a cart and promotions that did price alike (PR-18)."""
    quote = case.price()
    copies = tuple(
        serializer.loads(serializer.dumps(promotion), Promotion) for promotion in case.promotions
    )
    cart = serializer.loads(serializer.dumps(case.cart), Cart)

    assert quote == serializer.loads(serializer.dumps(quote), Quote)
    assert quote == case.but(cart=cart, promotions=copies).price()
