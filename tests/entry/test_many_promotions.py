"""An order desk with very many promotions: what it reads, keeps and shows."""

import gc
import threading
import weakref
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import attrs
import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.cart import AppliedPromotion, sku_key
from cartcore.entry import available_promotions as listing
from cartcore.entry.active_promotions import ActivePromotions
from cartcore.entry.facts import FactReader
from cartcore.errors import PromotionNotAvailable, QuoteChanged, WorkEnded
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import AddProduct, MinQuantity, PercentOff
from tests.entry.test_growth import statements, steps
from tests.support.shop import NOON, Shop

HOUR = timedelta(hours=1)
MUGS = Selection(skus=("MUG",))
NONE = Selection(skus=("NONE",))
PIN = (TiedItem(key="pin", product_id="pin"),)


def off(promotion_id: str, percent: int = 10, target: Selection = NONE, **fields: Any) -> Promotion:
    """A percentage off something, automatic and stored already unless the fields say otherwise."""
    effect = PercentOff(percent=percent, target=target)
    plain = Promotion(id=promotion_id, name=f"Name of {promotion_id}", effect=effect, version=1)
    return attrs.evolve(plain, **fields)


def restore(shop: Shop, *promotions: Promotion) -> None:
    with shop.storage.write() as work:
        work.promotions.restore(promotions)
        work.commit()


def others(number: int, begin: int = 0) -> list[Promotion]:
    """Promotions of all kinds that a mug does not meet."""
    some: tuple[dict[str, Any], ...] = (
        {"limits": Limits(total=3)},
        {"effect": AddProduct(items=PIN), "conditions": (MinQuantity(quantity=1, target=NONE),)},
        {"trigger": Trigger.PICKED},
        {"ends_at": NOON + 24 * HOUR},
        {"trigger": Trigger.PICKED, "group": "one of them"},
    )
    return [off(f"other {i}", **some[i % len(some)]) for i in range(begin, begin + number)]


def known_in(desk: Any) -> tuple[weakref.ref[Any], ...]:
    """Weak references to all sets that a desk keeps."""
    return tuple(weakref.ref(state.promotions) for state in desk._active._kept)


LOOKS: dict[str, Callable[[Shop, str], object]] = {
    "view": lambda shop, draft_id: shop.view(draft_id),
    "place": lambda shop, _: shop.placed(shop.reviewed({"MUG": 2})),
    "list": lambda shop, draft_id: shop.desk.available_promotions(draft_id),
}


@pytest.mark.parametrize("look", LOOKS)
def test_what_does_not_match_costs_nothing(shop: Shop, look: str) -> None:
    """A thousand promotions of which an order has no line cost no step and no statement (HA-16)."""
    restore(
        shop,
        off("matches", 20, MUGS, limits=Limits(total=1_000)),
        off("picked", 30, MUGS, trigger=Trigger.PICKED),
        off("gift", effect=AddProduct(items=PIN), conditions=(MinQuantity(quantity=2),)),
        *others(5),
    )
    draft_id = shop.reviewed({"MUG": 2})

    def do() -> object:
        return LOOKS[look](shop, draft_id)

    do()  # what is read once is there from now on
    with statements(shop) as few_asked:
        do()
    few = steps(do)
    restore(shop, *others(1_000, 5))
    do()
    with statements(shop) as many_asked:
        do()

    assert len(few_asked) == len(many_asked)
    assert steps(do) <= 1.02 * few


