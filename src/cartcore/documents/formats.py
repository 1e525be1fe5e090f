"""The versions of the written form, and how documents of older ones are read (ST-4)."""

from collections.abc import Mapping
from typing import Any

from cartcore.values.text import normal

FORMAT = 5
"""The version that is written; it stands in every document as `format`."""

FORMATS = (1, 2, 3, 4, FORMAT)
"""The versions that are read."""


def upgraded(document: Mapping[str, Any], found: int) -> Mapping[str, Any]:
    """Return a document of an older format as it would be written today.

    What is not shaped as it should be is left as it is: whoever reads it says what is wrong.
    """
    if found == 1 and "redemptions" in document:
        document = _with_discounts(document)
    if found <= 2:  # noqa: PLR2004  (the format)
        document = _with_visible_texts(document)
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


_INVISIBLE = "(invisible)"
"""What stands for a text that has to be there, and shows nothing."""


def _with_visible_texts(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let names, titles, streets and codes show something, and the codes of a promotion differ.

    Until format 3 a zero-width space was a name, and codes could read the same.
    """
    changed: dict[str, Any] = {k: _visible(record[k]) for k in ("name", "title") if k in record}
    if isinstance(record.get("contact"), Mapping):
        changed["contact"] = _with_visible_texts(record["contact"])
    if isinstance(record.get("addresses"), list):
        changed["addresses"] = [_to_somewhere(address) for address in record["addresses"]]
    if isinstance(record.get("shipments"), list):
        changed["shipments"] = [
            {**each, "address": _to_somewhere(each["address"])}
            if isinstance(each, Mapping) and "address" in each
            else each
            for each in record["shipments"]
        ]
    codes = record.get("codes")
    if isinstance(codes, list) and all(isinstance(code, str) for code in codes):
        first = {normal(code): code for code in reversed(codes)}
        changed["codes"] = [_visible(c) for c in codes if first[normal(c)] is c]
    return {**record, **changed}


def _to_somewhere(address: Any) -> Any:
    if not isinstance(address, Mapping) or "line1" not in address:
        return address
    return {**address, "line1": _visible(address["line1"])}


def _visible(text: Any) -> Any:
    return _INVISIBLE if isinstance(text, str) and text and not normal(text) else text
