"""Storage in an SQLite file: needs no set-up, and several processes can share it.

Readers never wait for writers (write-ahead log). One unit of work writes at a time: it takes the
lock when it begins (`BEGIN IMMEDIATE`), since a transaction that reads first and writes later would
overwrite what others stored in between. What is committed is on the disk.
"""

import os
import re
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import attrs
from sqlalchemy import Connection, create_engine, inspect

from cartcore.adapters import sqlite_log
from cartcore.adapters.paths import absolute
from cartcore.adapters.sql import migrations, schema
from cartcore.adapters.sql.carriers import Carrier, carrier_on
from cartcore.adapters.sql.driver_errors import KeyTaken
from cartcore.adapters.sql.pooling import POOL_SIZE, pooling
from cartcore.adapters.sql.statements import Statement
from cartcore.adapters.sql.storage import SqlStorage
from cartcore.adapters.sqlite_file import APPLICATION_ID, Identity, Seen, check_one_name, logs, look
from cartcore.documents.serializer import Serializer
from cartcore.errors import (
    ForeignStorage,
    OutcomeUnknown,
    SchemaMismatch,
    StorageBusy,
    StorageUnavailable,
)
from cartcore.promotions.rulebook import Rulebook
from cartcore.rules import load_rulebook
from cartcore.storage.paging import seconds
from cartcore.values.arguments import check_arguments

_HEADER_SIZE = 100
_PRIMARY_CODE = 0xFF  # the rest of an SQLite error code tells variants apart
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT}
# Of these SQLite has no codes: texts that are none, tables and columns that are not there, and
# tables in a file that says it has none.
_TELLS_OF_DAMAGE = re.compile(
    "decode to UTF-8|no such (table|column)|has no column named|table .* already exists"
)
_LOG = "cartcore_log"  # where a connection keeps which log it has
_OWN = "cartcore_own"  # where it keeps what tells it from others, and from what it was before
_BEGIN, _BEGIN_WRITING, _COMMIT, _ROLLBACK, _USER_VERSION, _DATA_VERSION = (
    Statement.said(each)
    for each in (
        *("BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"),
        *("PRAGMA user_version", "PRAGMA data_version"),
    )
)
_TAKEN = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


class SQLiteStorage(SqlStorage):
    """Storage in the SQLite file at `path`, which is made if there is none or an empty one.

    A file of an older cartcore is brought up to date; the older cartcore cannot open it any more.

    It can be used from several threads, but not across a fork: open it in each process. Close it
    at the end, or use it in a `with` statement.

    Args:
        path: the file. `":memory:"` is refused: `MemoryStorage` keeps things in memory.
        rulebook: the types that stored promotions can have; the built-in ones if left out.
        timeout: how many seconds to wait for other writers, and for a connection.
        pool_size: how many connections are kept for the next units of work.
        max_connections: how many there are at most; as many as are needed if left out.

    Raises:
        InvalidField: no path of a file, or numbers of connections that cannot be.
        ForeignStorage: no SQLite file, one of another application, or a damaged one. It is left
            as it was.
        SchemaMismatch: a file of a newer cartcore. It is left as it was.
        StorageUnavailable: a file that cannot be made, read or written.
        StorageBusy: the file is new, and others use it for longer than the timeout.
    """

    @check_arguments
    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        rulebook: Rulebook | None = None,
        timeout: float = 10.0,
        pool_size: int = POOL_SIZE,
        max_connections: int | None = None,
    ) -> None:
        backend = _File(absolute(path), seconds(timeout))
        pool = pooling(pool_size, max_connections, backend.timeout)
        backend.identify()
        # Connections may wander from thread to thread.
        engine = create_engine("sqlite://", creator=backend.connect, **pool)
        super().__init__(
            engine,
            backend,
            Serializer(load_rulebook() if rulebook is None else rulebook, keep_opaque=True),
        )
        try:
            with engine.connect() as connection:
                backend.prepare(connection)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"SQLiteStorage({self._backend.where!r})"


class _Connection(sqlite3.Connection):
    """A connection that ends its transaction when it is closed.

    SQLite itself would keep it, and the lock, until the last cursor is gone: one that an interrupt
    has left in a traceback lasts until Python collects garbage.
    """

    def close(self) -> None:
        try:
            with suppress(sqlite3.Error):
                self.rollback()
        finally:
            super().close()


