"""What the errors of the drivers mean."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from cartcore.errors import InvalidText, StorageError

Meaning = Callable[[BaseException], Exception | None]
"""What an error of the driver means: see `Backend.translated`."""


class KeyTaken(StorageError):
    """A unique key that is taken; the store finds out which one and says so."""


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
