"""The condition that the order is in a certain currency (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    Ineligible,
    InvalidField,
    PricingContext,
    alternatives,
    checked,
    currency_code,
    hookimpl,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class CartCurrency:
    """Hold for orders in one of `currencies`, codes of ISO 4217.

    Attributes:
        currencies: At least one code of ISO 4217, in capitals.
    """

    type_name: ClassVar[str] = "cartcore.cart_currency"

    currencies: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if not self.currencies:
            raise InvalidField("currencies", self.currencies, "at least one currency")
        for code in self.currencies:
            try:
                currency_code(code)
            except ValueError as error:
                expected = "a code of ISO 4217, such as 'USD'"
                raise InvalidField("currencies", code, expected) from error

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare the currency."""
        if context.currency in self.currencies:
            return None
        return Ineligible("cart_currency", f"only for {self}")

    def __str__(self) -> str:
        return f"orders in {alternatives(self.currencies)}"


@hookimpl
def cartcore_condition_types() -> list[type[CartCurrency]]:
    """Register the type."""
    return [CartCurrency]
