"""The lines of a draft while it is edited, each found without a look at the others."""

from collections.abc import Iterable, Iterator

from cartcore.orders.draft import LineItem


class LineItems:
    """Lines in their order, by id and by SKU; a change costs the same among ten and ten thousand.

    `changed` tells that they are no longer those of the draft.
    """

    def __init__(self, lines: Iterable[LineItem]) -> None:
        self._lines: dict[str, LineItem] = {}
        self._ids: dict[str, dict[str, None]] = {}
        for line in lines:
            self.put(line)
        self.changed = False

    def __iter__(self) -> Iterator[LineItem]:
        return iter(self._lines.values())

    def get(self, line_id: str) -> LineItem | None:
        """The line with this id."""
        return self._lines.get(line_id)

    def of(self, sku: str) -> LineItem | None:
        """The first line of a variant."""
        return next((self._lines[line_id] for line_id in self._ids.get(sku, ())), None)

    def put(self, line: LineItem) -> None:
        """Put a line in the place of the one with its id, or at the end."""
        self._forget(line.id)
        self._lines[line.id] = line
        self._ids.setdefault(line.sku, {})[line.id] = None
        self.changed = True

    def remove(self, line_id: str) -> None:
        """Take a line out."""
        self._forget(line_id)
        del self._lines[line_id]
        self.changed = True

    def _forget(self, line_id: str) -> None:
        old = self._lines.get(line_id)
        if old is not None:
            ids = self._ids[old.sku]
            del ids[line_id]
            if not ids:
                del self._ids[old.sku]
