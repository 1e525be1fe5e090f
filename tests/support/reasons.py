"""The codes that cartcore gives to programs, gathered from its source."""

import ast
import enum
import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from cartcore import errors

SOURCE = Path(errors.__file__).parents[1]

_REASONS = {
    "Ineligible": 0,
    "lacking_units": 0,
    "lacking_amount": 0,
    "CodeRejected": 1,
    "PromotionNotAvailable": 1,
    "DiscountRejected": 1,
    "Decision": None,
}
"""The calls that give a reason, and where it stands among their arguments."""


def error_codes() -> dict[str, str]:
    """The code of each class of error that can be raised, with the name of the class."""
    found: dict[str, str] = {}
    for name, value in vars(errors).items():
        own = inspect.isclass(value) and value.__module__.startswith("cartcore.errors")
        if own and issubclass(value, errors.CartcoreError):
            found[value.code] = name
    return found


def reasons() -> set[str]:
    """The reasons of decisions and of errors about promotions, codes and manual discounts."""
    found: set[str] = set()
    for module, call in _calls():
        name = _name(call)
        if name in _REASONS:
            at = _REASONS[name]
            if at is not None:
                found.update(_codes(module, *call.args[at : at + 1]))
            found.update(_named(module, call, "reason"))
        elif name == "evolve":
            found.update(_named(module, call, "reason"))
    return found


def problem_codes() -> set[str]:
    """The codes of the problems of a draft, but for the reasons that stand there as well."""
    found = {
        code
        for module, call in _calls()
        if _name(call) == "Problem"
        for code in _named(module, call, "code")
    }
    for module, node in _nodes():
        if isinstance(node, ast.Assign) and module.__name__.startswith("cartcore.entry."):
            found.update(_codes(module, *_given_to_code(node.targets[0], node.value)))
    return found


def _given_to_code(target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    """What an assignment gives to the name `code`, alone or with a sentence."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for each, one in zip(target.elts, value.elts, strict=False):
            yield from _given_to_code(each, one)
    elif isinstance(target, ast.Name) and target.id == "code":
        yield value


def cleared() -> set[str]:
    """What a change can take away from a draft."""
    return {
        what
        for module, call in _calls()
        if _name(call) == "Cleared"
        for what in _named(module, call, "what")
    }


def _nodes() -> Iterator[tuple[ModuleType, ast.AST]]:
    return ((module, node) for module, tree in _modules() for node in ast.walk(tree))


@cache
def _modules() -> tuple[tuple[ModuleType, ast.Module], ...]:
    found: list[tuple[ModuleType, ast.Module]] = []
    for file in sorted(SOURCE.rglob("*.py")):
        parts = file.relative_to(SOURCE.parent).with_suffix("").parts
        text = file.read_text(encoding="utf-8")
        if {"testing", "versions", "__main__"}.isdisjoint(parts) and any(
            f"{call}(" in text for call in (*_REASONS, "Problem", "Cleared", "evolve")
        ):
            path = ".".join(part for part in parts if part != "__init__")
            found.append((importlib.import_module(path), ast.parse(text)))
    return tuple(found)


def _calls() -> Iterator[tuple[ModuleType, ast.Call]]:
    return ((module, node) for module, node in _nodes() if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _named(module: ModuleType, call: ast.Call, name: str) -> Iterator[str]:
    for keyword in call.keywords:
        if keyword.arg == name:
            yield from _codes(module, keyword.value)


def _codes(module: ModuleType, *expressions: ast.expr) -> Iterator[str]:
    """The texts that an expression can be: written out, or by the name of a constant."""
    for expression in expressions:
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            yield expression.value
        elif isinstance(expression, ast.IfExp):
            yield from _codes(module, expression.body, expression.orelse)
        elif isinstance(expression, ast.Name | ast.Attribute):
            value: object = module
            for part in ast.unparse(expression).split("."):
                value = getattr(value, part, None)
            if isinstance(value, enum.Enum):
                value = value.value
            if isinstance(value, str):
                yield value
