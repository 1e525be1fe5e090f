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
    """Every figure of tax that a source gives follows from the written rules, in fractions."""
    opinion = TaxOpinion(case)
    assert opinion.found(case["expect"]) == opinion.wanted(case["expect"])
