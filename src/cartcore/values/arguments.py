"""What public functions are called with: checked by their annotations, as fields of records are.

So that a wrong value is told at the door, by the name of its parameter, and not from somewhere
inside by whatever Python says there.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import attrs

from cartcore.values.annotations import AnyText, ArgumentKinds
from cartcore.values.checks import written_check
from cartcore.values.readers import Reader

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=type)

_Parameter = tuple[str, type | None, Reader | None]
"""Its name, the class whose own objects need no reading, and what reads all others."""


def check_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Check the arguments of a function by their annotations.

    What `typed` tells of fields, it tells of arguments. Beside that: mappings, callables, and
    collections, which are no text and no mapping, and whose items are not looked at. Numbers are
    left to the function, which knows in which range they must be.

    Raises (when the function is called):
        InvalidField, InvalidText: an argument of another type than its parameter's.
    """
    positional: list[_Parameter] = []
    parameters: dict[str, _Parameter] = {}
    known = False

    def find_out() -> None:
        # With the first call: by then all names of annotations are known.
        nonlocal known
        for name, parameter in inspect.signature(function).parameters.items():
            right, read = _reader(parameter.annotation, inspect.unwrap(function))
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                positional.append((name, right, read))
            if read is not None:
                parameters[name] = (name, right, read)
        known = True

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        if not known:
            find_out()
        given: list[Any] = [*args]
        # More than there are parameters for: the function itself says so.
        for place, (name, right, read) in enumerate(positional[: len(given)]):
            if read is not None and type(given[place]) is not right:
                given[place] = read(given[place], name)
        for name, value in kwargs.items():
            if name in parameters:
                _, right, read = parameters[name]
                if read is not None and type(value) is not right:
                    kwargs[name] = read(value, name)
        return function(*given, **kwargs)

    return checked


def check_calls(cls: C) -> C:
    """Check the arguments of a class and its public methods (`check_arguments`)."""
    for name, member in list(vars(cls).items()):
        if inspect.isfunction(member) and (name == "__init__" or name[0] != "_"):
            setattr(cls, name, check_arguments(member))
    return cls


def _reader(annotation: Any, function: Callable[..., Any]) -> tuple[type | None, Reader | None]:
    """What reads an argument of a function; None if the annotation is not looked at.

    With it, the class whose own objects need no reading, if there is one.
    """
    kind = ArgumentKinds(function, AnyText, {}, written_check).of(annotation, {})
    if kind is None:
        return None, None
    whole = isinstance(annotation, type) and attrs.has(annotation) and kind.test
    return annotation if whole else None, kind.read
