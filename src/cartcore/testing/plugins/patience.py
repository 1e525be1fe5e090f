"""Ending what takes too long in this process, where that can be done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN = 1.0  # seconds


class TooLong(BaseException):
    """Something had not come to an end in time; no plugin catches it."""


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Raise TooLong where something takes longer: in the main thread, and not on Windows.

    It is raised again until it gets through: the first one is lost where the signal comes while
    Python collects garbage, or a weak reference calls back.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() != threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  (as signals call it)
        raise TooLong

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
