"""When a unit of work is over: the same in every adapter (ST-5)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

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

    @contextmanager
    def use(self, *, writing: bool = False) -> Iterator[None]:
        """Do something that must end well. Raises as `check` and `turn` do."""
        # Not `with self.turn()`: a unit of work has some twenty uses, and that would take as long.
        if not self._turn.acquire(blocking=False):
            raise WorkInUse
        try:
            self.check(writing=writing)
            self._given_up = "it was interrupted"
            try:
                yield
            except self._refusals:
                self._given_up = ""
                raise
            except BaseException as error:
                self._given_up = str(error) or type(error).__name__
                raise
            self._given_up = ""
        finally:
            self._turn.release()

    def give_up(self, because: str) -> None:
        """Allow no more use, and raise WorkGivenUp, as part of what was asked for is not there."""
        self._given_up = self._given_up or because
        self.check()

    def end(self) -> None:
        """Allow no more use."""
        self._ended = True
