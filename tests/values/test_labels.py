"""Names, labels and help of configurations, for form builders (PK-13)."""

from typing import ClassVar

import attrs
import pytest

from cartcore.documents.schema import config_schema
from cartcore.promotions.rulebook import Rulebook
from cartcore.rules import load_rulebook
from cartcore.values.labels import display_name, field_help, field_label

BOOK = load_rulebook()
BUILT_IN = [
    *BOOK.promotion_types.values(),
    *BOOK.condition_types.values(),
    *BOOK.speed_providers.values(),
]


@attrs.frozen
class EveryThird:
    """Every third unit is free.

    Attributes:
        from_unit: The unit that is counted from,
            which may be any.
        size: Not what is shown.
    """

    type_name: ClassVar[str] = "acme.every_third"

    from_unit: int = 1
    size: int = attrs.field(default=3, metadata={"label": "Set size", "help": "Units of a set."})
    untold: str = ""


class BuyXGetY:
    pass


class Named(EveryThird):
    display_name: ClassVar[str] = "Every third free"


def test_names_are_made_of_what_is_there() -> None:
    """A class and its fields have names for people, from their own where none is given (PK-13)."""
    fields = attrs.fields(EveryThird)

    assert ("Every third", "Every third free") == (display_name(EveryThird), display_name(Named))
    assert "Buy x get y" == display_name(BuyXGetY)
    assert ["From unit", "Set size", "Untold"] == [field_label(each) for each in fields]
    assert ["The unit that is counted from, which may be any.", "Units of a set.", ""] == [
        field_help(EveryThird, each) for each in fields
    ]


def test_a_plugins_type_in_a_schema() -> None:
    """Its JSON Schema has them as title and description, beside what it had (PK-13, PK-9)."""
    book = Rulebook(speed_providers={"acme.every_third": EveryThird})  # type: ignore[dict-item]
    schema = config_schema(EveryThird, book)

    assert ("Every third", "Every third unit is free.") == (schema["title"], schema["description"])
    assert {
        "type": "integer",
        "title": "Set size",
        "description": "Units of a set.",
        "default": 3,
    } == schema["properties"]["size"]
    assert "description" not in schema["properties"]["untold"]


@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.__name__)
def test_every_built_in_explains_itself(kind: type) -> None:
    """Each built-in type, and each of its fields, has a title and a description (PK-13)."""
    schema = config_schema(kind, BOOK)
    fields = {name: each for name, each in schema["properties"].items() if name != "type"}

    assert schema["title"]
    assert schema["description"]
    assert [] == [name for name, each in fields.items() if not each["title"]]
    assert [] == [name for name, each in fields.items() if "description" not in each]
