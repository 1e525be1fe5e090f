"""What the document of a record says of its columns, and of its rows in other tables."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from cartcore.adapters.audit.orders import Amounts, Document, redemptions
from cartcore.errors import CartcoreError
from cartcore.promotions.promotion import normalize_code
from cartcore.shop.contact import email_key
from cartcore.shop.product import barcode_key
from cartcore.values.attributes import attribute_key
from cartcore.values.phones import phone_digits
from cartcore.values.search import fold, index_words
from cartcore.values.text import normal

_FIRST_TIME = datetime.min.replace(tzinfo=UTC)
_LAST_TIME = datetime.max.replace(tzinfo=UTC)
_LARGEST_TOTAL = 10**15 + 1  # it stands for all that are larger
Columns = dict[str, Any]
Links = dict[str, set[tuple[Any, ...]]]


@attrs.frozen
class Kind:
    """A kind of record, and what its document says of its columns and of rows in other tables.

    `links` are tables with the column that has the record's id and those that are compared.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    links: Mapping[str, tuple[str, ...]]
    expected: Callable[[Document], tuple[Columns, Links]]


def _contact(contact: Document) -> tuple[Columns, Links]:
    email = email_key(contact["email"])
    return {
        "name_folded": fold(contact["name"]),
        "email_key": email or None,
        "email_folded": fold(email),
        "reference": contact.get("reference") or None,
    }, {
        "cartcore_contact_words": {(word,) for word in index_words(contact["name"])},
        "cartcore_contact_phones": {(end,) for end in _ends(_phones(contact))},
        "cartcore_contact_addresses": {
            (fold(a["city"]), fold(a["region"]), a["country"]) for a in contact["addresses"]
        },
        "cartcore_contact_tags": {(fold(tag),) for tag in contact["tags"]},
        "cartcore_contact_address_words": {
            (word,) for a in contact["addresses"][:1] for word in index_words(_searched(a))
        },
    }


def _phones(contact: Document) -> list[str]:
    return [contact["phone"], *(a["phone"] for a in contact["addresses"])]


def _ends(phones: Iterable[str]) -> Iterator[str]:
    return (number[::-1] for phone in phones for number in phone_digits(phone))


def _product(product: Document) -> tuple[Columns, Links]:
    on_sale = product["published"] and any(v["published"] for v in product["variants"])
    return {
        "title_folded": fold(product["title"]),
        "available": on_sale,
        "reference": product.get("reference") or None,
    }, {
        "cartcore_product_words": {(word,) for word in index_words(product["title"])},
        "cartcore_variants": {
            (v["sku"], normal(v["sku"]), barcode_key(v["barcode"]) or None)
            for v in product["variants"]
        },
    }


def _promotion(promotion: Document) -> tuple[Columns, Links]:
    starts_at, ends_at = promotion.get("starts_at"), promotion.get("ends_at")
    return {
        "enabled": promotion["enabled"],
        "trigger": promotion["trigger"],
        "starts_at": datetime.fromisoformat(starts_at) if starts_at else _FIRST_TIME,
        "ends_at": datetime.fromisoformat(ends_at) if ends_at else _LAST_TIME,
        "effect_type": promotion["effect"]["type"],
    }, {
        "cartcore_promotion_codes": {(code,) for code in map(_code, promotion["codes"]) if code},
        "cartcore_promotion_words": {(word,) for word in index_words(promotion["name"])},
    }


def _code(promo_code: str) -> str:
    """A code as it is compared; empty for one of an older release that nobody can enter."""
    try:
        return normalize_code(promo_code)
    except CartcoreError:
        return ""


def _draft(draft: Document) -> tuple[Columns, Links]:
    return {
        "updated_at": datetime.fromisoformat(draft["updated_at"]),
        "contact_id": draft["contact_id"],
        "created_by_key": normal(draft["created_by"]),
    }, {"cartcore_draft_terms": {*_draft_terms(draft)}}


def _draft_terms(draft: Document) -> Iterator[tuple[str, str]]:
    to = [shipment["address"] for shipment in draft["shipments"]]
    texts = {
        "recipient": [name for a in to for name in (a["name"], a["company"])],
        "address": [_searched(a) for a in to],
    }
    for kind, found in texts.items():
        yield from ((kind, word) for text in found for word in index_words(text))
    yield from (("phone", end) for end in _ends(a["phone"] for a in to))
    if not all(a["name"] for a in to):
        yield "to", "contact"
    yield from _known_by(draft)


