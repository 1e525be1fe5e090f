"""The three steps of the page "Into a Django shop", in an empty folder (HA-3)."""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "django.md"
DESK = Path(__file__).parents[2] / "examples" / "django_shop" / "phone_orders" / "desk.py"


def blocks(language: str) -> list[str]:
    """The blocks of the page in a language."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def code(beginning: str) -> list[str]:
    """The blocks of Python that begin in a way."""
    return [block for block in blocks("python") if re.match(beginning, block)]


def run(folder: Path, *arguments: str) -> str:
    """Run Python in the folder, and return what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DJANGO")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout + done.stderr


def test_the_steps_are_enough(tmp_path: Path) -> None:
    """A new project that follows the page can place an order, which prints what it says (HA-3).

    What is installed here is what the first step installs; tests/project/test_extras.py holds that.
    """
    install, migrate = blocks("console")
    settings = "DATABASE_ROUTERS = []\n" + "\n".join(code("[A-Z_]+ \\+?="))
    script = "\n".join(code("from "))
    [printed] = blocks("text")
    assert "$ pip install '.[django]'\n" == install
    run(tmp_path, "-m", "django", "startproject", "shop", ".")
    with (tmp_path / "shop" / "settings.py").open("a", encoding="utf-8") as file:
        file.write(settings)
    command = migrate.removeprefix("$ python ").split()
    (tmp_path / "order.py").write_text(script, encoding="utf-8")

    assert "cartcore.0001_initial... OK" in run(tmp_path, *command)
    assert "No changes detected" in run(tmp_path, "manage.py", "makemigrations", "--check")
    assert printed in run(tmp_path, "manage.py", "shell", "-c", "import order")
    assert "orders: 1, promotions: 1" in run(tmp_path, "manage.py", "cartcore_state")
    assert "0 faults found" in run(tmp_path, "manage.py", "cartcore_check")
    assert "0 faults found" in run(tmp_path, "-m", "cartcore", "check", "db.sqlite3")
    assert "Spring: 10% off" in run(tmp_path, "manage.py", "cartcore_export")


def test_the_page_shows_the_code_of_the_example() -> None:
    """Each class and function on the page stands in the example, as it is there (HA-3)."""
    example = DESK.read_text(encoding="utf-8")
    shown = [*code("class "), *code("def ")]
    assert len(shown) >= 5
    assert [block for block in shown if f"\n{block}\n" not in example] == []
    assert len(shown) + len([*code("from "), *code("[A-Z_]+ \\+?=")]) == len(blocks("python"))
