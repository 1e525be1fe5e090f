"""Who may sign in, and who is signed in: an SQLite file of its own, beside that of the orders."""

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import attrs
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

SESSION_SECONDS = 12 * 3600
"""How long a sign-in lasts."""

WINDOW_SECONDS = 15 * 60
MOST_FAILURES = 5
MOST_FAILURES_OF_ADDRESS = 20
SHORTEST_PASSWORD = 12

_TABLES = """
CREATE TABLE IF NOT EXISTS staff (name TEXT PRIMARY KEY, password_hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY, name TEXT NOT NULL REFERENCES staff, csrf TEXT NOT NULL,
    expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS failures (name TEXT NOT NULL, address TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS failures_by_address ON failures (address, at);
"""


class TooManyFailures(Exception):
    """Somebody is guessing; `wait` is for how many seconds nothing more is tried."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many failed attempts: try again in {max(wait // 60, 1)} minutes")
        self.wait = wait


@attrs.frozen
class Session:
    """A sign-in: whose it is, and the token that its forms carry."""

    name: str
    csrf: str


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
            db.executescript(_TABLES)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10)) as db, db:
            yield db

    @property
    def folder(self) -> Path:
        """Where the file is."""
        return self._path.parent

    def names(self) -> list[str]:
        """Everybody who may sign in."""
        with self._opened() as db:
            return [name for (name,) in db.execute("SELECT name FROM staff ORDER BY name")]

    def set_password(self, name: str, password: str) -> None:
        """Make an account, or give one a new password and end its sessions."""
        if len(password) < SHORTEST_PASSWORD:
            message = f"a password has at least {SHORTEST_PASSWORD} characters"
            raise ValueError(message)
        hashed = self._hasher.hash(password)
        with self._opened() as db:
            db.execute("INSERT OR REPLACE INTO staff VALUES (?, ?)", (name, hashed))
            db.execute("DELETE FROM sessions WHERE name = ?", (name,))

    def sign_in(self, name: str, password: str, address: str) -> str | None:
        """Return the token of a new session; None for a wrong name or password.

        Raises:
            TooManyFailures: from this address, or for this name from it.
        """
        now = self._clock()
        with self._opened() as db:
            db.execute("DELETE FROM failures WHERE at <= ?", (now - WINDOW_SECONDS,))
            query = "SELECT at FROM failures WHERE address = ? ORDER BY at DESC"
            self._refuse(db.execute(query, (address,)), MOST_FAILURES_OF_ADDRESS, now)
            query = "SELECT at FROM failures WHERE address = ? AND name = ? ORDER BY at DESC"
            self._refuse(db.execute(query, (address, name)), MOST_FAILURES, now)
            # Counted before it is checked: of many guesses at once, no more than allowed get on.
            db.execute("INSERT INTO failures VALUES (?, ?, ?)", (name, address, now))
            row = db.execute("SELECT password_hash FROM staff WHERE name = ?", (name,)).fetchone()
        try:
            self._hasher.verify(row[0] if row else self._nobody, password)
        except VerificationError:
            return None
        if row is None:
            return None
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        with self._opened() as db:
            db.execute("DELETE FROM failures WHERE address = ? AND name = ?", (address, name))
            db.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
            session = (_hashed(token), name, csrf, now + SESSION_SECONDS)
            db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", session)
        return token

    @staticmethod
    def _refuse(failures: sqlite3.Cursor, most: int, now: float) -> None:
        times = [at for (at,) in failures]
        if len(times) >= most:
            raise TooManyFailures(int(times[most - 1] + WINDOW_SECONDS - now) + 1)

    def session(self, token: str) -> Session | None:
        """Return the session that a cookie stands for, if it is still one."""
        query = "SELECT name, csrf FROM sessions WHERE token_hash = ? AND expires_at > ?"
        with self._opened() as db:
            row = db.execute(query, (_hashed(token), self._clock())).fetchone()
        return Session(*row) if row else None

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._opened() as db:
            db.execute("DELETE FROM sessions WHERE token_hash = ?", (_hashed(token),))


def _hashed(token: str) -> str:
    # The file alone must not be enough to sign in. The token is random: no slow hash is needed.
    return sha256(token.encode(errors="replace")).hexdigest()
