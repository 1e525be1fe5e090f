"""``import cartcore`` stays cheap and needs no optional dependency."""

import json
import subprocess
import sys

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
import cartcore
print(json.dumps(sorted(sys.modules)))
"""


def modules_after_import() -> list[str]:
    done = subprocess.run(
        [sys.executable, "-S", "-W", "error", "-c", PROGRAM, json.dumps(sys.path)],
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stderr

    modules: list[str] = json.loads(done.stdout)
    return modules


def test_import_brings_no_rules_adapters_or_drivers() -> None:
    """The base package imports no plugin, adapter or database driver, and no time zones."""
    modules = modules_after_import()
    unwanted = [m for m in modules if any(m == h or m.startswith(f"{h}.") for h in HEAVY)]

    assert "cartcore" in modules
    assert [] == unwanted
