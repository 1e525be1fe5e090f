"""The guard that every call of a plugin goes through (PK-15).

What a plugin raises becomes a `PluginError` that names it. A plugin must not end its host, so
SystemExit is an error like any other. KeyboardInterrupt, GeneratorExit, the cancellation of a task
and other BaseExceptions are the host's, and pass: whoever asks a plugin keeps nothing half done.

What it answers is known by `type`, and not by isinstance: a subclass could do anything where its
fields are read, and an object's `__class__` is what it says it is.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Final, NoReturn

import attrs

from cartcore.errors import CartcoreError, PluginError
from cartcore.errors.sentences import class_name, shown
from cartcore.values.records import typed

FAULTS: Final = (Exception, SystemExit)
"""What a plugin may raise without getting past the guard."""

LOGGER: Final = "cartcore.plugins"
"""The name of the logger that is told what plugins do wrong."""

NESTED: Final = "a condition made of it"
"""What a part of another one is asked for, where that other one does not know for what."""

_MISSING = object()
_LONGEST_ERROR = 300
_LONGEST_CLASS = 100
_LONGEST_TRACEBACK = 20_000


Watch = Callable[[str, str], AbstractContextManager[None]]
"""Goes around a call of a plugin, by the plugin's name and what it is asked for: to measure it."""


def unwatched(plugin: str, subject: str) -> AbstractContextManager[None]:  # noqa: ARG001
    """Measure nothing."""
    return nullcontext()


@attrs.frozen(field_transformer=typed)
class PluginFault:
    """What a plugin did wrong, as a value for a log (PK-16).

    Attributes:
        plugin: The name of the type or plugin.
        subject: What it was asked for, such as "promotion 'SPRING'".
        problem: What went wrong. It may quote the plugin's exception, so it is not for staff.
        error: The class of the exception that it raised; empty if it raised none.
        traceback: Where it went wrong, as Python writes it.
    """

    plugin: str
    subject: str
    problem: str
    error: str = ""
    traceback: str = attrs.field(default="", eq=False, repr=False)

    @classmethod
    def of(cls, error: PluginError) -> "PluginFault":
        """Return the fault that an error tells; it holds nothing of the call, as a frame would."""
        said = error.plugin, error.subject, error.problem, error.error
        return cls(*said, traceback_of(error))

    def __str__(self) -> str:
        return f"the plugin {self.plugin!r} failed for {self.subject}: {self.problem}"


def traceback_of(error: BaseException) -> str:
    """The traceback of an error as a text."""
    from traceback import format_exception  # noqa: PLC0415  (only where something fails)

    try:
        text = "".join(format_exception(error))
    except FAULTS:
        text = said(error)
    printable = text.encode("utf-8", "backslashreplace").decode()
    return shown(printable, longest=_LONGEST_TRACEBACK, write=str)


def line_of(error: BaseException, above: str) -> str:
    """Where an error was raised, in the file that was called from the file `above`: "shop.py:12".

    Empty if that is not known, as of what is not written in Python.
    """
    places: list[tuple[str, int]] = []
    here = error.__traceback__
    while here is not None:
        places.append((here.tb_frame.f_code.co_filename, here.tb_lineno))
        here = here.tb_next
    called = [place for place in places if place[0] != above]
    lines = [line for file, line in called if file == called[0][0]]
    return f"{called[0][0]}:{lines[-1]}" if lines else ""


def forget(error: BaseException) -> None:
    """Drop what an error, and those behind it, hold of the calls: once it is told.

    A plugin may raise one and the same object for each price. Python adds to its traceback each
    time, and would keep all these carts.
    """
    todo: list[BaseException | None] = [error]
    while todo:
        each = todo.pop()
        with suppress(*FAULTS):  # an exception of a plugin's can have attributes of its own
            if each is not None and each.__traceback__ is not None:
                each.__traceback__ = None
                todo += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]


def guarded(function: Callable[..., Any], *arguments: object, plugin: str, subject: str) -> Any:
    """Return what a function of a plugin answers.

    Args:
        function: what is called.
        arguments: what it is given.
        plugin: the name of the plugin or type.
        subject: what it is asked for, such as "promotion 'SPRING'".

    Raises:
        PluginError: it raised an exception, or SystemExit.
    """
    try:
        return function(*arguments)
    except FAULTS as error:
        blame(error, plugin, subject)


def blame(error: BaseException, plugin: str, subject: str, called: str = "it") -> NoReturn:
    """Raise the PluginError for what a plugin raised.

    One that the guard raised for a type that this one asked stays as it is, but for a subject that
    was not known there.
    """
    if type(error) is PluginError and all(type(each) is str for each in error.args):
        if error.subject == NESTED != subject:
            raise PluginError(error.plugin, subject, error.problem, error.error) from error
        raise error
    raise PluginError(plugin, subject, f"{called} raised {said(error)}", kind_of(error)) from error


def kind_of(error: BaseException) -> str:
    """The class of an exception, quoted if its name is none that could be written in a program."""
    name = class_name(error)
    return shown(name, longest=_LONGEST_CLASS, write=str if name.isidentifier() else repr)


def said(error: BaseException) -> str:
    """What an exception says: in words if it is one of cartcore, otherwise as Python writes it."""
    write = str if issubclass(type(error), CartcoreError) else repr
    return shown(error, longest=_LONGEST_ERROR, write=write)


def member_of(part: object, name: str, default: Any, subject: str) -> Any:
    """Return a member that a type may have; the default if it has none.

    Raises:
        PluginError: it has one, but reading it raised.
    """
    try:
        value = getattr(part, name, _MISSING)
        # A property that raised AttributeError is there, and not missing.
        if value is _MISSING and hasattr(type(part), name):
            value = getattr(part, name)
    except FAULTS as error:
        blame(error, type_name_of(part), subject, name)
    return default if value is _MISSING else value


def flag_of(part: object, name: str, subject: str) -> bool:
    """Return a flag that a type may have; False if it has none.

    Raises:
        PluginError: it raised, or is something else.
    """
    flag = member_of(part, name, None, subject)
    if flag is None:
        return False
    if type(flag) is not bool:
        problem = f"{name} is {shown(flag)}, not True or False"
        raise PluginError(type_name_of(part), subject, problem)
    return flag


def type_name_of(part: object) -> str:
    """The type name of a configured object, or that of its class where it has none."""
    try:
        name = part.type_name  # type: ignore[attr-defined]
    except FAULTS:
        name = None
    return name if type(name) is str else class_name(part)
