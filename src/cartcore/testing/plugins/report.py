"""A broken law as it is told: in figures, and as the smallest case in code, in thirty lines."""

from collections.abc import Callable
from textwrap import shorten, wrap
from typing import Any

from cartcore.testing.plugins.code import Code

LONGEST = 30
"""The most lines."""

_WIDTH = 96
_MOST_OF_FIGURES = 8
_DEEPEST = 12


def told_broken(kind: Any, law: Callable[..., None], figures: str, case: Any = None) -> str:
    """Tell of a law that a type breaks; of a case, in code that can be pasted into a test."""
    name = getattr(kind, "type_name", None) or kind.__name__
    says = " ".join((law.__doc__ or "").split("\n\n")[0].split())
    found = [each for line in figures.splitlines() for each in wrap(line, _WIDTH) or [""]]
    if len(found) > _MOST_OF_FIGURES:
        found = [*found[: _MOST_OF_FIGURES - 1], "…"]
    head = [f"{name} breaks {law.__name__}:", *wrap(f"{says}", _WIDTH), *found]
    if case is None:
        return "\n".join(head[:LONGEST])
    head += ["", "# as a test:"]
    return "\n".join([*head, *_test(law, case, LONGEST - len(head))])


def _test(law: Callable[..., None], case: Any, most: int) -> list[str]:
    """A test of the case, in so many lines: where they are few, the lines become long."""
    for deepest in range(_DEEPEST, -1, -1):
        code = Code()
        case_lines = code.lines("    case = ", case, deepest=deepest)
        called = f"    {code.named(law)}(case)"
        named = shorten(law.__name__, _WIDTH)
        lines = [*code.imports, "", f"def test_{named}():", *case_lines, called]
        if len(lines) <= most:
            return lines
    return lines
