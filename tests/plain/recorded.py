"""The fields of the plain form as they were recorded for a version, one a line (HA-12).

`python -m tests.plain.recorded` adds the lines of what is new, and takes none away.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cartcore.documents.schema import Schema
from cartcore.plain import VERSION, PlainForm
from tests.support.configurations import RULEBOOK

RECORD = Path(__file__).with_name(f"version_{VERSION}.txt")
_EXPLAINS = {"title", "description", "default"}
"""What a schema says to people, and what is read where a field is left out."""


def recorded() -> list[str]:
    """What was recorded for the version that the plain form has."""
    return RECORD.read_text(encoding="utf-8").splitlines()


def of_today() -> list[str]:
    """What the plain form has now."""
    schemas = PlainForm(RULEBOOK).components()["schemas"]
    return sorted(line for name, schema in schemas.items() for line in lines(name, schema))


def lines(name: str, schema: Schema) -> Iterator[str]:
    """A schema as lines: one for each field, choice or type that it has."""
    if "properties" in schema:
        for field, each in schema["properties"].items():
            needed = " needed" if field in schema.get("required", ()) else ""
            yield f"{name}.{field}{needed}: {_shape(each)}"
    elif "enum" in schema:
        yield from (f"{name} = {value}" for value in schema["enum"])
    elif "discriminator" in schema:
        for type_name, place in schema["discriminator"]["mapping"].items():
            yield f"{name} = {type_name}: {place}"
    else:
        yield f"{name}: {_shape(schema)}"


def _shape(schema: Any) -> str:
    shape = {name: each for name, each in schema.items() if name not in _EXPLAINS}
    return json.dumps(shape, sort_keys=True)


if __name__ == "__main__":
    before = recorded() if RECORD.exists() else []
    RECORD.write_text("\n".join(sorted({*before, *of_today()})) + "\n", encoding="utf-8")
