"""Selectors of lines as selections."""

from typing import Any

from cartcore.promotions.selection import ALL_LINES, Selection
from tests.scenarios.reading import Fields, NotOffered

NO_LINE = Selection(exclude=ALL_LINES)


def both(first: Selection, second: Selection) -> Selection:
    """What both selections mean."""
    if ALL_LINES in {first, second}:
        return second if first == ALL_LINES else first
    others = (Selection(exclude=first), Selection(exclude=second))
    return Selection(exclude=Selection(any_of=others))


def selection(raw: Any, what: str, currency: str) -> Selection:
    """Translate a selector; "items" and "order" are all lines.

    Raises:
        NotOffered: a selector of another kind, or of several.
    """
    if raw in ("items", "order"):
        return ALL_LINES
    with Fields(raw, what) as fields:
        if len(fields.names) != 1:
            raise NotOffered(f"{what}: a selector with the fields {', '.join(fields.names)}")
        return _selection(fields, currency)


def _selection(fields: Fields, currency: str) -> Selection:
    match fields.names[0]:
        case "sku":
            return Selection(skus=(fields.text("sku"),))
        case "skus":
            skus = fields.texts("skus")
            # To a selection, no SKU at all means that any will do.
            return Selection(skus=skus) if skus else NO_LINE
        case "product":
            return Selection(products=(fields.text("product"),))
        case "category":
            return Selection(categories=(fields.text("category"),))
        case "categories":
            categories = fields.texts("categories")
            return Selection(categories=categories) if categories else NO_LINE
        case "brand" | "bundle" as kind:
            return Selection(tags=(f"{kind}:{fields.text(kind)}",))
        case "price_range":
            with fields.inner("price_range") as bounds:
                low = bounds.money("min", currency) if "min" in bounds else None
                high = bounds.money("max", currency) if "max" in bounds else None
            if low is not None and high is not None and high < low:
                return NO_LINE
            return Selection(price_from=low, price_to=high)
        case "any":
            several = tuple(
                selection(one, f"{fields.what}: any", currency) for one in fields.raws("any")
            )
            return Selection(any_of=several) if several else NO_LINE
        case "not":
            return Selection(exclude=selection(fields.raw("not"), fields.what, currency))
        case name:
            raise NotOffered(f"{fields.what}: the selector {name!r}")
