"""By what records are unique and how they are sorted: the same in every adapter.

Whoever writes an adapter takes the rules from here that its records have to follow.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Generic, TypeVar

import attrs
from moneyed import Money

from cartcore.errors import (
    Conflict,
    InvalidAmount,
    InvalidField,
    InvalidText,
    NotFound,
    StaleDraft,
    StorageUnavailable,
)
from cartcore.orders.draft import Draft
from cartcore.orders.filters import DraftSort, OrderSort
from cartcore.orders.order import Order
from cartcore.promotions.promotion import Promotion, Trigger, normalize_code
from cartcore.shop.contact import Contact, email_key
from cartcore.shop.product import Product
from cartcore.storage.paging import Sorting
from cartcore.values.money import LARGEST_AMOUNT, to_minor
from cartcore.values.readers import LARGEST_NUMBER, as_mapping, as_tuple, of_kind, utc
from cartcore.values.search import fold
from cartcore.values.text import a_text

__all__ = [
    "CONTACT",
    "DRAFT",
    "FIRST_NUMBER",
    "FIRST_TIME",
    "KEPT_PROMOTIONS",
    "KEPT_VERSIONS",
    "LAST_NUMBER",
    "LAST_TIME",
    "MOST",
    "ORDER",
    "PRODUCT",
    "PROMOTION",
    "VERSIONS",
    "Kind",
    "Sorting",
    "UniqueKey",
    "a_number",
    "a_revision",
    "code_key",
    "code_keys",
    "counted",
    "ids",
    "instant",
    "is_active",
    "microseconds",
    "order_number",
    "promotion_versions",
    "window",
]

T = TypeVar("T")

R = TypeVar("R", bound=Contact | Product | Promotion | Draft | Order)

FIRST_NUMBER = 1001
"""The number of the first order."""

VERSIONS = range(1, 2**63 - 1)
"""The versions that stored records can have."""

KEPT_VERSIONS = range(2**63 - 1)
"""The versions that promotions can have which are kept for orders: also of one not stored."""

FIRST_TIME = -62135596800_000000
"""The first time that there is, in microseconds since 1970."""

LAST_TIME = 253402300799_999999
"""The last one."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of longer ones, none is ever reached by counting.
_LONGEST_COUNTED_NUMBER = 18

LAST_NUMBER = 10**_LONGEST_COUNTED_NUMBER - 1
"""The last order number that is given out."""


MOST: Mapping[str, int] = MappingProxyType({"tags": 250, "addresses": 1_000})
"""How many a contact or product can have; those that were stored with more can still be read."""


@attrs.frozen
class UniqueKey:
    """A key that two records of a kind cannot share.

    Attributes:
        field: What errors call the key: "id", "email", "SKU" and so on.
        key: What is compared.
        value: What was written, which is what errors show.
    """

    field: str
    key: str
    value: str


@attrs.frozen
class Kind(Generic[R]):
    """A kind of record.

    Attributes:
        name: What errors call it.
        record: The class of its records.
        unique_keys: The keys that a record has alone, its id first.
        sorting: The order in which its records are listed unless asked otherwise.
        conflict: The error for a record of another version than the stored one.
    """

    name: str
    record: type[R]
    unique_keys: Callable[[R], tuple[UniqueKey, ...]]
    sorting: Sorting[R]
    conflict: type[Conflict] = Conflict

    def checked(self, record: R) -> R:
        """Return a record of this kind, to be added or saved.

        Raises:
            InvalidField: it is another thing, or has more tags or addresses than it may have.
        """
        of_kind(self.record, record, self.name)
        for name, most in MOST.items():
            values = getattr(record, name, ())
            if len(values) > most:
                raise InvalidField(f"{self.name}.{name}", len(values), f"at most {most} in number")
        return record

    def restorable(self, record: R) -> R:
        """Return a record that was stored before. Raises InvalidField, for its version, too."""
        version = of_kind(self.record, record, self.name).version
        if type(version) is not int or version not in VERSIONS:
            expected = "a whole number of at least 1, as of a stored record"
            raise InvalidField("version", version, expected)
        return record

    def written_otherwise(self, key: UniqueKey, owner: R) -> bool:
        """Whether a key only reads the same as its owner's, and is written in another way (OE-27).

        Two records that were stored when texts were compared otherwise can share such a key.
        """
        same = (other for other in self.unique_keys(owner) if other.key == key.key)
        return all(other.value != key.value for other in same if other.field == key.field)

    def not_found(self, key: object) -> NotFound:
        """The error for a key that no record has."""
        return NotFound(self.name, key)

    def stale(self, record: R, current_version: int) -> Conflict:
        """The error for a record that is not of the version which is stored."""
        return self.conflict(self.name, record.id, record.version, current_version)


