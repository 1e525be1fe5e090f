"""Promotions, and which of them are active."""

from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from itertools import product
from typing import Any

import attrs
import pytest

from cartcore.errors import AlreadyExists, InvalidField, NotFound
from cartcore.promotions.filters import PromotionFilter, PromotionState
from cartcore.promotions.promotion import Trigger
from cartcore.promotions.types import PromotionClass
from cartcore.rules.builtin import FreeShipping, OrderPercentOff
from cartcore.storage.ports import Storage
from cartcore.testing.records import NOON, a_promotion
from cartcore.testing.storage.contract import Contract, changes
from cartcore.testing.storage.kinds import ids

SHORTLY = timedelta(microseconds=1)


class PromotionsContract(Contract):
    """The promotions and their redemptions."""

    @changes("promotions")
    def test_codes_are_unique_over_all_promotions(self, storage: Storage) -> None:
        """A code that another promotion has, in any case, is AlreadyExists (PR-8)."""
        coded = {"trigger": Trigger.CODE, "codes": ("Spring", "May")}
        self.store(storage, "promotions", a_promotion("p1", **coded), a_promotion("p2"))
        with storage.write() as work:
            with pytest.raises(AlreadyExists) as caught:
                work.promotions.add(
                    a_promotion("p3", trigger=Trigger.CODE, codes=("June", " may "))
                )
            with pytest.raises(AlreadyExists):
                work.promotions.save(a_promotion("p2", version=1, **coded))
            work.commit()

        assert ("code", "may") == (caught.value.field, caught.value.value)

    @changes("promotions", undone=True)
    def test_a_code_leads_to_its_promotion(self, storage: Storage) -> None:
        """A code is found in any case and spacing; when it is given up, it is free (PR-8)."""
        coded = a_promotion("p1", trigger=Trigger.CODE, codes=("10 Off",))
        self.store(storage, "promotions", coded)
        with storage.write() as work:
            assert "p1" == work.promotions.by_code(" 10  oFF ").id
            work.promotions.save(attrs.evolve(coded, codes=("20 off",), version=1))
            with pytest.raises(NotFound):
                work.promotions.by_code("10 off")
            work.promotions.add(attrs.evolve(coded, id="p2"))
            assert "p2" == work.promotions.by_code("10 off").id

    @pytest.mark.parametrize("promo_code", ["none", "", " ", "x" * 1000, "\0", "\u202e"])
    def test_an_unknown_code_is_not_found(self, storage: Storage, promo_code: str) -> None:
        """by_code raises NotFound, also for a text that can be no code (OE-17)."""
        with storage.read() as work, pytest.raises(NotFound) as caught:
            work.promotions.by_code(promo_code)

        assert promo_code == caught.value.key

    def test_active_ones_without_code_are_listed(self, storage: Storage) -> None:
        """active() gives automatic and picked promotions that are switched on, by id (PR-8)."""
        self.store(
            storage,
            "promotions",
            a_promotion("p3"),
            a_promotion("p2", trigger=Trigger.PICKED),
            a_promotion("p1", trigger=Trigger.CODE, codes=("x",)),
            a_promotion("p0", enabled=False),
        )
        with storage.read() as work:
            assert ["p2", "p3"] == ids(work.promotions.active(NOON))
            assert ["p0", "p1", "p2", "p3"] == ids(work.promotions.search().items)
            assert ["p0", "p3"] == sorted(work.promotions.many(["p3", "p0", "p9"]))

    @pytest.mark.parametrize("trigger", [Trigger.AUTOMATIC, Trigger.PICKED])
    def test_active_ones_are_within_their_window(self, storage: Storage, trigger: Trigger) -> None:
        """active() gives those that have begun and not ended, to the microsecond (PR-8, PR-23)."""
        before, after = NOON - SHORTLY, NOON + SHORTLY
        elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
        windows = {
            "always": (None, None),
            "begins": (NOON, None),
            "began": (before, after),
            "begins elsewhere": (elsewhere, None),
            "ends": (None, NOON),
            "ends elsewhere": (before, elsewhere),
            "ended": (None, before),
            "is to come": (after, None),
            "is to come and go": (after, after + SHORTLY),
            "lasts": (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
        }
        self.store(
            storage,
            "promotions",
            *(
                a_promotion(name, trigger=trigger, starts_at=starts, ends_at=ends)
                for name, (starts, ends) in windows.items()
            ),
        )
        now = ["always", "began", "begins", "begins elsewhere", "lasts"]
        for at in (NOON, elsewhere):
            with storage.read() as work:
                assert now == ids(work.promotions.active(at))

    @changes("promotions")
    def test_active_follows_each_change(self, storage: Storage) -> None:
        """A promotion that is prolonged, ended or switched off is, or is not, active at once."""
        self.store(storage, "promotions", a_promotion("p1"), a_promotion("p2", ends_at=NOON))
        changes: tuple[tuple[str, dict[str, Any], list[str]], ...] = (
            ("p2", {"ends_at": NOON + SHORTLY}, ["p1", "p2"]),
            ("p1", {"ends_at": NOON}, ["p2"]),
            ("p1", {"ends_at": None}, ["p1", "p2"]),
            ("p2", {"enabled": False}, ["p1"]),
            ("p1", {"trigger": Trigger.CODE, "codes": ("X",)}, []),
        )
        for promotion_id, change, active in changes:
            with storage.write() as work:
                old = work.promotions.get(promotion_id)
                work.promotions.save(attrs.evolve(old, **change))
                assert active == ids(work.promotions.active(NOON))
                work.commit()
            with storage.read() as work:
                assert active == ids(work.promotions.active(NOON))

    def test_found_by_name_code_class_and_state(self, storage: Storage) -> None:
        """search() gives what a filter matches, by id, and its pages the same (HA-9)."""
        coded: dict[str, Any] = {"trigger": Trigger.CODE, "codes": ("Spring 10", "x" * 64)}
        kinds = (OrderPercentOff(percent=5), FreeShipping())
        self.store(
            storage,
            "promotions",
            a_promotion("p1", name="Frühling: alles -10 %", **coded),
            a_promotion("p2", name="Spring mugs", enabled=False, ends_at=NOON),
            a_promotion("p3", name="Spring mugs, again", starts_at=NOON, effect=kinds[0]),
            a_promotion("p4", name="Mugs of spring", ends_at=NOON, effect=kinds[1]),
            a_promotion("p5", name="O'Brien's %_", starts_at=NOON - SHORTLY, ends_at=NOON),
        )
        with storage.read() as work:
            everything = work.promotions.search().items
            for text, code, wanted_class, state, at in product(
                ("", "spring", "fruhl", "mug spr", "obrien", "brien", "%", "***"),
                ("", " spring  10", "spring", "\u200b", "x" * 64, "x" * 200),
                (None, *PromotionClass),
                (None, *PromotionState),
                (NOON, NOON - SHORTLY, datetime.min.replace(tzinfo=UTC)),
            ):
                wanted = PromotionFilter(
                    text=text, code=code, promotion_class=wanted_class, state=state, at=at
                )
                found = ids(work.promotions.search(wanted).items)
                assert len(found) == work.promotions.count(wanted)
                assert [p.id for p in everything if wanted.matches(p)] == found, wanted
            assert (5, 2) == (work.promotions.count(), work.promotions.count(most=2))
            named = partial(work.promotions.search, PromotionFilter(text="spring"))
            first = named(limit=2)
            last = named(limit=2, page=first.next_page)
            assert ["p2", "p3", "p4"] == [*ids(first.items), *ids(last.items)]
            if "promotions" not in self.forward_only:
                assert ["p2", "p3"] == ids(named(limit=2, page=last.previous_page).items)

    @changes("promotions", undone=True)
    def test_found_by_what_they_have_become(self, storage: Storage) -> None:
        """A promotion is found by its name, code and class of now, and by none of before (HA-9)."""
        self.store(storage, "promotions", a_promotion("p1", name="Spring"))
        coded: dict[str, Any] = {"trigger": Trigger.CODE, "codes": ("Leaf",)}
        became: dict[str, Any] = {"name": "Autumn", "effect": FreeShipping(), **coded}
        with storage.write() as work:
            work.promotions.save(attrs.evolve(work.promotions.get("p1"), **became))
            for wanted, found in (
                (PromotionFilter(text="spring"), []),
                (PromotionFilter(text="autumn", code="leaf"), ["p1"]),
                (PromotionFilter(promotion_class=PromotionClass.ITEM), []),
                (PromotionFilter(promotion_class=PromotionClass.SHIPPING), ["p1"]),
            ):
                assert found == ids(work.promotions.search(wanted).items)

    def test_a_state_is_that_of_a_time(self, storage: Storage) -> None:
        """Who asks for a state says when, and what is no filter is refused (HA-9)."""
        with storage.read() as work:
            with pytest.raises(InvalidField, match=r"wanted\.at"):
                work.promotions.search(PromotionFilter(state=PromotionState.ACTIVE))
            with pytest.raises(InvalidField, match=r"wanted\.at"):
                work.promotions.count(PromotionFilter(state=PromotionState.ACTIVE))
            with pytest.raises(InvalidField, match="wanted"):
                work.promotions.search("spring")  # type: ignore[arg-type]

    def test_a_time_without_a_zone_is_refused(self, storage: Storage) -> None:
        """No promotions are active at a time of which nobody knows when it is."""
        with storage.read() as work, pytest.raises(InvalidField):
            work.promotions.active(NOON.replace(tzinfo=None))