def test_one_change_reads_one_promotion(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """When somebody changed one of three hundred promotions, only that one is read (HA-16)."""
    restore(shop, off("matches", 20, MUGS), *others(300))
    draft_id = shop.with_items({"MUG": 2})
    shop.view(draft_id)
    shop.change_promotion("matches", priority=1)
    shop.view(draft_id)
    with statements(shop) as before:
        shop.view(draft_id)
    shop.change_promotion("other 7", priority=2)

    made: list[str] = []
    check = Promotion.__attrs_post_init__

    def see(promotion: Promotion) -> None:
        made.append(promotion.id)
        check(promotion)

    monkeypatch.setattr(Promotion, "__attrs_post_init__", see)
    with statements(shop) as after:
        shop.view(draft_id)
    assert set(made) <= {"other 7"}
    assert len(made) <= 1
    assert len(before) == len(after)


def test_limits_of_what_does_not_match_are_not_asked_for(shop: Shop) -> None:
    """How often promotions were used is read of those that an order meets, and together (PR-12)."""
    asked: list[set[str]] = []
    limited: dict[str, Any] = {"limits": Limits(per_contact=1)}
    restore(
        shop,
        *(off(f"mug {i}", 1, MUGS, **limited) for i in range(3)),
        *(off(f"other {i}", **limited) for i in range(50)),
        off("coded", 1, MUGS, trigger=Trigger.CODE, codes=("NOW",), **limited),
    )
    draft_id = shop.with_items({"MUG": 1})
    with shop.edit(draft_id) as edit:
        edit.enter_code("NOW")
    with shop.storage.read() as work:
        promotions: Any = work.promotions
        usage = promotions.usage

        def see(promotion_ids: Any, *rest: Any) -> Any:
            asked.append({*promotion_ids})
            return usage(promotion_ids, *rest)

        promotions.usage = see
        reader = FactReader(work, NOON, ActivePromotions())
        draft = work.drafts.get(draft_id)
        facts = reader.facts(draft, reader.contact(draft))
        found = {each.id for each in facts.promotions.find({sku_key("MUG")})}

    assert {"mug 0", "mug 1", "mug 2"} == found
    assert [{"mug 0", "mug 1", "mug 2", "coded"}] == asked


def test_what_is_kept_of_a_look_keeps_no_promotions_alive(shop: Shop) -> None:
    """A view, its quote, an order and facts hold those that matter, and no index (HA-16)."""
    restore(shop, off("matches", 20, MUGS), *others(40))
    draft_id = shop.reviewed({"MUG": 2})
    with shop.desk.edit(draft_id) as edit:
        kept: list[Any] = [edit.view, edit.quote]
    del edit
    with shop.storage.read() as work:
        reader = FactReader(work, NOON, shop.desk._active)
        draft = work.drafts.get(draft_id)
        facts = reader.facts(draft, reader.contact(draft))
        facts.promotions.find(frozenset())
        del reader
    view = shop.view(draft_id)
    kept += [facts, view, view.quote, *shop.desk.available_promotions(draft_id)]
    kept += [shop.placed(draft_id)]
    sets = known_in(shop.desk)
    assert sets
    shop.desk = shop.another_desk(shop.desk.store)
    gc.collect()

    assert [None] * len(sets) == [known() for known in sets]
    with pytest.raises(WorkEnded):
        facts.promotions.find({sku_key("MUG")})
    assert kept


def test_a_desk_keeps_few_states(shop: Shop) -> None:
    """However often promotions are changed and looked at, few sets are kept (HA-16)."""
    restore(shop, off("matches", 20, MUGS))
    draft_id = shop.with_items({"MUG": 2})
    for priority in range(1, 12):
        shop.change_promotion("matches", priority=priority)
        shop.view(draft_id)

    assert len(known_in(shop.desk)) <= 4


# --- What is seen ---


def test_a_picture_is_not_taken_for_the_present(shop: Shop) -> None:
    """Who opened a draft before a change sees no promotion of later, and spoils none (ST-1)."""
    restore(shop, off("matches", 50, MUGS))
    draft_id = shop.with_items({"MUG": 2})
    old, half = shop.total(draft_id), shop.total(draft_id) / 2
    with shop.desk.preview(draft_id) as edit:
        shop.change_promotion("matches", effect=PercentOff(percent=75, target=MUGS))
        new = shop.total(draft_id)
        assert half == new
        assert old == edit.quote.total
        edit.set_quantity("l1", 1)
        assert half == edit.quote.total

    assert new == shop.total(draft_id)


def test_what_was_not_committed_is_seen_there_alone(shop: Shop) -> None:
    """A unit of work sees its own change; it is lost with it, also for the next state (ST-5)."""
    restore(shop, off("a", target=MUGS), off("b", target=MUGS))
    active = ActivePromotions()

    def seen(work: Any) -> dict[str, int]:
        return {each.id: each.priority for each in active.at(work.promotions, NOON)}

    def change(work: Any, promotion_id: str, priority: int) -> None:
        old = work.promotions.get(promotion_id)
        work.promotions.save(attrs.evolve(old, priority=priority))

    with shop.storage.read() as work:
        assert {"a": 0, "b": 0} == seen(work)
    with shop.storage.write() as work:
        change(work, "a", 1)
        assert {"a": 1, "b": 0} == seen(work)
        change(work, "a", 2)
        assert {"a": 2, "b": 0} == seen(work)
    with shop.storage.write() as work:
        change(work, "b", 3)
        work.commit()
    with shop.storage.read() as work:
        assert {"a": 0, "b": 3} == seen(work)


def test_promotions_begin_and_end_without_being_stored(shop: Shop) -> None:
    """What begins or ends meanwhile does so for a desk that has looked before, both ways (PR-8)."""
    restore(
        shop,
        off("ends", 50, MUGS, ends_at=NOON + HOUR),
        off("begins", 20, MUGS, starts_at=NOON + 2 * HOUR, ends_at=NOON + 3 * HOUR),
        *others(10),
    )
    draft_id = shop.with_items({"MUG": 2})
    totals = {}
    for hour in (0, 1, 2, 3, 2, 1, 0, 3, 0):
        shop.clock.now = NOON + hour * HOUR
        totals[hour] = f"{shop.total(draft_id).amount:f}"
        applied = {each.promotion_id for each in shop.quote(draft_id).decisions if each.applied}
        assert {0: {"ends"}, 2: {"begins"}}.get(hour, set()) == applied, hour

    assert {0: "7.50", 1: "15.00", 2: "12.00", 3: "15.00"} == totals


def test_a_change_is_seen_by_the_very_next_placing(shop: Shop) -> None:
    """A promotion that was changed after the look is told when an order is placed (OE-18)."""
    restore(shop, off("matches", 50, MUGS), *others(10))
    draft_id = shop.reviewed({"MUG": 2})
    seen = shop.quote(draft_id)
    shop.change_promotion("matches", effect=PercentOff(percent=40, target=MUGS))
    with pytest.raises(QuoteChanged) as caught:
        shop.desk.place(draft_id, seen=seen, actor="sam")

    assert caught.value.current == shop.quote(draft_id)
    shop.change_promotion("other 3", enabled=False)
    assert seen.total < shop.placed(draft_id).quote.total


def test_a_code_that_moved_is_with_its_new_promotion(shop: Shop) -> None:
    """A code that went to another promotion, which nobody had looked at, counts there (OE-17)."""
    coded = {"trigger": Trigger.CODE, "codes": ("NOW",)}
    restore(shop, off("a", 10, MUGS, **coded), off("b", 20, MUGS, trigger=Trigger.PICKED))
    draft_id = shop.with_items({"MUG": 2})
    assert ["b"] == [each.promotion.id for each in shop.desk.available_promotions(draft_id)]
    shop.change_promotion("a", trigger=Trigger.PICKED, codes=())
    shop.change_promotion("b", **coded)

    assert ["a"] == [each.promotion.id for each in shop.desk.available_promotions(draft_id)]
    with shop.edit(draft_id) as edit:
        assert "b" == edit.enter_code("NOW").promotion_id
    with shop.edit(draft_id) as edit, pytest.raises(PromotionNotAvailable):
        edit.pick_promotion("b")


def drawn(random: Random, promotion_id: str) -> Promotion:
    """A promotion of some kind, for mugs, caps, pins or nothing."""
    target = random.choice((MUGS, NONE, Selection(skus=("CAP-RED",)), Selection(skus=("PIN",))))
    needed = random.choice((Selection(), target, MUGS, NONE))
    effect: Any = PercentOff(percent=random.randrange(1, 40), target=target)
    if random.random() < 0.2:
        effect = AddProduct(items=(TiedItem(key="gift", product_id=random.choice(("pin", "cap"))),))
    trigger = random.choice((Trigger.AUTOMATIC, Trigger.PICKED, Trigger.PICKED, Trigger.CODE))
    start, end = sorted(random.sample(range(6), 2))
    return off(
        promotion_id,
        effect=effect,
        trigger=trigger,
        codes=(f"code {promotion_id}",) if trigger is Trigger.CODE else (),
        conditions=(MinQuantity(quantity=random.randrange(1, 4), target=needed),)
        if random.random() < 0.6
        else (),
        starts_at=random.choice((None, None, NOON + start * HOUR)),
        ends_at=random.choice((None, None, NOON + end * HOUR)),
        priority=random.randrange(3),
        group=random.choice(("", "", "g")),
        exclusive=random.random() < 0.1,
        enabled=random.random() < 0.9,
        limits=Limits(total=random.randrange(1, 3)) if random.random() < 0.3 else Limits(),
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_desk_that_looked_sees_what_a_new_one_sees(shop: Shop, seed: int) -> None:
    """Whatever was changed, lost, begun or placed: what it shows is what a new desk shows."""
    random = Random(seed)  # noqa: S311
    names = [f"p{i}" for i in range(8)]
    restore(shop, *(drawn(random, name) for name in names))
    draft_id = shop.reviewed({"MUG": 2, "CAP-RED": 1})
    for _ in range(8):
        with shop.storage.write() as work:
            for name in random.sample(names, random.randrange(3)):
                new = attrs.evolve(drawn(random, name), version=work.promotions.get(name).version)
                work.promotions.save(new)
            if random.random() < 0.7:
                work.commit()
        shop.clock.now = NOON + random.randrange(6) * HOUR
        new_desk = shop.another_desk(shop.desk.store)
        for unearned in (False, True):
            assert new_desk.available_promotions(
                draft_id, unearned=unearned
            ) == shop.desk.available_promotions(draft_id, unearned=unearned)
        if random.random() < 0.3 and not shop.view(draft_id).blocking:
            shop.placed(draft_id)
            draft_id = shop.reviewed({"MUG": random.randrange(1, 4), "CAP-RED": 1})
        assert new_desk.view(draft_id) == shop.desk.view(draft_id)


@pytest.mark.parametrize("seed", range(4))
def test_what_can_be_picked_is_what_picking_gives(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed is what can be picked; what is nearly so is the same tried one by one (OE-7)."""
    shop = Shop(MemoryStorage())
    random = Random(seed)  # noqa: S311
    names = [f"p{i:02}" for i in range(25)]
    restore(shop, *(drawn(random, name) for name in names))
    draft_id = shop.with_items({"MUG": 2})
    together = shop.desk.available_promotions(draft_id, unearned=True)

    monkeypatch.setattr(listing, "_AT_ONCE", 1)
    assert together == shop.desk.available_promotions(draft_id, unearned=True)
    earned = [each.promotion.id for each in together if each.earned]
    assert earned == [e.promotion.id for e in shop.desk.available_promotions(draft_id)]
    draft = shop.desk.draft(draft_id)
    with shop.storage.read() as work:
        active = [p for p in work.promotions.active(NOON) if p.trigger is Trigger.PICKED]
    expected = []
    for promotion in active:
        with shop.desk.preview(draft_id) as edit:
            picked = (AppliedPromotion(promotion_id=promotion.id),)
            tried = edit._working.tried(attrs.evolve(draft, applied=picked))
        decision = tried.quote.decision(promotion.id)
        if decision is not None and (decision.applied or decision.open_options):
            expected.append(promotion.id)
    assert expected == earned


def test_many_that_match_nothing_are_listed_as_nearly_earned() -> None:
    """Of hundreds that lack a line, each says how many are missing, and little is priced (OE-7)."""
    shop = Shop(MemoryStorage())
    lacking = {"conditions": (MinQuantity(quantity=2, target=NONE),), "trigger": Trigger.PICKED}
    restore(
        shop,
        off("picked", 30, MUGS, trigger=Trigger.PICKED),
        *(off(f"lacks {i:03}", 5, MUGS, group="g", **lacking) for i in range(300)),
    )
    draft_id = shop.with_items({"MUG": 2})
    found = shop.desk.available_promotions(draft_id, unearned=True)

    assert ["picked"] == [each.promotion.id for each in found if each.earned]
    assert [2] * 300 == [each.decision.missing_units for each in found if not each.earned]


def test_threads_share_what_a_desk_keeps(shop: Shop) -> None:
    """Each of several that look while others change sees one state, and at last the last (ST-1)."""
    if isinstance(shop.storage, MemoryStorage):
        shop.storage._timeout = 60.0
    restore(shop, off("a", 50, MUGS), off("b", 50, MUGS, enabled=False), *others(20))
    draft_id = shop.with_items({"MUG": 2})
    half = shop.total(draft_id)
    failed: list[object] = []

    def swap() -> None:
        for _ in range(6):
            with shop.storage.write() as work:
                for name in ("a", "b"):
                    old = work.promotions.get(name)
                    work.promotions.save(attrs.evolve(old, enabled=not old.enabled))
                work.commit()

    def look() -> None:
        for _ in range(8):
            try:
                if half != (total := shop.total(draft_id)):
                    failed.append(total)  # neither of the two, or both
            except Exception as error:  # noqa: BLE001
                failed.append(error)

    threads = [threading.Thread(target=each) for each in (swap, swap, look, look, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failed
    assert half == shop.total(draft_id)
