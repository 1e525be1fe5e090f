"""Calls of functions that cartcore is given: what they are for is done when they return.

Nobody would wait for an asynchronous function, and nobody would go through a generator: neither
runs by being called.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Final

from cartcore.errors import InvalidField
from cartcore.errors.sentences import class_name, with_article

DONE_AT_RETURN: Final = "a function that is done when it returns, without async and yield"
"""What has to be given, in words."""

_LAZY = (GeneratorType, AsyncGeneratorType, map, filter)


def is_asynchronous(function: object) -> bool:
    """Whether a function, or an object that is called, would have to be awaited."""
    return _any(function, inspect.iscoroutinefunction, inspect.isasyncgenfunction)


def runs_when_called(function: object) -> bool:
    """Whether a function runs by being called: it is neither asynchronous nor a generator."""
    return not is_asynchronous(function) and not _any(function, inspect.isgeneratorfunction)


def _any(function: object, *tests: Callable[[object], bool]) -> bool:
    while isinstance(function, partial):
        function = function.func
    called = inspect.getattr_static(type(function), "__call__", None)  # of an object that is called
    return any(test(function) or test(called) for test in tests)


def still_to_run(answer: object) -> str:
    """What has not run of a function that gave this answer, in words; empty for nothing.

    It is closed: it never runs, and Python need not warn of it.
    """
    if not isinstance(answer, (*_LAZY, Awaitable)):
        return ""
    if isinstance(answer, GeneratorType | CoroutineType):
        answer.close()
    return f"it returned {with_article(class_name(answer))}, which nobody runs"


def tell(function: Callable[..., object], where: str, *arguments: Any) -> None:
    """Call a function that is told something.

    Raises:
        InvalidField: it was not run: it returned an awaitable or a generator.
    """
    answer = function(*arguments)
    if still_to_run(answer):
        raise InvalidField(where, answer, DONE_AT_RETURN)
