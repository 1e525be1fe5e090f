"""How values show in a notebook: as a table, and as one short line of text (SC-10)."""

from collections.abc import Iterable, Sequence
from typing import Protocol

Rows = Iterable[Sequence[str]]
"""Rows of cells; a row of one cell goes over the whole width."""


class Printer(Protocol):
    """What IPython prints with."""

    def text(self, text: str) -> None:
        """Print a text."""
        ...


class ShownAsTable:
    """A value that a notebook shows as a table.

    IPython keeps its text beside the table: here that is one line, and not the `repr` of all that
    there is in it. `repr` stays what it was, for logs and tests.
    """

    __slots__ = ()

    def _in_short(self) -> str:
        raise NotImplementedError

    def table_rows(self) -> Rows:
        """The rows of its table, as texts."""
        raise NotImplementedError

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        # IPython goes from class to class, and takes the first of these or a `__repr__`.
        cls._repr_pretty_ = ShownAsTable._repr_pretty_  # type: ignore[method-assign]

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:  # noqa: FBT001  (IPython's)
        printer.text("…" if cycle else self._in_short())

    def _repr_html_(self) -> str:
        return html_table(self.table_rows())


def html_table(rows: Rows) -> str:
    """Return rows as a table in HTML, with every text escaped."""
    # Here and not above: only notebooks need it, and its table of entities takes time to load.
    from html import escape  # noqa: PLC0415

    told = [[escape(cell).replace("\n", "<br>") for cell in row] for row in rows]
    width = max(map(len, told), default=0)
    left = ' style="text-align:left"'
    found = []
    for first, *others in told:
        if not others:
            found.append(f'<tr><td colspan="{width}"{left}>{first}</td></tr>')
            continue
        rest = "".join(f"<td>{cell}</td>" for cell in others)
        found.append(f"<tr><td{left}>{first}</td>{rest}</tr>")
    return f"<table>{''.join(found)}</table>"
