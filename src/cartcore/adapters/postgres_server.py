"""A PostgreSQL database as the backend of a storage: its sessions, its lock, its errors."""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import attrs
import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Select,
    String,
    Table,
    Text,
    cast,
    create_engine,
    func,
    select,
    true,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema

from cartcore.adapters.sql import schema as sql_schema
from cartcore.adapters.sql.carriers import Carrier
from cartcore.adapters.sql.driver_errors import MARK, KeyTaken, translate_errors
from cartcore.adapters.sql.statements import Statement
from cartcore.errors import (
    ForeignStorage,
    InvalidField,
    OutcomeUnknown,
    SchemaMismatch,
    StorageBusy,
    StorageUnavailable,
)
from cartcore.storage.paging import seconds

WRITE_LOCK = 0x63617274
"""The advisory lock that a writer holds ("cart" in ASCII)."""

SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Each statement sees what is committed: nothing is, by others, once the lock is held.
LATEST = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

_TAKE_LOCK = f"SELECT pg_advisory_xact_lock({WRITE_LOCK})"
_BEGIN, _BEGIN_WRITING, _LOCK, _COMMIT = map(
    Statement.said, (SNAPSHOT, LATEST, _TAKE_LOCK, "COMMIT")
)
# In one message: each of the two would wait for an answer of its own.
_BEGIN_LOCKED = Statement.said(f"{LATEST}; {_TAKE_LOCK}")

# What is committed is on the disk, also where the server would rather be fast.
_DURABLE = """
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'
"""

# The tables of the application can still be named without their schema.
_SEARCHED = """
    SELECT set_config(
        'search_path', quote_ident(%s) || ', ' || current_setting('search_path'), false
    )
"""

# By an older name, which servers of all versions know.
_SNAPSHOT = cast(func.txid_current_snapshot(), Text)
_SEEN = "cartcore_seen"  # where a connection keeps the snapshot of its transaction

_LONGEST_NAME = 63

_BUSY = (
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.QueryCanceled,  # by a time limit that the server sets
    errors.TooManyConnections,
)
_DAMAGED = (
    errors.DataCorrupted,
    errors.IndexCorrupted,
    errors.UndefinedTable,
    errors.UndefinedColumn,
)


