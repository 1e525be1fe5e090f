"""The check of a class, written as source: one function for what all its fields take."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import attrs

from cartcore.errors import InvalidAmount, InvalidField
from cartcore.values.annotations import AnyText, Fields, Kinds, run_source

OWN = "cartcore.records.own"
"""The key, in the metadata of a field, of what it says of its own."""


class Own(NamedTuple):
    """What a field says of its own."""

    converter: Any
    validator: Any


def written_check(cls: type, fields: Fields, texts: type[AnyText]) -> Callable[[object], None]:
    """Write the check as source, as attrs writes `__init__`: a loop takes five times as long.

    What is right already is told by an expression, without a call.
    """
    names: dict[str, Any] = {
        "put": object.__setattr__,
        "InvalidAmount": InvalidAmount,
        "InvalidField": InvalidField,
        "date": date,
        "datetime": datetime,
        "UTC": UTC,
    }
    kinds = Kinds(cls, texts, names, written_check)
    lines = ["def check(record):"]
    for field in fields:
        if field.init:
            lines += _lines(field, f"{cls.__name__}.{field.name}", kinds)
    lines.append("    return None")
    run_source("\n".join(lines), names)
    made: Callable[[object], None] = names["check"]
    return made


def _lines(field: "attrs.Attribute[Any]", where: str, kinds: Kinds) -> list[str]:
    kind = kinds.of(field.type, field.metadata)
    own = field.metadata[OWN].converter if OWN in field.metadata else None
    if isinstance(own, attrs.Converter):
        own = None
    if kind is None and own is None:
        return []
    name = field.name
    lines = [f"    value = record.{name}"]
    if own is not None:
        guard = "value is not None" if kinds.optional(field.type) else "True"
        if field.type is str:  # of a subclass, nothing is asked
            lines += [
                "    if type(value) is not str and isinstance(value, str):",
                "        value = str.__str__(value)",
                f"        put(record, {name!r}, value)",
            ]
        lines += [
            f"    if {guard}:",
            "        try:",
            f"            read = {kinds.name(own)}(value)",
            "        except InvalidAmount as error:",
            f"            expected = f'{{error.expected}} (in {name})'",
            "            raise InvalidAmount(error.value, expected) from error",
            "        except InvalidField as error:",
            f"            raise InvalidField({name!r}, error.value, error.expected) from error",
            "        if read is not value:",
            f"            put(record, {name!r}, read)",
            "            value = read",
        ]
    if kind is not None:
        lines += [
            f"    if not ({kind.test.format('value') or 'False'}):",
            f"        read = {kinds.name(kind.read)}(value, {where!r})",
            "        if read is not value:",
            f"            put(record, {name!r}, read)",
        ]
    return lines
