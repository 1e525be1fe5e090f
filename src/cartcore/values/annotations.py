"""What an annotation takes: in words, by a reader, and by an expression that tells it fast."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from inspect import Parameter
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    ForwardRef,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs
from moneyed import Money

from cartcore.errors import InvalidField, InvalidText
from cartcore.errors.sentences import with_article
from cartcore.values.money import FrozenMoney
from cartcore.values.readers import (
    LARGEST_NUMBER,
    Reader,
    a_function,
    as_mapping,
    as_tuple,
    choice_reader,
    collection,
    day,
    exact_money,
    finite_decimal,
    flag,
    instance_reader,
    nothing,
    utc,
    whole_number,
)
from cartcore.values.text import a_text, clean, clean_message, normal

_LONGEST_TEXT = 255
# Keys in the metadata of fields.
_RULES = ("required", "visible", "lines", "maximum")

LATER = "cartcore.records.later"
"""The key, in the metadata of a field, that leaves its check to the record that it stands in."""

Fields = list["attrs.Attribute[Any]"]

Check = Callable[[object], None]
"""Checks a record that was made, and puts into it what was read."""


class Kind(NamedTuple):
    """What a field can hold: in words, how it is read, and what tells that it needs no reading.

    `test` is an expression with `{0}` in place of the value; empty if everything is to be read.
    `parts` are the tests of what a tuple of fixed length holds, `right` the classes whose own
    objects need no reading, whatever they hold.
    """

    says: str
    read: Reader
    test: str = ""
    parts: tuple[str, ...] = ()
    right: frozenset[type] = frozenset()


class AnyText:
    """Texts that stay as they are."""

    test = "type({0}) is str and ({0}.isascii() or {0}.isprintable())"

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self.rules = {rule: metadata[rule] for rule in _RULES if rule in metadata}
        if self.rules.get("visible"):
            self.test += " and {0}.strip()"

    def read(self, value: object, where: str) -> str:
        """Return the text as it is. Raises InvalidText."""
        if type(value) is str and value.isascii() and not self.rules:
            return value  # as most arguments of functions are
        name = where.rpartition(".")[2].replace("_", " ")
        text = a_text(value, name)
        rules = self.rules
        if (rules.get("required") and not text) or (rules.get("visible") and not normal(text)):
            raise InvalidText(name, value, "filled in")
        return text


class CleanText(AnyText):
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
        """Return the text without what is around it. Raises InvalidText."""
        return self.clean(value, where.rpartition(".")[2].replace("_", " "), **self.rules)


CheckOf = Callable[[type, Fields, type[AnyText]], Check]
"""Writes the check of a class with these fields."""


class Kinds:
    """Finds out what the annotations of a class or a function take.

    `names` get the objects that the tests speak of. `check_of` writes the check of a class whose
    fields are left to the record that they stand in.
    """

    def __init__(
        self,
        owner: type | Callable[..., Any],
        texts: type[AnyText],
        names: dict[str, Any],
        check_of: CheckOf,
    ) -> None:
        self._owner = owner
        self._texts = texts
        self._names = names
        self._check_of = check_of

    def name(self, value: object) -> str:
        """Give an object a name in the source."""
        name = f"_{len(self._names)}"
        self._names[name] = value
        return name

    def optional(self, annotation: Any) -> bool:
        """Whether None is among what it takes."""
        return NoneType in get_args(self._resolved(annotation))

    def of(self, annotation: Any, metadata: Mapping[str, Any]) -> Kind | None:
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
            return Kind("None", nothing, "{0} is None", right=frozenset({NoneType}))
        if annotation is str:
            text = self._texts(metadata)
            return Kind("a text", text.read, text.test)
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

    def _of_class(self, kind: type) -> Kind | None:
        if kind in _PLAIN:
            return _PLAIN[kind]
        if kind is Money:
            trusted = self._texts is AnyText
            test = f"type({{0}}) is {self.name(FrozenMoney)}" if trusted else ""
            return Kind("Money", exact_money, test)
        test = f"type({{0}}) is {self.name(kind)}"
        if issubclass(kind, Enum):
            says = with_article(kind.__name__)
            return Kind(says, choice_reader(kind), test, right=frozenset({kind}))
        if attrs.has(kind):
            says = with_article(kind.__name__)
            if any(LATER in field.metadata for field in attrs.fields(kind)):
                run = self._check_of(kind, list(attrs.fields(kind)), self._texts)
                return Kind(says, _part(kind, says, run))
            return Kind(says, instance_reader(kind, says), test, right=frozenset({kind}))
        if issubclass(kind, tuple):  # a named one
            says = with_article(kind.__name__)
            return Kind(says, instance_reader(kind, says), test)
        if getattr(kind, "_is_protocol", False):
            return Kind(with_article(kind.__name__), _configured(kind))
        return None

    def _union(self, kinds: Sequence[Kind | None]) -> Kind | None:
        known = [kind for kind in kinds if kind is not None]
        if len(known) < len(kinds):
            return None
        tests = [f"({kind.test})" for kind in known if kind.test]
        others = [kind for kind in known if kind.read is not nothing]
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

        right = frozenset[type]().union(*[kind.right for kind in known])
        return Kind(says, read, " or ".join(tests), right=right)

    def _several(self, item: Kind | None) -> Kind:
        if item is None:
            return Kind("a tuple", as_tuple, "type({0}) is tuple")
        if item.test:
            run_source(_all_right(item), self._names)
            right: Callable[[Any], bool] = self._names.pop("all_right")
            test = f"type({{0}}) is tuple and (not {{0}} or {self.name(right)}({{0}}))"
        else:
            test = "type({0}) is tuple and not {0}"

        def read(values: Any, where: str) -> tuple[Any, ...]:
            return _same(
                values, tuple([item.read(each, where) for each in as_tuple(values, where)])
            )

        return Kind("a tuple", read, test)

    def _row(self, items: Sequence[Kind | None]) -> Kind:
        parts = tuple(["True" if each is None else each.test or "False" for each in items])
        each = [f"({part.format(f'{{0}}[{place}]')})" for place, part in enumerate(parts)]
        test = " and ".join([f"type({{0}}) is tuple and len({{0}}) == {len(items)}", *each])
        says = f"a tuple of {len(items)}"

        def read(values: Any, where: str) -> tuple[Any, ...]:
            found = as_tuple(values, where)
            if len(found) != len(items):
                raise InvalidField(where, values, says)
            both = zip(items, found, strict=True)
            row = tuple([x if item is None else item.read(x, where) for item, x in both])
            return _same(values, row)

        return Kind(says, read, test, parts)


class ArgumentKinds(Kinds):
    """Finds out what the annotations of a function take."""

    def of(self, annotation: Any, metadata: Mapping[str, Any]) -> Kind | None:
        """What it takes; None if that cannot be told, or is left to the function."""
        annotation = self._resolved(annotation)
        if annotation in {int, float, object, Parameter.empty}:
            return None
        origin = get_origin(annotation)
        if origin is Callable:
            return Kind("a function", a_function)
        if origin is Mapping:
            return Kind("a mapping", as_mapping)
        if origin in {Iterable, Sequence}:
            return Kind("a list or tuple", collection, right=frozenset({list, tuple}))
        return super().of(annotation, metadata)

    def _of_class(self, kind: type) -> Kind | None:
        says = with_article(kind.__name__)
        own = Kind(says, instance_reader(kind, says), right=frozenset({kind}))
        return super()._of_class(kind) or own


def _all_right(item: Kind) -> str:
    """The source of a function that tells whether all of some values need no reading."""
    lines = ["def all_right(values):", "    for value in values:"]
    test = item.test.format("value")
    if item.parts:  # each of them is looked at several times, so it gets a name
        names = [f"part{place}" for place in range(len(item.parts))]
        lines += [
            f"        if type(value) is not tuple or len(value) != {len(names)}:",
            "            return False",
            f"        {', '.join(names)}, = value",
        ]
        both = zip(item.parts, names, strict=True)
        test = " and ".join([f"({part.format(name)})" for part, name in both])
    lines += [f"        if not ({test}):", "            return False", "    return True"]
    return "\n".join(lines)


def _same(given: Any, read: tuple[Any, ...]) -> tuple[Any, ...]:
    """The tuple that was given, if nothing of it had to be changed."""
    if type(given) is tuple and all(map(_is, given, read)):
        return given
    return read


def _is(one: object, other: object) -> bool:
    return one is other


def _part(kind: type, expected: str, run: Check) -> Reader:
    def read(value: object, where: str) -> object:
        if not isinstance(value, kind):
            raise InvalidField(where, value, expected)
        run(value)
        return value

    return read


def _literal(values: tuple[Any, ...]) -> Kind:
    says = f"one of {', '.join(map(repr, values))}"

    def read(value: object, where: str) -> object:
        # By type as well: 1 equals True.
        if not any(type(value) is type(each) and value == each for each in values):
            raise InvalidField(where, value, says)
        return value

    return Kind(says, read)


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

    def has_all(value: object) -> bool:
        try:
            return (
                not isinstance(value, type)
                and all(callable(getattr(value, name, None)) for name in methods)
                and all(isinstance(getattr(value, n, None), kind) for n, kind in attributes.items())
            )
        except (Exception, SystemExit):  # noqa: BLE001  (a plugin's property can raise anything)
            return False

    def read(value: object, where: str) -> object:
        if not has_all(value):
            raise InvalidField(where, value, expected)
        return value

    return read


_PLAIN: Mapping[type, Kind] = MappingProxyType(
    {
        bool: Kind(
            "True or False",
            flag,
            "({0} is True or {0} is False)",
            right=frozenset({bool}),
        ),
        int: Kind(
            "a whole number",
            whole_number,
            f"type({{0}}) is int and -{LARGEST_NUMBER} <= {{0}} <= {LARGEST_NUMBER}",
        ),
        Decimal: Kind("a Decimal", finite_decimal),
        date: Kind("a date", day, "type({0}) is date"),
        datetime: Kind("a datetime", utc, "type({0}) is datetime and {0}.tzinfo is UTC"),
    }
)


def run_source(source: str, names: dict[str, Any]) -> None:
    """Execute source that was written here, of names and constants alone."""
    # Compiled before: whoever interrupts Python in a text that it executes has interrupted the
    # program, to judge by its exit status, even if that caught the KeyboardInterrupt.
    exec(compile(source, __name__, "exec"), names)  # noqa: S102  (of names and constants alone)
