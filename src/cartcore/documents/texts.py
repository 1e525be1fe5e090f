"""Records as JSON text, without the plain data in between (HA-17).

For each class a function is written as source, like the checks of records: what is always the same
in the text stands in it, and only values are looked at. The text is the one that JSON makes of the
plain data, letter by letter; what has no text of its own here is written by way of that.
"""

from collections.abc import Callable, Collection
from json.encoder import encode_basestring
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter
from moneyed import Money

from cartcore.documents.configurations import JSON
from cartcore.values.annotations import run_source
from cartcore.values.money import figures

Text = Callable[[Any], str]
"""Writes the fields of a record as the members of a JSON object, each with a comma before it."""


class Texts:
    """Writes records of all classes as JSON text.

    Args:
        converter: what makes plain data of records.
        omitted: the names of the fields of a class that are left out where they are the default.
    """

    def __init__(self, converter: Converter, omitted: Callable[[type], Collection[str]]) -> None:
        self._converter = converter
        self._omitted = omitted
        self._known: dict[type, Text] = {}

    def members(self, record: object) -> str:
        """Return the fields of a record as members of a JSON object, each after a comma."""
        return self._of(type(record), ())(record)

    def _of(self, kind: type, within: tuple[type, ...]) -> Text:
        """What writes the objects of a class that are `within` those of others."""
        if kind not in self._known:
            self._known[kind] = self._written(kind, within)
        return self._known[kind]

    def _written(self, kind: type, within: tuple[type, ...]) -> Text:
        names: dict[str, Any] = {
            "join": "".join,
            "encode": encode_basestring,
            "other": JSON.encode,
            "money": _money,
        }
        hints, omitted = get_type_hints(kind), self._omitted(kind)
        always, lines = [], []
        for field in attrs.fields(kind):
            if not field.init:
                continue
            key, value = f",{encode_basestring(field.name)}:", f"record.{field.name}"
            text = self._text(hints[field.name], value, names, (*within, kind))
            if field.name not in omitted:
                always += [repr(key), text]
                continue
            default = _named(field.default, names)
            if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
                factory = _named(field.default.factory, names)
                default = f"{factory}({'record' if field.default.takes_self else ''})"
            lines += [f"    if {value} != {default}:", f"        text += {key!r} + {text}"]
        source = ["def write(record):", f"    text = join(({', '.join([*always, repr('')])}))"]
        run_source("\n".join([*source, *lines, "    return text"]), names)
        write: Text = names["write"]
        return write

    def _text(
        self, annotation: Any, value: str, names: dict[str, Any], within: tuple[type, ...]
    ) -> str:
        """An expression for the text of a value, itself an expression, of an annotated field."""
        origin, args = get_origin(annotation), get_args(annotation)
        kinds = [each for each in args if each is not NoneType]
        if origin in {Union, UnionType} and len(kinds) == 1:
            [kind] = kinds
            return f"('null' if {value} is None else {self._text(kind, value, names, within)})"
        if origin is tuple and args[-1] is Ellipsis:
            each = f"each{value.count('each')}"
            text = self._text(args[0], each, names, within)
            return f"('[' + ','.join([{text} for {each} in {value}]) + ']')"
        is_any = isinstance(annotation, TypeVar)
        of = self._converter
        hook = of.unstructure if is_any else of.get_unstructure_hook(annotation)
        plain = f"other({_named(hook, names)}({value}))"
        if origin is tuple:
            texts = [
                self._text(kind, f"{value}[{i}]", names, within) for i, kind in enumerate(args)
            ]
            row = " + ',' + ".join(texts)
            fits = f"type({value}) is tuple and len({value}) == {len(args)}"
            return f"('[' + {row} + ']' if {fits} else {plain})"
        if annotation in _TEXTS:
            return _TEXTS[annotation].format(value)
        if isinstance(annotation, type) and attrs.has(annotation) and annotation not in within:
            return f"('{{' + {_named(self._of(annotation, within), names)}({value})[1:] + '}}')"
        return plain


def _named(thing: object, names: dict[str, Any]) -> str:
    """Give an object a name in the source."""
    name = f"_{len(names)}"
    names[name] = thing
    return name


def _money(money: Money) -> str:
    code = encode_basestring(money.currency.code)
    return f'{{"amount":"{figures(money)}","currency":{code}}}'


_TEXTS = {
    str: "(encode({0}) if type({0}) is str else other({0}))",
    int: "(repr({0}) if type({0}) is int else other({0}))",
    bool: "('true' if {0} is True else 'false' if {0} is False else other({0}))",
    Money: "money({0})",
}
"""What texts are written by here, as expressions with `{0}` in place of the value."""
