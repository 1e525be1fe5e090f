"""The judgement on a scenario: passed, failed or skipped, and never an exception."""

from collections.abc import Iterator
from enum import StrEnum

import attrs

from cartcore.values.money import currency_code
from tests.scenarios.comparing import Expectations, Outcome
from tests.scenarios.reading import Fields, Malformed, NotOffered, read
from tests.scenarios.running import Till

_SAY_NOTHING = ("id", "source", "tags", "notes")


class Verdict(StrEnum):
    """What became of a scenario."""

    PASS = "pass"  # noqa: S105  (no password)
    FAIL = "fail"
    SKIP = "skip"


@attrs.frozen
class Judgement:
    """A verdict on the scenario of this name, with the reason for it on one line."""

    verdict: Verdict
    name: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.verdict.value} {self.name}{': ' if self.reason else ''}{self.reason}"


def judge(content: bytes) -> Iterator[Judgement]:
    """Run the scenarios of a file, one after the other."""
    for name, scenario in read(content):
        yield judge_one(name, scenario)


def judge_one(name: str, scenario: Fields | Malformed) -> Judgement:
    """Run one scenario. Whatever goes wrong is a failure of this one, and of no other."""
    if isinstance(scenario, Malformed):
        return Judgement(Verdict.FAIL, name, _line(f"malformed: {scenario}"))
    try:
        differences = run(scenario)
    except NotOffered as error:
        return Judgement(Verdict.SKIP, name, _line(error))
    except Malformed as error:
        return Judgement(Verdict.FAIL, name, _line(f"malformed: {error}"))
    except Exception as error:  # noqa: BLE001  (that is the point)
        return Judgement(Verdict.FAIL, name, _line(f"{type(error).__name__}: {error}"))
    if differences:
        return Judgement(Verdict.FAIL, name, _line("; ".join(differences)))
    return Judgement(Verdict.PASS, name)


def run(scenario: Fields) -> list[str]:
    """Run a scenario and return what differs from what it expects.

    Raises:
        NotOffered: it asks for something that cartcore has not.
        Malformed: it is not written in the format.
    """
    with scenario:
        scenario.passed_over(*_SAY_NOTHING)
        currency = currency_code(scenario.text("currency"))
        expectations = Expectations(scenario.inner("expect"), currency, taxed="tax" in scenario)
        till = Till(scenario, currency)
    till.run()
    return expectations.compare(Outcome(till))


def _line(reason: object) -> str:
    return " ".join(str(reason).split())
