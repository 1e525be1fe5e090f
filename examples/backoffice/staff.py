"""Who may sign in, and who is signed in: an SQLite file of its own, beside that of the orders."""

import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TypeGuard

import attrs
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from backoffice.roles import CLERK, ROLES, Role
from cartcore.errors.sentences import counted

SESSION_SECONDS = 12 * 3600
"""How long a sign-in lasts."""

WINDOW_SECONDS = 15 * 60
MOST_FAILURES = 5
MOST_FAILURES_OF_ADDRESS = 20
MOST_FAILURES_OF_NAME = 50
SHORTEST_PASSWORD = 12
_LOCK_SECONDS = 2

_TABLES = """
CREATE TABLE IF NOT EXISTS staff (name TEXT PRIMARY KEY, password_hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY, name TEXT NOT NULL REFERENCES staff, csrf TEXT NOT NULL,
    expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS failures (name TEXT NOT NULL, address TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS failures_by_address ON failures (address, at);
CREATE INDEX IF NOT EXISTS failures_by_name ON failures (name, at);
"""
_ROLE = "ALTER TABLE staff ADD COLUMN role TEXT NOT NULL DEFAULT 'supervisor'"
"""Accounts that are older than roles keep every right."""

LOG = logging.getLogger("backoffice.staff")


class TooManyFailures(Exception):
    """Somebody is guessing; `wait` is for how many seconds nothing more is tried."""

    def __init__(self, wait: int) -> None:
        super().__init__(
            f"Too many failed attempts: try again in {counted(max(wait // 60, 1), 'minute')}"
        )
        self.wait = wait


class StaffUnavailable(Exception):
    """The file of accounts is locked, full or gone: nothing was changed."""


class NoSuchAccount(Exception):
    """There is no account of this name."""

    def __init__(self, name: str, names: list[str]) -> None:
        super().__init__(f"there is no account {name!r}; there are: {', '.join(names) or 'none'}")


@attrs.frozen
class Session:
    """A sign-in: whose it is, the token that its forms carry, and what the account may do."""

    name: str
    csrf: str
    role: Role


