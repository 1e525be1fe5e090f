"""Which tests hold which rule. The page about it is written when the documentation is built."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULES = ROOT / "docs" / "rules.md"
_ID = re.compile(r"\b(?:HA|HS|OE|PK|PR|SC|ST|TX|WB)-\d+\b")
_RULE_ROW = re.compile(r"^\| ((?:HA|HS|OE|PK|PR|SC|ST|TX|WB)-\d+) \|", re.MULTILINE)


def rules() -> list[str]:
    """The ids of the rules in force, in the order of the page."""
    return _RULE_ROW.findall(RULES.read_text(encoding="utf-8"))


def _named(path: Path) -> Iterator[tuple[str, str]]:
    """The (rule, test) pairs of a file: a test names its rules in its docstring."""
    place = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and (
            node.name.startswith("test_")
            or any("rule" in ast.unparse(d) for d in node.decorator_list)
        ):
            for rule in _ID.findall(ast.get_docstring(node) or ""):
                yield rule, f"{place}::{node.name}"


@cache
def named_in_tests() -> dict[str, list[str]]:
    """The tests that name each rule."""
    found: dict[str, set[str]] = defaultdict(set)
    contract = ROOT / "src" / "cartcore" / "testing"
    for path in [*(ROOT / "tests").rglob("test_*.py"), *contract.rglob("*.py")]:
        for rule, test in _named(path):
            found[rule].add(test)
    return {rule: sorted(tests) for rule, tests in found.items()}


def named_anywhere() -> set[str]:
    """The ids that stand in the package, the examples or the tests."""
    files = (file for top in ("src", "examples", "tests") for file in (ROOT / top).rglob("*.py"))
    return {rule for file in files for rule in _ID.findall(file.read_text(encoding="utf-8"))}


def page() -> str:
    """Write the page in Markdown: each rule with the tests that name it, file by file."""
    found = named_in_tests()
    rows = [
        "# Rules and their tests",
        "",
        "Each test names the [rules](rules.md) that it holds; this page is made from that.",
        "",
    ]
    for rule in rules():
        rows += [f"## {rule}", ""]
        by_file: dict[str, list[str]] = defaultdict(list)
        for test in found.get(rule, []):
            file, name = test.split("::")
            by_file[file].append(name)
        for file, names in by_file.items():
            rows += [f"- `{file}`", *(f"  - `{name}`" for name in names)]
        rows.append("")
    return "\n".join(rows)