def microseconds(time: datetime) -> int:
    """Return a time as whole microseconds since 1970, exactly.

    Raises:
        InvalidField: a time without a time zone.
    """
    return (utc(time) - _EPOCH) // timedelta(microseconds=1)


def a_revision(since: object) -> int:
    """Return a revision of the promotions. Raises InvalidField for anything else."""
    if type(since) is not int or not 0 <= since <= LARGEST_NUMBER:
        raise InvalidField("since", since, "a revision, which is a whole number")
    return since


def window(promotion: Promotion) -> tuple[int, int]:
    """Return from when until before when a promotion is active, in microseconds since 1970.

    Where it has no beginning or no end, it is the first or the last time that there is.
    """
    starts_at, ends_at = promotion.starts_at, promotion.ends_at
    return (
        FIRST_TIME if starts_at is None else microseconds(starts_at),
        LAST_TIME if ends_at is None else microseconds(ends_at),
    )


def is_active(promotion: Promotion, at: datetime) -> bool:
    """Whether a promotion needs no code and can apply at a time: see `Promotions.active`."""
    starts, ends = window(promotion)
    return (
        promotion.enabled
        and promotion.trigger is not Trigger.CODE
        and starts <= microseconds(at) < ends
    )


def instant(microseconds: int) -> datetime:
    """Return the time that is so many microseconds after 1970, in UTC. Raises OverflowError."""
    return _EPOCH + timedelta(microseconds=microseconds)


def ids(values: object, where: str) -> tuple[str, ...]:
    """Return ids, those that a mapping goes by included. Raises InvalidField, InvalidText."""
    given = tuple(values) if isinstance(values, Mapping) else values
    return tuple(map(a_text, as_tuple(given, where)))


def promotion_versions(values: object) -> tuple[tuple[str, int], ...]:
    """Return (id, version) pairs of promotions. Raises InvalidField, InvalidText."""
    pairs = as_tuple(values, "versions")
    for pair in pairs:
        if type(pair) is not tuple or tuple(map(type, pair)) != (str, int):
            raise InvalidField("versions", pair, "pairs of the id and the version of a promotion")
        a_text(pair[0])
    # No other version is stored, and no database could be asked for it.
    return tuple(pair for pair in pairs if pair[1] in KEPT_VERSIONS)


def code_key(promo_code: str) -> str:
    """Return what a code is found by, and nothing for a text that no promotion can have as code.

    Raises:
        InvalidText: see `cartcore.values.text.a_text`.
    """
    a_text(promo_code, "promo code")
    try:
        return normalize_code(promo_code)
    except InvalidText:
        return ""


def code_keys(promo_codes: Mapping[str, str]) -> dict[str, str]:
    """Return what codes are found by, by promotion id; without those that no promotion can have.

    Raises:
        InvalidText: see `cartcore.values.text.a_text`.
    """
    given = as_mapping(promo_codes, "promo_codes")
    keys = {a_text(each): code_key(code) for each, code in given.items()}
    return {each: key for each, key in keys.items() if key}


def counted(number: str) -> int:
    """Return an order number as far as it matters for giving out the next one, else 0."""
    plain = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_COUNTED_NUMBER
    return int(number) if plain else 0


def a_number(value: object) -> int:
    """Return a number that order numbers can be counted on from. Raises InvalidField."""
    if type(value) is not int or not 0 <= value <= LAST_NUMBER:
        raise InvalidField("up_to", value, f"a whole number from 0 to {LAST_NUMBER}")
    return value


