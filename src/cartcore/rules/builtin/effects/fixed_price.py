"""A fixed price for selected lines: for each unit, or for all of them together (PR-11)."""

from functools import cached_property
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    Discount,
    Ineligible,
    InvalidField,
    Offer,
    Per,
    PricingContext,
    PromotionClass,
    Selection,
    Which,
    checked,
    from_one,
    hookimpl,
    not_negative,
    one_currency,
    positive,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class FixedPrice:
    """Set the price of each unit of the lines in `target`, or `per` total that of them together.

    Units that already cost less keep their price. At most `limit` units get it, the `which` first,
    and `maximum` bounds the whole reduction.
    """

    type_name: ClassVar[str] = "cartcore.fixed_price"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    price: Money = attrs.field(converter=not_negative)
    target: Selection = ALL_LINES
    per: Per = Per.UNIT
    limit: int | None = attrs.field(default=None, converter=from_one)
    which: Which = Which.CHEAPEST
    maximum: Money | None = attrs.field(default=None, converter=positive)

    def __attrs_post_init__(self) -> None:
        if self.per is Per.LINE:
            raise InvalidField("per", self.per.value, "unit or total")
        one_currency({"price": self.price, "maximum": self.maximum})

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot apply (PR-23)."""
        return (self.target,)

    @cached_property
    def _offer(self) -> Offer:
        discount = Discount(
            lines=self.target,
            price=self.price,
            per=self.per,
            limit=self.limit,
            which=self.which,
            maximum=self.maximum,
        )
        return Offer(discounts=(discount,))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:  # noqa: ARG002
        """Offer the price, whatever is in the cart."""
        return self._offer


@hookimpl
def cartcore_promotion_types() -> list[type[FixedPrice]]:
    """Register the type."""
    return [FixedPrice]
