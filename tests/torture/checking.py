"""What must hold of a database after whatever happened, looked up without cartcore's code."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from cartcore.adapters.audit import audit
from tests.torture.database import Database
from tests.torture.journal import Journal
from tests.torture.outbox import wrong_events

Rows = dict[str, set[tuple[str, ...]]]

_FIRST_NUMBER = 1001


def findings(database: Database, journals: Sequence[Journal]) -> list[str]:
    """Return what is not as promised: nothing, if all is well (ST-5, ST-6, ST-7, HA-6).

    That is what the audit finds, and what only those who placed the orders can know. Where the two
    look for the same, they do so in their own ways.
    """
    return [
        *map(str, audit(database.where)),
        *_acknowledged(database, journals),
        *_whole(database),
        *_numbers(database),
        *wrong_events(database),
        *_drafts(database, journals),
        *_limits(database),
    ]


def unacknowledged(database: Database, journals: Sequence[Journal]) -> int:
    """Return how many orders are stored of which no writer knows yet."""
    known = {each.key for journal in journals for each in journal.acknowledged()}
    return sum(
        key not in known for (key,) in database.rows("SELECT idempotency_key FROM cartcore_orders")
    )


def _acknowledged(database: Database, journals: Sequence[Journal]) -> Iterator[str]:
    """Each acknowledged order is there once, as it was answered, and no key has two answers."""
    stored: dict[str, list[tuple[str, Decimal]]] = {}
    for key, number, document in database.rows(
        "SELECT idempotency_key, number, document FROM cartcore_orders"
    ):
        stored.setdefault(key, []).append((number, _total(json.loads(document))))
    answered = [each for journal in journals for each in journal.acknowledged()]
    for each in answered:
        found = stored.get(each.key, [])
        if found != [(each.number, Decimal(each.total))]:
            yield f"{each} was acknowledged; there is {found}"
    for key, times in Counter(each.key for each in answered).items():
        if times > 1:
            yield f"{key!r} was acknowledged {times} times"
    refused = {each.key for journal in journals for each in journal.refused()}
    for key in refused & stored.keys():
        yield f"{key!r} was refused, and is an order"


def _whole(database: Database) -> Iterator[str]:
    """Each order has all of its rows, and there are no others: none was half stored."""
    skus = _linked(database, "SELECT order_id, sku FROM cartcore_order_skus")
    codes = _linked(database, "SELECT order_id, code FROM cartcore_order_codes")
    named = _linked(
        database, "SELECT order_id, term FROM cartcore_order_terms WHERE kind = 'contact'"
    )
    redeemed = _linked(
        database, "SELECT order_id, promotion_id, contact_id, promo_code FROM cartcore_redemptions"
    )
    for order_id, number, minor, currency, document in database.rows(
        "SELECT id, number, total_minor, currency, document FROM cartcore_orders"
    ):
        order = json.loads(document)
        if (_total(order) * 100, "USD") != (minor, currency):
            yield f"order {number} adds up to {_total(order)}, and costs {minor} {currency}"
        applied = [d for d in order["quote"]["decisions"] if d["applied"]]
        uses = {(r["promotion_id"], r["contact_id"], r["promo_code"]) for r in order["redemptions"]}
        told: tuple[tuple[str, Rows, set[Any]], ...] = (
            ("SKUs", skus, {(line["sku"],) for line in order["quote"]["lines"]}),
            ("codes", codes, {(d["promo_code"].lower(),) for d in applied if d["promo_code"]}),
            ("names", named, _spelt(order["contact"]["name"])),
            ("redemptions", redeemed, uses),
        )
        for what, found, expected in told:
            if found.pop(order_id, set()) != expected:
                yield f"order {number} has other {what} than its document"
        if {u[0] for u in uses} != {d["promotion_id"] for d in applied}:
            yield f"order {number} redeemed {uses}, and applied {applied}"
        if len(order["history"]) != 1 or not order["shipments"]:
            yield f"order {number} has no whole history or no shipment"
    for what, found in (("SKUs", skus), ("codes", codes), ("names", named), ("uses", redeemed)):
        if found:
            yield f"there are {what} of orders that are not there: {sorted(found)}"


def _numbers(database: Database) -> Iterator[str]:
    """The numbers have no gap: whatever takes one and is not stored gives it back."""
    numbers = sorted(
        int(number) for (number,) in database.rows("SELECT number FROM cartcore_orders")
    )
    if numbers != list(range(_FIRST_NUMBER, _FIRST_NUMBER + len(numbers))):
        yield f"the numbers are not those from {_FIRST_NUMBER} on: {numbers}"
    counted = database.rows("SELECT value FROM cartcore_counters WHERE name = 'order_number'")
    if counted != [(_FIRST_NUMBER + len(numbers) - 1,)]:
        yield f"the last number is said to be {counted} after {len(numbers)} orders"


def _linked(database: Database, query: str) -> Rows:
    found: Rows = {}
    for order_id, *values in database.rows(query):
        found.setdefault(order_id, set()).add(tuple(values))
    return found


def _spelt(name: str) -> set[tuple[str, ...]]:
    """What the words of a name are found by: Zoë Müller is spelt in several ways."""
    ways = {"zoë": ("zoe", "zo"), "müller": ("muller", "mueller")}
    return {(way,) for word in name.lower().split() for way in ways.get(word, (word,))}


def _drafts(database: Database, journals: Sequence[Journal]) -> Iterator[str]:
    """A draft is open or placed, never both, and none that was asked for has vanished."""
    drafts = {draft_id for (draft_id,) in database.rows("SELECT id FROM cartcore_drafts")}
    placed = {draft_id for (draft_id,) in database.rows("SELECT draft_id FROM cartcore_orders")}
    for draft_id in drafts & placed:
        yield f"the draft {draft_id!r} is open, and an order too"
    for journal in journals:
        for request in (*journal.refused(), *journal.unanswered()):
            if request.draft_id not in drafts | placed:
                yield f"the draft of {request} has vanished"


def _limits(database: Database) -> Iterator[str]:
    """No promotion was redeemed more often than it may be, by anyone, nor for more money."""
    uses: Counter[str] = Counter()
    by_contact: dict[str, Counter[str]] = {}
    by_code: dict[str, Counter[str]] = {}
    given: Counter[str] = Counter()
    for (document,) in database.rows("SELECT document FROM cartcore_orders"):
        order = json.loads(document)
        for use in order["redemptions"]:
            uses[use["promotion_id"]] += 1
            by_contact.setdefault(use["promotion_id"], Counter())[use["contact_id"]] += 1
            if use["promo_code"]:
                by_code.setdefault(use["promotion_id"], Counter())[use["promo_code"].lower()] += 1
        for decision in order["quote"]["decisions"]:
            if decision["applied"]:
                given[decision["promotion_id"]] += _cents(decision["discount"])
    for promotion_id, document in database.rows("SELECT id, document FROM cartcore_promotions"):
        limits = json.loads(document)["limits"]
        most = max(by_contact.get(promotion_id, {"": 0}).values())
        of_code = max(by_code.get(promotion_id, {"": 0}).values())
        for what, limit, found in (
            ("in total", limits.get("total"), uses[promotion_id]),
            ("by one contact", limits.get("per_contact"), most),
            ("with one code", limits.get("per_code"), of_code),
            ("in cents", _cents(limits.get("budget")), given[promotion_id]),
        ):
            if limit is not None and found > limit:
                yield f"{promotion_id!r} may be used up to {limit} {what}, and was: {found}"


def _total(order: dict[str, Any]) -> Decimal:
    """What an order costs, added up from its parts."""
    quote = order["quote"]
    parts = [*quote["lines"], *quote["shipments"]]
    return sum((Decimal(part["total"]["amount"]) for part in parts), Decimal(0))


def _cents(money: dict[str, Any] | None) -> Any:
    return None if money is None else int(Decimal(money["amount"]) * 100)
