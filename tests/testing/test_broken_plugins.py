"""Plugins with a fault each, and the law that names it (PK-6, PK-18, PK-19).

`python -m tests.testing.test_broken_plugins` prints the table of laws and faults.
"""

from typing import Any

import pytest

from cartcore.rules import load_rulebook
from cartcore.testing.plugins import check
from tests.testing import broken_types as types

BROKEN: dict[str, list[Any]] = {
    "it_loads": [
        types.Coroutine,
        types.ZonedTime,
        types.ListField,
        types.ReservedField,
        types.Changeable,
    ],
    "it_answers_in_time": [types.Slow, types.Endless, types.EndsProcess],
    "it_changes_nothing_that_it_sees": [types.SetsLine, types.SetsLedger, types.SetsShipment],
    "its_configuration_is_a_value": [types.BesideItsFields, types.NoNumber],
    "it_answers_in_every_case": [
        types.EmptyCart,
        types.SetsContext,
        types.UnitTwice,
        types.StrangeLine,
        types.Huge,
        types.Exits,
        types.Interrupts,
        types.NoGoods,
    ],
    "it_answers_in_plain_values": [
        types.NegativeByForce,
        types.Subclass,
        types.NoAnswer,
        types.YesOrNo,
    ],
    "asked_again_it_answers_the_same": [
        types.ModuleState,
        types.Chance,
        types.Nanoseconds,
        types.Remembers,
        types.GiftLeftBehind,
    ],
    "it_reads_no_clock": [types.ThisMonth],
    "what_is_stored_prices_alike": [types.TextForChoice, types.LosesField],
    "another_process_comes_to_the_same": [types.HashOrder],
    "the_currency_does_not_matter": [types.TwoDigits],
    "the_order_of_lines_does_not_matter": [types.FirstLine],
    "equal_units_may_stand_in_several_lines": [types.OwnRounding, types.TiesByOrder],
    "its_promotion_may_be_called_anything": [types.KnowsItsName],
    "only_what_others_take_off_matters": [types.OncePerOrder],
    "its_claims_are_true": [
        types.TakesMore,
        types.NeedsNothing,
        types.LessLeft,
        types.HoldsLater,
    ],
    "what_it_discounts_is_used_up": [types.NotUsedUp],
    "it_says_why_not": [types.SaysApplied],
    "its_prices_are_in_the_currency_asked_for": [types.OtherCurrency],
    "it_offers_each_code_once": [types.CodeTwice],
    "the_order_of_requested_lines_does_not_matter": [types.HeaviestFirst],
    "requested_units_may_stand_in_several_lines": [types.PerLine],
}
TABLE = [(law, kind) for law, kinds in BROKEN.items() for kind in kinds]

RIGHT = [types.MemberGift, types.CheapestFree, types.PayDay, types.Couriers]
BUILT_IN = load_rulebook()
BUILT_IN_TYPES = {
    **BUILT_IN.promotion_types,
    **BUILT_IN.condition_types,
    **BUILT_IN.speed_providers,
}


@pytest.mark.parametrize(("law", "kind"), TABLE, ids=[f"{law}-{k.__name__}" for law, k in TABLE])
def test_each_fault_is_told_by_its_law(law: str, kind: Any) -> None:
    """A broken plugin fails the law that names its fault, once, in at most 30 lines (PK-6, PK-18).

    What makes the other laws meaningless is told alone.
    """
    types.KNOWN.clear()  # what other tests in this process left behind
    types.COUNTED.clear()
    types.ASKED.clear()
    checked = check(kind, examples=25)

    told = checked.told(law)
    names = [each.name for each in checked.broken]
    assert told, names
    assert len({*names}) == len(names)
    assert told.splitlines()[0] == f"{kind.type_name} breaks {law}:"
    assert len(told.splitlines()) <= 30
    assert law == "it_loads" or f"    {law}(case)" in told


def test_there_are_thirty_at_least() -> None:
    """The kit is proven on many kinds of faults (PK-6)."""
    assert len(TABLE) >= 30


@pytest.mark.parametrize("kind", RIGHT, ids=lambda kind: kind.__name__)
def test_a_correct_type_passes(kind: Any) -> None:
    """A type of an author that keeps the laws is told nothing of, and applied often (PK-18)."""
    checked = check(kind, examples=40)

    assert [each.told for each in checked.broken] == []
    assert checked.vacuous == ""


@pytest.mark.parametrize("name", sorted(BUILT_IN_TYPES))
def test_the_built_in_types_pass(name: str) -> None:
    """The built-in types keep the laws that others are held to (PK-6, PK-19)."""
    checked = check(BUILT_IN_TYPES[name], examples=12, least_share=0)

    assert [each.told for each in checked.broken] == []


def test_what_never_applies_is_vacuous() -> None:
    """A type that applied in no case is not passed, though it breaks no law (PK-18)."""
    checked = check(types.Never, examples=12)

    assert checked.broken == ()
    assert "bad.item applied in 0 of 120 cases, and has to in 2 at least" in checked.vacuous


if __name__ == "__main__":
    for broken_law, broken_kind in TABLE:
        print(f"{broken_law:45} {broken_kind.__name__}")  # noqa: T201
