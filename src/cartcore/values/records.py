"""What the fields of records go through on their way in: one rule for all of them.

`checked` is for what people give, `typed` for what the engine and the storages make. What a field
takes is read from its annotation, once, and made into one function for each class.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from inspect import Parameter
from itertools import islice
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    ForwardRef,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs
from moneyed import Money

from cartcore.errors import InvalidAmount, InvalidField, InvalidText, UnknownCurrency
from cartcore.errors.sentences import with_article
from cartcore.values.money import FrozenMoney, exact
from cartcore.values.text import a_text, clean, clean_message

T = TypeVar("T")

REQUIRED: Mapping[str, Any] = MappingProxyType({"required": True})
"""The metadata of a text that must not be empty."""

NAME: Mapping[str, Any] = MappingProxyType({"required": True, "visible": True})
"""The metadata of a text that people have to see: it must not be made of invisible signs alone."""

LARGEST_NUMBER = 2**63 - 1
"""The largest whole number that a field takes, as every database does; the smallest is below 0."""

MOST_VALUES = 1_000_000
"""The most values that are taken from what is no tuple: nobody waits for one without an end."""

_LONGEST_TEXT = 255
_MOST_DIGITS = 50
# Keys in the metadata of fields.
_OWN = "cartcore.records.own"
_LATER = "cartcore.records.later"

Fields = list["attrs.Attribute[Any]"]


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
    return _with_check(cls, fields, _CleanText)


def typed(cls: type, fields: Fields) -> Fields:
    """Like `checked`, but texts stay as they are: they were cleaned before, or the engine's own.

    Only what nothing can store is refused: half a character (a surrogate).
    """
    return _with_check(cls, fields, _AnyText)


def part(cls: type, fields: Fields) -> Fields:  # noqa: ARG001  (as attrs calls it)
    """Like `typed`, but looked at when a record is made that it stands in.

    The engine writes a thousand steps of arithmetic for one quote, and needs no check of them.
    """
    first, *others = fields  # one field is enough to know the class by
    return [first.evolve(metadata={_LATER: True, **first.metadata}), *others]


def utc(value: object, where: str = "time") -> datetime:
    """Return a time in UTC.

    Raises:
        InvalidField: no time, one without a time zone, or one that UTC has no date for.
    """
    try:
        if isinstance(value, datetime) and value.utcoffset() is not None:
            return value.astimezone(UTC)
    except OverflowError:
        expected = "a time from the year 1 to 9999 in UTC"
        raise InvalidField(where, value, expected) from None
    raise InvalidField(where, value, "a datetime with a time zone")


def tuple_of(kind: type[T], name: str, values: Iterable[T]) -> tuple[T, ...]:
    """Return values as a tuple. Raises InvalidField, for values of another kind, too."""
    found = as_tuple(values, name)
    for value in found:
        of_kind(kind, value, name)
    return found


def flag(value: object, where: str) -> bool:
    """Return True or False. Raises InvalidField for anything else, however true it may be."""
    if value is True or value is False:
        return value
    raise InvalidField(where, value, "True or False")


def as_mapping(value: object, where: str) -> Mapping[Any, Any]:
    """Return a mapping as it is. Raises InvalidField for anything else."""
    if not isinstance(value, Mapping):
        raise InvalidField(where, value, "a mapping, such as a dict")
    return value


def of_kind(kind: type[T], value: object, where: str) -> T:
    """Return a value of a class. Raises InvalidField if it is of another one."""
    if not isinstance(value, kind):
        raise InvalidField(where, value, with_article(kind.__name__))
    return value


def argument_reader(annotation: Any, function: Callable[..., Any]) -> "Reader | None":
    """Return what reads an argument of a function; None if the annotation is not looked at.

    What `typed` tells of fields, it tells of arguments. Beside that: mappings, callables, and
    collections, which are no text and no mapping, and whose items are not looked at. Numbers are
    left to the function, which knows in which range they must be.
    """
    kind = _ArgumentKinds(function, _AnyText, {}).of(annotation, {})
    return None if kind is None else kind.read


def has_method(value: object, name: str) -> bool:
    """Whether a value that is not a class has a method."""
    return not isinstance(value, type) and callable(getattr(value, name, None))


# --- One function for each class --------------------------------------------------------------


class _Own(NamedTuple):
    """What a field says of its own."""

    converter: Any
    validator: Any


Check = Callable[[Any, Any, Any], None]
"""A validator of attrs: record, attribute, value."""


def _with_check(cls: type, fields: Fields, texts: "type[_AnyText]") -> Fields:
    owned = [_own_apart(field) for field in fields]
    for place, field in enumerate(owned):
        if field.init:
            # The validators run when all fields are set: with the first one, all are checked.
            check = _check(cls, list(owned), texts, field.validator)
            metadata = {_OWN: _own(field), **field.metadata}
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
    metadata = {_OWN: own, **field.metadata}
    return field.evolve(converter=converter, validator=own.validator, metadata=metadata)


def _own(field: "attrs.Attribute[Any]") -> _Own:
    known: _Own | None = field.metadata.get(_OWN)  # inherited
    return known or _Own(field.converter, field.validator)


def _check(cls: type, fields: Fields, texts: "type[_AnyText]", own: Check | None) -> Check:
    """The check of a class, and then a validator of its own.

    It is made for the first record: by then all names of annotations are known, and importing
    cartcore does not take a quarter longer.
    """
    run: Callable[[object], None] | None = None

    def check(record: object, attribute: Any, _: object) -> None:
        nonlocal run
        if run is None:
            run = _made(cls, fields, texts)
        run(record)
        if own is not None:
            own(record, attribute, getattr(record, attribute.name))

    return check


def _made(cls: type, fields: Fields, texts: "type[_AnyText]") -> Callable[[object], None]:
    """Write the check as source, as attrs writes `__init__`: a loop takes five times as long.

    What is right already is told by an expression, without a call.
    """
    names: dict[str, Any] = {
        "put": object.__setattr__,
        "InvalidAmount": InvalidAmount,
        "InvalidField": InvalidField,
        "datetime": datetime,
        "UTC": UTC,
    }
    kinds = _Kinds(cls, texts, names)
    lines = ["def check(record):"]
    for field in fields:
        if field.init:
            lines += _lines(field, f"{cls.__name__}.{field.name}", kinds)
    lines.append("    return None")
    _run("\n".join(lines), names)
    made: Callable[[object], None] = names["check"]
    return made


def _run(source: str, names: dict[str, Any]) -> None:
    # Compiled before: whoever interrupts Python in a text that it executes has interrupted the
    # program, to judge by its exit status, even if that caught the KeyboardInterrupt.
    exec(compile(source, __name__, "exec"), names)  # noqa: S102  (of names and constants alone)


def _lines(field: "attrs.Attribute[Any]", where: str, kinds: "_Kinds") -> list[str]:
    kind = kinds.of(field.type, field.metadata)
    own = field.metadata[_OWN].converter if _OWN in field.metadata else None
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


# --- What an annotation takes -----------------------------------------------------------------

Reader = Callable[[Any, str], Any]
"""Returns a value as it is kept, for the place that errors name."""


class _Kind(NamedTuple):
    """What a field can hold: in words, how it is read, and what tells that it needs no reading.

    `test` is an expression with `{0}` in place of the value; empty if everything is to be read.
    """

    says: str
    read: Reader
    test: str = ""


class _AnyText:
    """Texts that stay as they are."""

    test = "type({0}) is str and ({0}.isascii() or {0}.isprintable())"

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self.rules = {key: value for key, value in metadata.items() if key not in {_OWN, _LATER}}

    def read(self, value: object, where: str) -> str:
        name = where.rpartition(".")[2].replace("_", " ")
        text = a_text(value, name)
        if self.rules.get("required") and not text:
            raise InvalidText(name, value, "filled in")
        return text


class _CleanText(_AnyText):
    """Texts that are cleaned."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        super().__init__(metadata)
        self.clean = clean_message if self.rules.pop("lines", False) else clean
        longest = self.rules.get("maximum", _LONGEST_TEXT)
        self.test = (
            "type({0}) is str and {0}.isascii() and {0}.isprintable()"
            f" and len({{0}}) <= {longest:d} and {{0}}.strip() == {{0}}"
        )
        if self.rules.get("required") or self.rules.get("visible"):
            self.test += " and {0}"

    def read(self, value: object, where: str) -> str:
        return self.clean(value, where.rpartition(".")[2].replace("_", " "), **self.rules)


