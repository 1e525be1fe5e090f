"""How the records of a kind are spread over tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic

import attrs
from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    bindparam,
    delete,
    select,
    update,
)

from cartcore.adapters.sql.conditions import Condition, linked, owner_of
from cartcore.adapters.sql.statements import ForSeveral, Row, Statement, Values
from cartcore.storage.keys import Kind, R

Links = Mapping[Table, Sequence[Row]]


@attrs.frozen(kw_only=True)
class RecordMapping(Generic[R]):
    """How the records of one kind are spread over tables.

    `values` gives the columns of a record's row besides id, version and document, `links` its rows
    in other tables. `sort_key` are the columns that listings are sorted by, `unique` those that
    hold the unique keys, by field. Records that are `remembered` are read again and again as they
    are: products and promotions for every order, drafts for every look at them. Rows in tables that
    are `steady` are seldom others after a change: they are compared before they are written.
    """

    kind: Kind[R]
    table: Table
    values: Callable[[R], Values]
    links: Callable[[R], Links]
    sort_key: tuple[ColumnElement[Any], ...]
    unique: Mapping[str, ColumnElement[Any]]
    remembered: bool = False
    steady: tuple[Table, ...] = ()

    # Statements are made once: to make one takes as long as to carry it out.

    @cached_property
    def reading(self) -> Select[Any]:
        """Records, by what is still to be said."""
        return select(self.table.c.id, self.table.c.document)

    @cached_property
    def by_ids(self) -> ForSeveral:
        """The records with some ids."""
        column = self.table.c.id
        return ForSeveral((column.type,), lambda ids: self.reading.where(column.in_(ids)))

    @cached_property
    def by_key(self) -> Mapping[str, Statement]:
        """The record with a unique `key`, for each field that has such keys."""
        found = {}
        for field, column in self.unique.items():
            key: Condition = column == bindparam("key")
            if column.table is not self.table:
                key = self.table.c.id.in_(linked(column.table, key))
            found[field] = Statement(self.reading.where(key))
        return found

    @cached_property
    def changing(self) -> Statement:
        """Changes a record that is current, told by `old_id` and `old_version`."""
        return Statement(update(self.table).where(*self._is_current))

    @cached_property
    def removing(self) -> Statement:
        """Removes a record that is current, told likewise."""
        return Statement(delete(self.table).where(*self._is_current))

    @cached_property
    def rows_beside(self) -> Mapping[Table, Statement]:
        """The rows of an `owner` in each steady table."""
        return {
            table: Statement(select(table).where(owner_of(table) == bindparam("owner")))
            for table in self.steady
        }

    @property
    def _is_current(self) -> tuple[Condition, Condition]:
        columns = self.table.c
        return columns.id == bindparam("old_id"), columns.version == bindparam("old_version")


def unique_rows(rows: Iterable[tuple[str, ...]]) -> Sequence[Row]:
    """Rows of a table, each once and in their order."""
    return sorted({*rows})
