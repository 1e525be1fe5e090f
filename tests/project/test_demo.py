"""The demo does what the README says of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from cartcore.adapters.sqlite import SQLiteStorage

SCRIPT = Path(__file__).parents[2] / "examples" / "place_order.py"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        cwd=folder,
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
    )


def test_each_run_adds_an_order(tmp_path: Path) -> None:
    """A second run opens the same file and adds a second order (ST-1)."""
    first, second, listed = run(tmp_path), run(tmp_path), run(tmp_path, "list")

    assert "" == first.stderr + second.stderr + listed.stderr
    assert "Loaded 9 products with 28 variants" in first.stdout
    assert "Loaded" not in second.stdout
    assert ["1002", "1001"] == [line.split()[0] for line in listed.stdout.splitlines()]


def test_the_receipt_adds_up(tmp_path: Path) -> None:
    """The receipt shows what a pocket calculator gives (OE-16, PR-15).

    2 × 199.00 less 10 %, 19.00, and boots of 119.00 at half price are 436.70. 5 % of that is
    21.835, rounded 21.84. Shipping is 9.90, free, and 24.00.
    """
    shown = run(tmp_path).stdout

    for row in (
        "Items                                                         536.00 USD",
        "Item discounts                                                -99.30 USD",
        "Welcome: 5% off the order [WELCOME5]                          -21.84 USD",
        "Shipping                                                       33.90 USD",
        "Shipping discounts                                             -9.90 USD",
        "TOTAL                                                         438.86 USD",
    ):
        assert 2 == shown.count(row), "once in the review, once in the order"


def test_an_order_can_be_looked_at_again(tmp_path: Path) -> None:
    """What `show` prints is what placing printed (OE-20)."""
    placed = run(tmp_path).stdout

    assert run(tmp_path, "show", "1001").stdout.strip() in placed


def test_an_order_that_is_not_there(tmp_path: Path) -> None:
    """A wrong number gives a sentence and a failing exit status, no traceback."""
    run(tmp_path)

    done = run(tmp_path, "show", "7")

    assert (1, "place_order.py: there is no order '7'\n") == (done.returncode, done.stderr)


@pytest.mark.parametrize("arguments", [["list"], ["show", "1001"]])
def test_looking_makes_no_file(tmp_path: Path, arguments: list[str]) -> None:
    """Where no order was placed there is nothing to show, and no file comes of asking."""
    done = run(tmp_path, *arguments)

    expected = "there is no cartcore-demo.sqlite in this folder: place an order first\n"
    assert (1, expected) == (done.returncode, done.stderr)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [["shwo"], ["show"], ["list", "1001"]])
def test_wrong_arguments(tmp_path: Path, arguments: list[str]) -> None:
    """What the demo does not know is answered with how to use it, and makes no file."""
    done = run(tmp_path, *arguments)

    assert 1 == done.returncode
    assert "place_order.py show 1001" in done.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("argument", ["-h", "--help"])
def test_help(tmp_path: Path, argument: str) -> None:
    """Help is printed, is no failure, and makes no file."""
    done = run(tmp_path, argument)

    assert (0, "") == (done.returncode, done.stderr)
    assert "place_order.py show 1001" in done.stdout
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("left", ["nothing", "no products"])
def test_a_file_that_was_left_over_is_filled(tmp_path: Path, left: str) -> None:
    """A file without products, as a run that was stopped leaves it, is filled (ST-3)."""
    file = tmp_path / "cartcore-demo.sqlite"
    if left == "nothing":
        file.touch()
    else:
        SQLiteStorage(file).close()

    done = run(tmp_path)

    assert (0, "") == (done.returncode, done.stderr)
    assert "Loaded 9 products" in done.stdout


def test_a_foreign_file_is_left_alone(tmp_path: Path) -> None:
    """A file that is not cartcore's gives a sentence and stays as it is (ST-10)."""
    file = tmp_path / "cartcore-demo.sqlite"
    file.write_text("my diary", encoding="utf-8")

    done = run(tmp_path)

    assert 1 == done.returncode
    assert "is not a usable cartcore storage" in done.stderr
    assert "Traceback" not in done.stderr
    assert "my diary" == file.read_text(encoding="utf-8")
