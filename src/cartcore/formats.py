"""The versions of the written form, and how documents of older ones are read (ST-4)."""

from collections.abc import Mapping
from typing import Any

FORMAT = 2
"""The version that is written; it stands in every document as `format`."""

FORMATS = (1, FORMAT)
"""The versions that are read."""


def upgraded(document: Mapping[str, Any], found: int) -> Mapping[str, Any]:
    """Return a document of an older format as it would be written today.

    What is not shaped as it should be is left as it is: whoever reads it says what is wrong.
    """
    if found == 1 and "redemptions" in document:
        return _with_discounts(document)
    return document


def _with_discounts(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let the redemptions of an order say what they gave: in format 1 only its quote does."""
    try:
        given = {d["promotion_id"]: d["discount"] for d in order["quote"]["decisions"]}
        redemptions = [
            {"discount": given.get(r["promotion_id"]), **r} for r in order["redemptions"]
        ]
    except (KeyError, TypeError):
        return order
    return {**order, "redemptions": redemptions}
