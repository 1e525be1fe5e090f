"""Interrupts at a chosen line: what Ctrl-C, a time limit by a signal or a lack of memory can do."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

EVERY_LINE = "CARTCORE_TEST_EVERY_LINE" in os.environ
"""Whether faults and interrupts are caused everywhere, which takes minutes, or at samples."""

_TESTS = str(Path(__file__).parents[1])


class Interrupt(BaseException):
    """What is raised: like KeyboardInterrupt no Exception, and no one else's."""


@contextmanager
def interrupted(
    after: int,
    *,
    within: Callable[[CodeType], bool] = lambda _: True,
    error: type[BaseException] = Interrupt,
) -> Iterator[Callable[[], bool]]:
    """Raise an error once so many lines of Python were run, in whatever package they are.

    Lines of tests do not count, nor those of code that is not `within`. Gives a function that
    says whether it happened.
    """
    left = after
    happened = False

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left, happened
        code = frame.f_code
        if happened or code.co_filename.startswith(_TESTS) or not within(code):
            return None
        if event == "line":
            if not left:
                happened = True
                raise error
            left -= 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lambda: happened
    finally:
        sys.settrace(before)
