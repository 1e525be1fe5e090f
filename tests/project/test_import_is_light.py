"""``import cartcore`` stays cheap and needs no optional dependency."""

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import cartcore

HEAVY = (
    "alembic",
    "cartcore.adapters",
    "cartcore.rules",
    "cartcore.scenarios",
    "polars",
    "psycopg",
    "sqlalchemy",
    "sqlite3",
    "sysconfig",
    "zoneinfo",
)

# With -S no site hook (coverage, an editable install) has imported anything beforehand: what is
# in sys.modules afterwards was brought by cartcore.
PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
exec(sys.argv[2])
print(json.dumps(sorted(sys.modules)))
"""


def modules_after(statement: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-S", "-W", "error", "-c", PROGRAM, json.dumps(sys.path), statement],
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stderr

    modules: list[str] = json.loads(done.stdout)
    return modules


def test_import_brings_no_rules_adapters_or_drivers() -> None:
    """All public names together bring no plugin, adapter or database driver, and no time zones."""
    modules = modules_after("from cartcore import *")
    unwanted = [m for m in modules if any(m == h or m.startswith(f"{h}.") for h in HEAVY)]

    assert "cartcore.desk" in modules
    assert unwanted == []


def test_who_prices_does_not_import_order_entry() -> None:
    """Names bring the modules that they need: none at all, or those of pricing alone (HS-1)."""
    above = ("cartcore.desk", "cartcore.documents", "cartcore.entry", "cartcore.orders")

    assert [m for m in modules_after("import cartcore") if m.startswith("cartcore.")] == []
    pricing = modules_after("from cartcore import Cart, CartLine, Promotion, price")
    assert "cartcore.pricing.engine" in pricing
    assert [m for m in pricing if m.startswith(above)] == []


def test_type_checkers_are_told_the_same_names() -> None:
    """The stub names each public name, with the module that it is imported from when asked for."""
    stub = ast.parse(Path(cartcore.__file__).with_suffix(".pyi").read_text())
    told = {
        name.name: each.module
        for each in stub.body
        if isinstance(each, ast.ImportFrom)
        for name in each.names
    }
    listed = next(each.value for each in stub.body if isinstance(each, ast.Assign))

    assert sorted(told) == cartcore.__all__ == sorted(ast.literal_eval(listed))
    for name, module in told.items():
        assert module is not None
        assert getattr(cartcore, name) is getattr(import_module(module), name)
    assert set(told) <= set(dir(cartcore))
