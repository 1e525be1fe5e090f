"""A product promotion: products that come along, free or reduced, as tied lines (PR-11, OE-7)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

import attrs

from cartcore.rules import (
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    TiedItem,
    hookimpl,
    percent,
)


def _items(values: Iterable[TiedItem]) -> tuple[TiedItem, ...]:
    items = tuple(values)
    if not items or len({item.key for item in items}) != len(items):
        raise ValueError("at least one tied item is needed, each with a key of its own")
    return items


@attrs.frozen(kw_only=True)
class AddProduct:
    """Add `items` to the order, with `percent` off each of them; 100 percent makes them free."""

    type_name: ClassVar[str] = "cartcore.add_product"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.PRODUCT

    items: tuple[TiedItem, ...] = attrs.field(converter=_items)
    percent: Decimal = attrs.field(default=Decimal(100), converter=percent)

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
