"""Values as other programs see them, and back, with schemas that fit."""

from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override
from moneyed import Money

from cartcore.documents.faults import first_fault
from cartcore.documents.schema import DIALECT, IN_SCHEMA, Schema, Schemas
from cartcore.documents.serializer import make_converter, only_objects
from cartcore.errors import CartcoreError, InvalidField
from cartcore.errors.sentences import shown, values_as_json
from cartcore.plain.errors import ERROR, plain_error
from cartcore.plain.values import DERIVED, LISTED, VALUES, VERSION, internal_fields, shown_fields
from cartcore.promotions.rulebook import Rulebook
from cartcore.storage.paging import Page
from cartcore.values.arguments import check_calls

T = TypeVar("T")

_IN_OPENAPI = "#/components/schemas/"
_PAGE = attrs.fields(Page)


@check_calls
class PlainForm:
    """Writes and reads values as other programs see them, and describes them (HA-12).

    Objects, lists, texts, whole numbers, true, false and null, nothing else: an amount is
    `{"amount": "12.50", "currency": "USD"}`, a time a text in ISO 8601, a choice its text. All
    fields are written; those that have a default need not be given. Internals, such as idempotency
    keys, are neither written nor read.

    Args:
        rulebook: the types that promotions, shipping speeds and taxes can have; without it values
            that hold some are written and not read.
        version: the version of the form, `cartcore.plain.VERSION`.

    Raises:
        InvalidField: a version of the form that this cartcore does not have.
    """

    def __init__(self, rulebook: Rulebook | None = None, *, version: int = VERSION) -> None:
        if version != VERSION:
            expected = f"a version of the plain form that this cartcore has ({VERSION})"
            raise InvalidField("version", version, expected)
        self._rulebook = Rulebook() if rulebook is None else rulebook
        self._converter = _plain_converter(self._rulebook)
        # What has a plain form is what can be reached from the values.
        schemas = self._schemas(IN_SCHEMA)
        self._kinds = schemas.kinds - schemas.choices.keys()
        self._written_as: dict[type, Any] = {kind: kind for kind in self._kinds} | schemas.choices

    @property
    def kinds(self) -> frozenset[Any]:
        """The classes that have a plain form, and kinds of type such as `PromotionType`."""
        return self._kinds

    def kind_of(self, value: object) -> Any:
        """What `from_plain` reads a value as: its class, or of a type the kind of type that it is.

        Raises InvalidField for a value that has no plain form.
        """
        # Money is of a class of cartcore's own.
        kind = self._written_as.get(Money if isinstance(value, Money) else type(value))
        if kind is None:
            expected = "a value or an error of cartcore, or a list or page of values"
            raise InvalidField("value", value, expected)
        return kind

    def to_plain(self, value: object) -> Any:
        """Return a value, a list, tuple or page of them, or an error as plain data.

        Raises:
            InvalidField: an object of another class.
        """
        if isinstance(value, (list, tuple)):
            return [self._one(each) for each in value]
        if isinstance(value, Page):
            others = {f.name: getattr(value, f.name) for f in _PAGE if f.name != "items"}
            return {"items": [self._one(each) for each in value.items], **others}
        if isinstance(value, CartcoreError):
            return plain_error(value, self._one)
        return self._one(value)

    def _one(self, value: object) -> Any:
        return self._converter.unstructure(value, unstructure_as=self.kind_of(value))

    def from_plain(self, data: object, kind: type[T]) -> T:
        """Return the value that plain data describes: of a class, or a list or page of one.

        `kind` is a class such as `Order`, or `list[Order]`, `tuple[Order, ...]`, `Page[Order]`.

        Raises:
            InvalidField: data of another shape, or a value that the class refuses; names the path
                and what is expected there.
        """
        self._check_kind(kind)
        wanted: Any = tuple[get_args(kind)[0], ...] if get_origin(kind) is list else kind  # type: ignore[misc]
        name = "page" if get_origin(kind) is Page else getattr(kind, "__name__", str(kind))
        try:
            with values_as_json():
                found = self._converter.structure(data, wanted)
        except (cattrs.BaseValidationError, CartcoreError, RecursionError) as error:
            if isinstance(error, cattrs.BaseValidationError) and error.subgroup(MemoryError):
                raise MemoryError from error  # which is no fault of what is read
            with values_as_json():
                raise first_fault(error, name, data) from error
        return list(found) if get_origin(kind) is list else found  # type: ignore[return-value]

    def schema(self, kind: object) -> Schema:
        """Return the JSON Schema (2020-12) of a class, or of a list or page of one.

        Raises InvalidField for a class that has no plain form.
        """
        self._check_kind(kind)
        schemas = self._schemas(IN_SCHEMA, kind)
        found = schemas.of(kind)
        return {"$schema": DIALECT, **found, "$defs": schemas.definitions}

    def components(self) -> dict[str, Schema]:
        """Return what stands under `components` in an OpenAPI document (3.1): all schemas.

        A class is `#/components/schemas/Order`, a page of them `#/components/schemas/OrderPage`.
        """
        return {"schemas": {**self._schemas(_IN_OPENAPI).definitions, "CartcoreError": dict(ERROR)}}

    def _schemas(self, place: str, *kinds: Any) -> Schemas:
        schemas = Schemas(
            self._rulebook, self._converter, place=place, fields=shown_fields, more=_derived
        )
        for kind in kinds or (*VALUES, *(Page[each] for each in LISTED)):  # type: ignore[valid-type]
            schemas.of(kind)
        return schemas

    def _check_kind(self, kind: Any) -> None:
        origin, args = get_origin(kind), get_args(kind)
        inner = (
            args[0] if origin in {list, Page} or (origin is tuple and args[1:] == (...,)) else kind
        )
        if not isinstance(inner, type) or inner not in self._kinds:
            expected = "the class of a value, such as Order, or a list or page of one"
            raise InvalidField("kind", kind, expected)


