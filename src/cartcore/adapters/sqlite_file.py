"""The file of an SQLite storage: which one it is, and whether it is still there.

SQLite looks at the path once, when it opens a file. On the systems of the POSIX family a file that
was moved, deleted or replaced by another one can be written on: nobody ever reads that again.
"""

import os
from pathlib import Path

import attrs

from cartcore.errors import StorageUnavailable

APPLICATION_ID = 0x63617274
"""What tells cartcore's files from other SQLite files ("cart" in ASCII)."""

Identity = tuple[int, int]
"""The device and the number on it: what tells a file from all others while it exists."""

_LOG = "-wal"
_JOURNAL = "-journal"


@attrs.frozen
class Seen:
    """Which files were seen at a path: the database, and the log that SQLite keeps beside it."""

    database: Identity | None
    log: Identity | None


def logs(path: Path) -> tuple[Path, Path]:
    """Return where SQLite keeps the write-ahead log and the rollback journal of a file."""
    # Beside the file itself, not beside a link to it.
    real = os.path.realpath(path)
    return Path(real + _LOG), Path(real + _JOURNAL)


def check_one_name(path: Path, status: os.stat_result) -> None:
    """Refuse a file with hard links.

    SQLite keeps the log beside the name by which it opened a file. By another name nobody sees what
    was committed last, and both logs are written into the same pages.

    Raises:
        StorageUnavailable: it has more than one name.
    """
    if status.st_nlink > 1:
        problem = (
            f"{path} has {status.st_nlink} names (hard links), and each would have its own log"
        )
        raise StorageUnavailable(f"{problem}: keep one of them (`cartcore backup` makes copies)")


def look(path: Path, log: Path) -> Seen:
    """Say which files are there now."""
    return Seen(_identity(path), _identity(log))


def _identity(path: Path) -> Identity | None:
    try:
        status = os.stat(path)  # noqa: PTH116  (it is asked for several times in each unit of work)
    except OSError:
        return None
    return status.st_dev, status.st_ino
