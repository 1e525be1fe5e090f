"""Everything that a plugin can do wrong, where the desk meets it (PK-15, PK-16, TX-9).

Through all that staff do: a view of a draft, the promotions on offer, a preview, a change, placing.
"""

import logging
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.entry.view import DraftView
from cartcore.errors import PluginError
from cartcore.pricing.policy import Combination, OnPluginError, PricingPolicy
from cartcore.pricing.quote_parts import Totals
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.rules import Discount, Offer, PricingContext, PromotionClass, hookimpl, load_rulebook
from cartcore.rules.builtin import PercentOff
from cartcore.values.guard import LOGGER
from tests.support.plugin_faults import CLAIMS, FAULTS, PLACES
from tests.support.shop import STORE, Shop, usd

SKIP = PricingPolicy(on_plugin_error=OnPluginError.SKIP)
BEST = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
TENTH = Promotion(id="tenth", name="Tenth", effect=PercentOff(percent="10"))
PICKED = Promotion(id="more", name="More", effect=PercentOff(percent="5"), trigger=Trigger.PICKED)
each_fault = pytest.mark.parametrize("fault", FAULTS)
# Each place meets each fault where pricing is tested. Here each place meets some, and each fault is
# met in some place.
SOME = [
    (place, fault)
    for p, place in enumerate(PLACES)
    for f, fault in enumerate(FAULTS)
    if fault == "raises" or (f + p) % 10 == 0
]
some_faults_in_each_place = pytest.mark.parametrize(("place", "fault"), SOME)


def test_no_fault_and_no_place_is_left_out() -> None:
    """Every fault is met at the desk, and every place is (PK-15)."""
    assert set(PLACES) == {place for place, _ in SOME}
    assert set(FAULTS) == {fault for _, fault in SOME}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, LOGGER)


def with_promotions(shop: Shop, *promotions: Promotion) -> None:
    with shop.storage.write() as work:
        for each in promotions:
            work.promotions.add(each)
        work.commit()


def everything_staff_do(desk: OrderDesk, draft_id: str) -> DraftView:
    """Go through it all on a draft on review, and place a copy of what it is in the end."""
    desk.view(draft_id)
    desk.available_promotions(draft_id)
    desk.available_promotions(draft_id, unearned=True)
    with desk.preview(draft_id) as trial:
        trial.go_to("items")
        trial.add_sku("PIN")
    with desk.edit(draft_id) as edit:
        edit.go_to("items")
        edit.add_sku("PIN")
        edit.pick_promotion("more")
        edit.save_items()
        edit.go_to("review")
    view = desk.view(draft_id)
    order = desk.place(draft_id, seen=view.token, actor="sam")
    assert view.quote.total == order.total
    assert "secret" not in repr(attrs.asdict(order, recurse=False))
    return view


def change(shop: Shop, draft_id: str) -> None:
    with shop.edit(draft_id) as edit:
        edit.set_note("Call first")
        edit.go_to("items")


def said(view: DraftView) -> str:
    problems = [each.message for each in view.problems]
    return " ".join([*problems, *(each.message for each in view.quote.decisions)])


@cache
def without_it() -> Totals:
    """What it comes to with the other promotions alone."""
    shop = Shop(MemoryStorage())
    draft_id = shop.reviewed({"MUG": 2, "SH-BK-L": 1})
    with_promotions(shop, TENTH, PICKED)
    return everything_staff_do(shop.desk, draft_id).quote.totals


@some_faults_in_each_place
def test_work_goes_on_without_a_faulty_promotion(place: str, fault: str) -> None:
    """Where faults are skipped, nothing that staff do fails, and prices are those without it.

    A claim that cannot be asked costs no discount. The exception's text is for the log (PK-16).
    """
    shop = Shop(MemoryStorage(), attrs.evolve(STORE, policy=SKIP))
    draft_id = shop.reviewed({"MUG": 2, "SH-BK-L": 1})
    with_promotions(shop, TENTH, PICKED, PLACES[place](FAULTS[fault]))
    view = everything_staff_do(shop.desk, draft_id)

    assert "secret" not in said(view)
    if place not in CLAIMS:
        assert without_it() == view.quote.totals
        decision = view.quote.decision("bad")
        assert decision is not None
        assert "plugin_error" == decision.reason


