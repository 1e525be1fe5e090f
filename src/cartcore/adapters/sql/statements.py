"""Statements that are made once and carried out again and again.

SQLAlchemy makes their text from the tables, once for each kind of database. What carries them out
is in `cartcore.adapters.sql.carriers`.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import attrs
from sqlalchemy import (
    Executable,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.elements import CompilerElement
from sqlalchemy.types import TypeEngine

Values = Mapping[str, object]
Row = tuple[object, ...]
"""A row of a table, its values in the order of the columns."""

_Process = Callable[[Any], Any]


@attrs.frozen
class _Form:
    """A statement for one kind of database.

    Attributes:
        text: Its text, with a mark for each parameter.
        places: The names of the parameters in the places of their marks; None for marks with names.
        fixed: The values that are always the same, as the driver takes them.
        processes: What makes of a value what the driver takes, for the parameters that need it.
    """

    text: str
    places: tuple[str, ...] | None
    fixed: Values
    processes: tuple[tuple[str, _Process], ...]

    @classmethod
    def of(cls, made: Executable, dialect: Dialect, columns: Sequence[str] | None) -> "_Form":
        compiled: Any = cast("CompilerElement", made).compile(dialect=dialect, column_keys=columns)
        names = compiled.params.keys()
        binds = {name: bind for name, bind in compiled.binds.items() if name in names}
        found = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in binds.items()
        }
        processes = {name: process for name, process in found.items() if process is not None}
        fixed = {
            name: processes[name](bind.value) if name in processes else bind.value
            for name, bind in binds.items()
            if not bind.required
        }
        places = compiled.positiontup
        return cls(
            compiled.string,
            None if places is None else tuple(places),
            fixed,
            tuple((name, process) for name, process in processes.items() if name not in fixed),
        )

    def parameters(self, values: Values) -> Any:
        """The values as the driver takes them."""
        if self.fixed or self.processes:
            values = {**self.fixed, **values}
            for name, process in self.processes:
                values[name] = process(values[name])
        return values if self.places is None else tuple([values[name] for name in self.places])


class Carried(Protocol):
    """What can be carried out: a statement with values, or the insertion of rows."""

    planned: bool
    """Whether a server does well to keep a plan of it."""

    def driven(self, dialect: Dialect, values: Any) -> tuple[str, Sequence[Any]]:
        """Return the text for the driver, and the parameters of each time that it is done."""
        ...

    def made(self, dialect: Dialect, values: Any) -> tuple[Executable, Any]:
        """Return it with its values as SQLAlchemy carries it out."""
        ...

    def rows(self, found: Sequence[Any], cursor: DBAPICursor) -> Sequence[Any]:
        """Make rows that know their columns of those that the driver found."""
        ...


class Statement:
    """A statement that is made once; its parameters get their values when it is carried out."""

    def __init__(self, made: Executable, *, planned: bool = True) -> None:
        self.planned = planned
        self._made = made
        self._forms: dict[tuple[str, tuple[str, ...]], _Form] = {}
        self._row: Callable[[Sequence[Any]], Any] | None = None

    @classmethod
    def said(cls, what: str) -> "Statement":
        """One without parameters or tables, such as what begins and ends transactions."""
        return cls(text(what), planned=False)

    def form(self, dialect: Dialect, names: tuple[str, ...]) -> _Form:
        # Rows are inserted with the columns that they have.
        key = (dialect.name, names)
        if key not in self._forms:
            self._forms[key] = _Form.of(self._made, dialect, names)
        return self._forms[key]

    def driven(self, dialect: Dialect, values: Values) -> tuple[str, Sequence[Any]]:
        form = self.form(dialect, tuple(values))
        return form.text, (form.parameters(values),)

    def made(self, dialect: Dialect, values: Any) -> tuple[Executable, Any]:
        del dialect
        return self._made, values

    def rows(self, found: Sequence[Any], cursor: DBAPICursor) -> Sequence[Any]:
        if self._row is None:
            names = [str(column[0]) for column in cursor.description or ()]
            row: Any = namedtuple("row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024
            self._row = row._make
        return [self._row(each) for each in found]


class Insertion:
    """The insertion of one or more rows into a table."""

    planned = True

    def __init__(self, table: Table) -> None:
        self._names = tuple(table.c.keys())
        self._one = Statement(insert(table))
        columns = [bindparam(column.name, type_=ARRAY(column.type)) for column in table.c]
        rows = func.unnest(*columns).table_valued(*self._names).render_derived()
        self._together = Statement(insert(table).from_select(self._names, select(*rows.c)))

    def driven(self, dialect: Dialect, rows: Sequence[Row]) -> tuple[str, Sequence[Any]]:
        if self._in_columns(dialect, rows):
            return self._together.driven(dialect, self._columns(rows))
        form = self._one.form(dialect, self._names)
        if form.places == self._names and not form.processes:
            return form.text, rows
        return form.text, [form.parameters(each) for each in self._named(rows)]

    def made(self, dialect: Dialect, rows: Sequence[Row]) -> tuple[Executable, Any]:
        if self._in_columns(dialect, rows):
            return self._together.made(dialect, self._columns(rows))
        return self._one.made(dialect, self._named(rows))

    def rows(self, found: Sequence[Any], cursor: DBAPICursor) -> Sequence[Any]:
        del cursor
        return found

    @staticmethod
    def _in_columns(dialect: Dialect, rows: Sequence[Row]) -> bool:
        """Whether they are one statement: psycopg would carry out one for each row."""
        return len(rows) > 1 and dialect.name == "postgresql"

    def _columns(self, rows: Sequence[Row]) -> Values:
        return dict(zip(self._names, map(list, zip(*rows, strict=True)), strict=True))

    def _named(self, rows: Sequence[Row]) -> list[Values]:
        return [dict(zip(self._names, row, strict=True)) for row in rows]


def in_order(table: Table, values: Values) -> Row:
    """The row of a table whose columns have these values."""
    return tuple([values[column.name] for column in table.c])


class ForSeveral:
    """A statement that asks for several keys at once, each of one or more parts.

    It is made for 1, 2, 4, 8 … keys. Among fewer, the last one is asked for several times.

    Args:
        types: the types of the parts.
        make: makes it for parameters: one for each key, or a tuple of them.
    """

    def __init__(
        self, types: Sequence[TypeEngine[Any]], make: Callable[[list[Any]], Executable]
    ) -> None:
        self._types = types
        self._make = make
        self._made: dict[int, Statement] = {}

    def of(self, keys: Sequence[Any]) -> tuple[Statement, dict[str, object]]:
        """Return the statement for some keys, of which there is one at least, and its values."""
        number = 1 << (len(keys) - 1).bit_length()
        if number not in self._made:
            rows = [
                [bindparam(f"key_{i}_{j}", type_=kind) for j, kind in enumerate(self._types)]
                for i in range(number)
            ]
            marks = [tuple_(*row) for row in rows] if len(self._types) > 1 else [r[0] for r in rows]
            self._made[number] = Statement(self._make(marks))
        several = [*keys, *[keys[-1]] * (number - len(keys))]
        parts = several if len(self._types) > 1 else [(key,) for key in several]
        values = {f"key_{i}_{j}": x for i, key in enumerate(parts) for j, x in enumerate(key)}
        return self._made[number], values