class _Kinds:
    """Finds out what the annotations of a class or a function take.

    `names` get the objects that the tests speak of.
    """

    def __init__(
        self, owner: type | Callable[..., Any], texts: type[_AnyText], names: dict[str, Any]
    ) -> None:
        self._owner = owner
        self._texts = texts
        self._names = names

    def name(self, value: object) -> str:
        """Give an object a name in the source."""
        name = f"_{len(self._names)}"
        self._names[name] = value
        return name

    def optional(self, annotation: Any) -> bool:
        """Whether None is among what it takes."""
        return NoneType in get_args(self._resolved(annotation))

    def of(self, annotation: Any, metadata: Mapping[str, Any]) -> _Kind | None:
        """What it takes; None if that cannot be told."""
        annotation = self._resolved(annotation)
        origin, args = get_origin(annotation), get_args(annotation)
        if origin in {Union, UnionType}:
            return self._union([self.of(each, metadata) for each in args])
        if origin is tuple and args[-1] is Ellipsis:
            return self._several(self.of(args[0], {"required": True} if args[0] is str else {}))
        if origin is tuple:
            return self._row([self.of(each, {}) for each in args])
        if origin is Literal:
            return _literal(args)
        if annotation is None or annotation is NoneType:
            return _Kind("None", _nothing, "{0} is None")
        if annotation is str:
            text = self._texts(metadata)
            return _Kind("a text", text.read, text.test)
        return self._of_class(annotation) if isinstance(annotation, type) else None

    def _resolved(self, annotation: Any) -> Any:
        """What an annotation that is written as a text means; None if that cannot be told."""
        if isinstance(annotation, ForwardRef):
            annotation = annotation.__forward_arg__
        if not isinstance(annotation, str):
            return annotation
        module = sys.modules.get(self._owner.__module__)
        try:
            code = compile(annotation, self._owner.__module__, "eval")
            return eval(code, dict(vars(module)) if module else {})  # noqa: S307
        except NameError:  # of a name that is only there for type checkers
            return Any

    def _of_class(self, kind: type) -> _Kind | None:
        if kind in _PLAIN:
            return _PLAIN[kind]
        if kind is Money:
            trusted = self._texts is _AnyText
            test = f"type({{0}}) is {self.name(FrozenMoney)}" if trusted else ""
            return _Kind("Money", _money, test)
        test = f"type({{0}}) is {self.name(kind)}"
        if issubclass(kind, Enum):
            return _Kind(with_article(kind.__name__), _choice(kind), test)
        if attrs.has(kind):
            says = with_article(kind.__name__)
            if any(_LATER in field.metadata for field in attrs.fields(kind)):
                return _Kind(says, _part(kind, says, self._texts))
            return _Kind(says, _instance(kind, says), test)
        if getattr(kind, "_is_protocol", False):
            return _Kind(with_article(kind.__name__), _configured(kind))
        return None

    def _union(self, kinds: Sequence[_Kind | None]) -> _Kind | None:
        known = [kind for kind in kinds if kind is not None]
        if len(known) < len(kinds):
            return None
        tests = [f"({kind.test})" for kind in known if kind.test]
        others = [kind for kind in known if kind.read is not _nothing]
        optional = len(others) < len(known)
        says = " or ".join(kind.says for kind in known)

        def read(value: Any, where: str) -> Any:
            if value is None and optional:
                return None
            if len(others) == 1:
                return others[0].read(value, where)
            for kind in others:
                try:
                    return kind.read(value, where)
                except (InvalidField, InvalidText):
                    pass
            raise InvalidField(where, value, says)

        return _Kind(says, read, " or ".join(tests))

    def _several(self, item: _Kind | None) -> _Kind:
        if item is None:
            return _Kind("a tuple", as_tuple, "type({0}) is tuple")
        if item.test:
            source = (
                "def all_right(values):\n"
                "    for value in values:\n"
                f"        if not ({item.test.format('value')}):\n"
                "            return False\n"
                "    return True\n"
            )
            _run(source, self._names)
            right: Callable[[Any], bool] = self._names.pop("all_right")
            test = f"type({{0}}) is tuple and (not {{0}} or {self.name(right)}({{0}}))"
        else:
            test = "type({0}) is tuple and not {0}"

        def read(values: Any, where: str) -> tuple[Any, ...]:
            return _same(
                values, tuple([item.read(each, where) for each in as_tuple(values, where)])
            )

        return _Kind("a tuple", read, test)

    def _row(self, items: Sequence[_Kind | None]) -> _Kind:
        each = [
            f"({item.test.format(f'{{0}}[{place}]') or 'False'})"
            for place, item in enumerate(items)
            if item is not None
        ]
        test = " and ".join([f"type({{0}}) is tuple and len({{0}}) == {len(items)}", *each])
        says = f"a tuple of {len(items)}"

        def read(values: Any, where: str) -> tuple[Any, ...]:
            found = as_tuple(values, where)
            if len(found) != len(items):
                raise InvalidField(where, values, says)
            both = zip(items, found, strict=True)
            row = tuple([x if item is None else item.read(x, where) for item, x in both])
            return _same(values, row)

        return _Kind(says, read, test)


