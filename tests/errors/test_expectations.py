"""What refused values should have been, as it is written all over the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cartcore

SOURCE = Path(cartcore.__file__).parent
PLACES = {"InvalidField": 2, "InvalidText": 2, "InvalidAddress": 2, "InvalidAmount": 1}
"""Errors that say "must be", and which of their arguments completes the sentence."""

# Clauses of their own, and what stood in an older sentence: "a text is needed", "it is too long".
OTHERWISE = re.compile(r"^(it|must|this|no|not) |\b(is|are) (needed|allowed|required)\b|\.$")


def expectations() -> Iterator[str]:
    """Each text that is written down as what was expected, with "…" for what is filled in."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=args) if name in PLACES:
                    values = args[PLACES[name] :]
                case ast.Assign(targets=[ast.Name(id="expected")], value=value):
                    values = [value]
                case _:
                    continue
            for value in values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.value
                elif isinstance(value, ast.JoinedStr):
                    parts = value.values
                    yield "".join(
                        str(p.value) if isinstance(p, ast.Constant) else "…" for p in parts
                    )


def test_there_are_many() -> None:
    """What is looked at is really there."""
    assert len([*expectations()]) > 100


@pytest.mark.parametrize("expected", sorted({*expectations()}))
def test_completes_the_sentence(expected: str) -> None:
    """It goes after "must be", and before "not" with what was given."""
    assert not OTHERWISE.search(expected), f"… must be {expected}, not …"