@attrs.frozen
class Server:
    """The database as the backend of a storage."""

    conninfo: Mapping[str, str]
    timeout: float
    schema: str = ""
    lent: Engine | None = None  # the application's
    keeps_order: bool = False  # conditions become joins, by any method
    pauses: tuple[float, ...] = (0.0, 0.1, 0.5)  # the first: a kept connection may be a lost one

    _versions: Select[Any] = attrs.field(init=False)
    _beginning: Statement = attrs.field(init=False)

    @_beginning.default
    def _of_the_transaction(self) -> Statement:
        return Statement(self._versions.add_columns(_SNAPSHOT))

    @_versions.default
    def _of_the_schema(self) -> Select[Any]:
        # And of no other one that is searched, too: those would be the tables of another shop.
        name = sql_schema.schema_version.name
        table = Table(name, MetaData(), Column("version_num", String), schema=self.schema or None)
        return select(table.c.version_num)

    @classmethod
    def at(cls, url: str, engine: Engine | None, schema: str, timeout: object) -> "Server":
        """What is at a URL, or behind an engine. Raises InvalidField."""
        named = _schema_name(schema)
        if engine is None:
            return cls(_checked(url), seconds(timeout), named)
        if url:
            raise InvalidField("url", "…", "left out where an engine is given")
        if (engine.dialect.name, engine.dialect.driver) != ("postgresql", "psycopg"):
            raise InvalidField("engine", engine, "one of SQLAlchemy on postgresql+psycopg")
        to = engine.url
        told = {"host": to.host, "port": to.port, "user": to.username, "dbname": to.database}
        known = {name: str(value) for name, value in told.items() if value}
        # Its own transactions begin where it says so; those of cartcore, where `begin` does.
        lent = engine.execution_options(isolation_level="AUTOCOMMIT", **{MARK: object()})
        return cls(known, seconds(timeout), named, lent)

    @property
    def prepares(self) -> bool:
        """Whether statements can be prepared: the application may have reasons against it."""
        return self.lent is None

    @property
    def where(self) -> str:
        """The database, without the password."""
        shown = ("host", "port", "user", "dbname")
        told = {key: value for key, value in self.conninfo.items() if key in shown}
        return make_conninfo("", **told) or "the default database of libpq"

    def engine(self, **options: Any) -> Engine:
        """Make an engine on the database, or take the application's."""
        if self.lent is not None:
            return self.lent
        return create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            use_native_hstore=False,  # nothing to look for
            **options,
        )

    def _connect(self) -> psycopg.Connection:
        wanted = {
            "connect_timeout": str(max(2, math.ceil(self.timeout))),
            "fallback_application_name": "cartcore",
            **self.conninfo,
            "client_encoding": "utf8",
        }
        # Transactions begin where `begin` and `begin_writing` say so, and nowhere else.
        # Plans are kept of what is carried out again and again (`allow_driver`); not, as psycopg
        # would, of a search that was made five times: there it matters what is looked for.
        connection = psycopg.connect(
            make_conninfo("", **wanted), autocommit=True, prepare_threshold=sys.maxsize
        )
        try:
            connection.execute(
                "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[])"
                " AS settings (name, value)",
                [list(self._settings), list(self._settings.values())],
            )
            connection.execute(_DURABLE)
            if self.schema:
                connection.execute(_SEARCHED, [self.schema])
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def _settings(self) -> dict[str, str]:
        return {
            "TimeZone": "UTC",  # a time in any other can be after the year 9999
            "DateStyle": "ISO",  # the driver reads no other one
            "lock_timeout": f"{max(1, round(self.timeout * 1000))}ms",
            # The default is a rotating disk's: to walk through all of an index would be cheaper
            # than to look up one row in a hundred.
            "random_page_cost": "1.1",
            # A machine that is gone must not hold the lock for hours, as it would by default.
            "tcp_keepalives_idle": "30s",
            "tcp_keepalives_interval": "10s",
            "tcp_keepalives_count": "3",
        }

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """Connect for a moment, apart from any storage."""
        engine = self.engine(poolclass=NullPool)
        end = translate_errors(engine, self.translated)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            end()

    def begin(self, carrier: Carrier, *, writing: bool) -> None:
        """Begin a transaction: a snapshot, or for writing the only one that writes."""
        if writing:
            self.begin_writing(carrier)
        else:
            carrier.carry_out(_BEGIN, {})
            self._set(carrier.connection)
        # Each time: a newer program may have changed the schema since the storage was opened. For
        # a reader this is also the first look at the data, which is what makes the snapshot.
        rows = carrier.carry_out(self._beginning, {}).rows
        found = self._a_version([version for version, _ in rows])
        if found != sql_schema.VERSION:
            raise SchemaMismatch(self.where, found, sql_schema.VERSION)
        carrier.connection.info[_SEEN] = rows[0][1]

    def committed_state(self, carrier: Carrier) -> object:
        """Return the snapshot that the transaction began with: which others it sees committed."""
        return carrier.connection.info[_SEEN]

    def _set(self, connection: Connection) -> None:
        """Set for this transaction what a connection of the application is not set to."""
        if self.lent is None:
            return
        for name, value in self._settings.items():
            if not name.startswith("tcp_"):
                connection.execute(select(func.set_config(name, value, true())))
        connection.exec_driver_sql(_DURABLE.replace("false", "true"))
        if self.schema:
            connection.exec_driver_sql(_SEARCHED.replace("false", "true"), (self.schema,))

    def check_work(self, carrier: Carrier) -> None:
        """Raise StorageUnavailable if an earlier error has undone the transaction."""
        # After one PostgreSQL answers COMMIT by undoing everything, which is no error to it.
        driver_connection = carrier.connection.connection.driver_connection
        if not isinstance(driver_connection, psycopg.Connection):
            return
        status = driver_connection.info.transaction_status
        if status is TransactionStatus.INERROR:
            raise StorageUnavailable(f"{self.where}: an earlier error has undone this work")
        if status is TransactionStatus.IDLE:  # by a statement of the application
            raise StorageUnavailable(f"{self.where}: the transaction has ended during this work")

    def commit(self, carrier: Carrier) -> None:
        """Commit. Raises StorageUnavailable, or OutcomeUnknown."""
        try:
            carrier.carry_out(_COMMIT, {})
        except StorageUnavailable as error:
            if carrier.connection.invalidated:  # lost: before the server did it, or after that
                raise OutcomeUnknown(error.detail) from error
            raise

    def begin_writing(self, carrier: Carrier) -> None:
        """Begin a transaction for writing, when nobody else writes."""
        if self.lent is None:
            carrier.carry_out(_BEGIN_LOCKED, {})
            return
        carrier.carry_out(_BEGIN_WRITING, {})
        self._set(carrier.connection)
        carrier.carry_out(_LOCK, {})

    def make_schema(self, connection: Connection) -> None:
        """Make the schema if it is not there, and see no other one in this transaction."""
        if self.schema:
            connection.execute(CreateSchema(self.schema, if_not_exists=True))
            only = func.set_config("search_path", func.quote_ident(self.schema), true())
            connection.execute(select(only))

    def _there(self, table: str) -> ColumnElement[Any]:
        """A table of this name, in the schema if there is one; NULL if it is not there."""
        if not self.schema:
            return func.to_regclass(table)
        return func.to_regclass(func.quote_ident(self.schema) + f".{table}")

    def version(self, connection: Connection) -> int:
        """Return the version that the tables have; 0 if there are none."""
        there = self._there(sql_schema.schema_version.name)
        return self._version(connection) if connection.scalar(select(there)) else 0

    def _version(self, connection: Connection) -> int:
        return self._a_version(connection.scalars(self._versions).all())

    def _a_version(self, revisions: Sequence[str]) -> int:
        if len(revisions) != 1 or not revisions[0].isdecimal():
            raise ForeignStorage(self.where, f"it is damaged: its versions are {revisions}")
        return int(revisions[0])

    def check(self, connection: Connection) -> None:
        """Refuse a database that cannot be used, or is not ready."""
        self.check_encoding(connection)
        found = self.version(connection)
        if found != sql_schema.VERSION:
            raise SchemaMismatch(self.where, found, sql_schema.VERSION)
        tables = {t: self._there(t) for t in sql_schema.metadata.tables}
        query = select(*(found.label(name) for name, found in tables.items()))
        for name, there in connection.execute(query).mappings().one().items():
            if there is None:
                raise ForeignStorage(self.where, f"it is damaged: it lacks the table {name}")

    def check_encoding(self, connection: Connection) -> None:
        """Refuse a database that cannot hold every text."""
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise ForeignStorage(self.where, f"its encoding must be UTF8, not {encoding}")

    def translated(self, error: BaseException) -> Exception | None:
        """Return what an error of the driver means; None for one of another origin."""
        return translated(
            error, self.where, f"others have used {self.where} for over {self.timeout:g} seconds"
        )


