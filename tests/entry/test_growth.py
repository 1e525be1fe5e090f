"""What order entry costs does not grow with what does not matter to it: counted, not timed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any

import attrs
import pytest
from sqlalchemy import event

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sql.storage import SqlStorage
from cartcore.entry.editor import DraftEditor
from cartcore.errors import QuoteChanged
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.rules import Selection
from cartcore.rules.builtin import PercentOff
from cartcore.shop.address import Address
from cartcore.shop.product import Product, Variant
from tests.support.services import CountingTax
from tests.support.shop import DENVER, NOON, Shop, usd

HOUR = timedelta(hours=1)


def steps(do: Callable[[], object]) -> int:
    """How many lines of Python are run, each turn of a loop one: a time that no clock measures."""
    count = 0

    def see(_frame: FrameType, what: str, _arg: object) -> Any:
        nonlocal count
        count += what == "line"
        return see

    before = sys.gettrace()
    sys.settrace(see)
    try:
        do()
    finally:
        sys.settrace(before)
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
    few = steps(enter)
    add(shop, 100, trigger=trigger, ends_at=NOON - HOUR)
    add(shop, 100, trigger=trigger, starts_at=NOON - 2 * HOUR, ends_at=NOON - HOUR)
    add(shop, 100, trigger=trigger, starts_at=NOON + HOUR)
    add(shop, 100, trigger=trigger, enabled=False)
    enter()

    assert steps(enter) <= 1.02 * few


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


@pytest.fixture
def large() -> Shop:
    """A shop with four hundred products."""
    shop = Shop(MemoryStorage())
    with shop.storage.write() as work:
        for i in range(400):
            variants = (Variant(sku=f"S{i}", price=usd("9.99")),)
            work.products.add(Product(id=f"s{i}", title=f"No. {i}", variants=variants))
        work.commit()
    return shop


def add_lines(edit: DraftEditor, number: int) -> None:
    for i in range(number):
        edit.add_sku(f"S{i}")


def add_twice(edit: DraftEditor, number: int) -> None:
    add_lines(edit, number)
    add_lines(edit, number)


def change_lines(edit: DraftEditor, number: int) -> None:
    add_lines(edit, number)
    for i in range(number):
        edit.set_quantity(f"l{i + 1}", 2)
        edit.set_options(f"l{i + 1}", {})


def remove_lines(edit: DraftEditor, number: int) -> None:
    add_lines(edit, number)
    for i in range(number):
        edit.remove_line(f"l{i + 1}")


def add_beside_an_agreed_price(edit: DraftEditor, number: int) -> None:
    line_id = edit.add_sku("MUG")
    edit.discount_line(line_id, price=usd("5.00"), reason="agreed", actor="sam")
    add_lines(edit, number)


def spread(edit: DraftEditor, number: int) -> None:
    add_lines(edit, number)
    edit.save_items()
    edit.use_multiple_addresses()
    second = edit.add_shipment(attrs.evolve(DENVER, line1="2 Second Street"))
    for i in range(number):
        edit.assign(f"l{i + 1}", {second: 1})
        edit.mark_gift(f"l{i + 1}", f"No. {i}")
        edit.unmark_gift(f"l{i + 1}", shipment_id=second)


@pytest.mark.parametrize(
    "change",
    [add_lines, add_twice, change_lines, remove_lines, add_beside_an_agreed_price, spread],
)
def test_edits_cost_as_much_as_their_number(
    large: Shop, change: Callable[[DraftEditor, int], None]
) -> None:
    """Twice as many changes of twice as many lines cost twice as much, with the look at the end."""

    def edit(number: int) -> Callable[[], None]:
        def enter() -> None:
            with large.edit(large.started()) as edit:
                change(edit, number)

        return enter

    edit(10)()  # what is looked up once is there from now on
    few, many = steps(edit(100)), steps(edit(400))

    assert many <= 4.2 * few


def to_addresses(number: int) -> Iterator[Address]:
    for i in range(number):
        yield attrs.evolve(DENVER, line1=f"{i + 1} Second Street")


def test_spreading_units_is_priced_once(large: Shop) -> None:
    """Addresses, units, gifts and speeds of one edit are priced when somebody looks, together."""
    looks = []
    for number in (2, 40):
        tax = CountingTax()
        desk = large.desk_with(tax=tax)
        draft_id = large.started()
        with desk.edit(draft_id) as edit:
            add_lines(edit, number)
            edit.save_items()
            edit.use_multiple_addresses()
            shipments = [edit.add_shipment(address) for address in to_addresses(number)]
            for i, shipment_id in enumerate(shipments):
                edit.assign(f"l{i + 1}", {shipment_id: 1})
                edit.mark_gift(f"l{i + 1}")
            for shipment_id in shipments:
                edit.choose_speed(shipment_id, "post")
            edit.go_to("review")
        looks.append(tax.priced)
        assert [f"l{i + 1}" for i in range(number)] == [
            each.shipment.lines[0].line_id for each in desk.view(draft_id).shipments
        ]

    assert looks[0] == looks[1] > 0
