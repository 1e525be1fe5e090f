"""Where lines of cartcore live: layers, sizes, whole objects, and tricks that a figure pays for."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

import cartcore

SOURCE = Path(cartcore.__file__).parent
PROJECT = SOURCE.parent.parent

MODULES = {path.relative_to(SOURCE).as_posix(): path for path in SOURCE.rglob("*.py")}

LONGEST_MODULE, LONGEST_CLASS = 400, 250

# What is longer, and why it is not two.
LONG = {
    "adapters/sql/schema.py": "all tables, and the types of their columns",
    "cart.py": "the parts of one value, which know each other",
    "pricing/quote.py": "one value, and what a customer sees of it",
    "desk.py": "one method a unit of work, most of them signature and docstring",
    "desk.py OrderDesk": "the same",
    "administration/administration.py Administration": "a few methods for each kind of record",
    "entry/editor.py": "the steps of an editor call each other, and each has a docstring",
    "entry/editor.py DraftEditor": "the same",
    "pricing/discounting.py": "one arithmetic: every kind of discount on the same pools",
    "pricing/ledger.py": "one value: what is left of each pool, and every way to take of it",
    "pricing/ledger.py Ledger": "the same",
    "pricing/turns.py": "one turn: asking a plugin, checking its answer, taking the discounts",
    "pricing/turns.py Turns": "the same",
    "pricing/writer.py QuoteWriter": "one typed method for each field of a quote",
    "storage/ports.py": "a port for each kind of record: signatures and what they promise",
    "testing/plugins/laws.py": "one function for each law",
    "testing/pricing/laws.py": "one function for each law",
}

# Who makes an object without its __init__, and why.
HALF_MADE = {
    "adapters/memory/table.py": "a copy of itself, in one expression",
    "pricing/context.py": "a NamedTuple with all its fields, in a third of the time",
    "pricing/tax_parts.py": "a NamedTuple with all its fields, in half the time",
    "pricing/quote.py": "a quote is written when it is looked at; its fields are set by itself",
    "rules/configurations.py": "an object of a plugin's class, to see whether it can be changed",
    "scenarios/carts.py": "a cart line is checked once, and not for each of a million orders",
    "values/money.py": "copies of values of py-moneyed, which were checked when those were made",
}


def rows_of_layers() -> list[set[str]]:
    """The layers as the contract has them, the outermost first."""
    written = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = written["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each.get("containers") == ["cartcore"]]
    assert contract["exhaustive"]
    assert not contract.get("ignore_imports")
    return [{part.strip() for part in row.split("|")} for row in contract["layers"]]


def breaches(graph: grimp.ImportGraph, package: str, layers: list[set[str]]) -> set[str]:
    """The imports from a layer into one that is not below it, and those between siblings."""
    height = {part: -place for place, row in enumerate(layers) for part in row}
    found = set()
    for importer in graph.modules - {package}:
        own = importer.split(".")[1]
        for imported in graph.find_modules_directly_imported_by(importer):
            other = imported.removeprefix(f"{package}.").split(".")[0]
            if imported != package and other != own and height[other] >= height[own]:
                found.add(f"{importer} -> {imported}")
    return found


def test_every_module_knows_only_the_layers_below() -> None:
    """The layers are those of the contract, and no module is without one (HS-1)."""
    layers = rows_of_layers()
    parts = {name.split("/")[0].removesuffix(".py") for name in MODULES} - {"__init__"}

    assert set().union(*layers) == parts
    assert breaches(grimp.build_graph("cartcore", cache_dir=None), "cartcore", layers) == set()


@pytest.mark.parametrize("importer", ["low", "beside"])
def test_a_planted_breach_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, importer: str
) -> None:
    """An import upwards, and one of a sibling, are both found (HS-1)."""
    package = tmp_path / "storeys"
    package.mkdir()
    for name in ("__init__", "low", "beside"):
        (package / f"{name}.py").write_text("")
    (package / "high.py").write_text("from storeys import low")
    (package / f"{importer}.py").write_text("from storeys import high")
    monkeypatch.syspath_prepend(tmp_path)
    graph = grimp.build_graph("storeys", cache_dir=None)

    found = breaches(graph, "storeys", [{"high", "beside"}, {"low"}])

    assert found == {f"storeys.{importer} -> storeys.high"}


def too_long() -> Iterator[str]:
    """The modules and the classes that are probably two."""
    for name, path in MODULES.items():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LONGEST_MODULE:
            yield name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                lines = (node.end_lineno or node.lineno) - node.lineno
                if lines >= LONGEST_CLASS:
                    yield f"{name} {node.name}"


def test_what_is_long_has_a_reason() -> None:
    """A class of over 250 lines or a module of over 400 says why it is one; no other is (HS-3)."""
    assert set(too_long()) == set(LONG)


def test_every_package_and_module_says_what_is_in_it() -> None:
    """The first lines of each file are what it is for (HS-3)."""
    silent = [
        name
        for name, path in MODULES.items()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []


def attributes(name: str) -> set[str]:
    """The names of all attributes that a module reads or calls."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_objects_are_made_whole() -> None:
    """`__new__` without `__init__` stands only where a reason is given (HS-4)."""
    assert {name for name in MODULES if "__new__" in attributes(name)} == set(HALF_MADE)


def test_no_module_writes_onto_the_values_of_another() -> None:
    """A frozen value is completed by itself alone: what is set by force is `self` (HS-4)."""
    forced: set[str] = set()
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name("object"), attr="__setattr__"),
                    args=[ast.Name(target), *_],
                ) if target != "self":
                    forced.add(f"{name}: {target}")
                case _:
                    pass

    # A quote that is not written yet is given its writer by its own class.
    assert forced == {"pricing/quote.py: quote"}


def test_a_trick_for_speed_tells_its_figure() -> None:
    """What is kept or inlined for speed says what it is worth, at least a tenth (HS-5)."""
    figures = {
        (name, int(figure))
        for name, path in MODULES.items()
        for figure in re.findall(
            r"(\d+) % (?:less time|faster|more time|slower)", path.read_text(encoding="utf-8")
        )
    }

    assert {name for name, _ in figures} >= {"pricing/pools.py"}
    assert {each for each in figures if each[1] < 10} == set()


def kept_between_calls(text: str) -> dict[str, str]:
    """The dicts of a module that start empty, to be filled, with what is said below each."""
    body = ast.parse(text).body
    found = {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        match node:
            case ast.AnnAssign(target=ast.Name(name), annotation=kind, value=ast.Dict(keys=[])):
                if ast.unparse(kind).startswith("dict["):  # a Mapping is only read
                    match after:
                        case ast.Expr(value=ast.Constant(value=str(said))):
                            found[name] = said
                        case _:
                            found[name] = ""
            case _:
                pass
    return found


def test_what_is_kept_between_calls_tells_its_figure() -> None:
    """A cache says below it how much less time something takes for it (HS-5)."""
    kept = {
        f"{name} {cache}": said
        for name, path in MODULES.items()
        for cache, said in kept_between_calls(path.read_text(encoding="utf-8")).items()
    }

    assert "pricing/pools.py _remembered" in kept
    assert [where for where, said in kept.items() if not re.search(r"\d+ % less time", said)] == []


def test_a_cache_that_says_nothing_is_found() -> None:
    """A planted one, and none that is only read (HS-5)."""
    planted = "_a: dict[str, int] = {}\n_b: dict[str, int] = {}\n'Saves 12 %.'\n_c: Mapping = {}"

    assert kept_between_calls(planted) == {"_a": "", "_b": "Saves 12 %."}
