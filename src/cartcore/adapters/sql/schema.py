"""The tables, for SQLite and PostgreSQL alike.

A record is kept whole, as the JSON text of the `Serializer`, in the column `document` of its row.
The other columns, and the tables that belong to it, are derived from it: they are what records are
found by. Amounts are integers of the currency's minor unit, times are in UTC.

Texts are compared code point by code point, so that a prefix is a range of an index; what must
ignore case and accents is folded before it is stored (`cartcore.values.search.fold`), and the keys
that decide whether two are the same are in the normal form (`cartcore.values.text.normal`). Of
records that were stored before they had the same key, only the oldest has it here: the others have
none.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    insert,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from cartcore.storage.keys import FIRST_NUMBER, FIRST_TIME, LAST_TIME, instant, microseconds

VERSION = 14
"""The version of this schema; every storage keeps the one it has."""

ORDER_NUMBER = "order_number"
"""The counter that holds the last order number given out."""

PROMOTIONS = "promotions"
"""The counter that holds the revision of all promotions: it grows with every change of one."""

EVENTS = "events"
"""The counter that holds the sequence number of the last event."""

ORDER_TERMS = ("contact", "recipient", "address", "phone", "reference", "attribute")
"""The kinds of what orders are found by."""

DRAFT_TERMS = ("recipient", "to", "address", "phone", "reference", "attribute")
"""The kinds of what drafts are found by, beside their contacts."""

# --- Types: what is different in PostgreSQL ---------------------------------------------------


def _is_postgresql(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


def _without_nul(value: str | None) -> str | None:
    return None if value is None else value.replace("\0", "\1")


class CodePoints(TypeDecorator[str]):
    """A text that is compared code point by code point.

    SQLite does so unless told otherwise, PostgreSQL goes by the rules of a language. A text that is
    stored has no control characters (`cartcore.values.text.clean`), one that is looked for can have
    any. Of these PostgreSQL does not take NUL; the next one is found, and sorts, where NUL would
    be.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the column's type."""
        # Not through `type_descriptor`: psycopg's dialect would make VARCHAR of it.
        return postgresql.TEXT(collation="C") if _is_postgresql(dialect) else Text()

    def bind_processor(self, dialect: Dialect) -> Any:
        """Return what makes of a text what the driver is given; None where it stays as it is."""
        return _without_nul if _is_postgresql(dialect) else None


class Instant(TypeDecorator[int]):
    """A time as whole microseconds since 1970 (UTC): `timestamptz` in PostgreSQL (ST-4).

    What no datetime can be, such as from a page that nobody gave, is the next one that can.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column's type."""
        return postgresql.TIMESTAMP(timezone=True) if _is_postgresql(dialect) else BigInteger()

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | datetime | None:
        """Return what the driver is given."""
        if value is None or not _is_postgresql(dialect):
            return value
        return instant(min(max(value, FIRST_TIME), LAST_TIME))

    def process_result_value(
        self,
        value: int | datetime | None,
        dialect: Dialect,  # noqa: ARG002  (the value tells)
    ) -> int | None:
        """Return what the driver gave, in microseconds."""
        return microseconds(value) if isinstance(value, datetime) else value


# --- Tables -----------------------------------------------------------------------------------

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, key: bool = False, unique: bool = False) -> Column[str]:
    return Column(name, CodePoints(), primary_key=key, nullable=False, unique=unique)


