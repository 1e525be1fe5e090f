"""Records: what the fields of a class go through when one is made.

`checked` is for what people give, `typed` for what the engine and the storages make. What a field
takes is read from its annotation, once, and made into one function for each class.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import attrs

from cartcore.values.annotations import LATER, AnyText, CleanText, Fields
from cartcore.values.checks import OWN, Own, written_check

REQUIRED: Mapping[str, Any] = MappingProxyType({"required": True})
"""The metadata of a text that must not be empty."""

NAME: Mapping[str, Any] = MappingProxyType({"required": True, "visible": True})
"""The metadata of a text that people have to see: it must not be made of invisible signs alone."""

NEEDED: Mapping[str, Any] = MappingProxyType({"needed": True})
"""The metadata of a text whose default its class refuses: schemas say that it is required."""

INTERNAL: Mapping[str, Any] = MappingProxyType({"internal": True})
"""The metadata of a field that is cartcore's own, and not shown to other programs (HA-12)."""

R = TypeVar("R")

Check = Callable[[Any, Any, Any], None]
"""A validator of attrs: record, attribute, value."""


def checked(cls: type, fields: Fields) -> Fields:
    """An attrs `field_transformer`: what the fields of a class go through when a record is made.

    Texts are cleaned; a field's metadata can say `maximum` (characters), `required` (not empty),
    `visible` and `lines` (several are allowed). What can be iterated becomes a tuple, but for texts
    and mappings; texts that name a choice become the member of the enum, times UTC, money one that
    cannot be changed. Everything else has to be of the type that the annotation says: texts,
    booleans, whole numbers, finite Decimals, enums, money, times, attrs classes, protocols (by
    their methods and attributes), literals, tuples of these, and unions. Other annotations are not
    looked at.

    A converter of a field's own comes first. A factory that makes a default of the record itself
    (`takes_self`) sees it as it was given.

    Raises (when a record is made):
        InvalidText: see `cartcore.values.text.clean`.
        InvalidField: a value of another type than the field's.
    """
    return _with_check(cls, fields, CleanText)


def typed(cls: type, fields: Fields) -> Fields:
    """Like `checked`, but texts stay as they are: they were cleaned before, or the engine's own.

    Only what nothing can store is refused: half a character (a surrogate).
    """
    return _with_check(cls, fields, AnyText)


def part(cls: type, fields: Fields) -> Fields:  # noqa: ARG001  (as attrs calls it)
    """Like `typed`, but looked at when a record is made that it stands in.

    The engine writes a thousand steps of arithmetic for one quote, and needs no check of them.
    """
    first, *others = fields  # one field is enough to know the class by
    return [first.evolve(metadata={LATER: True, **first.metadata}), *others]


def evolved(record: R, **values: Any) -> R:
    """Return a record with other values of some fields: itself, if it has these already.

    Making one anew goes through all the checks of its class.
    """
    if all(getattr(record, name) == value for name, value in values.items()):
        return record
    return attrs.evolve(record, **values)  # type: ignore[misc]


def _with_check(cls: type, fields: Fields, texts: type[AnyText]) -> Fields:
    owned = [_own_apart(field) for field in fields]
    for place, field in enumerate(owned):
        if field.init:
            # The validators run when all fields are set: with the first one, all are checked.
            check = _check(cls, list(owned), texts, field.validator)
            metadata = {OWN: _own(field), **field.metadata}
            owned[place] = field.evolve(validator=check, metadata=metadata)
            break
    return owned


def _own_apart(field: "attrs.Attribute[Any]") -> "attrs.Attribute[Any]":
    """The field as attrs is to see it; what it has of its own is in the metadata, if anything is.

    Most fields have nothing and stay as they are: to evolve each of them would take a tenth of the
    time that the import of cartcore takes.
    """
    if field.converter is None and field.validator is None:
        return field
    own = _own(field)
    # Converters that take the record or the field are left to attrs.
    converter = own.converter if isinstance(own.converter, attrs.Converter) else None
    metadata = {OWN: own, **field.metadata}
    return field.evolve(converter=converter, validator=own.validator, metadata=metadata)


def _own(field: "attrs.Attribute[Any]") -> Own:
    known: Own | None = field.metadata.get(OWN)  # inherited
    return known or Own(field.converter, field.validator)


def _check(cls: type, fields: Fields, texts: type[AnyText], own: Check | None) -> Check:
    """The check of a class, and then a validator of its own.

    It is made for the first record: by then all names of annotations are known, and importing
    cartcore does not take a quarter longer.
    """
    run: Callable[[object], None] | None = None

    def check(record: object, attribute: Any, _: object) -> None:
        nonlocal run
        if run is None:
            run = written_check(cls, fields, texts)
        run(record)
        if own is not None:
            own(record, attribute, getattr(record, attribute.name))

    return check
