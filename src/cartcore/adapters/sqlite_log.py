"""When SQLite's write-ahead log is copied into the file: only by who has the lock of writers.

By itself SQLite does that after a commit, when the lock is free again. From 3.7.0 to 3.51.2 (but
not 3.44.6 and 3.50.7) a commit of another connection at that very moment can make it believe that a
part of the log was copied which was not: those pages are lost, and the file is damaged
(https://sqlite.org/wal.html#walresetbug). Nobody can commit while the lock is held; so here the
log is copied while a unit of work holds it that has not written anything yet.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from cartcore.errors import StorageError

LONGEST = 4 * 2**20
"""The bytes of a log from which on it is copied: about what SQLite does by itself."""

SETTINGS = (
    "wal_autocheckpoint = 0",
    # When a log was copied, the next one begins at its start. It is cut off then, or else its size
    # would say nothing.
    f"journal_size_limit = {LONGEST // 2}",
)
"""What each connection is told."""


def copied(log: Path, connect: Callable[[], sqlite3.Connection]) -> bool:
    """Copy the log into the file, if it is long. Say whether all of it was copied.

    The caller has the lock of writers, and wrote nothing yet.
    """
    try:
        if log.stat().st_size <= LONGEST:
            return False
    except OSError:
        return False
    # That it cannot be copied now is no fault of this work: it stays, and the next one will try.
    with suppress(sqlite3.Error, StorageError), closing(connect()) as connection:
        connection.execute("PRAGMA user_version").fetchall()  # opens the log
        [_, frames, done] = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return bool(frames == done)
    return False
