"""The reference explains every field that a user meets."""

import attrs
import pytest

from cartcore import Quote
from cartcore.pricing.quote import Decision
from tests.support.reference import classes, fields, meanings


@pytest.mark.parametrize("cls", classes(), ids=lambda cls: f"{cls.__module__}.{cls.__qualname__}")
def test_each_field_of_a_public_class_is_explained(cls: type) -> None:
    """A public class, or one met in its fields, says what each field means, and of no other."""
    explained = {name: text for name, text in meanings(cls).items() if text.endswith((".", ")"))}
    assert explained.keys() == fields(cls).keys()


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
