"""A copy of an SQLite storage that is in use, by SQLite's own means.

A file is not all of a storage: what was committed last is in the log beside it, and a copy of the
file alone opens without a word as a whole storage of some time ago.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cartcore.adapters.paths import absolute
from cartcore.adapters.sqlite_file import APPLICATION_ID, check_one_name, logs
from cartcore.errors import ForeignStorage, InvalidField, StorageUnavailable
from cartcore.values.arguments import check_arguments
from cartcore.values.calls import tell

Progress = Callable[[int, int], None]
"""Is told how many pages are copied, and of how many."""

_PAGES = 1024  # are copied at a time


@check_arguments
def back_up(
    path: str | os.PathLike[str], copy: str | os.PathLike[str], *, progress: Progress | None = None
) -> None:
    """Copy the SQLite storage at `path` to the new file `copy`, while it is in use.

    The copy has what was committed when the copying began, all of it, and is one file. Nobody has
    to wait. It takes its name when all of it is on the disk, and only its owner can read it.

    Args:
        path: the file of a storage. It is neither changed nor migrated.
        copy: the name of a file that is not there.
        progress: is told how many pages are copied, and of how many.

    Raises:
        InvalidField: no path, or one where a file or the log of one is already.
        StorageUnavailable: a file that is not there, or cannot be read or written.
        ForeignStorage: not a storage of cartcore, or a damaged one.
    """
    source, target = absolute(path), absolute(copy)
    try:
        if not source.is_file():
            raise StorageUnavailable(f"there is no file {source}")
        check_one_name(source, source.stat())
        if any(os.path.lexists(there) for there in (target, *logs(target))):
            raise InvalidField("copy", str(target), "the path of a file that does not exist yet")
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
            made = Path(folder) / target.name
            _copy(source, made, progress)
            made.chmod(0o600)
            made.rename(target)
            if os.name == "posix":  # elsewhere folders cannot be opened
                _sync(target.parent)
    except OSError as error:
        raise StorageUnavailable(str(error)) from error


def _copy(source: Path, made: Path, progress: Progress | None) -> None:
    def told(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            tell(progress, "progress", total - remaining, total)

    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True)) as found,
            closing(sqlite3.connect(made, isolation_level=None)) as copy,
        ):
            found.execute("PRAGMA query_only = ON")
            found.execute("BEGIN")  # one view, however long it takes
            [application] = found.execute("PRAGMA application_id").fetchone()
            if application != APPLICATION_ID:
                raise ForeignStorage(str(source), "it is no file of cartcore's")
            found.backup(copy, pages=_PAGES, progress=told)
            # Without this it would ask for a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE").fetchone()
    except (sqlite3.OperationalError, UnicodeDecodeError) as error:
        raise StorageUnavailable(f"{source}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise ForeignStorage(str(source), str(error)) from error
    _sync(made)


def _sync(path: Path) -> None:
    """See that a file, or the names in a folder, are on the disk."""
    number = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
