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


# Who the sources of tax-more.jsonl name: tax authorities, and what has the force of law.
AUTHORITIES = (
    "A New Tax System (Goods and Services Tax) Act 1999",
    "Australian Taxation Office",
    "California Department of Tax and Fee Administration",
    "Canada Revenue Agency",
    "Government of Canada",
    "HMRC",
    "Inland Revenue Authority of Singapore",
    "Inland Revenue NZ",
    "Massachusetts, 830 CMR",
    "Minnesota Department of Revenue",
    "National Tax Agency of Japan",
    "New York Tax Bulletin",
    "New Zealand Customs",
    "Norwegian Customs",
    "Revenu Québec",
    "Revenue (Ireland)",
    "Texas Comptroller",
    "Washington Department of Revenue",
    "Wisconsin Administrative Code",
    "Wisconsin Department of Revenue",
)


def test_figures_come_from_tax_authorities() -> None:
    """At least 40 figures are those of tax authorities of at least 6 countries (TX-10).

    Each names its own place in what they publish; what has no such source says "by hand".
    """
    own = [case for case in CASES if case["id"].startswith("tax-more-")]
    cited = [case for case in own if not case["source"].startswith("by hand")]
    countries = {place["country"] for case in cited for place in case["addresses"].values()}

    assert all(case["source"].startswith(AUTHORITIES) for case in cited)
    assert all("<http" in case["source"] for case in cited)
    assert len({case["source"] for case in cited}) == len(cited) >= 40
    assert len(countries) >= 6
    assert len(CASES) == len({case["id"] for case in CASES})