class _ArgumentKinds(_Kinds):
    """Finds out what the annotations of a function take."""

    def of(self, annotation: Any, metadata: Mapping[str, Any]) -> _Kind | None:
        annotation = self._resolved(annotation)
        if annotation in {int, float, object, Parameter.empty}:
            return None
        origin = get_origin(annotation)
        if origin is Callable:
            return _Kind("a function", _function)
        if origin is Mapping:
            return _Kind("a mapping", as_mapping)
        if origin in {Iterable, Sequence}:
            return _Kind("a list or tuple", _collection)
        return super().of(annotation, metadata)

    def _of_class(self, kind: type) -> _Kind | None:
        says = with_article(kind.__name__)
        return super()._of_class(kind) or _Kind(says, _instance(kind, says))


def _same(given: Any, read: tuple[Any, ...]) -> tuple[Any, ...]:
    """The tuple that was given, if nothing of it had to be changed."""
    if type(given) is tuple and all(map(_is, given, read)):
        return given
    return read


def _is(one: object, other: object) -> bool:
    return one is other


def as_tuple(values: Any, where: str) -> tuple[Any, ...]:
    """Return what can be iterated as a tuple.

    Raises:
        InvalidField: a text, a mapping, something else that cannot be iterated, or too many values.
    """
    if type(values) is tuple:
        return values
    _collection(values, where)  # neither a text, letter by letter, nor what a mapping goes by
    found = tuple(islice(values, MOST_VALUES + 1))
    if len(found) > MOST_VALUES:
        raise InvalidField(where, values, f"a collection of at most {MOST_VALUES} values")
    return found