def _derived(kind: type) -> dict[str, Schema]:
    return {
        name: {"type": "string", "readOnly": True, "description": meaning}
        for name, meaning in DERIVED.get(kind, {}).items()
    }


def _plain_converter(rulebook: Rulebook) -> Converter:
    converter = make_converter(rulebook)

    def class_writer(kind: Any) -> Any:
        hidden = {field.name: override(omit=True) for field in internal_fields(kind)}
        write = make_dict_unstructure_fn(kind, converter, **hidden)  # type: ignore[arg-type]
        derived = DERIVED.get(kind)
        if not derived:
            return write
        return lambda value: write(value) | {name: getattr(value, name) for name in derived}

    def class_reader(kind: Any) -> Any:
        read = converter.gen_structure_attrs_fromdict(kind)
        hidden = {field.name: field.default for field in internal_fields(kind)}
        required = {name: "" for name, default in hidden.items() if default is attrs.NOTHING}
        derived = DERIVED.get(kind, {})
        if not hidden and not derived:
            return only_objects(read)

        def read_shown(data: Any, _: Any) -> Any:
            for name in hidden.keys() & data.keys():
                raise InvalidField(name, data[name], "left out (there is no such field)")
            value = read({k: v for k, v in data.items() if k not in derived} | required, kind)
            for name in derived:
                follows = getattr(value, name)
                if data.get(name, follows) != follows:
                    raise InvalidField(name, data[name], f"{shown(follows)}, as the fields have it")
            return value

        return only_objects(read_shown)

    converter.register_unstructure_hook_factory(_is_record, class_writer)
    converter.register_structure_hook_factory(_is_record, class_reader)
    return converter


def _is_record(kind: Any) -> bool:
    return attrs.has(kind) and not (isinstance(kind, type) and issubclass(kind, StrEnum))