def order_number(count: int) -> str:
    """Return the order number of a count. Raises StorageUnavailable after the last one."""
    if count > LAST_NUMBER:
        raise StorageUnavailable(f"there is no order number after {LAST_NUMBER}")
    return str(count)


def _id(record: R) -> UniqueKey:
    return UniqueKey("id", record.id, record.id)


def _reference(record: Contact | Product | Order) -> tuple[UniqueKey, ...]:
    """The key of another system, compared as it is written (HA-8); nothing without one."""
    given = record.reference
    return (UniqueKey("reference", given, given),) if given else ()


def _contact_keys(contact: Contact) -> tuple[UniqueKey, ...]:
    email = contact.email
    by_email = [UniqueKey("email", email_key(email), email)] if email else []
    return (_id(contact), *by_email, *_reference(contact))


def _product_keys(product: Product) -> tuple[UniqueKey, ...]:
    skus = (UniqueKey("SKU", v.sku, v.sku) for v in product.variants)
    return (_id(product), *skus, *_reference(product))


def _promotion_keys(promotion: Promotion) -> tuple[UniqueKey, ...]:
    codes = (UniqueKey("code", normalize_code(code), code) for code in promotion.codes)
    return (_id(promotion), *codes)


def _order_keys(order: Order) -> tuple[UniqueKey, ...]:
    return (
        _id(order),
        UniqueKey("number", order.number, order.number),
        UniqueKey("draft", order.draft_id, order.draft_id),
        UniqueKey("idempotency key", order.idempotency_key, order.idempotency_key),
        *_reference(order),
    )


def comparable(total: Money) -> int:
    """A sum in minor units. The largest ones are equal: they are above all that can be asked for.

    A sum of many lines can have thirty digits, which no integer of a database holds.
    """
    try:
        return to_minor(total, total.currency)
    except InvalidAmount:
        return LARGEST_AMOUNT + 1


def _placed(order: Order) -> tuple[int, int, str]:
    # Numbers are digits: the longer one is the larger one.
    return (microseconds(order.placed_at), len(order.number), order.number)


def _total(order: Order) -> tuple[str, int, int, int, str]:
    return (order.total.currency.code, comparable(order.total), *_placed(order))


def _changed(draft: Draft) -> tuple[int, str]:
    return (microseconds(draft.updated_at), draft.id)


ORDER_SORTINGS: Mapping[OrderSort, Sorting[Order]] = {
    OrderSort.NEWEST: Sorting(_placed, (int, int, str), falling=True),
    OrderSort.OLDEST: Sorting(_placed, (int, int, str), name="oldest"),
    OrderSort.HIGHEST_TOTAL: Sorting(
        _total, (str, int, int, int, str), falling=True, name="highest total"
    ),
    OrderSort.LOWEST_TOTAL: Sorting(_total, (str, int, int, int, str), name="lowest total"),
}
DRAFT_SORTINGS: Mapping[DraftSort, Sorting[Draft]] = {
    DraftSort.LATEST_CHANGE: Sorting(_changed, (int, str), falling=True),
    DraftSort.EARLIEST_CHANGE: Sorting(_changed, (int, str), name="earliest change"),
}


# --- The kinds ---

CONTACT = Kind(
    "contact", Contact, _contact_keys, Sorting(lambda c: (fold(c.name), c.id), (str, str))
)
PRODUCT = Kind(
    "product", Product, _product_keys, Sorting(lambda p: (fold(p.title), p.id), (str, str))
)
PROMOTION = Kind("promotion", Promotion, _promotion_keys, Sorting(lambda p: (p.id,), (str,)))
DRAFT = Kind(
    "draft",
    Draft,
    lambda draft: (_id(draft),),
    DRAFT_SORTINGS[DraftSort.LATEST_CHANGE],
    conflict=StaleDraft,
)
KEPT_PROMOTIONS: Sorting[Promotion] = Sorting(lambda p: (p.id, p.version), (str, int))
"""The order in which the promotions are listed that orders were priced from."""

ORDER = Kind("order", Order, _order_keys, ORDER_SORTINGS[OrderSort.NEWEST])
