"""What the documentation says to install is enough for the code that it shows."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "types").glob("*.md")]

PACKAGE = ROOT / "src" / "cartcore"
SOURCES = {
    "": [
        path
        for path in PACKAGE.rglob("*.py")
        if not {"adapters", "scenarios", "testing"} & {*path.relative_to(PACKAGE).parts}
        and path.name != "__main__.py"
    ],
    "sql": [
        path
        for path in (PACKAGE / "adapters").rglob("*.py")
        if "django" not in path.relative_to(PACKAGE).parts
    ],
    "django": [*(PACKAGE / "adapters" / "django").rglob("*.py")],
    "postgres": [PACKAGE / "adapters" / "postgres.py"],
    "cli": [PACKAGE / "__main__.py"],
    "testing": [*(PACKAGE / "testing").rglob("*.py")],
    "notebook": [*(PACKAGE / "scenarios").rglob("*.py")],
    "fastapi": [*(ROOT / "examples" / "fastapi_shop").rglob("*.py")],
    "web": [*(ROOT / "examples" / "backoffice").rglob("*.py")],
}
"""Which code each extra is for; that of a plain installation has no name."""

ADAPTERS = {
    "cartcore.adapters.sqlite": "sql",
    "cartcore.adapters.host": "sql",
    "cartcore.adapters.sql": "sql",
    "cartcore.adapters.postgres": "postgres",
    "cartcore.adapters.django": "django",
    "cartcore.scenarios": "notebook",
    "cartcore.testing": "testing",
}
"""The extra that a module needs, and those below it."""


BESIDE = {"fastapi.testclient": "httpx2"}
"""What a module imports that its own distribution does not bring."""


def installed_by(extra: str) -> set[str]:
    """The distributions that a plain installation names, and those of an extra."""
    found: set[str] = set()
    for requirement in (*PROJECT["dependencies"], *EXTRAS.get(extra, ())):
        name, others = re.findall(r"^([\w-]+)(?:\[([\w,]+)\])?", requirement)[0]
        if name == PROJECT["name"]:
            found = found.union(*map(installed_by, others.split(",")))
        else:
            found.add(name)
    return found


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules that some code imports, late ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


DISTRIBUTIONS = importlib.metadata.packages_distributions()


def distribution(module: str) -> str:
    """The distribution that a module of somebody else comes from; empty for Python's and ours."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top in {
        "cartcore",
        "tests",
        "shop",
        "backoffice",
        "fastapi_shop",
        "payments",
        "acme_promotions",
    }:
        return ""
    return DISTRIBUTIONS[top][0].lower()


def code_of(page: Path) -> str:
    """The blocks of Python of a page."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return "\n".join(map(dedent, blocks))


@pytest.mark.parametrize("extra", SOURCES)
def test_an_extra_installs_what_its_code_imports(extra: str) -> None:
    """Each extra, and a plain installation, names every distribution that its code imports."""
    needed = {
        distribution(module)
        for path in SOURCES[extra]
        for module in imports(ast.parse(path.read_text(encoding="utf-8")))
    }
    allowed = installed_by(extra) | (installed_by("postgres") if extra == "sql" else set())
    assert needed - {""} - allowed == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_the_extra_that_its_code_needs(page: Path) -> None:
    """What the code of a page imports is in a plain installation or in an extra that it names."""
    text = page.read_text(encoding="utf-8")
    named = {extra for extra in EXTRAS if f"[{extra}]" in text or f"extra `{extra}`" in text}
    modules = {*imports(ast.parse(code_of(page)))}
    needed = {
        extra
        for module in modules
        for prefix, extra in ADAPTERS.items()
        if module == prefix or module.startswith(f"{prefix}.")
    }
    assert needed <= named
    there = installed_by("").union(*map(installed_by, named))
    brought = {BESIDE[module] for module in modules & BESIDE.keys()}
    assert {distribution(module) for module in modules} - {""} | brought <= there


def test_extras_that_pages_name_exist() -> None:
    """Each extra that a page tells to install is one, and each one is told of."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    told = {
        extra
        for some in re.findall(r"pip install '?\.\[([\w,]+)\]", text)
        for extra in some.split(",")
    }
    assert told | {*re.findall(r"extra `(\w+)`", text)} == {*EXTRAS}


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_the_libraries_that_a_plain_installation_brings_are_told(page: str) -> None:
    """README and first page name each dependency of a plain installation, and say how many."""
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    (told,) = re.findall(r"seven (?:dependencies|libraries): ([\w, -]+?)\.", text)
    assert set(re.split(r", | and ", told)) == installed_by("") - {"tzdata"}
    assert len(installed_by("") - {"tzdata"}) == 7