def _integer(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _instant(name: str) -> Column[int]:
    return Column(name, Instant(), nullable=False)


def _reference() -> tuple[Column[str], Index]:
    """What another system knows records by, those that it knows; no two share one."""
    return Column("reference", CodePoints()), Index(None, "reference", unique=True)


def _owner(table: Table, name: str, *, key: bool = True) -> Column[str]:
    owner = ForeignKey(table.c.id, ondelete="CASCADE")
    return Column(name, CodePoints(), owner, primary_key=key, nullable=False)


# --- Contacts ---------------------------------------------------------------------------------

contacts = Table(
    "cartcore_contacts",
    metadata,
    _text("id", key=True),
    _integer("version"),
    _text("name_folded"),
    Column("email_key", CodePoints(), unique=True),  # none for a contact without e-mail
    _text("email_folded"),
    _text("document"),
    Index(None, "name_folded", "id"),
    Index(None, "email_folded", "name_folded", "id"),
    *_reference(),
)

contact_words = Table(
    "cartcore_contact_words",
    metadata,
    _text("word", key=True),
    _owner(contacts, "contact_id"),
    Index(None, "contact_id"),
    sqlite_with_rowid=False,
)

contact_phones = Table(
    "cartcore_contact_phones",
    metadata,
    _text("number_reversed", key=True),  # a suffix is the prefix of what is reversed
    _owner(contacts, "contact_id"),
    Index(None, "contact_id"),
    sqlite_with_rowid=False,
)

contact_addresses = Table(
    "cartcore_contact_addresses",
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
    "cartcore_contact_tags",
    metadata,
    _text("tag_folded", key=True),
    _owner(contacts, "contact_id"),
    Index(None, "contact_id"),
    sqlite_with_rowid=False,
)

contact_address_words = Table(
    "cartcore_contact_address_words",
    metadata,  # of the primary address, which drafts are found by
    _text("word", key=True),
    _owner(contacts, "contact_id"),
    Index(None, "contact_id"),
    sqlite_with_rowid=False,
)

# --- Products ---------------------------------------------------------------------------------

products = Table(
    "cartcore_products",
    metadata,
    _text("id", key=True),
    _integer("version"),
    _text("title_folded"),
    Column("available", Boolean, nullable=False),  # published, with a published variant
    _text("document"),
    Index(None, "title_folded", "id"),
    Index(None, "available", "title_folded", "id"),
    *_reference(),
)

product_words = Table(
    "cartcore_product_words",
    metadata,
    _text("word", key=True),
    _owner(products, "product_id"),
    Index(None, "product_id"),
    sqlite_with_rowid=False,
)

variants = Table(
    "cartcore_variants",
    metadata,
    _text("sku", key=True),
    _text("sku_folded"),
    _owner(products, "product_id", key=False),
    Column("barcode_key", CodePoints()),
    Index(None, "sku_folded"),
    Index(None, "barcode_key"),
    Index(None, "product_id"),
    sqlite_with_rowid=False,
)

# --- Promotions -------------------------------------------------------------------------------

promotions = Table(
    "cartcore_promotions",
    metadata,
    _text("id", key=True),
    _integer("version"),
    Column("enabled", Boolean, nullable=False),
    _text("trigger"),
    _text("document"),
    # For one without a beginning or an end, the first or last time there is: one range finds all.
    Column("starts_at", Instant()),
    Column("ends_at", Instant()),
    Column("revision", BigInteger),  # with which it was changed; none if that was never counted
    Column("effect_type", CodePoints()),  # the name of its type, as the document has it
    # What has ended is outside the range, and what has not begun is told from the index alone.
    Index(None, "enabled", "trigger", "ends_at", "starts_at", "id"),
    # Those that begin within a while; those that end are found by the one above.
    Index(None, "enabled", "trigger", "starts_at"),
    Index(None, "revision"),
)

promotion_words = Table(
    "cartcore_promotion_words",
    metadata,
    _text("word", key=True),
    _owner(promotions, "promotion_id"),
    Index(None, "promotion_id"),
    sqlite_with_rowid=False,
)

promotion_codes = Table(
    "cartcore_promotion_codes",
    metadata,
    _text("code", key=True),
    _owner(promotions, "promotion_id", key=False),
    Index(None, "promotion_id"),
    sqlite_with_rowid=False,
)

# --- Drafts -----------------------------------------------------------------------------------

drafts = Table(
    "cartcore_drafts",
    metadata,
    _text("id", key=True),
    _integer("version"),
    _instant("updated_at"),
    _text("document"),
    Column("contact_id", CodePoints()),
    Column("created_by_key", CodePoints()),
    Index(None, "updated_at", "id"),
    Index(None, "contact_id", "updated_at", "id"),
    Index(None, "created_by_key", "updated_at", "id"),
)

draft_terms = Table(
    "cartcore_draft_terms",
    metadata,  # what it is found by, as orders are
    _text("kind", key=True),
    _text("term", key=True),
    _owner(drafts, "draft_id"),
    Index(None, "draft_id"),
    sqlite_with_rowid=False,
)

# --- Orders -----------------------------------------------------------------------------------

orders = Table(
    "cartcore_orders",
    metadata,
    _text("id", key=True),
    _integer("version"),
    _text("number", unique=True),
    _integer("number_length"),  # of two numbers, the longer one is the larger one
    _text("draft_id", unique=True),
    _text("idempotency_key", unique=True),
    _text("contact_id"),
    _text("status"),
    _instant("placed_at"),
    _text("currency"),
    _integer("total_minor"),
    _text("document"),
    Column("email_folded", CodePoints()),
    Column("placed_by_key", CodePoints()),
    Index(None, "placed_at", "number_length", "number", "id"),
    Index(None, "contact_id", "status"),
    Index(None, "email_folded"),
    Index(None, "status", "placed_at", "number_length", "number", "id"),
    Index(None, "placed_by_key", "placed_at", "number_length", "number", "id"),
    Index(None, "currency", "total_minor", "placed_at", "number_length", "number", "id"),
    *_reference(),
)

order_terms = Table(
    "cartcore_order_terms",
    metadata,  # what it is found by: words of names and addresses, phone numbers and so on
    _text("kind", key=True),
    _text("term", key=True),
    _owner(orders, "order_id"),
    Index(None, "order_id"),
    sqlite_with_rowid=False,
)

order_skus = Table(
    "cartcore_order_skus",
    metadata,
    _text("sku", key=True),
    _owner(orders, "order_id"),
    Index(None, "order_id"),
    sqlite_with_rowid=False,
)

order_codes = Table(
    "cartcore_order_codes",
    metadata,
    _text("code", key=True),
    _owner(orders, "order_id"),
    Index(None, "order_id"),
    sqlite_with_rowid=False,
)

order_promotions = Table(
    "cartcore_order_promotions",
    metadata,  # those that orders were priced from, each version once; of no single order
    _text("promotion_id", key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    _text("document"),
    sqlite_with_rowid=False,
)

redemptions = Table(
    "cartcore_redemptions",
    metadata,
    _owner(orders, "order_id"),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("promotion_id"),
    _text("contact_id"),
    _text("promo_code"),
    Column("discount_minor", BigInteger),  # with its currency; neither for one that is not known
    Column("currency", CodePoints()),
    # All that is counted and added up for limits: a promotion can have very many of them.
    Index(None, "promotion_id", "currency", "contact_id", "discount_minor"),
    Index(None, "promotion_id", "promo_code"),
    sqlite_with_rowid=False,
)

# --- Events, and what is counted --------------------------------------------------------------

events = Table(
    "cartcore_events",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("order_number"),
    _integer("order_version"),
    _instant("at"),
    _text("payload"),  # all of it, as JSON
    sqlite_with_rowid=False,
)

counters = Table(
    "cartcore_counters",
    metadata,
    _text("name", key=True),
    _integer("value"),
)


schema_version = Table(
    "cartcore_version",  # Alembic's, by a name that leaves its own to the application
    metadata,
    Column("version_num", String(32), primary_key=True),
)


def revision(version: int) -> str:
    """Return the name that Alembic knows a version of the schema by."""
    return f"{version:04}"


def create(connection: Connection) -> None:
    """Make the tables in an empty database, as part of the transaction that is open."""
    metadata.create_all(connection, checkfirst=False)
    first = {ORDER_NUMBER: FIRST_NUMBER - 1, PROMOTIONS: 0, EVENTS: 0}
    rows = [{"name": name, "value": value} for name, value in first.items()]
    connection.execute(insert(counters), rows)
    connection.execute(insert(schema_version).values(version_num=revision(VERSION)))
