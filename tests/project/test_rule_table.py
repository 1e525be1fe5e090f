"""The table of rules and tests is complete and current."""

import pytest

from tests.support.rule_table import TABLE, named_anywhere, named_in_tests, page, rules


@pytest.mark.parametrize("rule", rules())
def test_every_rule_has_a_test(rule: str) -> None:
    """Each rule of docs/rules.md is named by at least one test."""
    assert named_in_tests().get(rule)


def test_every_id_is_explained() -> None:
    """A reader who meets a rule's id in code or tests finds the rule in docs/rules.md."""
    assert named_anywhere() - {*rules()} == set()


def test_table_is_current() -> None:
    """docs/rule-tests.md is what `python -m tests.support.rule_table` writes."""
    assert page() == TABLE.read_text(encoding="utf-8")