class Staff:
    """The accounts and sessions in the file at `path`, made if it is not there."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._path = path
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        # Checked for names that do not exist, so that these take as long as wrong passwords.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        path.touch(mode=0o600)
        with self._opened() as db:
            db.execute("PRAGMA journal_mode = WAL")  # Pages do not wait while somebody signs in.
            db.executescript(_TABLES)
            if "role" not in {column for _, column, *_ in db.execute("PRAGMA table_info(staff)")}:
                db.execute(_ROLE)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_LOCK_SECONDS)) as db, db:
                yield db
        except sqlite3.Error as error:
            LOG.error("the file of accounts cannot be used: %s", error)  # noqa: TRY400  (no trace)
            raise StaffUnavailable from error

    @property
    def folder(self) -> Path:
        """Where the file is."""
        return self._path.parent

    def names(self) -> list[str]:
        """Everybody who may sign in."""
        with self._opened() as db:
            return [name for (name,) in db.execute("SELECT name FROM staff ORDER BY name")]

    def add(self, name: str, password: str, role: Role = CLERK) -> None:
        """Make an account.

        Raises:
            ValueError: the password is too short, or there is an account of this name.
        """
        hashed = self._hashed_password(password)
        with self._opened() as db:
            values = (name, hashed, role.name)
            query = "INSERT INTO staff (name, password_hash, role) VALUES (?, ?, ?)"
            if not db.execute(f"{query} ON CONFLICT DO NOTHING", values).rowcount:
                message = f"there is an account {name!r} already"
                raise ValueError(message)

    def set_password(self, name: str, password: str) -> None:
        """Give an account a new password: its sessions end, and a lock of it is lifted.

        Raises:
            ValueError: the password is too short.
            NoSuchAccount: nobody has this name.
        """
        hashed = self._hashed_password(password)
        names = self.names()
        with self._opened() as db:
            query = "UPDATE staff SET password_hash = ? WHERE name = ?"
            if not db.execute(query, (hashed, name)).rowcount:
                raise NoSuchAccount(name, names)
            db.execute("DELETE FROM sessions WHERE name = ?", (name,))
            db.execute("DELETE FROM failures WHERE name = ?", (name,))

    def _hashed_password(self, password: str) -> str:
        if len(password) < SHORTEST_PASSWORD:
            message = f"a password needs at least {SHORTEST_PASSWORD} characters"
            raise ValueError(message)
        return self._hasher.hash(password)

    def set_role(self, name: str, role: Role) -> None:
        """Give an account another role, from its next page on. Raises NoSuchAccount."""
        names = self.names()
        with self._opened() as db:
            if not db.execute(
                "UPDATE staff SET role = ? WHERE name = ?", (role.name, name)
            ).rowcount:
                raise NoSuchAccount(name, names)

    def sign_in(
        self, name: str, password: str, address: str, *, instead_of: str = ""
    ) -> str | None:
        """Return the token of a new session; None for a wrong name or password.

        Takes as long as a password hash does. The session `instead_of`, that this browser had
        before, is ended.

        Raises:
            TooManyFailures: from this address, for this name from it, or for this name from all.
            StaffUnavailable: nothing can be looked up.
        """
        now = self._clock()
        try:
            row = self._try_for(name, address, now)
        except TooManyFailures as error:
            LOG.warning("sign-in of %r from %s refused: %s", name, address, error)
            raise
        if not self._fits(row, password):
            LOG.warning("sign-in of %r from %s failed", name, address)
            return None
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        with self._opened() as db:
            if self._hasher.check_needs_rehash(row[0]):
                query = "UPDATE staff SET password_hash = ? WHERE name = ?"
                db.execute(query, (self._hasher.hash(password), name))
            db.execute("DELETE FROM failures WHERE address = ? AND name = ?", (address, name))
            query = "DELETE FROM sessions WHERE expires_at <= ? OR token_hash = ?"
            db.execute(query, (now, _hashed(instead_of)))
            session = (_hashed(token), name, csrf, now + SESSION_SECONDS)
            db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", session)
        LOG.info("%r signed in from %s", name, address)
        return token

    def _try_for(self, name: str, address: str, now: float) -> tuple[str] | None:
        """Count an attempt, and return the hash that a password is compared with."""
        with self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("DELETE FROM failures WHERE at <= ?", (now - WINDOW_SECONDS,))
            query = "SELECT at FROM failures WHERE address = ? ORDER BY at DESC"
            self._refuse(db.execute(query, (address,)), MOST_FAILURES_OF_ADDRESS, now)
            query = "SELECT at FROM failures WHERE address = ? AND name = ? ORDER BY at DESC"
            self._refuse(db.execute(query, (address, name)), MOST_FAILURES, now)
            query = "SELECT at FROM failures WHERE name = ? ORDER BY at DESC"
            self._refuse(db.execute(query, (name,)), MOST_FAILURES_OF_NAME, now)
            # Counted before it is checked: of many guesses at once, no more than allowed get on.
            db.execute("INSERT INTO failures VALUES (?, ?, ?)", (name, address, now))
            query = "SELECT password_hash FROM staff WHERE name = ?"
            row: tuple[str] | None = db.execute(query, (name,)).fetchone()
        return row

    def _fits(self, row: tuple[str] | None, password: str) -> TypeGuard[tuple[str]]:
        try:
            self._hasher.verify(row[0] if row else self._nobody, password)
        except VerificationError:
            return False
        return row is not None

    @staticmethod
    def _refuse(failures: sqlite3.Cursor, most: int, now: float) -> None:
        times = [at for (at,) in failures]
        if len(times) >= most:
            raise TooManyFailures(int(times[most - 1] + WINDOW_SECONDS - now) + 1)

    def session(self, token: str) -> Session | None:
        """Return the session that a cookie stands for, if it is still one."""
        query = (
            "SELECT name, csrf, role FROM sessions JOIN staff USING (name) "
            "WHERE token_hash = ? AND expires_at > ?"
        )
        with self._opened() as db:
            row = db.execute(query, (_hashed(token), self._clock())).fetchone()
        return Session(row[0], row[1], ROLES[row[2]]) if row else None

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._opened() as db:
            db.execute("DELETE FROM sessions WHERE token_hash = ?", (_hashed(token),))


def _hashed(token: str) -> str:
    # The file alone must not be enough to sign in. The token is random: no slow hash is needed.
    return sha256(token.encode(errors="replace")).hexdigest()