def _collection(value: object, where: str) -> object:
    if isinstance(value, (str, bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        raise InvalidField(where, value, "a list or tuple")
    return value


def _function(value: object, where: str) -> object:
    if not callable(value):
        raise InvalidField(where, value, "a function")
    return value


def _nothing(value: object, where: str) -> None:
    if value is not None:
        raise InvalidField(where, value, "None")


def _number(value: object, where: str) -> int:
    if type(value) is not int:
        raise InvalidField(where, value, "a whole number")
    if abs(value) > LARGEST_NUMBER:
        expected = f"a whole number from -{LARGEST_NUMBER} to {LARGEST_NUMBER}"
        raise InvalidField(where, value, expected)
    return value


def _decimal(value: object, where: str) -> Decimal:
    # An exponent of -1000000 would make the engine compute with integers of a million digits.
    if (
        type(value) is not Decimal
        or not value.is_finite()
        or abs(value.adjusted()) > _MOST_DIGITS
        or len(value.as_tuple().digits) > _MOST_DIGITS
    ):
        expected = f"a finite Decimal of at most {_MOST_DIGITS} digits"
        raise InvalidField(where, value, expected)
    return value


def _money(value: object, where: str) -> Money:
    if not isinstance(value, Money):
        raise InvalidField(where, value, "Money, such as Money('12.50', 'USD')")
    try:
        return exact(value)
    except InvalidAmount as error:
        raise InvalidField(where, value, error.expected) from error
    except UnknownCurrency as error:
        raise InvalidField(where, value, str(error)) from error


def _instance(kind: type, expected: str) -> Reader:
    def read(value: object, where: str) -> object:
        if not isinstance(value, kind):
            raise InvalidField(where, value, expected)
        return value

    return read


def _part(kind: type, expected: str, texts: type[_AnyText]) -> Reader:
    run = _made(kind, list(attrs.fields(kind)), texts)

    def read(value: object, where: str) -> object:
        if not isinstance(value, kind):
            raise InvalidField(where, value, expected)
        run(value)
        return value

    return read


def _choice(kind: type[Enum]) -> Reader:
    expected = f"one of {', '.join(str(member.value) for member in kind)}"

    def read(value: object, where: str) -> object:
        if isinstance(value, kind):
            return value
        try:
            if type(value) is str:
                return kind(value)
        except ValueError:
            pass
        raise InvalidField(where, value, expected)

    return read


def _literal(values: tuple[Any, ...]) -> _Kind:
    says = f"one of {', '.join(map(repr, values))}"

    def read(value: object, where: str) -> object:
        # By type as well: 1 equals True.
        if not any(type(value) is type(each) and value == each for each in values):
            raise InvalidField(where, value, says)
        return value

    return _Kind(says, read)


def _configured(protocol: type) -> Reader:
    """Tells an object that has what a protocol needs, by name and, of attributes, by type."""
    methods = [
        name
        for name, member in vars(protocol).items()
        if callable(member) and not name.startswith("_")
    ]
    attributes = {
        name: get_args(hint)[0] if get_origin(hint) is ClassVar else object
        for name, hint in get_type_hints(protocol).items()
    }
    needed = ", ".join([*attributes, *(f"{name}()" for name in methods)])
    expected = f"an object (not a class) that has {needed}"

    def read(value: object, where: str) -> object:
        if isinstance(value, type) or not (
            all(callable(getattr(value, name, None)) for name in methods)
            and all(isinstance(getattr(value, n, None), kind) for n, kind in attributes.items())
        ):
            raise InvalidField(where, value, expected)
        return value

    return read


_PLAIN: Mapping[type, _Kind] = MappingProxyType(
    {
        bool: _Kind("True or False", flag, "({0} is True or {0} is False)"),
        int: _Kind(
            "a whole number",
            _number,
            f"type({{0}}) is int and -{LARGEST_NUMBER} <= {{0}} <= {LARGEST_NUMBER}",
        ),
        Decimal: _Kind("a Decimal", _decimal),
        datetime: _Kind("a datetime", utc, "type({0}) is datetime and {0}.tzinfo is UTC"),
    }
)
