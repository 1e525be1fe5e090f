"""A database that several processes open, each for itself, and how to look into it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import attrs
import psycopg

from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage

A_WHILE = 180.0
"""Seconds for which nobody who is tested waits in vain, unless something is wrong."""


@attrs.frozen
class Database:
    """An SQLite file, or a PostgreSQL database: `where` is its path or its URL."""

    kind: str
    where: str

    def open(self, timeout: float = A_WHILE) -> SQLiteStorage | PostgresStorage:
        """Open it as a storage."""
        if self.kind == "sqlite":
            return SQLiteStorage(self.where, timeout=timeout)
        return PostgresStorage(self.where, timeout=timeout)

    def rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        """Return what a query gives, without any of cartcore's code."""
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.where)) as file:
                return file.execute(query).fetchall()
        with psycopg.connect(self.where) as connection:
            return connection.execute(query.encode()).fetchall()

    def do(self, statement: str) -> None:
        """Change something behind cartcore's back, without any constraints."""
        with closing(sqlite3.connect(self.where)) as file, file:
            file.execute(statement)
