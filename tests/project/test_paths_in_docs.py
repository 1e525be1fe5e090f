"""The files, modules and commands that the pages name are there."""

import importlib
import importlib.util
import re
from pathlib import Path

from cartcore.adapters.composed import rows
from cartcore.adapters.sql import transaction
from cartcore.entry import hooks, logs
from cartcore.rules import load_rulebook
from cartcore.values import guard

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "benchmarks").glob("*.md"),
]
# But for a file that the reader of a page writes: "File `src/acme/__init__.py`:".
_PATH = re.compile(
    r"(?<!^File )`((?:src|docs|tests|examples|benchmarks)/[\w./-]*)(?:::\w+)?`", re.MULTILINE
)
_MODULE = re.compile(r"\bcartcore(?:\.[a-z_]\w*)+")
_RUN = re.compile(r"python -m ((?:tests|benchmarks)[\w.]*)")


def named(pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    """What the pages name, with the page; but for the changelog, which tells what was."""
    return {
        (page.relative_to(ROOT).as_posix(), name)
        for page in PAGES
        if page.name not in {"CHANGELOG.md", "rule-tests.md"} and "_build" not in page.parts
        for name in pattern.findall(page.read_text(encoding="utf-8"))
    }


def test_paths_are_there() -> None:
    """Each path that a page names exists, or is what a command makes."""
    made = {"docs/_build/html"}
    assert {(p, n) for p, n in named(_PATH) if n not in made and not (ROOT / n).exists()} == set()


def test_architecture_names_files_that_are_there() -> None:
    """Each file in the table "What changes, and where" exists, and there are twelve changes."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*) \| (.*) \|$", text, re.MULTILINE)[1:]
    files = {name for _, where in rows for name in re.findall(r"`([\w/]+(?:\.py|/))`", where)}
    assert len(rows) >= 12
    assert {name for name in files if not (ROOT / "src" / "cartcore" / name).exists()} == set()


def test_modules_are_there() -> None:
    """Each module of cartcore, name in one, of a type or of a logger that a page names exists."""
    loggers = (guard.LOGGER, hooks.LOGGER, logs.LOGGER, rows.LOGGER, transaction.LOGGER)
    types = {*load_rulebook().origins, *loggers, "cartcore.order"}  # the last: a model of Django
    there = {name for _, name in named(_MODULE) if name in types or _can_be_reached(name)}
    assert {(page, name) for page, name in named(_MODULE) if name not in there} == set()


def _can_be_reached(name: str) -> bool:
    module, names = name, list[str]()
    while not _is_module(module):
        module, _, last = module.rpartition(".")
        names.insert(0, last)
    value: object = importlib.import_module(module)
    for each in names:
        value = getattr(value, each, None)
    return value is not None


def test_commands_are_there() -> None:
    """Each `python -m` of tests and benchmarks that a page names can be run."""
    commands = named(_RUN)
    assert commands
    assert {(page, name) for page, name in commands if not _is_module(name)} == set()


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
