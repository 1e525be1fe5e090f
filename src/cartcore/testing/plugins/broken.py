"""A law that does not hold, told in figures."""

import ast
import inspect
from traceback import walk_tb
from types import FrameType
from typing import Any

import attrs
from moneyed import Money

from cartcore.errors.sentences import shown
from cartcore.values.money import show

_LONGEST = 400
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Eq: "is not",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}


class LawBroken(AssertionError):
    """What a law found, in figures."""


def figures(error: AssertionError) -> str:
    """What a plain assertion compared, with both values; the error's own words if it has some."""
    if str(error):
        return str(error)
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    lines = [line for _, line in walk_tb(error.__traceback__)]
    return _compared(frames[-1], lines[-1]) if frames else "an assertion failed"


def _compared(frame: FrameType, line: int) -> str:
    source, first = inspect.getsourcelines(frame.f_code)
    tree = ast.parse(inspect.cleandoc("".join(source)) if first == 0 else _dedented(source))
    asserted = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        and node.lineno <= line - first + 1 <= (node.end_lineno or node.lineno)
    ]
    if not asserted:
        return "an assertion failed"
    test = asserted[0].test
    said = ast.unparse(test)
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return f"this does not hold: {said}"
    both = [_value(each, frame) for each in (test.left, test.comparators[0])]
    one, other = apart(*both) if isinstance(test.ops[0], ast.Eq) else both
    sign = _SIGNS.get(type(test.ops[0]), "?")
    return f"this does not hold: {said}\n{_told(one)} {sign} {_told(other)}"


def apart(one: Any, other: Any, name: str = "") -> tuple[Any, Any]:
    """The first parts in which two values differ, with the name of the field that they are."""
    pairs: list[tuple[Any, Any, str]] = []
    if type(one) is not type(other):
        pass
    elif isinstance(one, (tuple, list)) and len(one) == len(other):
        pairs = [(a, b, name) for a, b in zip(one, other, strict=True)]
    elif attrs.has(type(one)):
        fields = [field.name for field in attrs.fields(type(one)) if field.eq]
        pairs = [(getattr(one, each), getattr(other, each), each) for each in fields]
    for mine, its, where in pairs:
        if mine != its:
            return apart(mine, its, where)
    return (_Named(name, one), _Named(name, other)) if name else (one, other)


@attrs.frozen
class _Named:
    """A figure with the name of its field."""

    name: str
    value: Any

    def __repr__(self) -> str:
        return f"{self.name} {_written(self.value)}"


def _told(value: object) -> str:
    return shown(value, longest=_LONGEST, write=_written)


def _dedented(source: list[str]) -> str:
    margin = len(source[0]) - len(source[0].lstrip())
    return "".join(each[margin:] if each.strip() else each for each in source)


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What an expression of a law is: laws are pure, so it is worked out once more."""
    code = compile(ast.Expression(node), "a law", "eval")
    try:
        return eval(code, frame.f_globals, frame.f_locals)  # noqa: S307  (source of the kit)
    except Exception as error:  # noqa: BLE001  (a plugin may be asked again)
        return error


def _written(value: object) -> str:
    if isinstance(value, Money):
        return show(value)
    return str(value) if hasattr(value, "totals") else repr(value)
