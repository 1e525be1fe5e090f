"""A broken law as it is told: in figures, and as the smallest case in code, in thirty lines."""

import re
from collections.abc import Callable
from textwrap import wrap
from typing import Any

from cartcore.testing.plugins.code import Code

LONGEST = 30
"""The most lines."""

_WIDTH = 96
_MOST_OF_FIGURES = 8
_DEEPEST = 12
_RULE_IDS = re.compile(r" \([A-Z]+-\d+(, [A-Z]+-\d+)*\)")


def told_broken(kind: Any, law: Callable[..., None], figures: str, case: Any = None) -> str:
    """Tell of a law that a type breaks; of a case, in code that can be pasted into a test."""
    name = getattr(kind, "type_name", None) or kind.__name__
    says = _RULE_IDS.sub("", " ".join((law.__doc__ or "").split("\n\n")[0].split()))
    found = [each for line in figures.splitlines() for each in wrap(line, _WIDTH) or [""]]
    if len(found) > _MOST_OF_FIGURES:
        found = [*found[: _MOST_OF_FIGURES - 1], "…"]
    head = [f"{name} breaks {law.__name__}:", *wrap(says, _WIDTH), *found]
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
        lines = [*code.imports, "", f"def test_{law.__name__}():", *case_lines, called]
        if len(lines) <= most:
            return lines
    return lines
