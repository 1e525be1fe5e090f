"""A product promotion: products that come along, free or reduced, as tied lines (PR-11, OE-7)."""

from decimal import Decimal
from typing import ClassVar

import attrs

from cartcore.rules import (
    Discount,
    Ineligible,
    InvalidField,
    Offer,
    PricingContext,
    PromotionClass,
    TiedItem,
    checked,
    hookimpl,
    percent,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class AddProduct:
    """Add `items` to the order, with `percent` off each of them; 100 percent makes them free."""

    type_name: ClassVar[str] = "cartcore.add_product"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.PRODUCT

    items: tuple[TiedItem, ...]
    percent: Decimal = attrs.field(default=Decimal(100), converter=percent)

    def __attrs_post_init__(self) -> None:
        if not self.items or len({item.key for item in self.items}) != len(self.items):
            expected = "at least one tied item is needed, each with a key of its own"
            raise InvalidField("items", self.items, expected)

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the products and the percentage off their lines."""
        lines = tuple(context.tied_line_id(item.key) for item in self.items)
        return Offer(
            tied_items=self.items, discounts=(Discount(lines=lines, percent=self.percent),)
        )


@hookimpl
def cartcore_promotion_types() -> list[type[AddProduct]]:
    """Register the type."""
    return [AddProduct]
