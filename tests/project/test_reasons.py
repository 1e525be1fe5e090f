"""docs/reasons.md lists every code that a program can compare."""

import re
from pathlib import Path

from cartcore.adapters.audit import Fault
from cartcore.entry import problems
from cartcore.promotions import reasons as named_reasons
from cartcore.rules import load_rulebook
from tests.support.reasons import cleared, error_codes, problem_codes, reasons

PAGE = Path(__file__).parents[2] / "docs" / "reasons.md"


def listed(heading: str) -> set[str]:
    """The codes in the first column of the tables under a heading."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    return {code for row in rows for code in re.findall(r"`(\w+)`", row)}


def type_names() -> set[str]:
    """The names of the built-in types, without their namespace."""
    return {name.removeprefix("cartcore.") for name in load_rulebook().origins}


def test_reasons_are_listed() -> None:
    """Each reason that the engine, the editor or a built-in type gives is on the page (PR-17)."""
    there = listed("Reasons of decisions")
    assert reasons() - there == set()
    assert there - reasons() <= type_names()  # some types give their name without writing it out


def test_reasons_of_types_are_their_names() -> None:
    """A reason in the second table is the name of a built-in type, as the page says."""
    section = PAGE.read_text(encoding="utf-8").partition("name of the type without")[2]
    codes = re.findall(r"^\| (`.*?`) \|", section.partition("\n## ")[0], re.MULTILINE)
    assert {code for row in codes for code in re.findall(r"`(\w+)`", row)} <= type_names()


def test_problems_are_listed() -> None:
    """Each code of a problem is on the page (OE-23)."""
    assert listed("Codes of problems") == problem_codes()


def test_named_codes_are_listed() -> None:
    """Each constant that names a reason or the code of a problem is on the page."""
    named = {
        value
        for module in (problems, named_reasons)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }
    assert named <= listed("Reasons of decisions") | listed("Codes of problems")


def test_what_a_change_takes_away_is_listed() -> None:
    """Each kind of thing that a change takes away is on the page (OE-15)."""
    assert listed("What a change takes away") == cleared()


def test_faults_are_listed() -> None:
    """Each class of fault that the audit can find stands on the page about operating."""
    text = (PAGE.parent / "operating.md").read_text(encoding="utf-8")
    section = text.partition("| class of fault |")[2].partition("\n\n")[0]
    assert {*re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)} == {*map(str, Fault)}


def test_errors_are_listed() -> None:
    """Each code of an error is on the page, with its class."""
    text = PAGE.read_text(encoding="utf-8").partition("\n## Codes of errors\n")[2]
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| .+ \|$", text, re.MULTILINE)
    assert dict(rows) == error_codes()
    assert len(rows) == len(error_codes())


def test_codes_are_found_in_the_source() -> None:
    """Codes are gathered where they are written out, named, and chosen between."""
    assert {"used_up", "nothing_missing", "already_applied", "beaten", "all_of"} <= reasons()
    assert {"product_gone", "no_contact", "promotion_not_applied"} <= problem_codes()
    assert {"gift", "split"} <= cleared()
