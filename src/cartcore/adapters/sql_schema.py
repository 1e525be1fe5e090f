"""The tables, for SQLite and PostgreSQL alike.

A record is kept whole, as the JSON text of the `Serializer`, in the column `document` of its row.
The other columns, and the tables that belong to it, are derived from it: they are what records are
found by. Amounts are integers of the currency's minor unit, times are whole microseconds since
1970 (UTC).

Texts are compared code point by code point, so that a prefix is a range of an index; what must
ignore case and accents is folded before it is stored (`cartcore.text.fold`).
"""

import json

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from cartcore.adapters.kinds import FIRST_NUMBER
from cartcore.errors import CartcoreError, InvalidField
from cartcore.formats import upgraded
from cartcore.money import to_minor

VERSION = 2
"""The version of this schema; every storage keeps the one it has."""

OLDER = range(1, VERSION)
"""The versions that `upgrade` knows."""

ORDER_NUMBER = "order_number"
"""The counter that holds the last order number given out."""

# How many documents are held at once while columns are derived from them.
_AT_ONCE = 500

# SQLite compares texts by code point unless told otherwise, PostgreSQL by the rules of a language.
TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, key: bool = False, unique: bool = False) -> Column[str]:
    return Column(name, TEXT, primary_key=key, nullable=False, unique=unique)