@some_faults_in_each_place
def test_a_fault_that_is_not_skipped_changes_nothing(place: str, fault: str) -> None:
    """Otherwise whatever asks a type fails with a PluginError and changes nothing (PK-15).

    Once the promotion is switched off, everything is as it was.
    """
    shop = Shop(MemoryStorage(), attrs.evolve(STORE, policy=BEST))
    draft_id = shop.reviewed({"MUG": 2, "SH-BK-L": 1})
    with_promotions(shop, TENTH, PICKED)
    before = shop.view(draft_id)
    with_promotions(shop, PLACES[place](FAULTS[fault]))

    for ask in (
        lambda: shop.desk.view(draft_id),
        lambda: shop.desk.available_promotions(draft_id),
        lambda: shop.desk.place(draft_id, seen=before.token, actor="sam"),
        lambda: change(shop, draft_id),
    ):
        with pytest.raises(PluginError):
            ask()
    shop.change_promotion("bad", enabled=False)

    assert before.quote == shop.view(draft_id).quote
    assert before.draft.version == shop.view(draft_id).draft.version
    assert everything_staff_do(shop.desk, draft_id).quote.total


@attrs.frozen
class Carrier:
    """A provider that does what it was made with."""

    fault: str
    type_name: ClassVar[str] = "acme.carrier"

    def speeds(self, request: object) -> Any:
        return FAULTS[self.fault]()


@each_fault
def test_other_carriers_are_offered(fault: str) -> None:
    """A provider that fails stops no other: the order is placed by another's speed (OE-13)."""
    speeds = (Carrier(fault), *STORE.speeds)
    shop = Shop(MemoryStorage(), attrs.evolve(STORE, speeds=speeds))
    draft_id = shop.reviewed({"MUG": 1})
    view = shop.view(draft_id)

    assert "acme.carrier" in said(view)
    assert "secret" not in said(view)
    assert usd("12.40") == shop.placed(draft_id).total


@attrs.frozen
class Taxes:
    """A tax calculator that does what it was made with."""

    fault: str
    type_name: ClassVar[str] = "acme.taxes"

    def taxes(self, request: object) -> Any:
        return FAULTS[self.fault]()


@each_fault
@pytest.mark.parametrize("policy", [BEST, SKIP], ids=["fail", "skip"])
def test_no_order_without_its_tax(policy: PricingPolicy, fault: str) -> None:
    """A tax calculator is never skipped: no price is shown, and nothing is placed (TX-9, PK-15)."""
    shop = Shop(MemoryStorage())
    draft_id = shop.reviewed({"MUG": 1})
    seen = shop.view(draft_id).token
    desk = shop.desk_with(policy=policy, tax=Taxes(fault))

    with pytest.raises(PluginError, match=r"acme\.taxes"):
        desk.view(draft_id)
    with pytest.raises(PluginError, match=r"acme\.taxes"):
        desk.place(draft_id, seen=seen, actor="sam")
    assert [] == [*shop.desk.orders().items]
    assert usd("12.40") == shop.placed(draft_id).total


@attrs.frozen
class First:
    """A type as promotions of it were stored."""

    type_name: ClassVar[str] = "acme.changed"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Offer:
        return Offer(discounts=(Discount.percent_off(50),))


def second(fault: str) -> type:
    """The type in a version whose `upgrade` fails."""

    @attrs.frozen
    class Second(First):
        config_version: ClassVar[int] = 2
        rate: int = 50

        @staticmethod
        def upgrade(fields: Any, version: int) -> Any:
            return FAULTS[fault]()

    return Second


def plugin(kind: type) -> object:
    class Acme:
        @hookimpl
        def cartcore_promotion_types(self) -> list[type]:
            return [kind]

    return Acme()


@each_fault
def test_a_promotion_that_cannot_be_upgraded(fault: str, tmp_path: Path) -> None:
    """It does not apply, whatever its `upgrade` does, and stops no work (PK-14, PK-15)."""
    file = tmp_path / "shop.db"
    with SQLiteStorage(file, rulebook=load_rulebook(plugin(First))) as storage:
        shop = Shop(storage)
        draft_id = shop.reviewed({"MUG": 2, "SH-BK-L": 1})
        changed = Promotion(id="changed", name="Changed", effect=First())
        with_promotions(shop, TENTH, PICKED, changed)
    with SQLiteStorage(file, rulebook=load_rulebook(plugin(second(fault)))) as storage:
        view = everything_staff_do(OrderDesk(storage, STORE, clock=shop.clock), draft_id)

    decision = view.quote.decision("changed")
    assert decision is not None
    assert "configuration_unreadable" == decision.reason
    assert "secret" not in said(view)
    assert without_it() == view.quote.totals
