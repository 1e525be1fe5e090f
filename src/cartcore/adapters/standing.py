"""When a unit of work is over: the same in every adapter (ST-5)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from cartcore.errors import CartcoreError, ReadOnly, WorkEnded, WorkGivenUp, WorkInUse


class Standing:
    """Whether a unit of work goes on, has ended, or was given up after an error.

    It counts as given up from before a use begins until that has ended well. So no error, and no
    interrupt at any line, can leave it half-changed and usable.

    Args:
        writing: whether it may change anything.
        refusals: the errors that undo only what was asked for, and leave the rest as it was.
    """

    def __init__(
        self, *, writing: bool, refusals: tuple[type[CartcoreError], ...] = (CartcoreError,)
    ) -> None:
        self._writing = writing
        self._refusals = refusals
        self._turn = threading.RLock()
        self._ended = False
        self._given_up = ""
        self._asking, self._changing = _Use(self, writing=False), _Use(self, writing=True)

    def check(self, *, writing: bool = False) -> None:
        """Raise WorkGivenUp, WorkEnded or ReadOnly if it cannot be used."""
        if self._given_up:
            raise WorkGivenUp(self._given_up)
        if self._ended:
            raise WorkEnded
        if writing and not self._writing:
            raise ReadOnly

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keep other threads away. Raises WorkInUse if one is at it."""
        if not self._turn.acquire(blocking=False):
            raise WorkInUse
        try:
            yield
        finally:
            self._turn.release()

    def use(self, *, writing: bool = False) -> "_Use":
        """Do something that must end well. Raises as `check` and `turn` do."""
        return self._changing if writing else self._asking

    def begin(self, *, writing: bool) -> None:
        """Begin a use: until it has ended well, the unit of work counts as given up."""
        if not self._turn.acquire(blocking=False):
            raise WorkInUse
        try:
            self.check(writing=writing)
            self._given_up = "it was interrupted"
        except BaseException:
            self._turn.release()
            raise

    def finish(self, error: BaseException | None) -> None:
        """End a use, with the error that it ended with."""
        try:
            refused = error is None or isinstance(error, self._refusals)
            self._given_up = "" if refused else str(error) or type(error).__name__
        finally:
            self._turn.release()

    def give_up(self, because: str) -> None:
        """Allow no more use, and raise WorkGivenUp, as part of what was asked for is not there."""
        self._given_up = self._given_up or because
        self.check()

    def end(self) -> None:
        """Allow no more use."""
        self._ended = True


class _Use:
    """What a `with` statement goes through: a unit of work has some twenty uses.

    It is no generator, which would take as long as the driver takes for a statement.
    """

    __slots__ = ("_standing", "_writing")

    def __init__(self, standing: Standing, *, writing: bool) -> None:
        self._standing = standing
        self._writing = writing

    def __enter__(self) -> None:
        self._standing.begin(writing=self._writing)

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._standing.finish(error)