def translated(error: BaseException, where: str, busy: str) -> Exception | None:
    """Return what an error of the driver means; None for one of another origin.

    Args:
        error: the error.
        where: what the storage is called in errors.
        busy: what to say where others had the lock for too long.
    """
    if not isinstance(error, psycopg.Error):
        return None
    told = str(error).partition("\n")[0]
    if isinstance(error, errors.UniqueViolation):
        return KeyTaken()
    if isinstance(error, errors.LockNotAvailable):
        return StorageBusy(busy)
    if isinstance(error, _BUSY):
        return StorageBusy(f"{where}: {told}")
    if isinstance(error, errors.DuplicateTable):
        return ForeignStorage(where, f"another application uses it: {told}")
    if isinstance(error, _DAMAGED):
        return ForeignStorage(where, f"it is damaged: {told}")
    return StorageUnavailable(f"{where}: {told}")


def _schema_name(name: str) -> str:
    """Return the name of a schema, or nothing. Raises InvalidField."""
    fits = name.isprintable() and len(name.encode(errors="replace")) <= _LONGEST_NAME
    if not fits or name.startswith("pg_"):
        expected = f"the name of a schema: at most {_LONGEST_NAME} bytes, and none of PostgreSQL's"
        raise InvalidField("schema", name, expected)
    return name


def _checked(url: str) -> Mapping[str, str]:
    """Return the parts of a connection text."""
    if isinstance(url, str) and url.strip() and "\0" not in url:
        with suppress(psycopg.ProgrammingError, UnicodeEncodeError):
            return {key: str(value) for key, value in conninfo_to_dict(url).items()}
    # It is not shown: it can hold a password.
    shown = "…" if isinstance(url, str) else url
    raise InvalidField("url", shown, "one such as postgresql://user@host/database")
