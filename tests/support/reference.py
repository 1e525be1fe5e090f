"""What the reference tells: the public classes, their fields, and what is said of each field."""

import enum
import importlib
import inspect
import re
import typing
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import ModuleType

import attrs

from cartcore.errors import CartcoreError

MODULES = (
    "cartcore",
    "cartcore.errors",
    "cartcore.storage",
    "cartcore.storage.keys",
    "cartcore.rules",
    "cartcore.documents.exchange",
    "cartcore.plain",
    "cartcore.adapters.audit",
    "cartcore.adapters.shopify",
    "cartcore.scenarios",
)
"""Where users import from."""

_FIELD = re.compile(r"    (\w+): (.*)")


def public_paths() -> dict[object, str]:
    """Each public function and class, with the path that it is imported by."""
    found: dict[object, str] = {}
    for path in MODULES:
        for name, value in _exported(importlib.import_module(path)):
            if inspect.isclass(value) or inspect.isfunction(value):
                found.setdefault(value, f"{path}.{name}")
    return found


def _exported(module: ModuleType) -> Iterator[tuple[str, object]]:
    names: list[str] | None = getattr(module, "__all__", None)
    for name in names or [*vars(module)]:
        value = getattr(module, name)
        own = getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
        if names or own:
            yield name, value


def classes() -> list[type]:
    """The public classes, and those of cartcore that a reader meets in what they hold."""
    found: set[type] = set()
    todo = [value for value in public_paths() if inspect.isclass(value)]
    while todo:
        cls = todo.pop()
        if cls not in found and cls.__module__.startswith("cartcore"):
            found.add(cls)
            for kind in (*fields(cls).values(), *_answers(cls)):
                todo += _classes_in(kind)
    return sorted(found, key=lambda cls: (cls.__module__, cls.__qualname__))


def fields(cls: type) -> dict[str, object]:
    """The public fields of a class with their types; the members of an enumeration."""
    if issubclass(cls, enum.Enum):
        return dict.fromkeys(cls.__members__, cls)
    if issubclass(cls, CartcoreError):
        return {name: _annotation(cls, name) for name in cls._fields}
    if attrs.has(cls):
        kinds = typing.get_type_hints(cls)
        return {f.name: kinds[f.name] for f in attrs.fields(cls) if not f.name.startswith("_")}
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return dict(typing.get_type_hints(cls))
    return {}


def _annotation(cls: type, name: str) -> object:
    # As it is written: some name a class that only the type checker imports there.
    return next(
        annotations[name]
        for base in cls.__mro__
        if name in (annotations := vars(base).get("__annotations__", {}))
    )


def _answers(cls: type) -> Iterator[object]:
    """The types that the public properties of a class give."""
    for name, member in inspect.getmembers(cls):
        function = member.func if isinstance(member, cached_property) else None
        if isinstance(member, property):
            function = member.fget
        if function is not None and not name.startswith("_"):
            yield typing.get_type_hints(function).get("return")


def _classes_in(kind: object) -> Iterator[type]:
    if inspect.isclass(kind):
        yield kind
    for inner in typing.get_args(kind):
        yield from _classes_in(inner)


def meanings(cls: type) -> Mapping[str, str]:
    """What a class, or one that it is derived from, says of its fields under "Attributes:"."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("cartcore"):
            found |= _attributes(inspect.cleandoc(vars(base).get("__doc__") or ""))
    return found


def _attributes(docstring: str) -> dict[str, str]:
    found: dict[str, str] = {}
    _, _, section = docstring.partition("\nAttributes:\n")
    name = ""
    for line in section.splitlines():
        if field := _FIELD.fullmatch(line):
            name = field[1]
            found[name] = field[2]
        elif line.startswith("        ") and name:
            found[name] += f" {line.strip()}"
        else:
            break
    return found