@attrs.define
class _File:
    """The file as the backend of a storage."""

    path: Path
    timeout: float
    keeps_order: bool = True
    prepares: bool = False  # the driver itself keeps the statements of last
    pauses: tuple[float, ...] = (0.0,)  # a kept connection may be one that was closed
    _identity: Identity | None = None
    _logs: tuple[Path, Path] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._logs = logs(self.path)

    @property
    def where(self) -> str:
        return str(self.path)

    def identify(self) -> None:
        """Refuse what is not a storage, and make the file if it is not there.

        Somebody else's file is told by its header, read without any lock, log or other trace. Only
        SQLite opens the file: if others closed it, SQLite's locks would be gone (POSIX).
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._check_no_log()
            self._make()
            self._identity = look(self.path, self._logs[0]).database
            return
        except OSError as error:
            raise StorageUnavailable(str(error)) from error
        self._identity = status.st_dev, status.st_ino
        if not stat.S_ISREG(status.st_mode):
            raise StorageUnavailable(f"{self.path} is not a file")
        check_one_name(self.path, status)
        if not os.access(self.path, os.R_OK | os.W_OK):
            raise StorageUnavailable(f"{self.path} cannot be read and written by this user")
        if not status.st_size:
            self._check_no_log()
            return
        try:
            application_id, version = self._header()
        except ForeignStorage:
            # Another process may just have begun to write. Or the power failed when one did: then
            # the file is what SQLite makes of it with its log, and that can be an empty one.
            if self._has_log():
                self._repair()
                if not self.path.stat().st_size:
                    return
            application_id, version = self._header()
        if application_id != APPLICATION_ID:
            raise ForeignStorage(self.where, "it is an SQLite file of another application")
        if version > schema.VERSION:  # an older one may be out of date: the log is not read here
            self._check_version(version)

    def _header(self) -> tuple[int, int]:
        """Return application_id and user_version as they stand in the file itself."""
        if self.path.stat().st_size < _HEADER_SIZE:  # SQLite would take it for an empty one
            raise ForeignStorage(self.where, "it is not an SQLite file")
        # Being written, or where a process was killed at that, a file can be shorter than its
        # header says. SQLite accepts that in order to repair; a file that nobody writes is damaged.
        with self._opened("mode=ro&immutable=1") as connection:
            connection.execute(f"PRAGMA writable_schema = {int(self._has_log())}")
            [application_id] = connection.execute("PRAGMA application_id").fetchone()
            [version] = connection.execute("PRAGMA user_version").fetchone()
        return application_id, version

    def _check_no_log(self) -> None:
        """Refuse a log without its file: SQLite would delete it, and what it has with it."""
        log, _ = self._logs
        if log.exists():
            problem = f"the log {log} is there, and its file is not: put that back (or delete both)"
            raise ForeignStorage(self.where, problem)

    def _has_log(self) -> bool:
        """Whether SQLite left a log or a journal beside the file."""
        return any(log.exists() for log in self._logs)

    def _repair(self) -> None:
        """Let SQLite put things right by what it logged: it does that when it reads."""
        with self._opened("mode=rw") as connection:
            connection.execute("PRAGMA schema_version")

    def _make(self) -> None:
        if not self.path.parent.is_dir():
            raise StorageUnavailable(f"{self.path.parent} is not a directory")
        with self._opened("mode=rwc"):
            pass
        # It is going to hold personal data, and so are the logs, which take its mode. Where there
        # are no modes, or another user was faster, it stays as it is.
        with suppress(OSError):
            self.path.chmod(0o600)

    def connect(self) -> sqlite3.Connection:
        # Not made if missing: a file that has vanished must not come back as an empty one.
        connection = self._connect("mode=rw")
        try:
            self._check_place(look(self.path, self._logs[0]))
            for setting in ("foreign_keys = ON", "synchronous = FULL", *sqlite_log.SETTINGS):
                connection.execute(f"PRAGMA {setting}")
        except BaseException as error:
            connection.close()
            raise (self.translated(error) or error) from error
        return connection

    def _connect(self, options: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.as_uri()}?{options}",
            uri=True,
            timeout=self.timeout,  # SQLite's busy_timeout
            isolation_level=None,  # transactions begin where `begin` says so, and nowhere else
            check_same_thread=False,
            factory=_Connection,
        )

    @contextmanager
    def _opened(self, options: str) -> Iterator[sqlite3.Connection]:
        """Open the file for a moment, apart from the engine."""
        try:
            with closing(self._connect(options)) as connection:
                yield connection
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise (self.translated(error) or error) from error

    def begin(self, carrier: Carrier, *, writing: bool) -> None:
        begin = _BEGIN_WRITING if writing else _BEGIN
        carrier.carry_out(begin, {})
        if writing and sqlite_log.copied(self._logs[0], self.connect):
            # The log begins anew only with a transaction that found all of it copied.
            carrier.carry_out(_ROLLBACK, {})
            carrier.carry_out(begin, {})
        # Each time: a newer program may have changed the schema since the file was opened. For
        # a reader this is also the first look at the data, which is what makes the snapshot.
        self._check_version(_version(carrier))
        self._check_files(carrier)

    def committed_state(self, carrier: Carrier) -> object:
        # SQLite tells a connection of what others have committed, and nothing of its own commits.
        [(others,)] = carrier.carry_out(_DATA_VERSION, {}).rows
        return carrier.connection.info.setdefault(_OWN, object()), others

    def check_work(self, carrier: Carrier) -> None:
        driver = carrier.connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection) and not driver.in_transaction:
            told = "the transaction has ended during this work, or an earlier error has undone it"
            raise StorageUnavailable(f"{self.where}: {told}")

    def commit(self, carrier: Carrier) -> None:
        carrier.connection.info[_OWN] = object()
        self._check_files(carrier)
        try:
            carrier.carry_out(_COMMIT, {})
        except StorageUnavailable as error:
            if getattr(error.__cause__, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_FSYNC:
                # It may be on the disk or not, and a crash now would bring it to light.
                raise OutcomeUnknown(error.detail) from error
            raise
        try:
            self._check_files(carrier)
        except StorageUnavailable as error:
            raise OutcomeUnknown(error.detail) from error

    def _check_files(self, carrier: Carrier) -> None:
        """See that what a connection has open is what is at the path, the log included."""
        seen = look(self.path, self._logs[0])
        self._check_place(seen)
        # As long as a connection is open, SQLite itself never makes another log.
        if carrier.connection.info.setdefault(_LOG, seen.log) != seen.log:
            problem = f"the log {self._logs[0]} was moved, deleted or replaced"
            raise StorageUnavailable(f"{problem}, and {self.where} is of no use without it")

    def _check_place(self, seen: Seen) -> None:
        if seen.database != self._identity:
            problem = "was moved, deleted or replaced since it was opened"
            raise StorageUnavailable(f"{self.where} {problem}: open the storage again")

    def prepare(self, connection: Connection) -> None:
        """Bring the tables to the present version, see that all are there, turn the log on."""
        with connection.begin():
            connection.exec_driver_sql("BEGIN")
            found = _version(carrier_on(connection))
        if found < schema.VERSION:
            with connection.begin():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                found = _version(carrier_on(connection))  # another may have been faster
                migrations.bring_up(connection, found, self.where)
                if found < schema.VERSION:
                    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.exec_driver_sql(f"PRAGMA user_version = {schema.VERSION}")
        with connection.begin():
            connection.exec_driver_sql("BEGIN")
            self._check_version(_version(carrier_on(connection)))
            missing = schema.metadata.tables.keys() - set(inspect(connection).get_table_names())
        if missing:
            raise ForeignStorage(self.where, f"it is damaged: it lacks the table {min(missing)}")
        self._log_ahead(connection)

    def _log_ahead(self, connection: Connection) -> None:
        """Let readers and the writer work side by side; the file remembers that."""
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                mode = _pragma(connection, "journal_mode = WAL")
                break
            except StorageBusy:  # SQLite does not wait for this by itself
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        if mode != "wal":
            raise StorageUnavailable(f"{self.where}: a write-ahead log is not possible there")

    def _check_version(self, found: int) -> None:
        if found != schema.VERSION:
            raise SchemaMismatch(self.where, found, schema.VERSION)

    def translated(self, error: BaseException) -> Exception | None:
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
    if isinstance(error, UnicodeDecodeError):  # the text of a schema, told in an error of SQLite
        return ForeignStorage(where, f"it is damaged: {error}")
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", 0)  # the sqlite3 module has errors of its own
    if code in _TAKEN:
        return KeyTaken()
    if code & _PRIMARY_CODE in _BUSY:
        return StorageBusy(busy)
    if code & _PRIMARY_CODE == sqlite3.SQLITE_NOTADB:
        return ForeignStorage(where, "it is not an SQLite file")
    if code & _PRIMARY_CODE in _DAMAGED or _TELLS_OF_DAMAGE.search(str(error)):
        return ForeignStorage(where, f"it is damaged: {error}")
    return StorageUnavailable(f"{where}: {error}")


def _pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def _version(carrier: Carrier) -> int:
    """The version of the schema, which SQLite keeps in the header of the file."""
    [(version,)] = carrier.carry_out(_USER_VERSION, {}).rows
    return int(version)
