import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.tax_opinion import TaxOpinion

CASES = [
    json.loads(line)
    for name in ("tax.jsonl", "tax-more.jsonl")
    for line in Path(__file__).with_name(name).read_text().splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_second_opinion_agrees_with_the_source(case: dict[str, Any]) -> None:
    """Every figure of tax that a source gives follows from the written rules (TX-10)."""
    opinion = TaxOpinion(case)
    assert opinion.found(case["expect"]) == opinion.wanted(case["expect"])


def test_figures_come_from_many_countries() -> None:
    """At least 40 public pages are named, of at least 6 countries, and no case twice (TX-10)."""
    cited = {case["id"]: case for case in CASES if "<http" in case["source"]}
    countries = {
        place["country"] for case in cited.values() for place in case["addresses"].values()
    }

    assert len(CASES) == len({case["id"] for case in CASES})
    assert len({case["source"] for case in cited.values()}) >= 40
    assert len(countries) >= 6