def _order(order: Document) -> tuple[Columns, Links]:
    quote = order["quote"]
    total = quote["totals"]["total"]
    codes = [d["promo_code"] for d in quote["decisions"] if d["applied"] and d["promo_code"]]
    return {
        "number": order["number"],
        "number_length": len(order["number"]),
        "draft_id": order["draft_id"],
        "idempotency_key": order["idempotency_key"],
        "contact_id": order["contact"]["id"],
        "email_folded": fold(email_key(order["contact"]["email"])),
        "status": order["status"],
        "placed_at": datetime.fromisoformat(order["placed_at"]),
        "currency": total["currency"],
        "total_minor": min(Amounts.of(total["currency"]).minor(total), _LARGEST_TOTAL),
        "placed_by_key": normal(order["placed_by"]),
        "reference": order.get("reference") or None,
    }, {
        "cartcore_order_terms": {*_order_terms(order)},
        "cartcore_order_skus": {(line["sku"],) for line in quote["lines"]},
        "cartcore_order_codes": {(code,) for code in map(_code, codes) if code},
        "cartcore_redemptions": {(i, *row) for i, row in enumerate(redemptions(order))},
    }


def _order_terms(order: Document) -> Iterator[tuple[str, str]]:
    contact = order["contact"]
    to = [shipment["address"] for shipment in order["shipments"]]
    recipients = [name for a in to for name in (a["name"] or contact["name"], a["company"]) if name]
    addresses = map(_searched, (*to, *contact["addresses"][:1]))
    texts = {"contact": [contact["name"]], "recipient": recipients, "address": addresses}
    for kind, found in texts.items():
        yield from ((kind, word) for word in index_words(" ".join(found)))
    phones = (*_phones(contact), *(a["phone"] for a in to))
    yield from (("phone", end) for end in _ends(phones))
    yield from _known_by(order)


def _searched(address: Document) -> str:
    parts = ("name", "company", "line1", "line2", "city", "region", "postal_code")
    return " ".join(address[part] for part in parts)


def _known_by(record: Document) -> Iterator[tuple[str, str]]:
    """What other systems know an order or a draft by, and its attributes."""
    if reference := fold(record.get("reference", "")):
        yield "reference", reference
    for name, value in record.get("attributes", {}).items():
        yield "attribute", attribute_key(name, value)


_REDEMPTION = ("position", "promotion_id", "contact_id", "promo_code", "discount_minor", "currency")
KINDS = (
    Kind(
        "contact",
        "cartcore_contacts",
        ("name_folded", "email_key", "email_folded", "reference"),
        {
            "cartcore_contact_words": ("contact_id", "word"),
            "cartcore_contact_phones": ("contact_id", "number_reversed"),
            "cartcore_contact_addresses": ("contact_id", "city_folded", "region_folded", "country"),
            "cartcore_contact_tags": ("contact_id", "tag_folded"),
            "cartcore_contact_address_words": ("contact_id", "word"),
        },
        _contact,
    ),
    Kind(
        "product",
        "cartcore_products",
        ("title_folded", "available", "reference"),
        {
            "cartcore_product_words": ("product_id", "word"),
            "cartcore_variants": ("product_id", "sku", "sku_folded", "barcode_key"),
        },
        _product,
    ),
    Kind(
        "promotion",
        "cartcore_promotions",
        ("enabled", "trigger", "starts_at", "ends_at", "effect_type"),
        {
            "cartcore_promotion_codes": ("promotion_id", "code"),
            "cartcore_promotion_words": ("promotion_id", "word"),
        },
        _promotion,
    ),
    Kind(
        "draft",
        "cartcore_drafts",
        ("updated_at", "contact_id", "created_by_key"),
        {"cartcore_draft_terms": ("draft_id", "kind", "term")},
        _draft,
    ),
    Kind(
        "order",
        "cartcore_orders",
        (
            *("number", "number_length", "draft_id", "idempotency_key", "contact_id"),
            *("email_folded", "status", "placed_at", "currency", "total_minor"),
            *("placed_by_key", "reference"),
        ),
        {
            "cartcore_order_terms": ("order_id", "kind", "term"),
            "cartcore_order_skus": ("order_id", "sku"),
            "cartcore_order_codes": ("order_id", "code"),
            "cartcore_redemptions": ("order_id", *_REDEMPTION),
        },
        _order,
    ),
)
