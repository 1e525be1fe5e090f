"""The outbox at the desk: each placed or changed order is an event, in its transaction (HA-6)."""

import pytest

from cartcore import OrderDesk, OrderHooks
from cartcore.errors import HookFailed, OrderChangeNotAllowed, UnknownPosition
from cartcore.storage import LARGEST_PAGE
from cartcore.testing.records import an_event
from tests.support.shop import Shop, refused

MUG = {"MUG": 1}


def test_what_is_not_stored_is_no_event(shop: Shop) -> None:
    """A refused change, one that a hook undoes, and a repeated request give no event (HA-6)."""

    def refuse(*_: object) -> None:
        raise ValueError("no")

    refusing = OrderDesk(
        shop.storage,
        shop.desk.store,
        clock=shop.clock,
        hooks=OrderHooks(placed=(refuse,), changed=(refuse,)),
    )
    draft_id = shop.reviewed(MUG)
    seen = shop.quote(draft_id)
    with pytest.raises(HookFailed):
        refusing.place(draft_id, seen=seen, actor="sam")
    assert () == shop.desk.events()
    order = shop.placed(draft_id)
    assert order == shop.desk.place(draft_id, seen=seen, actor="sam")
    with pytest.raises(HookFailed):
        refusing.cancel(order.number, actor="sam")
    shop.desk.cancel(order.number, actor="sam")
    with refused(shop, OrderChangeNotAllowed):
        shop.desk.cancel(order.number, actor="sam")

    assert ["placed", "cancelled"] == [event.kind for event in shop.desk.events()]
    assert [1, 2] == [event.sequence for event in shop.desk.events()]


def test_a_hook_sees_the_event(shop: Shop) -> None:
    """Whoever is told of an order finds its event in the same unit of work (HA-5, HA-6)."""
    found: list[object] = []
    desk = OrderDesk(
        shop.storage,
        shop.desk.store,
        clock=shop.clock,
        hooks=OrderHooks(placed=(lambda _, work: found.extend(work.events.after(0)),)),
    )
    draft_id = shop.reviewed(MUG)
    desk.place(draft_id, seen=shop.quote(draft_id), actor="sam")

    assert desk.events() == tuple(found)


def test_events_are_pruned_in_portions(shop: Shop) -> None:
    """Of more events than one portion all go that are named, and the others stay (HA-6)."""
    with shop.storage.write() as work:
        work.events.restore([an_event(sequence=n) for n in range(1, 2 * LARGEST_PAGE + 4)])
        work.commit()

    assert 2 * LARGEST_PAGE == shop.desk.prune_events(up_to=2 * LARGEST_PAGE)
    assert 0 == shop.desk.prune_events(up_to=2 * LARGEST_PAGE)
    assert 1 == shop.desk.prune_events(up_to=2 * LARGEST_PAGE + 1)
    left = shop.desk.events(after=2 * LARGEST_PAGE + 1)
    assert [2 * LARGEST_PAGE + 2, 2 * LARGEST_PAGE + 3] == [event.sequence for event in left]
    with pytest.raises(UnknownPosition, match="were pruned up to 2001"):
        shop.desk.events(after=2 * LARGEST_PAGE)
    with pytest.raises(UnknownPosition, match="the last one is 2003"):
        shop.desk.prune_events(up_to=2 * LARGEST_PAGE + 4)
