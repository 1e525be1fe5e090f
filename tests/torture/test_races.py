"""Many processes that want what only some of them can have (ST-6, ST-7, ST-8)."""

from collections import Counter
from typing import Any

import attrs

from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order, OrderSummary
from cartcore.promotions.promotion import Limits
from cartcore.rules.builtin import OrderAmountOff
from cartcore.storage import Storage
from tests.support.shop import usd
from tests.torture.checking import findings
from tests.torture.database import Database
from tests.torture.races import RACERS, Attempt, Lost, add_a_pin, attempts, copies, place_each, race
from tests.torture.shop import desk_on, fill

LEFT = 100
"""How many redemptions are left when the race begins."""

TRIED = 112
"""How many orders race for them: the same number for each racer."""


def draft_with(storage: Storage, code: str, contact_id: str = "ann", pins: int = 1) -> str:
    desk = desk_on(storage)
    draft_id = desk.start(actor="sam").id
    with desk.edit(draft_id) as edit:
        edit.choose_contact(contact_id)
        edit.add_sku("MUG", quantity=5)
        edit.add_sku("PIN", quantity=pins)
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
        edit.enter_code(code)
    return draft_id


def limit(storage: Storage, code: str, limits: Limits, **changes: Any) -> None:
    with storage.write() as work:
        promotion = work.promotions.by_code(code)
        work.promotions.save(attrs.evolve(promotion, limits=limits, **changes))
        work.commit()


def raced(database: Database, tried: list[Attempt]) -> tuple[list[Order], list[Lost]]:
    """Let the racers place their shares of drafts; return who won and who lost."""
    shares = [tried[racer::RACERS] for racer in range(RACERS)]
    results = [each for share in race(database, place_each, shares) for each in share]
    orders = [each for each in results if isinstance(each, Order)]
    return orders, [each for each in results if isinstance(each, Lost)]


def check_the_losers(database: Database, lost: list[Lost], reason: str) -> None:
    """Each was told why, its draft is as it was, and it can be placed without the code."""
    assert {"quote_changed"} == {each.code for each in lost}
    assert all(reason in each.told for each in lost), lost[0]
    assert [] == findings(database, [])
    with database.open() as storage:
        desk = desk_on(storage)
        assert {each.draft_id for each in lost} == {d.id for d in desk.drafts(limit=1000).items}
        for each in lost[:1]:
            with desk.edit(each.draft_id, version=1) as edit:
                [applied] = edit.draft.applied
                edit.remove_promotion(applied.promotion_id)
            seen = desk.view(each.draft_id).quote
            assert each.draft_id == desk.place(each.draft_id, seen=seen, actor="sam").draft_id


def test_the_last_redemptions_go_to_as_many_as_are_left(database: Database) -> None:
    """Of 112 orders that race for a code with 100 uses left, 100 get it (ST-6, PR-12)."""
    with database.open() as storage:
        fill(storage, uses=LEFT)
        limit(storage, "TOTAL", Limits(total=LEFT + 1))
        desk = desk_on(storage)
        [used] = place_each(desk, attempts(desk, [draft_with(storage, "TOTAL", "zoe")]))
        assert isinstance(used, Order)
        tried = attempts(desk, copies(storage, draft_with(storage, "TOTAL"), TRIED))
    orders, lost = raced(database, tried)

    assert (LEFT, TRIED - LEFT) == (len(orders), len(lost))
    check_the_losers(database, lost, "used up")


def test_the_last_redemptions_of_a_contact_go_to_as_many_as_are_left(database: Database) -> None:
    """A contact with 100 uses left gets 100 of 112 orders; another contact has its own (ST-6)."""
    with database.open() as storage:
        fill(storage, uses=LEFT)
        limit(storage, "EACH", Limits(per_contact=LEFT))
        desk = desk_on(storage)
        of_ann = copies(storage, draft_with(storage, "EACH"), TRIED)
        of_zoe = copies(storage, draft_with(storage, "EACH", "zoe"), 8)
        tried = attempts(desk, of_ann) + attempts(desk, of_zoe)
    orders, lost = raced(database, tried)
    by_contact = {
        contact_id: sum(order.contact.id == contact_id for order in orders)
        for contact_id in ("ann", "zoe")
    }

    assert {"ann": LEFT, "zoe": 8} == by_contact
    check_the_losers(database, lost, "this contact has already used it")


