"""Records that are made of an application's rows, some of which can make none (HA-1)."""

from collections.abc import Callable, Iterable, Iterator
from logging import getLogger
from typing import Any, Final, TypeVar

from cartcore.adapters.composed.asking import Wrong
from cartcore.errors import InvalidInput
from cartcore.errors.sentences import class_name, shown
from cartcore.values.guard import said

LOGGER: Final = "cartcore.ports"
"""The name of the logger that is told which rows of an application make no record."""

Row = TypeVar("Row")
Record = TypeVar("Record")

# What is raised where a row lacks what is needed of it. Others, such as those of a database that
# does not answer, concern all rows.
_ODD = (InvalidInput, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

# How many rows a log names; the rest are counted.
_NAMED = 20


def record_of(row: Row, make: Callable[[Row], Record], key: object) -> Record:
    """Make the record of a row that was asked for.

    Args:
        row: the row.
        make: makes a record of it.
        key: the row's primary key, by which an error names it.

    Raises:
        Exception: the row makes no record: a composed storage tells it as `PortFailed`, with the
            key. What is no matter of the row, such as an error of the database, stays as it is.
    """
    try:
        return make(row)
    except _ODD as error:
        raise Wrong(f"the row {shown(key)} makes no record: it raised {said(error)}") from error


def records_of(
    rows: Iterable[Row], make: Callable[[Row], Record], key: Callable[[Row], Any]
) -> Iterator[Record]:
    """Make the records of a list of rows, and leave out those that make none.

    They are logged by their keys: one odd row must not keep staff from finding all others. Where
    not a single row of a list makes a record, the fault is none of the rows.

    Args:
        rows: the rows.
        make: makes a record of a row.
        key: gives a row's primary key, by which it is logged.

    Raises:
        Exception: as `record_of` does, if none of them makes a record.
    """
    made = False
    odd: dict[str, str] = {}
    fault: Wrong | None = None
    try:
        for row in rows:
            try:
                record = record_of(row, make, key(row))
            except Wrong as wrong:
                fault = wrong
                odd[shown(key(row))] = _kind_of(wrong.__cause__)
            else:
                made = True
                yield record
        if fault is not None and not made:
            raise fault
    finally:
        if odd and made:
            _log(odd)


def _kind_of(error: BaseException | None) -> str:
    """What was wrong, without what the row says: that is somebody's name, or address."""
    field = getattr(error, "path", None) or getattr(error, "field", None)
    where = f" ({field})" if isinstance(error, InvalidInput) and type(field) is str else ""
    return f"{class_name(error)}{where}"


def _log(odd: dict[str, str]) -> None:
    told = [f"{key}: {what}" for key, what in odd.items()]
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    fields = {"event": "rows_left_out", "rows": tuple(odd)[:_NAMED], "count": len(odd)}
    getLogger(LOGGER).warning(
        "rows that make no record were left out of a list: %s%s",
        "; ".join(told[:_NAMED]),
        more,
        extra=fields,
    )
