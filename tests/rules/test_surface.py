"""What an author imports: `cartcore.rules`, and the built-in types as a start (PK-2)."""

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import attrs
import pytest

from cartcore import rules
from cartcore.rules import builtin, load_rulebook, type_faults

FOLDER = "cartcore.rules.builtin.taxes."
"""The tax table is a plugin of several modules, which is copied as a folder."""

REQUIRED_PROTOCOLS = (
    rules.PromotionType,
    rules.ConditionType,
    rules.SpeedProvider,
    rules.TaxCalculator,
    rules.PricingContext,
)
BUILT_IN = load_rulebook()
PUBLIC = {name: getattr(rules, name) for name in rules.__all__}


def classes_in(hint: Any) -> Iterator[type]:
    """The classes of cartcore that an annotation names."""
    if isinstance(hint, type) and hint.__module__.startswith("cartcore."):
        yield hint
    for part in get_args(hint):
        yield from classes_in(part)


def hints_of(value: Any) -> Iterator[Any]:
    """The annotations of a function, or of the public fields, properties and methods of a class.

    Not those of class methods: they make the values that the engine hands to a type.
    """
    if inspect.isfunction(value) and value is not rules.checked:  # which attrs calls
        yield from get_type_hints(value).values()
    if not isinstance(value, type):
        return
    if attrs.has(value):
        fields = attrs.fields(attrs.resolve_types(value))
        yield from (field.type for field in fields if not field.name.startswith("_"))
    for name, member in vars(value).items():
        function = member.fget if isinstance(member, property) else member
        if not name.startswith("_") and inspect.isfunction(function):
            yield from get_type_hints(function).values()


@pytest.mark.parametrize("name", PUBLIC)
def test_nothing_else_has_to_be_imported(name: str) -> None:
    """What a public name takes or gives can itself be imported from `cartcore.rules` (PK-2)."""
    met = {found for hint in hints_of(PUBLIC[name]) for found in classes_in(hint)}

    assert set() == met - {each for each in PUBLIC.values() if isinstance(each, type)}


@pytest.mark.parametrize("module", [rules, builtin], ids=lambda module: module.__name__)
def test_all_is_what_there_is(module: ModuleType) -> None:
    """A public name in the namespace is either promised in __all__, or a module."""
    there = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }

    assert there == set(module.__all__)


def test_every_built_in_can_be_imported_from_one_place() -> None:
    """Types, and the classes in their fields, stand in `cartcore.rules.builtin` (PK-2)."""
    rulebook = load_rulebook()
    kinds: list[Any] = [
        *rulebook.promotion_types.values(),
        *rulebook.condition_types.values(),
        *rulebook.speed_providers.values(),
        *rulebook.tax_calculators.values(),
    ]
    parts = {
        found
        for kind in kinds
        for field in attrs.fields(attrs.resolve_types(kind))
        for found in classes_in(field.type)
        if found.__module__.startswith("cartcore.rules.builtin.")
    }

    assert len(kinds) > 30
    for kind in {*kinds, *parts}:
        assert kind is getattr(builtin, kind.__name__)


@pytest.mark.parametrize("plugin", builtin.PLUGINS, ids=lambda plugin: plugin.__name__)
def test_a_built_in_is_a_file_that_stands_alone(plugin: ModuleType) -> None:
    """It imports of cartcore only what `cartcore.rules` promises to an author (PK-2)."""
    source = inspect.getsource(importlib.import_module(plugin.__name__))
    own = [
        line
        for line in source.splitlines()
        if "cartcore" in line
        and "import" in line
        and not (FOLDER in line and FOLDER in plugin.__name__)
    ]

    assert ["from cartcore.rules import"] == [line.split(" (")[0][:26] for line in own]
    names = {
        name
        for name, value in vars(plugin).items()
        if getattr(value, "__module__", "").startswith("cartcore.")
        and value.__module__ != plugin.__name__
        and not (value.__module__.startswith(FOLDER) and plugin.__name__.startswith(FOLDER))
        and not name.startswith("_")
    }
    assert names <= set(rules.__all__)


def test_reserved_names_are_those_of_the_protocols() -> None:
    """Each member that a type may have is that of a Protocol that an author can import (PK-11)."""
    reserved = {*type_faults._OF_ALL, *type_faults._OF_PROMOTIONS}
    optional = {
        member
        for each in PUBLIC.values()
        if getattr(each, "_is_protocol", False) and each not in REQUIRED_PROTOCOLS
        for member in {*vars(each).get("__annotations__", {}), *vars(each)}
        if not member.startswith("_")
    }

    assert optional == reserved - {"type", "type_name", "promotion_class"}


def test_the_page_of_names_lists_all_of_them() -> None:
    """One page has each name that an author imports, once, and no other (PK-2)."""
    text = (Path(__file__).parents[2] / "docs" / "plugin-names.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
    listed = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]

    assert sorted(rules.__all__) == sorted(listed)


def test_pages_and_examples_import_built_ins_from_one_place() -> None:
    """No page, example or test names the module that a built-in type stands in (PK-2)."""
    root = Path(__file__).parents[2]
    files = [root / "README.md", *root.glob("docs/**/*.md")]
    files += [file for folder in ("examples", "tests") for file in root.glob(f"{folder}/**/*.py")]
    inner = r"taxes\.(flaws|matching) "  # no types, but what a table is made of
    deep = re.compile(rf"^\s*(from|import) cartcore\.rules\.builtin\.(?!{inner})", re.MULTILINE)

    assert len(files) > 100
    assert [] == [str(file) for file in files if deep.search(file.read_text(encoding="utf-8"))]


# These prepare their offer once, and read few attributes each time that they are asked.
PREPARED = {
    *("cartcore.amount_off", "cartcore.fixed_price", "cartcore.percent_off"),
    *("cartcore.tiered_amount_off", "cartcore.tiered_percent_off"),
    *("cartcore.order_amount_off", "cartcore.order_fixed_price", "cartcore.order_percent_off"),
    *("cartcore.free_shipping", "cartcore.shipping_amount_off"),
    *("cartcore.shipping_fixed_price", "cartcore.shipping_percent_off"),
    "cartcore.tax_table",
}


@pytest.mark.parametrize("name", sorted(BUILT_IN.origins))
def test_attributes_of_built_in_types_are_read_without_a_call(name: str) -> None:
    """No type has a `__getattr__`, which makes every read of an attribute a call, but for a few.

    attrs gives one to a slotted class that has a cached property. Quantity promotions read many
    attributes, and must never have one (PK-2).
    """
    kinds: tuple[Any, ...] = (
        BUILT_IN.promotion_types,
        BUILT_IN.condition_types,
        BUILT_IN.speed_providers,
        BUILT_IN.tax_calculators,
    )
    kind = next(types[name] for types in kinds if name in types)

    assert hasattr(kind, "__getattr__") == (name in PREPARED)
    assert kind.__getattribute__ is object.__getattribute__
    assert not (name in PREPARED and getattr(kind, "uses_units", False))
