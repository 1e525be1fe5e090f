"""What differs from one database to the next, and the errors of their drivers."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from cartcore.errors import InvalidText, StorageError

Meaning = Callable[[BaseException], Exception | None]
"""What an error of the driver means: see `Backend.translated`."""


class KeyTaken(StorageError):
    """A unique key that is taken; the store finds out which one and says so."""


class Backend(Protocol):
    """What differs between the databases."""

    @property
    def where(self) -> str:
        """What the storage is called in errors."""
        ...

    @property
    def pauses(self) -> Sequence[float]:
        """Seconds to wait before each further attempt to begin, when that was not possible."""
        ...

    @property
    def keeps_order(self) -> bool:
        """Whether what is chosen from a sorted subquery alone comes in its order.

        Where it does, to sort it once more would mean to go through all of it for one page.
        """
        ...

    def begin(self, connection: Connection, *, writing: bool) -> None:
        """Begin a transaction: a snapshot, or for writing the only one that writes."""
        ...

    def check_work(self, connection: Connection) -> None:
        """Raise StorageUnavailable if an earlier error has undone the transaction."""
        ...

    def committed_state(self, connection: Connection) -> object:
        """Return a mark of what was committed when the transaction on a connection began.

        Where two are equal, the same was committed; the same is seldom marked in two ways.
        """
        ...

    def commit(self, connection: Connection) -> None:
        """Commit the transaction. Raises if it cannot be."""
        ...

    def translated(self, error: BaseException) -> Exception | None:
        """Return what an error of the driver means; None for one of another origin.

        `KeyTaken` stands for a unique key that is taken.
        """
        ...


MARK: Final = "cartcore_storage"
"""The option by which the connections of a storage are known on an engine of the application."""


def told(error: BaseException, meaning: Meaning) -> Exception | None:
    """Return what an error means, also of a text that the driver does not take."""
    if isinstance(error, UnicodeEncodeError):
        return InvalidText("the text", error.object, "free of half characters (surrogates)")
    return meaning(error)


def translate_errors(engine: Engine, meaning: Meaning) -> Callable[[], None]:
    """Let an engine raise cartcore's errors in place of the driver's.

    Errors are told by the dialect, which an engine with other options shares with the one that it
    was made of. So only those of connections with the same mark are translated.

    Args:
        engine: the engine.
        meaning: see `Backend.translated`.

    Returns:
        What ends it.
    """
    mark = engine.get_execution_options().get(MARK)

    def translated(context: ExceptionContext) -> Exception | None:
        source = context.connection or context.engine
        if source is not None and source.get_execution_options().get(MARK) is not mark:
            return None
        return told(context.original_exception, meaning)

    event.listen(engine, "handle_error", translated)
    return lambda: event.remove(engine, "handle_error", translated)
