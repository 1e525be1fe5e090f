"""What carries out statements on a connection: the driver, or SQLAlchemy where somebody looks on.

To carry out a statement, SQLAlchemy takes six times as long as the driver of SQLite, and placing an
order takes some twenty. So the driver is given them, unless somebody watches the engine: by events,
as tracers do, or by a log.
"""

from collections.abc import Mapping, Sequence
from logging import INFO
from typing import Any, Final, NamedTuple, Protocol, cast

import attrs
from sqlalchemy import Connection, CursorResult, Engine

from cartcore.adapters.sql.driver_errors import Meaning, told
from cartcore.adapters.sql.statements import Carried

_DRIVEN: Final = "cartcore_driven"  # the option of engines whose driver may be given statements
_WATCHING: Final = (
    "before_execute",
    "after_execute",
    "before_cursor_execute",
    "after_cursor_execute",
)
_IN_PLACE: Final = ("do_execute", "do_executemany", "do_execute_no_params")  # of a dialect


class Answer(NamedTuple):
    """What a statement gave: rows that know their columns, and how many it changed."""

    rows: Sequence[Any]
    changed: int


class Carrier(Protocol):
    """Carries out statements on a connection."""

    @property
    def connection(self) -> Connection:
        """The connection."""
        ...

    def carry_out(self, what: Carried, values: Any) -> Answer:
        """Carry something out. Raises what the errors of the driver mean."""
        ...


@attrs.frozen
class _Driving:
    """How the driver of an engine is used: what its errors mean, and options of each execution."""

    meaning: Meaning
    options: Mapping[str, Any]


def allow_driver(engine: Engine, meaning: Meaning, *, prepares: bool = False) -> None:
    """Let the driver of an engine of ours be given statements.

    Args:
        engine: the engine.
        meaning: what errors of the driver mean.
        prepares: whether to let the server keep plans of them, as psycopg can.
    """
    options = {"prepare": True} if prepares else {}
    engine.update_execution_options(**{_DRIVEN: _Driving(meaning, options)})


def carrier_on(connection: Connection) -> Carrier:
    """Return the driver, or SQLAlchemy where everything is to go through it."""
    engine = connection.engine
    driving: _Driving | None = engine.get_execution_options().get(_DRIVEN)
    watched = any(getattr(engine.dispatch, name) for name in _WATCHING)
    replaced = any(getattr(engine.dialect.dispatch, name) for name in _IN_PLACE)
    logged = engine.logger.isEnabledFor(INFO)  # by `echo`, or by the name of SQLAlchemy's logger
    if driving is None or logged or watched or replaced:
        return ThroughSQLAlchemy(connection)
    return ByDriver(connection, driving)


class ThroughSQLAlchemy:
    """Carries out all through SQLAlchemy, where whoever watches the engine sees it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def carry_out(self, what: Carried, values: Any) -> Answer:
        made, given = what.made(self.connection.dialect, values)
        return answer(self.connection.execute(made, given))


class ByDriver:
    """Gives all to the driver: to one cursor, as it is done with each statement before the next."""

    def __init__(self, connection: Connection, driving: _Driving) -> None:
        self.connection = connection
        self._dialect = connection.dialect
        self._driving = driving
        self._cursor: Any = None

    def carry_out(self, what: Carried, values: Any) -> Answer:
        statement, given = what.driven(self._dialect, values)
        options = self._driving.options if what.planned else {}
        try:
            cursor = self._cursor = self._cursor or self.connection.connection.cursor()
            found = _driven(cursor, statement, given, options)
            return Answer(what.rows(found, cursor) if found else (), cursor.rowcount)
        except BaseException as error:
            self._fail(error)
            translated = told(error, self._driving.meaning)
            if translated is None:
                raise
            raise translated from error

    def _fail(self, error: BaseException) -> None:
        """End the use of a connection that is lost or was interrupted."""
        dialect: Any = self._dialect
        here = self.connection
        driver = None if here.invalidated else here.connection.dbapi_connection
        if not isinstance(error, Exception) or dialect.is_disconnect(error, driver, self._cursor):
            here.invalidate(error)


def answer(result: Any) -> Answer:
    """What SQLAlchemy says that a statement gave."""
    found = cast("CursorResult[Any]", result)
    return Answer(found.all() if found.returns_rows else (), found.rowcount)


def _driven(
    cursor: Any, statement: str, given: Sequence[Any], options: Mapping[str, Any]
) -> Sequence[Any]:
    """Let the driver carry out a statement, and return its rows."""
    if len(given) == 1:
        cursor.execute(statement, given[0], **options)
    else:
        cursor.executemany(statement, given)
    return cursor.fetchall() if cursor.description else ()
