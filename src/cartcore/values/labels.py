"""What people are shown of a configuration: its name, its fields, and what these hold.

An author may say them: `display_name` as a class variable, `label` and `help` in the metadata of a
field. Otherwise they are made of what is there: the names, and the docstring (PK-13).
"""

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import attrs
from moneyed import Money

from cartcore.values.money import show

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FIELD = re.compile(r"    (\w+): (.+)")


def display_name(kind: type) -> str:
    """The name of a class for people: its `display_name`, or "Percent off" of PercentOff."""
    given = getattr(kind, "display_name", None)
    return given if type(given) is str else _WORD.sub(" ", kind.__name__).capitalize()


def field_label(field: "attrs.Attribute[object]") -> str:
    """The name of a field for people: its `label`, or "Group size" of group_size."""
    given = field.metadata.get("label")
    return given if type(given) is str else field.name.replace("_", " ").strip().capitalize()


def field_help(kind: type, field: "attrs.Attribute[object]") -> str:
    """What a field means: its `help`, or what the docstring says under "Attributes:"."""
    given = field.metadata.get("help")
    return given if type(given) is str else _meanings(kind.__doc__ or "").get(field.name, "")


def in_words(configuration: Any) -> str:
    """A configuration in a line for people: "Percent off: percent 10, maximum 5.00 USD"."""
    name, settings = display_name(type(configuration)), settings_in_words(configuration)
    return f"{name}: {settings}" if settings else name


def settings_in_words(configuration: Any) -> str:
    """The fields that are not as they are by default."""
    return ", ".join(
        f"{field_label(field).lower()} {_in_words(value)}"
        for field, value in _settings(configuration)
    )


def _settings(configuration: Any) -> Iterator[tuple["attrs.Attribute[object]", object]]:
    for field in attrs.fields(type(configuration)):
        value, default = getattr(configuration, field.name), field.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            own = (configuration,) if default.takes_self else ()
            default = default.factory(*own)
        if field.init and value != default:
            yield field, value


def _in_words(value: object) -> str:
    if isinstance(value, Money):
        return show(value)
    if isinstance(value, tuple):
        return " and ".join(map(_in_words, value))
    if attrs.has(type(value)) and type(value).__str__ is object.__str__:
        return f"({settings_in_words(value)})"
    return str(value)


def _meanings(docstring: str) -> dict[str, str]:
    found: dict[str, str] = {}
    _, _, section = cleandoc(docstring).partition("\nAttributes:\n")
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
