"""The drivers alone, `sqlite3` and `psycopg`: what fills databases, and the floor of figures."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any, Protocol, Self

import psycopg

from cartcore.adapters.sql import schema
from cartcore.storage.keys import instant

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
"""Rows by table."""

TABLES = tuple(table.name for table in schema.metadata.sorted_tables)
"""All tables, those that others belong to first."""

_OF_ORDERS = tuple(
    f"cartcore_{name}" for name in ("order_terms", "order_skus", "order_codes", "redemptions")
)
_COUNT = "UPDATE cartcore_counters SET value = value + 1 WHERE name = '{}' RETURNING value"


class Bare(Protocol):
    """A connection of the driver, without anything around it."""

    def __enter__(self) -> Self:
        """Use the connection in a block, at whose end it is closed."""
        ...

    def __exit__(self, *error: object) -> None:
        """Close it."""
        ...

    def load(self, rows: Rows) -> None:
        """Write many rows, fast and not safely."""
        ...

    def place(self, rows: Rows) -> None:
        """Write an order in one durable transaction: its rows, its number, its event, its draft."""
        ...

    def fetch(self, query: str) -> Sequence[Sequence[Any]]:
        """Return what a query without values gives."""
        ...

    def documents(self, table: str, ids: Sequence[str]) -> Sequence[str]:
        """Read the documents of records by their ids."""
        ...

    def last_number(self, value: int) -> None:
        """Say what the last order number was."""
        ...

    def settle(self) -> None:
        """Let the database learn what it holds, and put its files in order."""
        ...


class BareSQLite:
    """`sqlite3` on a file, with a write-ahead log and each commit on the disk."""

    def __init__(self, where: str) -> None:
        self._connection = sqlite3.connect(where, isolation_level=None, timeout=60)
        self._connection.execute("PRAGMA synchronous = FULL")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def load(self, rows: Rows) -> None:
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA cache_size = -500000")
        self._connection.execute("BEGIN")
        self._insert(rows)
        self._connection.execute("COMMIT")

    def place(self, rows: Rows) -> None:
        [order] = rows["cartcore_orders"]
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(_COUNT.format("order_number")).fetchall()
        [(sequence,)] = self._connection.execute(_COUNT.format("events")).fetchall()
        self._insert(_with_sequence(rows, sequence))
        self._connection.execute(
            "DELETE FROM cartcore_drafts WHERE id = ? AND version = 1", [order["draft_id"]]
        )
        self._connection.execute("COMMIT")

    def _insert(self, rows: Rows) -> None:
        for table in _in_order(rows):
            names = list(rows[table][0])
            # Rows next to each other in an index are written faster.
            values = sorted([tuple(row.values()) for row in rows[table]], key=lambda v: v[:1])
            marks = ", ".join("?" * len(names))
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
            self._connection.executemany(statement, values)

    def fetch(self, query: str) -> Sequence[Sequence[Any]]:
        return self._connection.execute(query).fetchall()

    def documents(self, table: str, ids: Sequence[str]) -> Sequence[str]:
        marks = ", ".join("?" * len(ids))
        query = f"SELECT document FROM {table} WHERE id IN ({marks})"
        return [document for (document,) in self._connection.execute(query, list(ids))]

    def last_number(self, value: int) -> None:
        self._connection.execute(
            "UPDATE cartcore_counters SET value = ? WHERE name = 'order_number'", [value]
        )

    def settle(self) -> None:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.execute("PRAGMA optimize").fetchall()


class BarePostgres:
    """`psycopg` on a database."""

    def __init__(self, where: str) -> None:
        self._connection = psycopg.connect(where, autocommit=True)
        self._connection.execute("SET TimeZone = 'UTC'")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def load(self, rows: Rows) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for table in _in_order(rows):
                names = ", ".join(rows[table][0])
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy:
                    for values in _values(rows[table]):
                        copy.write_row(values)

    def place(self, rows: Rows) -> None:
        [order] = rows["cartcore_orders"]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(_COUNT.format("order_number").encode())
            cursor.execute(_COUNT.format("events").encode())
            [(sequence,)] = cursor.fetchall()
            rows = _with_sequence(rows, sequence)
            for table in _in_order(rows):
                names = list(rows[table][0])
                marks = ", ".join(["%s"] * len(names))
                statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
                cursor.executemany(statement.encode(), list(_values(rows[table])))
            cursor.execute(
                "DELETE FROM cartcore_drafts WHERE id = %s AND version = 1", [order["draft_id"]]
            )

    def fetch(self, query: str) -> Sequence[Sequence[Any]]:
        return self._connection.execute(query.encode()).fetchall()

    def documents(self, table: str, ids: Sequence[str]) -> Sequence[str]:
        query = f"SELECT document FROM {table} WHERE id = ANY(%s)"
        return [row[0] for row in self._connection.execute(query.encode(), [list(ids)])]

    def last_number(self, value: int) -> None:
        self._connection.execute(
            "UPDATE cartcore_counters SET value = %s WHERE name = 'order_number'", [value]
        )

    def settle(self) -> None:
        self._connection.execute("VACUUM (ANALYZE)")
        self._connection.execute("CHECKPOINT")


def _in_order(rows: Rows) -> Iterable[str]:
    return [table for table in TABLES if rows.get(table)]


def _with_sequence(rows: Rows, sequence: int) -> Rows:
    """The rows with the event's place in the sequence, which is known in the transaction only."""
    events = [{**each, "sequence": sequence} for each in rows["cartcore_events"]]
    return {**rows, "cartcore_events": events}


def _values(rows: Sequence[Row]) -> Iterable[list[Any]]:
    """The values as PostgreSQL has them: times are no numbers there."""
    times = [
        index for index, name in enumerate(rows[0]) if name in {"placed_at", "updated_at", "at"}
    ]
    for row in rows:
        values = list(row.values())
        for index in times:
            if isinstance(values[index], int):
                values[index] = instant(values[index])
        yield values


def rows_of_order(bare: Bare, order_id: str) -> Rows:
    """Return the rows of an order, in all of its tables."""
    orders = rows_where(bare, "cartcore_orders", "id", order_id)
    return {"cartcore_orders": orders} | {
        table: rows_where(bare, table, "order_id", order_id) for table in _OF_ORDERS
    }


def rows_where(bare: Bare, table: str, column: str, value: str) -> Sequence[Row]:
    """Return the rows of a table that have a value in a column."""
    names = [each.name for each in schema.metadata.tables[table].columns]
    query = f"SELECT {', '.join(names)} FROM {table} WHERE {column} = '{value}'"
    return [dict(zip(names, row, strict=True)) for row in bare.fetch(query)]
