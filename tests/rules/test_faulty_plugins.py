"""Everything that can be wrong with a plugin is told when it is loaded, and all of it at once."""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from enum import Enum, StrEnum
from types import ModuleType
from typing import Any, ClassVar, Literal

import attrs
import pytest
from moneyed import Money

from cartcore.errors import InvalidField, InvalidPlugins
from cartcore.rules import (
    ConditionType,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    ShipmentRequest,
    ShippingSpeed,
    builtin,
    checked,
    hookimpl,
    load_rulebook,
)
from cartcore.rules.hookspecs import hookspec
from cartcore.rules.type_faults import type_faults


@attrs.frozen
class Right:
    """A promotion type with nothing wrong."""

    type_name: ClassVar[str] = "acme.right"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        return Ineligible("never", "never")


def open_type() -> type:
    """A class that attrs has not seen."""

    class Mine:
        type_name: ClassVar[str] = "acme.mine"
        promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

        def evaluate(self, context: PricingContext) -> Offer:
            return Offer()

    return Mine


ByIdentity = attrs.frozen(open_type(), eq=False)


def a_type(**members: Any) -> type:
    """A frozen promotion type with further members, or others."""
    annotations = {k: v for k, v in members.items() if k.startswith("field_")}
    own = {k: v for k, v in members.items() if k not in annotations}
    named = {name.removeprefix("field_"): kind for name, kind in annotations.items()}
    body = {"__annotations__": named, "__module__": __name__, **own}
    return attrs.frozen(type("Mine", (Right,), body))


def module(name: str = "acme", **hooks: Callable[[], Any]) -> ModuleType:
    made = ModuleType(name)
    for hook, function in hooks.items():
        setattr(made, hook, function)
    return made


def giving(*kinds: object, name: str = "acme") -> ModuleType:
    return module(name, cartcore_promotion_types=hookimpl(lambda: list(kinds)))


def faults(*plugins: object) -> list[str]:
    """What is told of plugins, fault by fault."""
    with pytest.raises(InvalidPlugins) as caught:
        load_rulebook(*plugins)
    return list(map(str, caught.value.faults))


class Level(Enum):
    LOW = 1


class Size(StrEnum):
    SMALL = "s"


@attrs.frozen
class Part:
    size: Size


@attrs.define
class OpenPart:
    size: str


@attrs.frozen(field_transformer=checked)
class Window:
    at: datetime


def utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Three plugins with five faults are one error that lists them, each with its plugin (PK-4)."""

    def fails() -> None:
        sys.exit("bye")

    told = faults(
        giving(
            Right,
            a_type(type_name="cartcore.mine", promotion_class="item"),
            a_type(type_name="acme.listed", field_items=list[str]),
            name="first",
        ),
        module("second", cartcore_promotion_types=hookimpl(fails)),
        module("third"),
    )

    assert [line.partition(" failed")[0] for line in told] == [
        "the plugin 'first'",
        "the plugin 'first'",
        "the plugin 'first'",
        "the plugin 'second'",
        "the plugin 'third'",
    ]
    assert "SystemExit" in told[3]


def test_the_error_has_a_line_for_each_fault() -> None:
    """It says how many there are, and each in a line; of one alone nothing is counted (PK-4)."""
    with pytest.raises(InvalidPlugins) as several:
        load_rulebook(module("a"), module("b"))
    with pytest.raises(InvalidPlugins) as one:
        load_rulebook(module("a"))

    first, *lines = str(several.value).splitlines()
    assert "2 faults in plugins:" == first
    assert [f"- {each}" for each in several.value.faults] == lines
    assert ("a", str(one.value.faults[0])) == (one.value.plugin, str(one.value))


@pytest.mark.parametrize(
    ("plugin", "problem"),
    [
        (module(cartcore_promotion_types=lambda: [Right]), "not marked with @hookimpl"),
        (module(cartcore_promotion_types=hookspec(lambda: [Right])), "not marked with @hookimpl"),
        (module(cartcore_promotion_type=hookimpl(lambda: [Right])), "no such hook"),
        (module(cartcore_promotion_type=lambda: [Right]), "not marked with @hookimpl"),
        (module(cartcore_promotion_types=hookimpl(lambda: "acme.x")), "not a list"),
        (module(), "none of cartcore"),
        ("cartcore_acme", "none of cartcore"),
        (None, "none of cartcore"),
        (Right, "none of cartcore"),
    ],
    ids=[
        "no mark",
        "the mark of a spec",
        "misspelt",
        "misspelt, and no mark",
        "a text",
        "no hook",
        "the name of a module",
        "None",
        "a type itself",
    ],
)
def test_hooks(plugin: object, problem: str) -> None:
    """A plugin whose types would not be found is refused and not ignored (PK-4, PK-11)."""
    assert problem in " ".join(faults(plugin))


def test_plugins_and_types_of_one_name() -> None:
    """The later of two plugins, or of two types, with the same name is told of (PK-4)."""
    other = a_type(former_names=("acme.right",), type_name="acme.other")

    assert "2 plugins of the name 'acme'" in faults(giving(Right), giving(other))[0]
    assert faults(giving(Right, name="a"), giving(Right, name="b")) == [
        "the plugin 'b' failed for acme.right: a has this type name already"
    ]
    assert faults(giving(Right, name="a"), giving(other, name="b")) == [
        "the plugin 'b' failed for acme.right: a has this type name already"
    ]


@pytest.mark.parametrize(
    "name",
    [
        "right",
        "",
        "acme. right\n",
        ".acme.right.",
        "acme.",
        "a." + "x" * 200,
        "acmé.right",
        5,
        None,
    ],
    ids=str,
)
def test_type_names(name: Any) -> None:
    """A type name has a namespace, and no blanks or other signs (PK-4)."""
    assert "type_name of Mine must be a text such as" in faults(giving(a_type(type_name=name)))[0]


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (attrs.define(open_type()), "not frozen"),
        (attrs.define(open_type(), unsafe_hash=True), "not frozen"),
        (attrs.define(open_type(), eq=False), "not frozen"),
        (ByIdentity, "by identity"),
        (a_type(field_items=list[str]), "use a tuple"),
        (a_type(field_items=dict[str, str]), "not read as it was written"),
        (a_type(field_items=frozenset[str]), "use a tuple"),
        (a_type(field_items=tuple[tuple[list[str], ...], ...]), "use a tuple"),
        (a_type(field_rate=float), "use Decimal"),
        (a_type(field_rate=float | None), "use Decimal"),
        (a_type(field_hour=time), "time, which is not read"),
        (a_type(field_x=Any), "Any, which is not read"),
        (a_type(field_x=str | int), "cannot be told apart"),
        (a_type(field_x=Literal[b"x"]), "JSON does not have"),
        (a_type(field_level=Level), "Level, which is not read"),
        (a_type(field_part=OpenPart), "OpenPart is not frozen"),
        (a_type(field_part=tuple[OpenPart, ...]), "OpenPart is not frozen"),
        (a_type(field_x="Nowhere"), "annotations of Mine cannot be read"),
        (a_type(field_at=datetime), "another zone"),
        (a_type(field_at=tuple[datetime, ...]), "another zone"),
        (a_type(field_at=datetime, at=attrs.field(converter=lambda value: value)), "another zone"),
    ],
    ids=str,
)
def test_what_is_not_read_as_it_was_written(kind: type, problem: str) -> None:
    """A configuration that would come back another is refused by looking at its class (PK-4)."""
    assert problem in " ".join(faults(giving(kind)))


def test_what_is_read_as_it_was_written() -> None:
    """What cartcore writes and reads is taken, in parts of a configuration as well (PK-4)."""
    load_rulebook(
        giving(
            a_type(
                field_texts=tuple[str, ...],
                field_pair=tuple[str, int],
                field_flag=bool,
                field_rate=Decimal,
                field_money=Money | None,
                field_size=Literal["s", "m"],
                field_enum=Size,
                field_parts=tuple[Part, ...],
                field_lines=Selection,
                field_condition=ConditionType | None,
                field_window=Window | None,
                field_at=datetime | None,
                at=attrs.field(converter=attrs.converters.optional(utc)),
            )
        )
    )


@pytest.mark.parametrize(
    "name",
    [
        *("type", "type_name", "config_version", "former_names", "upgrade", "display_name"),
        *("uses_units", "needs", "stays_unmet", "at_most", "least_left", "promotion_class"),
    ],
)
def test_fields_with_names_that_cartcore_reads(name: str) -> None:
    """A field must not have the name of a member that cartcore reads (PK-11)."""
    body = {"__annotations__": {name: int}, "__module__": __name__}
    kind = attrs.frozen(type("Mine", (Right,), body))

    assert faults(giving(kind))  # whichever is found first of what such a field breaks


def property_of(*, value: Any) -> property:
    return property(lambda _: value)


async def later(self: Any, context: Any) -> int:
    return 0


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("uses_units", 1),
        ("uses_units", "yes"),
        ("uses_units", lambda _: True),
        ("needs", "MUG"),
        ("needs", ("MUG",)),
        ("needs", [Selection(skus=("MUG",))]),
        ("needs", lambda _: ()),
        ("stays_unmet", "no"),
        ("stays_unmet", lambda _: True),
        ("at_most", 5),
        ("at_most", lambda _: 5),
        ("at_most", property_of(value=5)),
        ("at_most", later),
        ("least_left", lambda _, a, b: 5),
        ("upgrade", lambda fields, version: fields),
        ("upgrade", staticmethod(lambda fields: fields)),
        ("upgrade", classmethod(lambda cls, fields: fields)),
        ("upgrade", True),
        ("config_version", 0),
        ("config_version", True),
        ("config_version", "2"),
        ("former_names", "acme.old"),
        ("former_names", ("old",)),
        ("display_name", 5),
        ("evaluate", None),
        ("evaluate", lambda _: Offer()),
        ("evaluate", lambda _, context, more: Offer()),
        ("evaluate", later),
        ("evaluate", 5),
        ("promotion_class", "item"),
    ],
)
def test_members_of_the_wrong_kind(name: str, member: object) -> None:
    """A member that cartcore reads must be what it is read as (PK-11)."""
    [told] = faults(giving(a_type(**{name: member})))

    assert name in told


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("uses_units", True),
        ("needs", property_of(value=())),
        ("needs", (Selection(skus=("MUG",)),)),
        ("stays_unmet", property_of(value=True)),
        ("stays_unmet", True),
        ("at_most", lambda _, context: 5),
        ("at_most", staticmethod(lambda context: 5)),
        ("upgrade", staticmethod(lambda fields, version: fields)),
        ("upgrade", classmethod(lambda cls, fields, version: fields)),
        ("config_version", 3),
        ("former_names", ("acme.old", "acme.older")),
        ("display_name", "Third free"),
        ("evaluate", lambda _, context, more=1: Offer()),
    ],
)
def test_members_of_the_right_kind(name: str, member: object) -> None:
    """Each form of a member that the documentation allows is taken (PK-11)."""
    load_rulebook(giving(a_type(**{name: member})))


@pytest.mark.parametrize("name", ["use_units", "need", "at_mots", "stay_unmet", "upgrades"])
def test_misspelt_members(name: str) -> None:
    """A member with almost such a name would not be found: it is asked which was meant (PK-11)."""
    [told] = faults(giving(a_type(**{name: True})))

    assert f"it has a member {name}: is " in told


def test_names_that_cartcore_keeps_for_itself() -> None:
    """Neither a field nor a member begins with `cartcore_`: cartcore may read it (PK-11)."""
    for kind in (a_type(field_cartcore_mode=str), a_type(cartcore_mode=lambda _: 1)):
        [told] = faults(giving(kind))
        assert "it has a member cartcore_mode: names that begin with 'cartcore_'" in told


def test_fields_of_providers_have_free_names() -> None:
    """What only promotions and conditions have is an ordinary name for a provider (PK-11)."""

    @attrs.frozen
    class Van:
        type_name: ClassVar[str] = "acme.van"
        at_most: int = 5
        needs: str = ""

        def speeds(self, request: ShipmentRequest) -> list[ShippingSpeed]:
            return []

    load_rulebook(module(cartcore_speed_providers=hookimpl(lambda: [Van])))


@pytest.mark.parametrize("plugin", builtin.PLUGINS, ids=lambda module: module.__name__)
def test_built_in_types_have_no_member_that_is_a_field(plugin: ModuleType) -> None:
    """What is asked of an author holds for the built-in types (PK-11)."""
    methods: Mapping[str, str] = {
        "cartcore_promotion_types": "evaluate",
        "cartcore_condition_types": "check",
        "cartcore_speed_providers": "speeds",
        "cartcore_tax_calculators": "taxes",
    }
    for hook, method in methods.items():
        for kind in getattr(plugin, hook, list)():
            assert [] == [*type_faults(kind, method, built_in=True)]


@pytest.mark.parametrize("block", ["acme", 5, None, [5]])
def test_names_to_block_are_texts(block: Any) -> None:
    """A text alone is no list of names: it would be read letter by letter (PK-3)."""
    with pytest.raises(InvalidField, match="block"):
        load_rulebook(block=block)
