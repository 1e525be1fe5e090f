"""The hook reference has each hook as it is."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from cartcore.entry import hookspecs as order_hookspecs
from cartcore.rules import hookspecs

PAGE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")
HOOKS = {
    name: function
    for name, function in (vars(hookspecs) | vars(order_hookspecs)).items()
    if inspect.isfunction(function) and name.startswith("cartcore_")
}


def signature(source: str) -> str:
    """The first line of a function, however it is laid out."""
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    function.decorator_list, function.body = [], [ast.Expr(ast.Constant(...))]
    return ast.unparse(function)


def blocks(section: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_is_explained(name: str) -> None:
    """It has a section with its exact signature, meaning, errors and an example of it (PK-8)."""
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
    section = sections[name]
    told, example = blocks(section)

    assert signature(inspect.getsource(HOOKS[name])) == signature(told)
    assert re.findall(r"^\*\*(\w+)\.\*\*", section, re.MULTILINE) == ["Means", "Errors", "Example"]
    implemented = [
        node.name
        for node in ast.walk(ast.parse(example))
        if isinstance(node, ast.FunctionDef)
        and "hookimpl" in [ast.unparse(each) for each in node.decorator_list]
    ]
    assert [name] == implemented


def test_no_other_hook_is_explained() -> None:
    """The page has no section, and no row, of a hook that there is not (PK-8)."""
    assert set(re.findall(r"\bcartcore_\w+", PAGE)) == set(HOOKS)


def test_a_signature_that_differs_is_noticed() -> None:
    """Other names of parameters, and another answer, are told apart (PK-8)."""
    assert signature("@x\ndef f(a: int) -> str:\n    return 1\n") == signature(
        "def f(\n    a: int\n) -> str: ..."
    )
    for other in ("def f(b: int) -> str: ...", "def f(a: int) -> int: ...", "def f(a) -> str: ..."):
        assert signature("def f(a: int) -> str: ...") != signature(other)
