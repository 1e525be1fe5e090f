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
from contextlib import closing, contextmanager
from pathlib import Path

import attrs
from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.pool import QueuePool

from cartcore.adapters import migrations
from cartcore.adapters import sql_schema as schema
from cartcore.adapters.sql import KeyTaken, SqlStorage
from cartcore.errors import (
    ForeignStorage,
    InvalidField,
    SchemaMismatch,
    StorageBusy,
    StorageUnavailable,
)
from cartcore.rulebook import Rulebook
from cartcore.rules import load_rulebook
from cartcore.serialization import Serializer

APPLICATION_ID = 0x63617274
"""What tells cartcore's files from other SQLite files ("cart" in ASCII)."""

_HEADER_SIZE = 100
_PRIMARY_CODE = 0xFF  # the rest of an SQLite error code tells variants apart
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT}
# Of these SQLite has no codes: texts that are none, tables and columns that are not there, and
# tables in a file that says it has none.
_TELLS_OF_DAMAGE = re.compile(
    "decode to UTF-8|no such (table|column)|has no column named|table .* already exists"
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
        timeout: how many seconds to wait for other writers.

    Raises:
        InvalidField: no path of a file.
        ForeignStorage: no SQLite file, one of another application, or a damaged one. It is left
            as it was.
        SchemaMismatch: a file of a newer cartcore. It is left as it was.
        StorageUnavailable: a file that cannot be made, read or written.
        StorageBusy: the file is new, and others use it for longer than the timeout.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        rulebook: Rulebook | None = None,
        timeout: float = 10.0,
    ) -> None:
        backend = _File(_checked(path), timeout)
        backend.identify()
        # Connections may wander from thread to thread, and there are as many as are needed.
        engine = create_engine(
            "sqlite://", creator=backend.connect, poolclass=QueuePool, max_overflow=-1
        )
        super().__init__(engine, backend, Serializer(rulebook or load_rulebook()))
        try:
            with engine.connect() as connection:
                backend.prepare(connection)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"SQLiteStorage({self._backend.where!r})"


@attrs.frozen
class _File:
    """The file as the backend of a storage."""

    path: Path
    timeout: float
    pauses: tuple[float, ...] = ()  # there is no connection that could be lost

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
            self._make()
            return
        except OSError as error:
            raise StorageUnavailable(str(error)) from error
        if not stat.S_ISREG(status.st_mode):
            raise StorageUnavailable(f"{self.path} is not a file")
        if not os.access(self.path, os.R_OK | os.W_OK):
            raise StorageUnavailable(f"{self.path} cannot be read and written by this user")
        if not status.st_size:
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

    def _has_log(self) -> bool:
        """Whether SQLite left a log or a journal beside the file."""
        return any(Path(f"{self.path}{log}").exists() for log in ("-journal", "-wal"))

    def _repair(self) -> None:
        """Let SQLite put things right by what it logged: it does that when it reads."""
        with self._opened("mode=rw") as connection:
            connection.execute("PRAGMA schema_version")

    def _make(self) -> None:
        if not self.path.parent.is_dir():
            raise StorageUnavailable(f"{self.path.parent} is not a directory")
        with self._opened("mode=rwc"):
            pass

    def connect(self) -> sqlite3.Connection:
        # Not made if missing: a file that has vanished must not come back as an empty one.
        connection = self._connect("mode=rw")
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self, options: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{options}",
            uri=True,
            timeout=self.timeout,  # SQLite's busy_timeout
            isolation_level=None,  # transactions begin where `begin` says so, and nowhere else
            check_same_thread=False,
        )

    @contextmanager
    def _opened(self, options: str) -> Iterator[sqlite3.Connection]:
        """Open the file for a moment, apart from the engine."""
        try:
            with closing(self._connect(options)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise (self.translated(error) or error) from error

    def begin(self, connection: Connection, *, writing: bool) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
        # Each time: a newer program may have changed the schema since the file was opened. For
        # a reader this is also the first look at the data, which is what makes the snapshot.
        self._check_version(_version(connection))

    def commit(self, connection: Connection) -> None:
        connection.commit()

    def prepare(self, connection: Connection) -> None:
        """Bring the tables to the present version, see that all are there, turn the log on."""
        with connection.begin():
            connection.exec_driver_sql("BEGIN")
            found = _version(connection)
        if found < schema.VERSION:
            with connection.begin():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                found = _version(connection)  # another may have been faster
                migrations.bring_up(connection, found, self.where)
                if found < schema.VERSION:
                    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.exec_driver_sql(f"PRAGMA user_version = {schema.VERSION}")
        with connection.begin():
            self.begin(connection, writing=False)
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
        if not isinstance(error, sqlite3.Error):
            return None
        code = getattr(error, "sqlite_errorcode", 0)  # the sqlite3 module has errors of its own
        if code in _TAKEN:
            return KeyTaken()
        if code & _PRIMARY_CODE in _BUSY:
            return StorageBusy(f"others have used {self.where} for over {self.timeout:g} seconds")
        if code & _PRIMARY_CODE == sqlite3.SQLITE_NOTADB:
            return ForeignStorage(self.where, "it is not an SQLite file")
        if code & _PRIMARY_CODE in _DAMAGED or _TELLS_OF_DAMAGE.search(str(error)):
            return ForeignStorage(self.where, f"it is damaged: {error}")
        return StorageUnavailable(f"{self.where}: {error}")


def _pragma(connection: Connection, text: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {text}").scalar()


def _version(connection: Connection) -> int:
    """The version of the schema, which SQLite keeps in the header of the file."""
    return int(str(_pragma(connection, "user_version")))


def _checked(path: str | os.PathLike[str]) -> Path:
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else ""
    if not text or text == ":memory:" or "\0" in text:
        raise InvalidField("path", path, "the path of a file is needed (or use MemoryStorage)")
    return Path(text)
