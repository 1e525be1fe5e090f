"""What public functions are called with: checked by their annotations, as fields of records are.

So that a wrong value is told at the door, by the name of its parameter, and not from somewhere
inside by whatever Python says there.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from cartcore.values.annotations import AnyText, ArgumentKinds
from cartcore.values.checks import written_check
from cartcore.values.readers import Reader

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=type)

_Parameter = tuple[str, frozenset[type], Reader | None]
"""Its name, the classes whose own objects need no reading, and what reads all others."""

_NOT_READ: _Parameter = ("", frozenset(), None)


def check_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Check the arguments of a function by their annotations.

    What `typed` tells of fields, it tells of arguments. Beside that: mappings, callables, and
    collections, which are no text and no mapping, and whose items are not looked at. Numbers are
    left to the function, which knows in which range they must be.

    Raises (when the function is called):
        InvalidField, InvalidText: an argument of another type than its parameter's.
    """
    positional: list[_Parameter] = []
    named: dict[str, _Parameter] = {}
    known = False

    def find_out() -> None:
        # With the first call: by then all names of annotations are known.
        nonlocal known
        for name, parameter in inspect.signature(function).parameters.items():
            named[name] = (name, *_reader(parameter.annotation, inspect.unwrap(function)))
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                positional.append(named[name])
        known = True

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        if not known:
            find_out()
        given: Sequence[Any] = args
        # More than there are parameters for: the function itself says so.
        for place, (name, right, read) in zip(range(len(args)), positional):  # noqa: B905  (hot)
            value = args[place]
            if read is not None and type(value) not in right:
                found = read(value, name)
                if found is not value:
                    given = [*given[:place], found, *given[place + 1 :]]
        for name, value in kwargs.items():
            _, right, read = named.get(name, _NOT_READ)
            if read is not None and type(value) not in right:
                kwargs[name] = read(value, name)
        return function(*given, **kwargs)

    return checked


def check_calls(cls: C) -> C:
    """Check the arguments of a class and its public methods (`check_arguments`)."""
    for name, member in list(vars(cls).items()):
        if inspect.isfunction(member) and (name == "__init__" or name[0] != "_"):
            setattr(cls, name, check_arguments(member))
    return cls


def _reader(annotation: Any, function: Callable[..., Any]) -> tuple[frozenset[type], Reader | None]:
    """What reads an argument of a function; None if the annotation is not looked at.

    Before it, the classes whose own objects need no reading.
    """
    kind = ArgumentKinds(function, AnyText, {}, written_check).of(annotation, {})
    return (frozenset(), None) if kind is None else (kind.right, kind.read)
