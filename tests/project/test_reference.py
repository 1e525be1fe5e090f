"""The reference explains every field that a user meets."""

import importlib
import re
from pathlib import Path

import attrs
import pytest

from cartcore import Quote
from cartcore.pricing.quote_parts import Decision
from tests.support.reference import MODULES, classes, fields, meanings, public_paths

PAGES = Path(__file__).parents[2] / "docs" / "api"


def listed() -> list[str]:
    """What the pages of the reference list, by the path that it stands under."""
    found: list[str] = []
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        found += re.findall(r"^\.\. auto(?:class|function):: (\S+)$", text, re.MULTILINE)
        for module, options in re.findall(r"\.\. automodule:: (\S+)\n((?:   .*\n)+)", text):
            names = re.search(r":members:((?: \w+,?|,?\s+\w+,?)+)", options)
            chosen = names[1].replace(",", " ").split() if names else []
            exported = [path for path in public_paths().values() if path.startswith(f"{module}.")]
            found += [f"{module}.{name}" for name in chosen] or exported
    return found


def explained() -> list[type]:
    """The public classes, those met in their fields, and what else the reference lists."""
    found = {*classes()}
    for path in listed():
        module, _, name = path.rpartition(".")
        value = getattr(importlib.import_module(module), name)
        found |= {value} if isinstance(value, type) else set()
    return sorted(found, key=lambda cls: (cls.__module__, cls.__qualname__))


@pytest.mark.parametrize("cls", explained(), ids=lambda cls: f"{cls.__module__}.{cls.__qualname__}")
def test_each_field_of_a_public_class_is_explained(cls: type) -> None:
    """A class that the reference lists says what each field means, and of no other."""
    told = {name: text for name, text in meanings(cls).items() if text.endswith((".", ")"))}
    assert told.keys() == fields(cls).keys()


def test_reference_lists_what_is_public() -> None:
    """Each public class and function, and each class met in their fields, is listed, and once."""
    paths = public_paths()
    wanted = {paths.get(cls, f"{cls.__module__}.{cls.__qualname__}") for cls in classes()}
    wanted |= set(paths.values())
    wanted -= {"cartcore.CartcoreError"}  # with the other errors
    there = listed()
    assert wanted <= {*there}
    assert len(there) == len({*there})


def test_reference_names_the_constants() -> None:
    """Each public constant stands in the reference."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    names = {
        name
        for path in MODULES
        for name in getattr(importlib.import_module(path), "__all__", ())
        if name.isupper()
    }
    assert {name for name in names if f"`{name}`" not in text} == set()


def test_field_without_a_meaning_is_noticed() -> None:
    """A class that explains one of its two fields, and one that it does not have, is told so."""

    @attrs.frozen
    class Poor:
        """A class.

        Attributes:
            told: What it is,
                in two lines.
            gone: What there was.

        Raises:
            other: Nothing.
        """

        told: int
        untold: int

    Poor.__module__ = "cartcore.somewhere"
    assert fields(Poor) == {"told": int, "untold": int}
    assert meanings(Poor) == {"told": "What it is, in two lines.", "gone": "What there was."}


def test_classes_inside_public_ones_are_found() -> None:
    """What a user meets only in the field of a public class has to be explained as well."""
    assert {Quote, Decision} <= {*classes()}
