from pathlib import Path

import pytest

from tests.scenarios.judging import Verdict, judge_one
from tests.scenarios.reading import Fields, Malformed, read

CORPUS = [
    scenario
    for name in ("open.jsonl", "more.jsonl", "kinds.jsonl", "tax.jsonl", "tax-more.jsonl")
    for scenario in read(Path(__file__).with_name(name).read_bytes())
]


@pytest.mark.parametrize(("name", "scenario"), CORPUS, ids=[name for name, _ in CORPUS])
def test_a_scenario_prices_as_its_source_says(name: str, scenario: Fields | Malformed) -> None:
    """A cart costs what the tests of another shop system say (PR-5, PR-9, PR-11).

    Tax is what their tests and tax authorities say (TX-1 … TX-6, TX-10, TX-12).
    """
    judgement = judge_one(name, scenario)
    if judgement.verdict is Verdict.SKIP:
        pytest.skip(judgement.reason)
    assert judgement.verdict is Verdict.PASS, judgement.reason
