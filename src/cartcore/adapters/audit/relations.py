"""What must hold between records: unique keys, limits, and the counters."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import attrs

from cartcore.adapters.audit.finding import Fault, Finding
from cartcore.adapters.audit.orders import Amounts, Document
from cartcore.adapters.audit.reading import DAMAGED, Database
from cartcore.errors import CartcoreError
from cartcore.errors.sentences import times

_UNIQUE = (
    *(("cartcore_orders", column) for column in ("id", "number", "draft_id", "idempotency_key")),
    *(("cartcore_contacts", column) for column in ("id", "email_key")),
    *(("cartcore_products", "id"), ("cartcore_variants", "sku"), ("cartcore_drafts", "id")),
    *(("cartcore_promotions", "id"), ("cartcore_promotion_codes", "code")),
)


def duplicates(database: Database) -> Iterator[Finding]:
    """Values of columns that several rows have, where each may have its own."""
    for table, column in _UNIQUE:
        query = (
            f"SELECT {column}, count(*) FROM {table} WHERE {column} IS NOT NULL "  # noqa: S608
            f"GROUP BY {column} HAVING count(*) > 1"
        )
        for value, number in database.rows(query):
            problem = f"{number} rows of {table} have this {column}"
            yield Finding(Fault.DUPLICATE, f"{column} {value}", problem)


def open_and_placed(database: Database) -> Iterator[Finding]:
    """Drafts that are still there, though their order was placed."""
    query = (
        "SELECT d.id, o.number FROM cartcore_drafts AS d"
        " JOIN cartcore_orders AS o ON o.draft_id = d.id"
    )
    for draft_id, number in database.rows(query):
        problem = f"it was placed as order {number} but is still open"
        yield Finding(Fault.DRAFT, f"draft {draft_id}", problem)


def limits_passed(database: Database) -> Iterator[Finding]:
    """Promotions that were redeemed beyond their limits."""
    used: dict[str, _Use] = {}
    for promotion_id, contact_id, currency, number, discount in database.rows(
        "SELECT promotion_id, contact_id, currency, count(*), sum(discount_minor) "
        "FROM cartcore_redemptions GROUP BY promotion_id, contact_id, currency "
        "ORDER BY promotion_id, contact_id"
    ):
        use = used.setdefault(promotion_id, _Use())
        use.add(contact_id, currency, number, int(discount or 0))
    for promotion_id, promo_code, number in database.rows(
        "SELECT promotion_id, promo_code, count(*) FROM cartcore_redemptions "
        "WHERE promo_code <> '' GROUP BY promotion_id, promo_code ORDER BY promo_code"
    ):
        used[promotion_id].codes[promo_code] = number
    for promotion_id, version, text in database.rows(
        "SELECT id, version, document FROM cartcore_promotions"
    ):
        lowered = " (or it was lowered since)" if version > 1 else ""
        try:
            passed = list(used.get(promotion_id, _Use()).passed(json.loads(text)["limits"]))
        except (*DAMAGED, CartcoreError):
            name = f"promotion {promotion_id}"
            yield Finding(Fault.DOCUMENT, name, "its limits cannot be read")
            continue
        for problem in passed:
            yield Finding(Fault.LIMIT, f"promotion {promotion_id}", problem + lowered)


@attrs.define
class _Use:
    """How often a promotion was redeemed, at most by one contact, by code, and what it gave."""

    total: int = 0
    most: int = 0
    codes: dict[str, int] = attrs.Factory(dict)
    given: Counter[str] = attrs.Factory(Counter)
    _contact: str = ""
    _by_contact: int = 0

    def add(self, contact_id: str, currency: str | None, number: int, discount: int) -> None:
        """Count the redemptions of one contact in one currency; contacts come one by one."""
        if contact_id != self._contact:
            self._contact, self._by_contact = contact_id, 0
        self._by_contact += number
        self.most = max(self.most, self._by_contact)
        self.total += number
        if currency is not None:
            self.given[currency] += discount

    def passed(self, limits: Document) -> Iterator[str]:
        """Say which limits were passed."""
        total, per_contact, budget = (limits.get(k) for k in ("total", "per_contact", "budget"))
        if total is not None and self.total > total:
            yield f"it was redeemed {times(self.total)}, but its limit is {total}"
        if per_contact is not None and self.most > per_contact:
            yield f"one contact redeemed it {times(self.most)}, but the limit is {per_contact}"
        per_code = limits.get("per_code")
        for code, number in self.codes.items():
            if per_code is not None and number > per_code:
                yield f"the code {code!r} was used {times(number)}, but the limit is {per_code}"
        if budget is not None:
            amounts = Amounts.of(budget["currency"])
            gave, most = self.given[budget["currency"]], amounts.minor(budget)
            if gave > most:
                yield f"it gave {amounts.show(gave)}, but its budget is {amounts.show(most)}"


def counter_behind(database: Database, largest: int) -> Iterator[Finding]:
    """The counter of order numbers, if it is not there, or behind the largest number."""
    value = counted(database, "order_number")
    if not isinstance(value, int):
        yield Finding(Fault.NUMBER, "counter order_number", f"it has the values {value}")
    elif value < largest:
        problem = f"it is at {value}, but there is an order {largest}"
        yield Finding(Fault.NUMBER, "counter order_number", problem)


def revisions_ahead(database: Database) -> Iterator[Finding]:
    """Promotions with a revision that is still to come, or no counter of revisions."""
    value = counted(database, "promotions")
    if not isinstance(value, int):
        yield Finding(Fault.REVISION, "counter promotions", f"it has the values {value}")
        return
    query = f"SELECT id, revision FROM cartcore_promotions WHERE revision > {value} ORDER BY id"  # noqa: S608
    for promotion_id, revision in database.rows(query):
        problem = f"it was changed with the revision {revision}, but the last one is {value}"
        yield Finding(Fault.REVISION, f"promotion {promotion_id}", problem)


def counted(database: Database, name: str) -> int | list[Any]:
    """What a counter is at; what was found if that is not one number."""
    query = f"SELECT value FROM cartcore_counters WHERE name = '{name}'"  # noqa: S608
    values = [value for (value,) in database.rows(query)]
    return values[0] if [type(value) for value in values] == [int] else values
