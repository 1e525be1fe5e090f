"""Paths of files, as callers name them."""

import os
from pathlib import Path

from cartcore.errors import InvalidField, StorageUnavailable


def absolute(path: str | os.PathLike[str]) -> Path:
    """Return an absolute path, which a later change of the working directory does not touch.

    Raises:
        InvalidField: no path of a file.
        StorageUnavailable: a relative path, and the working directory is gone.
    """
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    text = str.__str__(text) if isinstance(text, str) else ""
    usable = text and text != ":memory:" and "\0" not in text
    try:
        if usable:
            os.fsencode(text)
    except UnicodeEncodeError:  # half a character (a surrogate) is in no name
        usable = False
    if not usable:
        instead = " (or use MemoryStorage)" if text == ":memory:" else ""
        raise InvalidField("path", path, f"the path of a file{instead}")
    try:
        return Path(text).absolute()
    except OSError as error:
        raise StorageUnavailable(f"{text}: the working directory is gone") from error
