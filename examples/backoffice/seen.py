"""What pages showed, in short, by the token that their forms carry.

With it a page can tell what changed since, and placing names what was agreed to. It is kept in a
file, a few kilobytes a page and at most `KEPT` pages for each member of staff: memory stays flat,
several processes share it, and a colleague who looks at much pushes out nothing of anybody else's.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from cartcore.documents.serializer import Serializer
from cartcore.entry.shown import Shown
from cartcore.entry.view import DraftView
from cartcore.errors import CartcoreError
from cartcore.orders.draft import Draft

KEPT = 50
T = TypeVar("T")

_TABLE = """
CREATE TABLE IF NOT EXISTS shown (
    owner TEXT NOT NULL, draft_id TEXT NOT NULL, token TEXT NOT NULL, at REAL NOT NULL,
    document TEXT NOT NULL, PRIMARY KEY (owner, draft_id, token)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shown_by_age ON shown (owner, at);
"""

LOG = logging.getLogger("backoffice")


class Seen:
    """The latest pages of each member of staff, in a file that is made if it is not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._serializer = Serializer()
        path.touch(mode=0o600)
        with self._opened() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_TABLE)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=1)) as db:
            db.execute("PRAGMA synchronous = OFF")  # It is worth nothing after a loss of power.
            with db:
                yield db

    def remember(self, owner: str, view: DraftView) -> str:
        """Keep what a view showed, and return its token.

        A page is shown even where it cannot be kept: then nobody can be told what changed since.
        """
        shown = view.shown
        self._keep((owner, shown.draft_id, shown.token), shown)
        return shown.token

    def _keep(self, key: tuple[str, str, str], document: Shown | Draft) -> None:
        try:
            with self._opened() as db:
                known = "SELECT 1 FROM shown WHERE owner = ? AND draft_id = ? AND token = ?"
                if not db.execute(known, key).fetchone():
                    row = (*key, time.time(), self._serializer.dumps(document))
                    db.execute("INSERT OR IGNORE INTO shown VALUES (?, ?, ?, ?, ?)", row)
                    db.execute(
                        "DELETE FROM shown WHERE owner = ? AND at < (SELECT at FROM shown "
                        "WHERE owner = ? ORDER BY at DESC LIMIT 1 OFFSET ?)",
                        (key[0], key[0], KEPT - 1),
                    )
        except sqlite3.Error as error:
            LOG.warning("what a page showed could not be kept: %s", error)

    def keep(self, owner: str, draft: Draft) -> None:
        """Keep what a draft was before a change, so that it can be taken back."""
        self._keep((owner, draft.id, f"version {draft.version}"), draft)

    def kept(self, owner: str, draft_id: str, version: int) -> Draft | None:
        """Return what a draft was at a version, if that was kept."""
        return self._recall((owner, draft_id, f"version {version}"), Draft)

    def recall(self, owner: str, draft_id: str, token: str) -> Shown | None:
        """Return what somebody was shown of a draft on the page with this token, if it is known."""
        return self._recall((owner, draft_id, token), Shown)

    def _recall(self, key: tuple[str, str, str], kind: type[T]) -> T | None:
        query = "SELECT document FROM shown WHERE owner = ? AND draft_id = ? AND token = ?"
        with suppress(sqlite3.Error, CartcoreError), self._opened() as db:
            row = db.execute(query, key).fetchone()
            return self._serializer.loads(row[0], kind) if row else None
        return None
