"""Every rule has a test, and every id that stands anywhere is a rule."""

import pytest

from tests.support.rule_table import named_anywhere, named_in_tests, page, rules


@pytest.mark.parametrize("rule", rules())
def test_every_rule_has_a_test(rule: str) -> None:
    """Each rule of docs/rules.md is named by at least one test."""
    assert named_in_tests().get(rule)


def test_every_id_is_explained() -> None:
    """A reader who meets a rule's id in code or tests finds the rule in docs/rules.md."""
    assert named_anywhere() - {*rules()} == set()


def test_page_lists_each_rule_with_its_tests() -> None:
    """The page of the documentation has a section for each rule, with the tests file by file."""
    written = page()
    assert [line[3:] for line in written.splitlines() if line.startswith("## ")] == rules()
    assert "- `tests/pricing/test_engine.py`" in written