def _integer(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _owner(table: Table, name: str, *, key: bool = True) -> Column[str]:
    owner = ForeignKey(table.c.id, ondelete="CASCADE")
    return Column(name, TEXT, owner, primary_key=key, nullable=False)


# --- Contacts ---------------------------------------------------------------------------------

contacts = Table(
    "contacts",
    metadata,
    _text("id", key=True),
    _integer("version"),
    _text("name_folded"),
    Column("email_key", TEXT, unique=True),  # case ignored; none for a contact without e-mail
    _text("email_folded"),
    _text("phone_reversed"),  # a suffix is the prefix of what is reversed
    _text("document"),
    Index(None, "name_folded", "id"),
    Index(None, "email_folded", "name_folded", "id"),
    Index(None, "phone_reversed", "name_folded", "id"),
)

contact_words = Table(
    "contact_words",
    metadata,
    _text("word", key=True),
    _owner(contacts, "contact_id"),
    Index(None, "contact_id"),
    sqlite_with_rowid=False,
)

contact_addresses = Table(
    "contact_addresses",
    metadata,
    _text("city_folded", key=True),
    _text("region_folded", key=True),
    _text("country", key=True),
    _owner(contacts, "contact_id"),
    Index(None, "contact_id"),
    Index(None, "region_folded", "country"),
    Index(None, "country"),
    sqlite_with_rowid=False,
)

contact_tags = Table(
    "contact_tags",
    metadata,
    _text("tag_folded", key=True),
    _owner(contacts, "contact_id"),
    Index(None, "contact_id"),
    sqlite_with_rowid=False,
)

# --- Products ---------------------------------------------------------------------------------

products = Table(
    "products",
    metadata,
    _text("id", key=True),
    _integer("version"),
    _text("title_folded"),
    Column("available", Boolean, nullable=False),  # published, with a published variant
    _text("document"),
    Index(None, "title_folded", "id"),
    Index(None, "available", "title_folded", "id"),
)

product_words = Table(
    "product_words",
    metadata,
    _text("word", key=True),
    _owner(products, "product_id"),
    Index(None, "product_id"),
    sqlite_with_rowid=False,
)

variants = Table(
    "variants",
    metadata,
    _text("sku", key=True),
    _text("sku_folded"),
    _owner(products, "product_id", key=False),
    Index(None, "sku_folded"),
    Index(None, "product_id"),
    sqlite_with_rowid=False,
)

# --- Promotions -------------------------------------------------------------------------------

promotions = Table(
    "promotions",
    metadata,
    _text("id", key=True),
    _integer("version"),
    Column("enabled", Boolean, nullable=False),
    _text("trigger"),
    _text("document"),
    Index(None, "enabled", "trigger", "id"),
)

promotion_codes = Table(
    "promotion_codes",
    metadata,
    _text("code", key=True),
    _owner(promotions, "promotion_id", key=False),
    Index(None, "promotion_id"),
    sqlite_with_rowid=False,
)

# --- Drafts -----------------------------------------------------------------------------------

drafts = Table(
    "drafts",
    metadata,
    _text("id", key=True),
    _integer("version"),
    _integer("updated_at"),
    _text("document"),
    Index(None, "updated_at", "id"),
)

# --- Orders -----------------------------------------------------------------------------------

orders = Table(
    "orders",
    metadata,
    _text("id", key=True),
    _integer("version"),
    _text("number", unique=True),
    _integer("number_length"),  # of two numbers, the longer one is the larger one
    _text("draft_id", unique=True),
    _text("idempotency_key", unique=True),
    _text("contact_id"),
    _text("status"),
    _integer("placed_at"),
    _text("currency"),
    _integer("total_minor"),
    _text("document"),
    Index(None, "placed_at", "number_length", "number", "id"),
    Index(None, "contact_id", "status"),
    Index(None, "status", "placed_at", "number_length", "number", "id"),
    Index(None, "currency", "total_minor", "placed_at", "number_length", "number", "id"),
)

order_words = Table(
    "order_words",  # of the contact's name, as it was
    metadata,
    _text("word", key=True),
    _owner(orders, "order_id"),
    Index(None, "order_id"),
    sqlite_with_rowid=False,
)

order_skus = Table(
    "order_skus",
    metadata,
    _text("sku", key=True),
    _owner(orders, "order_id"),
    Index(None, "order_id"),
    sqlite_with_rowid=False,
)

order_codes = Table(
    "order_codes",
    metadata,
    _text("code", key=True),
    _owner(orders, "order_id"),
    Index(None, "order_id"),
    sqlite_with_rowid=False,
)

redemptions = Table(
    "redemptions",
    metadata,
    _owner(orders, "order_id"),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("promotion_id"),
    _text("contact_id"),
    _text("promo_code"),
    Column("discount_minor", BigInteger),  # with its currency; neither for one that is not known
    Column("currency", TEXT),
    Index(None, "promotion_id", "contact_id"),
    sqlite_with_rowid=False,
)

counters = Table(
    "counters",
    metadata,
    _text("name", key=True),
    _integer("value"),
)


def create(connection: Connection) -> None:
    """Make the tables in an empty database, as part of the transaction that is open."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(counters).values(name=ORDER_NUMBER, value=FIRST_NUMBER - 1))


def upgrade(connection: Connection, found: int) -> None:
    """Bring tables of an older version to this one, as part of the transaction that is open.

    Raises:
        InvalidField: a document from which columns are to be derived cannot be read.
    """
    if found == 1:
        _add_discounts(connection)


def _add_discounts(connection: Connection) -> None:
    """Let redemptions say what they gave; their orders know (version 1 to 2)."""
    connection.exec_driver_sql("ALTER TABLE redemptions ADD COLUMN discount_minor BIGINT")
    connection.exec_driver_sql("ALTER TABLE redemptions ADD COLUMN currency TEXT")
    redeeming = select(orders.c.id, orders.c.document).where(
        orders.c.id.in_(select(redemptions.c.order_id))
    )
    last = ""
    while rows := connection.execute(
        redeeming.where(orders.c.id > last).order_by(orders.c.id).limit(_AT_ONCE)
    ).all():
        last = rows[-1].id
        changes = [change for row in rows for change in _discounts(row.id, row.document)]
        if changes:
            connection.execute(
                update(redemptions)
                .where(
                    redemptions.c.order_id == bindparam("of_order"),
                    redemptions.c.position == bindparam("at"),
                )
                .values(discount_minor=bindparam("minor"), currency=bindparam("code")),
                changes,
            )


def _discounts(order_id: str, document: str) -> list[dict[str, object]]:
    try:
        data = json.loads(document)
        given = [r["discount"] for r in upgraded(data, data["format"])["redemptions"]]
        return [
            {
                "of_order": order_id,
                "at": position,
                "minor": to_minor(each["amount"], each["currency"]),
                "code": each["currency"],
            }
            for position, each in enumerate(given)
            if each is not None
        ]
    except (CartcoreError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidField(f"order {order_id!r}", document, "it cannot be read") from error
