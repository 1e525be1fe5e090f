"""A shop of twenty thousand contacts and orders, to see how databases look things up in it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, update

from cartcore.adapters.sql import schema
from cartcore.documents.serializer import Serializer
from cartcore.orders.order import OrderStatus
from cartcore.promotions.promotion import Trigger
from cartcore.rules import load_rulebook
from cartcore.storage.keys import FIRST_TIME, LAST_TIME, microseconds
from cartcore.testing.records import (
    NOON,
    a_contact,
    a_draft,
    a_product,
    a_promotion,
    an_address,
    an_order,
)

MANY = 20_000
FEW = 2_000
_AT_ONCE = 5_000
_STATUSES = tuple(OrderStatus)

Row = dict[str, Any]


def fill(connection: Connection) -> None:
    """Put rows into the tables, as they would be for records; all have the same document."""
    for table, rows in _rows().items():
        found = list(rows)
        for start in range(0, len(found), _AT_ONCE):
            connection.execute(insert(table), found[start : start + _AT_ONCE])
    last = update(schema.counters).where(schema.counters.c.name == schema.ORDER_NUMBER)
    connection.execute(last.values(value=1001 + MANY))


def _rows() -> dict[Table, Iterator[Row]]:
    """The rows of each table. Every word, city, SKU and so on is one of hundreds."""
    dumps = Serializer(load_rulebook()).dumps
    contact = dumps(a_contact(email="ann@x.example", phone="1", addresses=[an_address()]))
    product, promotion = dumps(a_product("mug")), dumps(a_promotion("sale"))
    draft, order = dumps(a_draft()), dumps(an_order())
    return {
        schema.contacts: (
            {
                "id": f"c{i}",
                "version": 1,
                "name_folded": f"an{i % 997} mu{i % 1009}",
                "email_key": f"e{i}@x.example",
                "email_folded": f"e{i}@x.example",
                "document": contact,
            }
            for i in range(MANY)
        ),
        schema.contact_words: (
            {"word": word, "contact_id": f"c{i}"}
            for i in range(MANY)
            for word in (f"an{i % 997}", f"mu{i % 1009}")
        ),
        schema.contact_phones: (
            {"number_reversed": f"{i:06}"[::-1], "contact_id": f"c{i}"} for i in range(MANY)
        ),
        schema.contact_addresses: (
            {
                "city_folded": f"city{i % 1009}",
                "region_folded": f"r{i % 499}",
                "country": "IS" if i % 400 == 0 else "US",
                "contact_id": f"c{i}",
            }
            for i in range(MANY)
        ),
        schema.contact_address_words: (
            {"word": f"home{i % 1009}", "contact_id": f"c{i}"} for i in range(MANY)
        ),
        schema.contact_tags: (
            {"tag_folded": "vip" if i % 400 == 0 else f"t{i % 1009}", "contact_id": f"c{i}"}
            for i in range(MANY)
        ),
        schema.products: (
            {
                "id": f"p{i}",
                "version": 1,
                "title_folded": f"mug{i % 997} blue{i % 1009}",
                "available": i % 4 > 0,
                "document": product,
            }
            for i in range(MANY)
        ),
        schema.product_words: (
            {"word": word, "product_id": f"p{i}"}
            for i in range(MANY)
            for word in (f"mug{i % 997}", f"blue{i % 1009}")
        ),
        schema.variants: (
            {
                "sku": f"SKU{i}",
                "sku_folded": f"sku{i}",
                "barcode_key": f"{i:014}" if i % 2 else None,
                "product_id": f"p{i}",
            }
            for i in range(MANY)
        ),
        schema.promotions: (
            {
                "id": f"s{i}",
                "version": 1,
                "enabled": i % 100 == 0,
                "trigger": (Trigger.CODE if i % 4 else Trigger.AUTOMATIC).value,
                "starts_at": FIRST_TIME,
                "ends_at": LAST_TIME,
                "document": promotion,
            }
            for i in range(FEW)
        ),
        schema.promotion_codes: (
            {"code": f"code{i}", "promotion_id": f"s{i}"} for i in range(FEW) if i % 4
        ),
        schema.drafts: (
            {
                "id": f"d{i}",
                "version": 1,
                "updated_at": microseconds(NOON + timedelta(minutes=i)),
                "contact_id": f"c{i % 499}",
                "created_by_key": f"a{i % 7}",
                "document": draft,
            }
            for i in range(MANY)
        ),
        schema.draft_terms: (
            {"kind": kind, "term": term, "draft_id": f"d{i}"}
            for i in range(MANY)
            for kind, term in (
                ("recipient", f"bo{i % 1009}"),
                ("to", "contact"),
                ("address", f"street{i % 1009}"),
                ("phone", f"{i:06}"[::-1]),
                ("reference", f"erp-{i}"),
                ("attribute", f"po text {i % 1009}"),
            )
        ),
        schema.orders: (
            {
                "id": f"o{i}",
                "version": 1,
                "number": str(1001 + i),
                "number_length": len(str(1001 + i)),
                "draft_id": f"draft {i}",
                "idempotency_key": f"key {i}",
                "contact_id": f"c{i % 5_000}",
                "email_folded": f"e{i % 5_000}@x.example",
                "status": _STATUSES[i % len(_STATUSES)].value,
                "placed_at": microseconds(NOON + timedelta(minutes=i)),
                "currency": "USD" if i % 2 else "EUR",
                "total_minor": i,
                "placed_by_key": f"a{i % 7}",
                "document": order,
            }
            for i in range(MANY)
        ),
        schema.order_terms: (
            {"kind": kind, "term": term, "order_id": f"o{i}"}
            for i in range(MANY)
            for kind, term in (
                ("contact", f"an{i % 997}"),
                ("contact", f"mu{i % 1009}"),
                ("recipient", f"bo{i % 1009}"),
                ("address", f"street{i % 1009}"),
                ("phone", f"{i:06}"[::-1]),
            )
        ),
        schema.order_skus: (
            {"sku": f"SKU{i % 1009}", "order_id": f"o{i}"} for i in range(MANY)
        ),
        schema.order_codes: (
            {"code": f"code{i % 499}", "order_id": f"o{i}"} for i in range(MANY)
        ),
        schema.redemptions: (
            {
                "order_id": f"o{i}",
                "position": 0,
                "promotion_id": f"s{i % 499}",
                "contact_id": f"c{i % 5_000}",
                "promo_code": "",
                "discount_minor": i,
                "currency": "USD",
            }
            for i in range(MANY)
        ),
    }  # fmt: skip
