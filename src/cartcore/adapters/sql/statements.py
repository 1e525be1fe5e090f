"""Statements that are made once and carried out again and again, past SQLAlchemy.

SQLAlchemy makes their text from the tables, once for each kind of database. To carry one out, it
takes six times as long as the driver of SQLite, and placing an order takes some twenty. So the
driver is given them, unless somebody watches the engine: by events, as tracers do, or by a log.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, cast

import attrs
from sqlalchemy import Connection, CursorResult, Engine, Executable, bindparam, tuple_
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.elements import CompilerElement
from sqlalchemy.types import TypeEngine

from cartcore.adapters.sql.backend import Meaning, told

Values = Mapping[str, object]
_Process = Callable[[Any], Any]

_DRIVEN: Final = "cartcore_driven"  # the option of engines whose driver may be given statements
_WATCHING: Final = (
    "before_execute",
    "after_execute",
    "before_cursor_execute",
    "after_cursor_execute",
)
_IN_PLACE: Final = ("do_execute", "do_executemany", "do_execute_no_params")  # of a dialect


def allow_driver(engine: Engine, meaning: Meaning) -> None:
    """Let the driver of an engine of ours be given statements; `meaning` is of its errors."""
    engine.update_execution_options(**{_DRIVEN: meaning})


def meaning_of_driver(connection: Connection) -> Meaning | None:
    """What errors of the driver mean; None where everything is to go through SQLAlchemy."""
    engine = connection.engine
    meaning: Meaning | None = engine.get_execution_options().get(_DRIVEN)
    watched = any(getattr(engine.dispatch, name) for name in _WATCHING)
    replaced = any(getattr(engine.dialect.dispatch, name) for name in _IN_PLACE)
    return None if engine.echo or watched or replaced else meaning


class Answer(NamedTuple):
    """What a statement gave: rows that know their columns, and how many it changed."""

    rows: Sequence[Any]
    changed: int


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


class Statement:
    """A statement that is made once; its parameters get their values when it is carried out."""

    def __init__(self, made: Executable) -> None:
        self._made = made
        self._forms: dict[tuple[str, tuple[str, ...]], _Form] = {}
        self._row: Callable[[Sequence[Any]], Any] | None = None

    def carry_out(
        self, connection: Connection, meaning: Meaning | None, values: Values | Sequence[Values]
    ) -> Answer:
        """Carry it out, for each of several values if there are several.

        `meaning` is `meaning_of_driver(connection)`.
        """
        if meaning is None:
            return answer(connection.execute(self._made, values))
        several: Sequence[Values] = (values,) if isinstance(values, Mapping) else values
        form = self._form(connection.dialect, several[0])
        given = [form.parameters(each) for each in several]
        cursor: DBAPICursor | None = None
        try:
            cursor = connection.connection.cursor()
            found = self._answer(cursor, _driven(cursor, form.text, given))
            cursor.close()
        except BaseException as error:
            _end(connection, cursor, error)
            translated = told(error, meaning)
            if translated is None:
                raise
            raise translated from error
        return found

    def on(self, connection: Connection) -> Answer:
        """Carry it out once, where it has no parameters."""
        return self.carry_out(connection, meaning_of_driver(connection), {})

    def _form(self, dialect: Dialect, values: Values) -> _Form:
        # Rows are inserted with the columns that they have.
        key = (dialect.name, tuple(values))
        if key not in self._forms:
            self._forms[key] = _Form.of(self._made, dialect, tuple(values))
        return self._forms[key]

    def _answer(self, cursor: DBAPICursor, rows: Sequence[Any]) -> Answer:
        if not rows:
            return Answer((), cursor.rowcount)
        if self._row is None:
            names = [str(column[0]) for column in cursor.description or ()]
            row: Any = namedtuple("row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024
            self._row = row._make
        return Answer([self._row(row) for row in rows], cursor.rowcount)


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


def answer(result: Any) -> Answer:
    """What SQLAlchemy says that a statement gave."""
    found = cast("CursorResult[Any]", result)
    return Answer(found.all() if found.returns_rows else (), found.rowcount)


def _driven(cursor: DBAPICursor, statement: str, given: Sequence[Any]) -> Sequence[Any]:
    """Let the driver carry out a statement, and return its rows."""
    if len(given) == 1:
        cursor.execute(statement, given[0])
    else:
        cursor.executemany(statement, given)
    return cursor.fetchall() if cursor.description else ()


def _end(connection: Connection, cursor: DBAPICursor | None, error: BaseException) -> None:
    """End a cursor that failed, or the use of a connection that is lost or was interrupted."""
    dialect: Any = connection.dialect
    driver = None if connection.invalidated else connection.connection.dbapi_connection
    if not isinstance(error, Exception) or dialect.is_disconnect(error, driver, cursor):
        connection.invalidate(error)
    elif cursor is not None:
        with suppress(Exception):
            cursor.close()
