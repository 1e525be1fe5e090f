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
    TakenFirst,
    checked,
    hookimpl,
    non_negative_amount,
    one_currency,
    positive_amount,
    positive_int,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class FixedPrice:
    """Set the price of each unit of the lines in `target`, or `per` total that of them together.

    Units that already cost less keep their price. At most `limit` units get it, the `which` first,
    and `maximum` bounds the whole reduction.

    Attributes:
        price: Money, zero or more. In a cart of another currency the promotion does not apply.
        target: The lines that it applies to; all if left out.
        per: What the price is for: each unit (default), or their total.
        limit: The most units that get the price; all if left out.
        which: Which units go first: the cheapest (default), or the dearest, the most expensive
            ones.
        maximum: The most it takes off in total; no limit if left out.
    """

    type_name: ClassVar[str] = "cartcore.fixed_price"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    price: Money = attrs.field(converter=non_negative_amount)
    target: Selection = ALL_LINES
    per: Per = attrs.field(default=Per.UNIT, metadata={"label": "For what"})
    limit: int | None = attrs.field(
        default=None, converter=positive_int, metadata={"label": "Most units"}
    )
    which: TakenFirst = attrs.field(
        default=TakenFirst.CHEAPEST, metadata={"label": "Which units first"}
    )
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)

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
        discount = Discount.price_instead(
            self.price,
            self.target,
            per=Per.UNIT if self.per is Per.UNIT else Per.TOTAL,
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
