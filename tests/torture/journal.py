"""What a writer knows for sure, on the disk: what it asked for, and what it was answered."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from cartcore.orders.order import Order


@attrs.frozen
class Request:
    """An order that was asked for: which draft was to be placed, with which key."""

    key: str
    draft_id: str


@attrs.frozen
class Acknowledged:
    """An order that `place` returned, in short."""

    key: str
    number: str
    total: str


@attrs.frozen
class Journal:
    """An append-only file: a line is on the disk before its writer goes on."""

    path: Path

    def ask(self, request: Request) -> None:
        """Note what will be asked for."""
        self._append({"asked": attrs.asdict(request)})

    def acknowledge(self, order: Order, *, again: bool = False) -> None:
        """Note what was answered, and if it had been placed before, and the answer was lost."""
        short = Acknowledged(order.idempotency_key, order.number, str(order.total.amount))
        self._append({"placed": attrs.asdict(short), "again": again})

    def refuse(self, request: Request) -> None:
        """Note that the order cannot be placed: its draft stays."""
        self._append({"refused": attrs.asdict(request)})

    def fail(self, problem: str) -> None:
        """Note what should not have happened."""
        self._append({"failed": {"problem": problem}})

    def _append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry | {"at": time.monotonic()})
        with self.path.open("a") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def acknowledged(self) -> list[Acknowledged]:
        """Return the orders that were answered."""
        return [Acknowledged(**each) for each in self._entries("placed")]

    def refused(self) -> list[Request]:
        """Return what was asked for in vain."""
        return [Request(**each) for each in self._entries("refused")]

    def unanswered(self) -> list[Request]:
        """Return what was asked for, and neither answered nor refused."""
        answered = {entry["key"] for what in ("placed", "refused") for entry in self._entries(what)}
        return [Request(**each) for each in self._entries("asked") if each["key"] not in answered]

    def failures(self) -> list[str]:
        """Return what should not have happened."""
        return [each["problem"] for each in self._entries("failed")]

    def asked_again(self) -> int:
        """Return how many answers were lost, of orders that had been placed."""
        return sum(entry.get("again", False) for entry in self._lines())

    def answered_between(self, begin: float, end: float) -> list[str]:
        """Return the keys of orders that were asked for and acknowledged between two moments."""
        asked: dict[str, float] = {}
        found = []
        for entry in self._lines():
            if "asked" in entry:
                asked[entry["asked"]["key"]] = entry["at"]
            elif "placed" in entry:
                key = entry["placed"]["key"]
                if begin < asked.get(key, begin) and entry["at"] < end:
                    found.append(key)
        return found

    def end_line(self) -> None:
        """Take away what a killed writer left of a last line."""
        if self.path.exists():
            whole = self.path.read_bytes()
            os.truncate(self.path, whole.rfind(b"\n") + 1)

    def _entries(self, what: str) -> Iterator[dict[str, str]]:
        for entry in self._lines():
            if what in entry:
                yield entry[what]

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self.path.exists():
            yield from map(json.loads, self.path.read_text().splitlines())
