"""The records that were read last, so that what has not changed need not be read again."""

from collections import OrderedDict
from collections.abc import Callable
from sys import getsizeof
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

_Entry = tuple[str, Any]
"""A document, and the record that was read from it."""


class Remembered:
    """Reads documents, and keeps of each record the version that was read last.

    Records are frozen: what was read from a text can be given again for the same text. Of those
    that were not asked for the longest, as many go as are needed for all texts together to stay
    below `most` bytes. The records take a few times as much as their texts.
    """

    def __init__(self, read: Callable[[str, type[Any]], Any], most: int) -> None:
        self._read = read
        self._most = most
        self._entries: OrderedDict[tuple[type[Any], str], _Entry] = OrderedDict()
        self._lock = Lock()
        self.size = 0
        """Bytes of all texts that are kept."""

    def __call__(self, record_id: str, document: str, kind: type[T]) -> T:
        """Return the record that a document of this id says. Raises what reading raises."""
        key = (kind, record_id)
        with self._lock:
            known = self._entries.get(key)
            if known is not None and known[0] == document:
                self._entries.move_to_end(key)
                found: T = known[1]
                return found
        record: T = self._read(document, kind)
        with self._lock:
            self._keep(key, (document, record))
        return record

    def _keep(self, key: tuple[type[Any], str], entry: _Entry) -> None:
        before = self._entries.pop(key, None)
        self.size -= 0 if before is None else getsizeof(before[0])
        self._entries[key] = entry
        self.size += getsizeof(entry[0])
        while self.size > self._most:
            _, (document, _) = self._entries.popitem(last=False)
            self.size -= getsizeof(document)
