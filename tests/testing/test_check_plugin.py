"""Trying all types of a plugin by its name (PK-6)."""

import subprocess
import sys
from pathlib import Path

import pytest

from cartcore.testing.plugins import PROMOTION_LAWS

HEAD = '''
"""A plugin."""
from typing import ClassVar
import attrs
from cartcore.rules import (
    ALL_LINES, Discount, Ineligible, Offer, PromotionClass, checked, hookimpl, percentage
)
'''

CLUB = '''
from decimal import Decimal

@attrs.frozen(kw_only=True, field_transformer=checked)
class Club:
    """A percentage for members of a club."""
    type_name: ClassVar[str] = "acme.club"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM
    percent: Decimal = attrs.field(converter=percentage)
    def evaluate(self, context):
        if "club" not in context.customer.tags:
            return Ineligible("not_club", "only for members of the club")
        return Offer(discounts=(Discount(lines=ALL_LINES, percent=self.percent),))

@hookimpl
def cartcore_promotion_types():
    return [Club]
'''

FIRST = '''
@attrs.frozen
class First:
    """A tenth off the first line."""
    type_name: ClassVar[str] = "acme.first"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM
    def evaluate(self, context):
        if not context.lines:
            return Ineligible("nothing", "the cart is empty")
        return Offer(discounts=(Discount(lines=(context.lines[0].id,), percent=10),))

@hookimpl
def cartcore_promotion_types():
    return [First]
'''

NEVER = FIRST.replace("if not context.lines", "if context.currency != 'none'")


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command."""
    return subprocess.run(
        [sys.executable, "-m", "cartcore", "check-plugin", *arguments],
        capture_output=True,
        check=False,
        cwd=folder,
        text=True,
    )


def test_a_correct_plugin_passes(tmp_path: Path) -> None:
    """A file whose types keep the laws is told so, with exit status 0 (PK-6, PK-18)."""
    (tmp_path / "acme_promotions.py").write_text(HEAD + CLUB)

    done = run(tmp_path, "acme_promotions.py", "--examples", "20")

    assert done.returncode == 0, done.stdout + done.stderr
    laws = 1 + len(PROMOTION_LAWS)  # and it loads
    assert f"acme.club: {laws} laws hold in 20 cases; it applied in" in done.stdout


def test_what_is_told_can_be_pasted_into_a_test(tmp_path: Path) -> None:
    """A broken law is told in at most 30 lines, once, and its test fails as it did (PK-18)."""
    (tmp_path / "acme_promotions.py").write_text(HEAD + FIRST)

    done = run(tmp_path, "acme_promotions", "--examples", "20")

    assert done.returncode == 1
    told = done.stdout.split("\n\nacme.first breaks ")
    names = sorted(each.removeprefix("acme.first breaks ").split(":")[0] for each in told)
    assert "the_order_of_lines_does_not_matter" in names
    assert len({*names}) == len(names)
    assert all(len(each.splitlines()) <= 30 for each in told)
    pasted = told[0].split("# as a test:\n")[1]
    (tmp_path / "test_pasted.py").write_text(pasted)
    again = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pasted.py"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        text=True,
    )
    assert again.returncode == 1
    assert "AssertionError" in again.stdout


def test_a_type_that_never_applies_fails(tmp_path: Path) -> None:
    """Of a type that applied in no case nothing is known, and this is told (PK-18)."""
    (tmp_path / "acme_promotions.py").write_text(HEAD + NEVER)

    done = run(tmp_path, "acme_promotions", "--examples", "20")

    assert done.returncode == 1
    assert "acme.first applied in 0 of 200 cases, and has to in 2 at least" in done.stdout


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import nowhere", "importing it raised ModuleNotFoundError"),
        ("raise SystemExit(3)", "importing it raised SystemExit(3)"),
        ("x = 1", "it has none of cartcore"),
        (None, "no entry point of the group 'cartcore', no module and no file has this name"),
    ],
    ids=["import", "exit", "empty", "absent"],
)
def test_what_is_no_plugin_is_told(tmp_path: Path, source: str | None, problem: str) -> None:
    """What cannot be found or imported is told in a sentence, with exit status 1 (PK-4)."""
    if source is not None:
        (tmp_path / "acme_promotions.py").write_text(source)

    done = run(tmp_path, "acme_promotions")

    assert done.returncode == 1
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


CONTRACT = """
from acme_promotions import Club
from cartcore.testing.plugins import PromotionTypeContract

class TestClub(PromotionTypeContract):
    type = Club
"""


def test_a_class_of_three_lines_is_a_contract(tmp_path: Path) -> None:
    """An author names the type, and has a test for each law (PK-6, PK-19)."""
    (tmp_path / "acme_promotions.py").write_text(HEAD + CLUB)
    (tmp_path / "test_club.py").write_text(CONTRACT + "    examples = 20\n")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        text=True,
    )

    assert done.returncode == 0, done.stdout
    assert f"{len(PROMOTION_LAWS) + 2} passed" in done.stdout
