"""How the modules of cartcore know each other, beside the contracts that import-linter checks."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

import cartcore

SOURCE = Path(cartcore.__file__).parent

# What imports other parts of cartcore late, and why.
LATE = {
    "cartcore.__main__": "a command loads the adapter or the test kit that it is for",
    "cartcore.adapters.host.transaction": "psycopg is an extra, which applications on SQLite lack",
}


def circle(graph: grimp.ImportGraph) -> list[str]:
    """Modules that import each other in a circle; none if there is no circle."""
    known = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        found: list[str] = error.args[1][::-1]
        return found
    return []


def for_types_alone(package: str) -> set[tuple[str, str]]:
    """The imports inside a package that are for the type checker alone."""

    def imports(*, exclude: bool) -> set[tuple[str, str]]:
        graph = grimp.build_graph(package, exclude_type_checking_imports=exclude, cache_dir=None)
        return {
            (importer, imported)
            for importer in graph.modules
            for imported in graph.find_modules_directly_imported_by(importer)
        }

    return imports(exclude=False) - imports(exclude=True)


def late(source: str, package: str) -> Iterator[int]:
    """The lines on which parts of a package are imported in functions."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                match node:
                    case ast.ImportFrom(module=str(name)) | ast.Import(names=[ast.alias(name)]):
                        if name.split(".")[0] == package:
                            yield node.lineno
                    case _:
                        pass


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Not one after the other either, nor late, nor for the type checker alone (HS-2)."""
    graph = grimp.build_graph("cartcore", cache_dir=None)

    assert [] == circle(graph)


def test_nothing_is_imported_for_the_type_checker_alone() -> None:
    """Annotations are of what a module knows: they would only hide a circle (HS-2)."""
    assert set() == for_types_alone("cartcore")


def test_late_imports_have_a_reason() -> None:
    """Parts of cartcore are imported in functions only where that keeps something light."""
    found = {
        ".".join(["cartcore", *path.relative_to(SOURCE).with_suffix("").parts])
        for path in SOURCE.rglob("*.py")
        if [*late(path.read_text(encoding="utf-8"), "cartcore")]
    }

    assert set(LATE) == found


@pytest.mark.parametrize(
    ("back", "for_types"),
    [
        ("from planted import one", False),
        ("if TYPE_CHECKING:\n    from planted.one import One", True),
        ("def late():\n    from planted.one import One", False),
    ],
    ids=["plain", "for types", "late"],
)
def test_a_planted_circle_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: str, *, for_types: bool
) -> None:
    """What the tests above look for is found where it is."""
    package = tmp_path / "planted"
    package.mkdir()
    sources = {
        "__init__": "",
        "one": "from planted import two",
        "two": "from planted import three",
        "three": f"from typing import TYPE_CHECKING\n\n{back}\n",
        "apart": "from planted import one",
    }
    for name, source in sources.items():
        (package / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    graph = grimp.build_graph("planted", cache_dir=None)

    assert {"planted.one", "planted.two", "planted.three"} == set(circle(graph))
    edge = {("planted.three", "planted.one")}
    assert (edge if for_types else set()) == for_types_alone("planted")
    assert ("late" in back) == bool([*late(sources["three"], "planted")])
