"""A law that does not hold, told in figures."""

import ast
import inspect
from traceback import walk_tb
from types import FrameType

from cartcore.errors.sentences import shown

_LONGEST = 400
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
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
    return f"this does not hold: {said}\n{both[0]} {_SIGNS.get(type(test.ops[0]), '?')} {both[1]}"


def _dedented(source: list[str]) -> str:
    margin = len(source[0]) - len(source[0].lstrip())
    return "".join(each[margin:] if each.strip() else each for each in source)


def _value(node: ast.expr, frame: FrameType) -> str:
    """What an expression of a law is: laws are pure, so it is worked out once more."""
    code = compile(ast.Expression(node), "a law", "eval")
    try:
        value = eval(code, frame.f_globals, frame.f_locals)  # noqa: S307  (source of the kit)
    except Exception as error:  # noqa: BLE001  (a plugin may be asked again)
        return f"({error!r})"
    return shown(value, longest=_LONGEST, write=_written)


def _written(value: object) -> str:
    return str(value) if hasattr(value, "totals") else repr(value)
