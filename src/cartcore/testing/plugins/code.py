"""Values as Python that can be pasted into a test."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

import attrs
from moneyed import Money

import cartcore
from cartcore import rules
from cartcore.rules import builtin
from cartcore.values.attributes import Attributes

_WIDTH = 96
_STEP = 4
_DEEPEST = 20
# Where names are imported from, the first that has it.
_PUBLIC = (cartcore, rules, builtin)


class Code:
    """Writes values as Python, and gathers the imports that it takes."""

    def __init__(self) -> None:
        self._imports: dict[str, set[str]] = {}

    @property
    def imports(self) -> list[str]:
        """The lines that import what was written."""
        return [
            f"from {module} import {', '.join(sorted(names))}"
            for module, names in sorted(self._imports.items())
        ]

    def named(self, thing: Any) -> str:
        """The name of a class or a function, and have it imported."""
        top, _, rest = str(thing.__qualname__).partition(".")
        module = next((m.__name__ for m in _PUBLIC if getattr(m, top, None) is thing), None)
        self._import(module or str(thing.__module__), top)
        return f"{top}.{rest}" if rest else top

    def _import(self, module: str, name: str) -> str:
        self._imports.setdefault(module, set()).add(name)
        return name

    def lines(self, start: str, value: object, *, deepest: int = _DEEPEST) -> list[str]:
        """Some lines of Python: a start and the value, broken where it is too long.

        What is nested deeper than `deepest` stays in one line, however long that becomes.
        """
        margin = len(start) - len(start.lstrip())
        return self._broken(start, self._parts(value), "", margin, deepest)

    def _broken(self, start: str, parts: Any, end: str, margin: int, deepest: int) -> list[str]:
        whole = f"{start}{_joined(parts)}{end}"
        if len(whole) <= _WIDTH or isinstance(parts, str) or not parts[1] or not deepest:
            return [whole]
        opening, inner, closing = parts
        found = [f"{start}{opening}"]
        further = margin + _STEP
        for name, each in inner:
            found += self._broken(f"{' ' * further}{name}", each, ",", further, deepest - 1)
        return [*found, f"{' ' * margin}{closing.removeprefix(',')}{end}"]

    def _parts(self, value: Any) -> Any:
        """A value as text, or as (opening, (name, value) pairs, closing)."""
        match value:
            case Money():
                self._import("moneyed", "Money")
                return f'Money("{value.amount:f}", "{value.currency.code}")'
            case Decimal():
                return f'{self._import("decimal", "Decimal")}("{value}")'
            case Enum():
                return f"{self.named(type(value))}.{value.name}"
            case datetime():
                return self._time(value)
            case date():
                self._import("datetime", "date")
                return f"date({value.year}, {value.month}, {value.day})"
            case bool() | int() | float() | str() | bytes() | None:
                return repr(value)
            case Attributes() | dict() | MappingProxyType():
                return self._mapping(value)
            case tuple() | list() | set() | frozenset():
                return self._several(value)
            case type():
                return self.named(value)
            case _ if attrs.has(type(value)):
                return self._record(value)
            case _:
                return repr(value)

    def _time(self, value: datetime) -> str:
        self._import("datetime", "datetime")
        parts = [value.year, value.month, value.day, value.hour, value.minute, value.second]
        while len(parts) > len("ymd") and not parts[-1]:
            parts.pop()
        zone = ""
        if value.tzinfo is not None:
            zone = ", tzinfo=" + (self._import("datetime", "UTC") if not value.utcoffset() else "?")
        if zone.endswith("?"):
            return f"datetime.fromisoformat({value.isoformat()!r})"
        return f"datetime({', '.join(map(str, parts))}{zone})"

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        return "{", [(f"{key!r}: ", self._parts(each)) for key, each in value.items()], "}"

    def _several(self, value: Any) -> Any:
        inner = [("", self._parts(each)) for each in value]
        match value:
            case tuple() if len(inner) == 1:
                return "(", inner, ",)"  # the comma is there already where it is broken
            case tuple():
                return "(", inner, ")"
            case list():
                return "[", inner, "]"
            case _:
                return f"{type(value).__name__}([", inner, "])"

    def _record(self, value: Any) -> Any:
        name = self.named(type(value))
        given = [
            (f"{field.alias}=", self._parts(getattr(value, field.name)))
            for field in attrs.fields(type(value))
            if field.init and not _is_default(value, field)
        ]
        return f"{name}(", given, ")"


def _joined(parts: Any) -> str:
    if isinstance(parts, str):
        return parts
    opening, inner, closing = parts
    return f"{opening}{', '.join(name + _joined(each) for name, each in inner)}{closing}"


def _is_default(value: object, field: "attrs.Attribute[Any]") -> bool:
    """Whether a field need not be given."""
    default: Any = field.default
    if default is attrs.NOTHING:
        return False
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        default = default.factory(value) if default.takes_self else default.factory()
    found = getattr(value, field.name)
    return type(found) is type(default) and bool(found == default)
