"""Every built-in type has its page in the documentation."""

from pathlib import Path

import attrs
import pytest

from tests.support.configurations import CHOICES

PAGES = Path(__file__).parents[2] / "docs" / "types"
INDEX = {
    "PromotionType": "index.md",
    "ConditionType": "conditions-index.md",
    "SpeedProvider": "speeds-index.md",
    "TaxCalculator": "taxes-index.md",
}


@pytest.mark.parametrize(
    ("index", "kind"),
    [
        pytest.param(INDEX[choice.__name__], kind, id=name)
        for choice, kinds in CHOICES.items()
        for name, kind in kinds.items()
    ],
)
def test_page(index: str, kind: type) -> None:
    """The page is named after the module, tells every field, and stands in the index (PR-19)."""
    name = kind.__module__.rpartition(".")[2]
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    fields = [field.name for field in attrs.fields(kind) if field.init]

    assert [] == [told for told in (kind.type_name, *fields) if f"`{told}`" not in page]  # type: ignore[attr-defined]
    assert f"\n{name}\n" in (PAGES / index).read_text(encoding="utf-8")
