"""Rows of a database, by plain SQL, in one consistent view."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cartcore.adapters.paths import absolute
from cartcore.adapters.sqlite_file import check_one_name
from cartcore.errors import ForeignStorage, InvalidField, SchemaMismatch, StorageUnavailable
from cartcore.values.text import a_text

if TYPE_CHECKING:
    import psycopg

VERSION = 14
"""The version of the tables that the audit knows."""

TABLES = {
    f"cartcore_{name}"
    for name in (
        *("contacts", "contact_words", "contact_phones", "contact_addresses", "contact_tags"),
        "contact_address_words",
        *("products", "product_words", "variants"),
        *("promotions", "promotion_codes", "promotion_words"),
        *("drafts", "draft_terms"),
        *("orders", "order_terms", "order_skus", "order_codes", "redemptions"),
        *("order_promotions", "events", "counters"),
    )
}

_APPLICATION_ID = 0x63617274  # where an SQLite file says that it is cartcore's own
_VERSIONS = "cartcore_version"  # where a database of an application does, and any PostgreSQL's
_PREFIX = "cartcore_"

Row = Sequence[Any]

# What reading a damaged document can raise.
DAMAGED = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)


class Unreadable(Exception):
    """Something in the database that cannot be read."""


@attrs.frozen
class Database:
    """A database that is open. Rows are read as they, and several queries at once."""

    tables: set[str]
    rows: Callable[[str], Iterator[Row]]
    damages: Callable[[], Iterator[str]]
    """What the database finds wrong with itself."""


def is_url(database: str | os.PathLike[str]) -> bool:
    """Whether a database is one of PostgreSQL: a URL, or "host=... dbname=..."; else it is a path.

    A path that looks like one of these can be given with its folder: "./host=a".
    """
    text = str(database) if isinstance(database, os.PathLike) else a_text(database, "database")
    name, equals, _ = text.partition("=")
    return text.startswith(("postgresql://", "postgres://")) or (
        bool(equals) and name.strip().isidentifier()
    )


@contextmanager
def opened(database: str | os.PathLike[str]) -> Iterator[Database]:
    """Open a database for reading.

    Raises:
        InvalidField: a URL that libpq does not take.
        StorageUnavailable: it is not there, or cannot be read.
        ForeignStorage: it is not cartcore's.
        SchemaMismatch: its tables are of an older or a newer version.
    """
    with _postgres(os.fspath(database)) if is_url(database) else _sqlite(_path(database)) as found:
        yield found


def _path(database: str | os.PathLike[str]) -> Path:
    """A path as it was given, if it can be one of a file."""
    absolute(database)
    return Path(str.__str__(os.fspath(database)))


def _only(versions: Iterable[Row]) -> int:
    """The version of the tables, of which there is one. Raises ValueError."""
    found = [int(version) for (version,) in versions]
    if len(found) > 1:
        raise ValueError(f"its tables have several versions: {found}")
    return sum(found)


# --- SQLite -----------------------------------------------------------------------------------


@contextmanager
def _sqlite(path: Path) -> Iterator[Database]:
    try:
        if not path.is_file():
            raise StorageUnavailable(f"there is no file {path}")
        check_one_name(path, path.stat())
    except OSError as error:  # in a folder that may not be entered
        raise StorageUnavailable(str(error)) from error
    try:
        # Not "mode=ro": after a crash the log is to be read, too, and that needs its index.
        uri = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise StorageUnavailable(f"{path}: {error}") from error
    with closing(connection):
        tables = _identified(path, connection)

        def rows(query: str) -> Iterator[Row]:
            try:
                yield from connection.execute(query)
            except (sqlite3.Error, UnicodeDecodeError) as error:
                raise Unreadable(str(error)) from error

        def damages() -> Iterator[str]:
            for (told,) in rows("PRAGMA integrity_check"):
                if told != "ok":
                    yield str(told)
            for table, _, parent, _ in rows("PRAGMA foreign_key_check"):
                if not table.startswith(_PREFIX):
                    continue  # it is the application's
                yield f"a row of {table} belongs to no row of {parent}"

        yield Database(tables, rows, damages)


def _identified(path: Path, connection: sqlite3.Connection) -> set[str]:
    """Begin to read, and return the tables of a file that is cartcore's."""
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        tables = {name for (name,) in names}
        if application != _APPLICATION_ID and _VERSIONS in tables:  # an application's, with ours
            version = _only(connection.execute(f"SELECT version_num FROM {_VERSIONS}"))  # noqa: S608
            application = _APPLICATION_ID
    except sqlite3.OperationalError as error:  # it is locked, or the disk fails
        raise StorageUnavailable(f"{path}: {error}") from error
    except (sqlite3.DatabaseError, ValueError) as error:
        # Where a damaged text of the schema is told in the error, Python cannot decode it.
        raise ForeignStorage(str(path), str(error)) from error
    if application != _APPLICATION_ID:
        raise ForeignStorage(str(path), "it is an SQLite file of another application")
    if version != VERSION:
        raise SchemaMismatch(str(path), version, VERSION)
    return tables


# --- PostgreSQL -------------------------------------------------------------------------------


@contextmanager
def _postgres(url: str) -> Iterator[Database]:
    # Here and not above: a file can be audited without the driver.
    import psycopg  # noqa: PLC0415

    try:
        connection = psycopg.connect(url, autocommit=True)
    except (psycopg.ProgrammingError, UnicodeError):
        # What is wrong with it is not told: that would show the password.
        expected = "one such as postgresql://user@host/database"
        raise InvalidField("url", "…", expected) from None
    except psycopg.Error as error:
        raise StorageUnavailable(_told(error)) from error
    with closing(connection):
        where = f"the database {connection.info.dbname}"
        try:
            connection.execute("SET TIME ZONE 'UTC'")  # in another one times can be after 9999
            connection.execute("SET DateStyle = 'ISO'")  # the driver reads no other one
            connection.autocommit = False
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            names = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"
            )
            tables = {name for (name,) in names}
            if _VERSIONS not in tables:
                raise SchemaMismatch(where, 0, VERSION)
            version = _only(connection.execute(f"SELECT version_num FROM {_VERSIONS}"))  # noqa: S608
        except (psycopg.Error, ValueError) as error:
            raise ForeignStorage(where, _told(error)) from error
        if version != VERSION:
            raise SchemaMismatch(where, version, VERSION)
        yield Database(tables, _server_side(connection), lambda: iter(()))


def _server_side(connection: "psycopg.Connection[Any]") -> Callable[[str], Iterator[Row]]:
    import psycopg  # noqa: PLC0415

    numbers = count()

    def rows(query: str) -> Iterator[Row]:
        try:
            with connection.cursor(name=f"audit_{next(numbers)}") as cursor:
                cursor.itersize = 500
                yield from cursor.execute(query.encode())
        except psycopg.Error as error:
            if connection.broken:
                raise StorageUnavailable(_told(error)) from error
            connection.rollback()  # or else nothing more could be read
            raise Unreadable(_told(error)) from error

    return rows


def _told(error: BaseException) -> str:
    return str(error).partition("\n")[0]
