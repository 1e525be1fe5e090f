"""What order entry costs does not grow with what does not matter to it: counted, not timed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import event

from cartcore.adapters.sql import SqlStorage
from cartcore.errors import QuoteChanged
from cartcore.promotion import Limits, Promotion, Trigger
from cartcore.rules import Selection
from cartcore.rules.builtin.percent_off import PercentOff
from tests.shop import NOON, Shop

HOUR = timedelta(hours=1)


def calls(do: Callable[[], object]) -> int:
    """How many functions of Python are called, all in all: a time that no clock measures."""
    count = 0

    def see(_frame: FrameType, what: str, _arg: object) -> None:
        nonlocal count
        count += what == "call"

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        do()
    finally:
        sys.setprofile(before)
    return count


@contextmanager
def statements(shop: Shop) -> Iterator[list[str]]:
    """What a database is asked meanwhile; nothing for a storage without one."""
    asked: list[str] = []

    def see(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    if not isinstance(shop.storage, SqlStorage):
        yield asked
        return
    event.listen(shop.storage._engine, "before_cursor_execute", see)
    try:
        yield asked
    finally:
        event.remove(shop.storage._engine, "before_cursor_execute", see)


def add(shop: Shop, number: int, **fields: Any) -> None:
    """Add promotions on everything."""
    with shop.storage.write() as work:
        already = len(work.promotions.search(limit=1000).items)
        for i in range(already, already + number):
            effect = PercentOff(percent=10)
            promotion = Promotion(id=f"more-{i}", name=f"No. {i}", **{"effect": effect, **fields})
            work.promotions.add(promotion)
        work.commit()


def entering(shop: Shop) -> Callable[[], object]:
    """Look at an order, change it and place it."""

    def enter() -> None:
        draft_id = shop.reviewed({"MUG": 2, "CAP-RED": 1})
        shop.desk.available_promotions(draft_id)
        shop.placed(draft_id)

    enter()  # what is looked up once is there from now on
    return enter


@pytest.mark.parametrize("trigger", [Trigger.AUTOMATIC, Trigger.PICKED])
def test_promotions_that_cannot_apply_cost_nothing(shop: Shop, trigger: Trigger) -> None:
    """Those that have ended, have not begun or are switched off cost no order anything (PR-23)."""
    shop.promote("mugs", "pin")
    enter = entering(shop)
    few = calls(enter)
    add(shop, 100, trigger=trigger, ends_at=NOON - HOUR)
    add(shop, 100, trigger=trigger, starts_at=NOON - 2 * HOUR, ends_at=NOON - HOUR)
    add(shop, 100, trigger=trigger, starts_at=NOON + HOUR)
    add(shop, 100, trigger=trigger, enabled=False)
    enter()

    assert calls(enter) <= 1.02 * few


def test_limits_are_read_together(shop: Shop) -> None:
    """However many promotions have limits, their use is read with as many statements (PR-12)."""
    limited = {
        "limits": Limits(total=5, per_contact=1),
        "effect": PercentOff(percent=10, target=Selection(skus=("NONE",))),
        "ends_at": NOON + HOUR,
    }
    add(shop, 2, **limited)
    enter = entering(shop)
    with statements(shop) as few:
        enter()
    add(shop, 60, **limited)
    with statements(shop) as many:
        enter()

    assert len(few) == len(many)


def test_a_promotion_that_ended_meanwhile_is_told(shop: Shop) -> None:
    """Why a promotion that was agreed to no longer applies is told (OE-18)."""
    add(shop, 1, ends_at=NOON + HOUR)
    draft_id = shop.reviewed({"MUG": 2})
    seen = shop.quote(draft_id)
    shop.clock.now += HOUR
    with pytest.raises(QuoteChanged) as caught:
        shop.desk.place(draft_id, seen=seen, actor="sam")

    assert shop.quote(draft_id) == caught.value.current
    assert () == caught.value.current.decisions
    assert "No. 0 no longer applies: it ended at 2026-05-04 13:00 UTC" in caught.value.differences
