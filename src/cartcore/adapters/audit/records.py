"""Every record, and the rows that belong to it, read side by side."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import attrs

from cartcore.adapters.audit.finding import Fault, Finding
from cartcore.adapters.audit.kept import KeptPromotions
from cartcore.adapters.audit.kinds import KINDS, Kind
from cartcore.adapters.audit.orders import faults
from cartcore.adapters.audit.reading import DAMAGED, Database, Row
from cartcore.documents.serializer import Serializer
from cartcore.errors import CartcoreError
from cartcore.promotions.opaque import not_asked, opaque_parts
from cartcore.promotions.promotion import Promotion

Progress = Callable[[int, int], object]
"""Is told how many records were looked at, and of how many."""

_OFTEN = 100
_LONGEST_COUNTED = 18
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@attrs.define
class LargestNumber:
    """The largest order number so far, of those that count."""

    number: int = 0

    def see(self, number: str) -> None:
        """Take note of a number, if it counts."""
        if number.isascii() and number.isdecimal() and len(number) <= _LONGEST_COUNTED:
            self.number = max(self.number, int(number))


class _Belonging:
    """The rows of a table by the record they belong to, read along with the records."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)
        self.orphans: list[str] = []

    def to(self, record_id: str | None) -> list[tuple[Any, ...]]:
        """Take the rows up to those of a record, or all that are left."""
        found = []
        while self._next is not None:
            owner = self._next[0]
            if record_id is not None and str(owner) > record_id:
                break
            if owner == record_id:
                found.append(tuple(self._next[1:]))
            elif owner not in self.orphans[-1:]:
                self.orphans.append(owner)
            self._next = next(self._rows, None)
        return found


def records(
    database: Database,
    largest: LargestNumber,
    lacking: "LackingKeys",
    reader: Serializer | None,
    progress: Progress,
) -> Iterator[Finding]:
    """Look at every record with the rows that belong to it, and tell the progress."""
    counts = [next(database.rows(f"SELECT count(*) FROM {kind.table}"))[0] for kind in KINDS]  # noqa: S608
    done, of = 0, sum(counts)
    progress(done, of)
    kept = KeptPromotions.of(database)
    yield from kept.findings
    for kind in KINDS:
        links = {
            table: _Belonging(
                database.rows(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}")  # noqa: S608
            )
            for table, columns in kind.links.items()
        }
        columns = ", ".join(("id", "version", "document", *kind.columns))
        for row in database.rows(f"SELECT {columns} FROM {kind.table} ORDER BY id"):  # noqa: S608
            yield from _record(kind, row, links, largest, lacking, kept)
            if kind.name == "promotion" and reader is not None:
                yield from _unread(row, reader)
            done += 1
            if not done % _OFTEN:
                progress(done, of)
        for table, belonging in links.items():
            belonging.to(None)
            for owner in belonging.orphans:
                problem = f"it has rows in {table} but does not exist"
                yield Finding(Fault.ORPHAN, f"{kind.name} {owner}", problem)
    progress(done, of)


def _record(
    kind: Kind,
    row: Row,
    links: Mapping[str, _Belonging],
    largest: LargestNumber,
    lacking: "LackingKeys",
    kept: KeptPromotions,
) -> Iterator[Finding]:
    record_id, version, text, *values = row
    name = f"{kind.name} {record_id}"
    if not isinstance(record_id, str):
        yield Finding(Fault.DOCUMENT, name, "its id is not a text")
        return
    rows = {table: belonging.to(record_id) for table, belonging in links.items()}
    try:
        document = json.loads(text)
        expected, belonging_rows = kind.expected(document)
        expected |= {"id": document["id"], "version": document["version"]}
        if kind.name == "order":
            name = f"order {document['number']}"
            largest.see(document["number"])
            for fault, problem in chain(faults(document), kept.faults(document)):
                yield Finding(fault, name, problem)
    except (*DAMAGED, CartcoreError) as error:
        lacks = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        yield Finding(Fault.DOCUMENT, name, f"it cannot be read: {lacks}")
        return
    stored = {"id": record_id, "version": version, **dict(zip(kind.columns, values, strict=True))}
    for column, value in expected.items():
        if column == "email_key" and value and stored[column] is None:
            lacking.add("cartcore_contacts", name, value)
        elif _comparable(stored[column], value) != value:
            problem = f"the column {column} has {stored[column]!r}, but the record has {value!r}"
            yield Finding(Fault.COLUMNS, name, problem)
    for table, wanted in belonging_rows.items():
        fault = Fault.REDEMPTIONS if table == "cartcore_redemptions" else Fault.COLUMNS
        for missing in sorted(wanted - {*rows[table]}, key=repr):
            if table == "cartcore_promotion_codes":
                lacking.add(table, name, *missing)
            else:
                yield Finding(fault, name, f"{table} lacks {missing}")
        for extra in sorted({*rows[table]} - wanted, key=repr):
            yield Finding(fault, name, f"{table} has {extra}, but the record does not")


def _unread(row: Row, reader: Serializer) -> Iterator[Finding]:
    """What no plugin can read of a promotion (PK-5)."""
    try:
        promotion = reader.loads(row[2], Promotion)
    except CartcoreError as error:
        yield Finding(Fault.DOCUMENT, f"promotion {row[0]}", f"it cannot be read: {error}")
        return
    for part in opaque_parts(promotion.effect, promotion.conditions):
        told = not_asked((part,)).message if part.fault is None else part.fault.problem
        yield Finding(Fault.PLUGIN, f"promotion {row[0]}", f"{part.type_name}: {told}")


def _comparable(stored: object, value: object) -> object:
    """A stored value as the one it is compared with: SQLite has neither times nor truth values."""
    if isinstance(stored, int) and isinstance(value, datetime):
        return _EPOCH + timedelta(microseconds=stored)
    if stored in {0, 1} and isinstance(value, bool):
        return bool(stored)
    return stored


@attrs.define
class LackingKeys:
    """Keys that records would have, and do not: an older record has them, or nobody does (OE-27).

    By the table that keys are in, then by key, the records that lack it.
    """

    records: dict[str, dict[str, list[str]]] = attrs.Factory(dict)

    def add(self, table: str, record: str, key: str) -> None:
        """Note a record without a key that it would have."""
        self.records.setdefault(table, {}).setdefault(key, []).append(record)

    def findings(self, database: Database) -> Iterator[Finding]:
        """Say which other record has each key, or that nobody has it."""
        for table, (column, owner, kind, shown) in _SHARED_KEYS.items():
            left = self.records.get(table)
            if not left:
                continue
            query = f"SELECT {column}, {owner} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608
            for key, owner_id in database.rows(query):
                for name in left.pop(key, ()):
                    problem = f"{kind} {owner_id} has the same {shown}, {key!r}, and keeps it"
                    yield Finding(Fault.SHARED, name, f"{problem}; change one of the two")
            for key, names in left.items():
                for name in names:
                    problem = f"it cannot be found by its {shown} {key!r}"
                    yield Finding(Fault.COLUMNS, name, problem)


_SHARED_KEYS = {
    "cartcore_contacts": ("email_key", "id", "contact", "e-mail address"),
    "cartcore_promotion_codes": ("code", "promotion_id", "promotion", "promo code"),
}