def test_the_last_uses_of_a_code_go_to_as_many_as_are_left(database: Database) -> None:
    """A code with 100 uses left is used by 100 of 112 orders; another has its own (PR-12, ST-6)."""
    with database.open() as storage:
        fill(storage, uses=LEFT)
        limit(storage, "EACH", Limits(per_code=LEFT), codes=("EACH", "OTHER"))
        desk = desk_on(storage)
        with_one = copies(storage, draft_with(storage, "each"), TRIED)
        with_other = copies(storage, draft_with(storage, "OTHER"), 8)
        tried = attempts(desk, with_one) + attempts(desk, with_other)
    orders, lost = raced(database, tried)
    used = Counter(each.promo_code for order in orders for each in order.redemptions)

    assert (LEFT, 8) == (used["each"], used["other"])
    assert TRIED - LEFT == len(lost)
    check_the_losers(database, lost, "this code has already been used")


def test_a_budget_goes_to_as_many_as_fit(database: Database) -> None:
    """Orders race for a budget; what is left of it fits none of those that lost (ST-6, PR-12)."""
    budget = usd("150.50")
    with database.open() as storage:
        fill(storage, uses=LEFT)
        limit(storage, "PURSE", Limits(budget=budget), effect=OrderAmountOff(amount=usd("1.50")))
        desk = desk_on(storage)
        tried = attempts(desk, copies(storage, draft_with(storage, "PURSE"), TRIED))
    orders, lost = raced(database, tried)

    assert (LEFT, TRIED - LEFT) == (len(orders), len(lost))
    assert usd("0.50") == budget - sum((usd("1.50") for _ in orders), usd("0.00"))
    check_the_losers(database, lost, "budget")


def test_the_same_request_from_many_places_one_order(database: Database) -> None:
    """The same key from eight processes is one order and eight equal answers (ST-7)."""
    with database.open() as storage:
        fill(storage, uses=LEFT)
        desk = desk_on(storage)
        [seen] = attempts(desk, [draft_with(storage, "TOTAL")])
        [other] = attempts(desk, [draft_with(storage, "TOTAL", "zoe")])
        request = attrs.evolve(seen, key="once")
        answers = [a for [a] in race(database, place_each, [[request]] * RACERS)]
        stored = desk.orders(OrderFilter()).items

        assert [answers[0]] * RACERS == answers
        assert (OrderSummary.of(answers[0]),) == stored
        [conflict] = place_each(desk, [attrs.evolve(other, key="once")])
        assert isinstance(conflict, Lost)
        assert "idempotency_conflict" == conflict.code
    assert [] == findings(database, [])


def test_of_two_requests_with_one_key_one_is_told(database: Database) -> None:
    """Eight drafts with one key become one order; the other seven are conflicts (ST-7)."""
    with database.open() as storage:
        fill(storage, uses=LEFT)
        desk = desk_on(storage)
        ids = copies(storage, draft_with(storage, "TOTAL"), RACERS)
        requests = [attrs.evolve(each, key="once") for each in attempts(desk, ids)]
        answers = [a for [a] in race(database, place_each, [[r] for r in requests])]
        open_drafts = {draft.id for draft in desk.drafts().items}
    lost = [each for each in answers if isinstance(each, Lost)]

    assert ["idempotency_conflict"] * (RACERS - 1) == [each.code for each in lost]
    assert {each.draft_id for each in lost} == open_drafts
    assert [] == findings(database, [])


def test_of_the_editors_of_a_draft_one_saves(database: Database) -> None:
    """Of eight that edit a draft as all of them saw it, seven are told (ST-8, OE-22)."""
    with database.open() as storage:
        fill(storage, uses=LEFT)
        desk = desk_on(storage)
        draft = desk.draft(draft_with(storage, "TOTAL"))
        told = race(database, add_a_pin, [draft] * RACERS)
        saved = desk.draft(draft.id)

    assert ["", *["stale_draft"] * (RACERS - 1)] == sorted(told)
    assert draft.version + 1 == saved.version
    [pins] = [line.quantity for line in saved.lines if line.sku == "PIN"]
    assert 2 == pins  # one that it had, and one of the winner's
    assert draft.created_at < saved.updated_at
