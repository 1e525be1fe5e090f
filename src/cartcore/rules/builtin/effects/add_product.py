"""A product promotion: products that are added, free or reduced, as tied lines (PR-11, OE-7)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

import attrs

from cartcore.rules import (
    LARGEST_QUANTITY,
    Discount,
    Ineligible,
    InvalidField,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    TiedItem,
    checked,
    hookimpl,
    percentage_or_zero,
)

_FREE = Decimal(100)
_NUMBER_SIGN = "#"
_MOST_ALONE = 100


@attrs.frozen(kw_only=True, field_transformer=checked)
class AddProduct:
    """Add `items` to the order, with `percent` off each of them; 100 percent makes them free.

    With `per_unit_of`, each item is added once for every unit of this selection. With `top_up`,
    only as many units are added as the lines entered by staff lack of the product (with the item's
    `options`, where it has any). `separately` makes each unit a line of its own.

    Attributes:
        items: What is added, at least one item. Each has a key that tells it apart from the others,
            a product_id, a quantity (1 if left out), and the options that are fixed.
        percent: What is taken off each of them, from 0 to 100; 100 if left out, which makes them
            free. 0 adds them at full price.
        per_unit_of: Adds the items once for every unit of these lines; once if left out.
        top_up: Adds only what lines entered by staff do not have already. Off by default.
        separately: Adds each unit as a line of its own, so that its options can be chosen for it
            alone; what is beyond 100 units of an item is in the last of its lines. Off by default.
    """

    type_name: ClassVar[str] = "cartcore.add_product"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.PRODUCT

    items: tuple[TiedItem, ...]
    percent: Decimal = attrs.field(default=_FREE, converter=percentage_or_zero)
    per_unit_of: Selection | None = None
    top_up: bool = False
    separately: bool = False

    def __attrs_post_init__(self) -> None:
        if not self.items or len({item.key for item in self.items}) != len(self.items):
            expected = "at least one tied item, each with a key of its own"
            raise InvalidField("items", self.items, expected)
        for position, item in enumerate(self.items if self.separately else ()):
            if _NUMBER_SIGN in item.key:
                expected = f"free of {_NUMBER_SIGN!r}, as units are added separately"
                raise InvalidField(f"items[{position}].key", item.key, expected)

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a unit to add its items for, it cannot apply (PR-23)."""
        return () if self.per_unit_of is None else (self.per_unit_of,)

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the products and the percentage off their lines."""
        items = self.items
        if self.per_unit_of is not None:
            times = context.quantity(self.per_unit_of)
            if not times:
                return Ineligible.lacking_units("add_product", 1, self.per_unit_of)
            items = tuple(
                attrs.evolve(item, quantity=min(item.quantity * times, LARGEST_QUANTITY))
                for item in items
            )
        if self.top_up:
            items = _lacking(items, context)
            if not items:
                return Ineligible("nothing_missing", "all that it adds is already in the order")
        if self.separately:
            items = tuple(unit for item in items for unit in _one_by_one(item))
        if not self.percent:
            return Offer(tied_items=items)
        lines = tuple(context.tied_line_id(item.key) for item in items)
        return Offer(tied_items=items, discounts=(Discount.percent_off(self.percent, lines),))


def _one_by_one(item: TiedItem) -> Iterator[TiedItem]:
    """An item for each unit. The first keeps its key, the others are numbered: "cap", "cap#2"."""
    alone = min(item.quantity, _MOST_ALONE) - 1
    for number in range(1, alone + 1):
        yield attrs.evolve(item, key=_numbered(item.key, number), quantity=1)
    yield attrs.evolve(item, key=_numbered(item.key, alone + 1), quantity=item.quantity - alone)


def _numbered(key: str, number: int) -> str:
    return key if number == 1 else f"{key}{_NUMBER_SIGN}{number}"


def _lacking(items: tuple[TiedItem, ...], context: PricingContext) -> tuple[TiedItem, ...]:
    """The items less what lines entered by staff have of them; no unit replaces two."""
    entered = {line: line.quantity for line in context.lines if not line.tied_to}
    lacking = []
    for item in items:
        missing = item.quantity
        for line, units in entered.items():
            if line.product_id == item.product_id and set(item.options) <= set(line.options):
                found = min(units, missing)
                entered[line] = units - found
                missing -= found
        if missing:
            lacking.append(attrs.evolve(item, quantity=missing))
    return tuple(lacking)


@hookimpl
def cartcore_promotion_types() -> list[type[AddProduct]]:
    """Register the type."""
    return [AddProduct]
