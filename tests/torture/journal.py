"""What a writer knows for sure, on the disk: what it asked for, and what it was answered."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import attrs

from cartcore.order import Order


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

    def acknowledge(self, order: Order) -> None:
        """Note what was answered."""
        short = Acknowledged(order.idempotency_key, order.number, str(order.total.amount))
        self._append({"placed": attrs.asdict(short)})

    def refuse(self, request: Request) -> None:
        """Note that the order cannot be placed: its draft stays."""
        self._append({"refused": attrs.asdict(request)})

    def _append(self, entry: object) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
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

    def end_line(self) -> None:
        """Take away what a killed writer left of a last line."""
        if self.path.exists():
            whole = self.path.read_bytes()
            os.truncate(self.path, whole.rfind(b"\n") + 1)

    def _entries(self, what: str) -> Iterator[dict[str, str]]:
        if self.path.exists():
            for line in self.path.read_text().splitlines():
                entry = json.loads(line)
                if what in entry:
                    yield entry[what]
