"""A layer beneath SQLite that notes what reaches the disk, and when SQLite waited for it.

It is registered in the very library that Python's `sqlite3` uses, as the default VFS of the
process: cartcore runs on it as it is. The files are real ones; what is written, cut off, synced and
deleted goes through to the system, and is noted.
"""

import ctypes
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import attrs


@attrs.frozen
class Made:
    """A file was made, or opened so that it would have been."""

    name: str


@attrs.frozen
class Written:
    """Some bytes were written."""

    name: str
    offset: int
    data: bytes = attrs.field(repr=False)


@attrs.frozen
class Cut:
    """A file was made to have a size."""

    name: str
    size: int


@attrs.frozen
class Synced:
    """What was written to a file is on the disk; with its folder, so is which files there are."""

    name: str
    folder: bool


@attrs.frozen
class Deleted:
    """A file was deleted; perhaps it was waited for until the folder is on the disk."""

    name: str
    synced: bool


@attrs.frozen
class Told:
    """A line was added to a journal, which is on the disk of somebody else."""

    name: str
    line: str


Event: TypeAlias = Made | Written | Cut | Synced | Deleted | Told

_OK = 0

# The beginning of the structures that SQLite documents, and how many functions follow.
_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_int),
)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", ctypes.c_void_p),
        ("zName", ctypes.c_char_p),
        ("pAppData", ctypes.c_void_p),
        ("xOpen", _OPEN),
        ("xDelete", _DELETE),
        ("others", ctypes.c_void_p * 14),
    )


class _Methods(ctypes.Structure):
    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("xClose", ctypes.c_void_p),
        ("xRead", ctypes.c_void_p),
        ("xWrite", _WRITE),
        ("xTruncate", _TRUNCATE),
        ("xSync", _SYNC),
        ("others", ctypes.c_void_p * 13),
    )


class _File(ctypes.Structure):
    _fields_ = (("pMethods", ctypes.POINTER(_Methods)),)


def _library() -> Any:
    """The SQLite library that Python's `sqlite3` uses."""
    library = ctypes.CDLL(getattr(importlib.import_module("_sqlite3"), "__file__", None))
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    library.sqlite3_vfs_find.argtypes = [ctypes.c_char_p]
    library.sqlite3_vfs_register.argtypes = [ctypes.POINTER(_Vfs), ctypes.c_int]
    return library


def is_possible() -> bool:
    """Whether the library can be reached: it cannot if it is hidden inside of Python."""
    try:
        return bool(_library().sqlite3_vfs_find(None))
    except (AttributeError, OSError):
        return False


class Recording:
    """What happens to the files in a folder, from now on until this process ends."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self._folder = folder.resolve()
        self._names: dict[int, str] = {}  # of the open files, by where SQLite has them
        self._unsynced: set[int] = set()  # of these, those whose first sync is the folder's too
        self._methods: dict[int, Any] = {}  # ours, by where those are that they go through to
        library = _library()
        below = library.sqlite3_vfs_find(None).contents
        self._below_open, self._below_delete = below.xOpen, below.xDelete
        self._vfs = _Vfs.from_buffer_copy(below)
        self._vfs.zName = b"recording"
        self._vfs.xOpen = _OPEN(self._open)
        self._vfs.xDelete = _DELETE(self._delete)
        library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)

    def _name(self, path: bytes | None) -> str:
        """The name of a file in the folder; none for all others, such as temporary ones."""
        found = Path((path or b"").decode())
        return found.name if found.parent == self._folder else ""

    def _open(self, vfs: int, path: int, file: int, flags: int, out: Any) -> int:
        answer = int(self._below_open(vfs, path, file, flags, out))
        name = self._name(ctypes.string_at(path) if path else None)
        if answer == _OK and name and not name.endswith("-shm"):
            opened = ctypes.cast(file, ctypes.POINTER(_File)).contents
            below = ctypes.addressof(opened.pMethods.contents)
            if below not in self._methods:
                self._methods[below] = self._recorded(opened.pMethods.contents)
            opened.pMethods = ctypes.pointer(self._methods[below])
            self._names[file] = name
            # SQLite's own way: the folder is synced with the first sync of a log or journal.
            (self._unsynced.add if "-" in name else self._unsynced.discard)(file)
            self.events.append(Made(name))
        return answer

    def _recorded(self, below: _Methods) -> _Methods:
        write, truncate, sync = below.xWrite, below.xTruncate, below.xSync

        def on_write(file: int, data: int, size: int, offset: int) -> int:
            return self._noted(
                write(file, data, size, offset),
                lambda: Written(self._names[file], offset, ctypes.string_at(data, size)),
            )

        def on_truncate(file: int, size: int) -> int:
            return self._noted(truncate(file, size), lambda: Cut(self._names[file], size))

        def on_sync(file: int, flags: int) -> int:
            folder = file in self._unsynced
            self._unsynced.discard(file)
            return self._noted(sync(file, flags), lambda: Synced(self._names[file], folder))

        made = _Methods.from_buffer_copy(below)
        made.xWrite, made.xTruncate, made.xSync = (
            _WRITE(on_write),
            _TRUNCATE(on_truncate),
            _SYNC(on_sync),
        )
        return made

    def _delete(self, vfs: int, path: bytes, sync_folder: int) -> int:
        name = self._name(path)
        answer = int(self._below_delete(vfs, path, sync_folder))
        return self._noted(answer, lambda: Deleted(name, bool(sync_folder))) if name else answer

    def _noted(self, answer: int, event: Callable[[], Event]) -> int:
        if answer == _OK:
            self.events.append(event())
        return answer
