"""Promotions whose plugin is not installed."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sql.storage import SqlStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.cart import AppliedPromotion
from cartcore.desk import OrderDesk
from cartcore.documents.exchange import export_lines, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.errors import CodeRejected, InvalidField, PromotionNotAvailable
from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.promotions.filters import PromotionFilter
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.rulebook import Rulebook
from cartcore.rules import (
    ConditionType,
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    SpeedProvider,
    TaxCalculator,
    hookimpl,
    load_rulebook,
)
from cartcore.rules.builtin import AllOf, AnyOf, Not, PercentOff
from tests.support.carts import AT, cart, line, usd
from tests.support.shop import STORE, Shop


@attrs.frozen(kw_only=True)
class Tenth:
    type_name: ClassVar[str] = "acme.tenth"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM
    zeta: str = "Ä"
    alpha: int = 3

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        return Offer(discounts=(Discount(lines=tuple(e.id for e in context.lines), percent=10),))


@attrs.frozen(kw_only=True)
class Unlucky:
    type_name: ClassVar[str] = "acme.unlucky"

    def check(self, context: PricingContext) -> Ineligible | None:
        return Ineligible("unlucky", "never holds")


@attrs.frozen(kw_only=True)
class Part:
    """A part of a type, which is no type itself."""

    condition: ConditionType


@attrs.frozen(kw_only=True)
class UnlessAny:
    """A type of a plugin that is still there, with conditions of others inside its parts."""

    type_name: ClassVar[str] = "other.unless_any"
    parts: tuple[Part, ...]

    def check(self, context: PricingContext) -> Ineligible | None:
        if any(part.condition.check(context) is None for part in self.parts):
            return Ineligible("unless", "one of them holds")
        return None


class Other:
    @hookimpl
    def cartcore_condition_types(self) -> Sequence[type]:
        return [UnlessAny]


class Acme:
    @hookimpl
    def cartcore_promotion_types(self) -> Sequence[type]:
        return [Tenth]

    @hookimpl
    def cartcore_condition_types(self) -> Sequence[type]:
        return [Unlucky]


def rulebook_of(*kinds: type) -> Rulebook:
    """What a plugin gives that has these types of promotions."""

    class Plugin:
        @hookimpl
        def cartcore_promotion_types(self) -> Sequence[type]:
            return kinds

    return load_rulebook(Plugin())


WITH = Serializer(load_rulebook(Acme(), Other()))
WITHOUT = Serializer(load_rulebook(Other()), keep_opaque=True)
HALF = Promotion(id="half", name="Half", effect=PercentOff(percent="50"))


def lost(**fields: object) -> Promotion:
    """A promotion as it is read when its plugin has gone."""
    given = {"id": "lost", "name": "Lost", "effect": Tenth(), **fields}
    return WITHOUT.loads(WITH.dumps(Promotion(**given)), Promotion)  # type: ignore[arg-type]


def test_it_is_written_as_it_was() -> None:
    """What is opaque is written byte for byte as it was read (PK-5)."""
    text = WITH.dumps(Promotion(id="p", name="P", effect=Tenth(), conditions=(Unlucky(),)))

    assert text == WITHOUT.dumps(WITHOUT.loads(text, Promotion))


@pytest.mark.parametrize("fields", [{"effect": Tenth()}, {"conditions": (Unlucky(),)}])
def test_no_type_is_written_that_would_be_read_as_an_opaque_one(fields: dict[str, Any]) -> None:
    """A promotion of a type that is not loaded is refused, rather than kept and never applied.

    The error says which plugin to install (PK-5).
    """
    promotion = attrs.evolve(HALF, **fields)

    with pytest.raises(InvalidField, match="install the plugin that has 'acme"):
        WITHOUT.dumps(promotion)


@pytest.mark.parametrize("combination", Combination)
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"effect": PercentOff(percent="90"), "conditions": (Unlucky(),)},
        {"effect": PercentOff(percent="90"), "conditions": (Not(condition=Unlucky()),)},
        {
            "effect": PercentOff(percent="90"),
            "conditions": (
                AnyOf(conditions=(Not(condition=AllOf(conditions=(Unlucky(),))), Unlucky())),
            ),
        },
        {
            "effect": PercentOff(percent="90"),
            "conditions": (UnlessAny(parts=(Part(condition=Unlucky()),)),),
        },
    ],
    ids=["effect", "condition", "turned round", "nested", "in a part"],
)
def test_it_does_not_apply_and_says_why(
    fields: dict[str, object], combination: Combination
) -> None:
    """It takes nothing off, names the type, and leaves the others alone (PK-5)."""
    policy = PricingPolicy(combination=combination)
    quote = price(cart(line("mug", "10.00", 2)), [lost(**fields), HALF], at=AT, policy=policy)

    decision = quote.decision("lost")
    assert decision is not None
    assert usd("10.00") == quote.total
    assert (False, "plugin_missing") == (decision.applied, decision.reason)
    assert decision.message.startswith("the plugin for the type acme.")
    assert decision.message.endswith(" is not installed")


@pytest.fixture(params=["a file", "a server"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., SqlStorage]:
    """Opens a database, a new one for each test, with the types of a rulebook."""
    if request.param == "a file":
        return partial(SQLiteStorage, tmp_path / "shop.db")
    return partial(PostgresStorage, request.getfixturevalue("postgres_url"))


def test_a_storage_keeps_it(opened: Callable[..., SqlStorage]) -> None:
    """It is listed, disabled, kept as it was, and works again with its plugin (PK-5)."""
    original = Promotion(id="p", name="P", effect=Tenth(alpha=7), conditions=(Unlucky(),))
    with opened(rulebook=load_rulebook(Acme())) as storage, storage.write() as work:
        work.promotions.add(original)
        work.promotions.add(HALF)
        work.commit()
    with opened() as storage, storage.write() as work:
        found = {each.id: each for each in work.promotions.search().items}
        assert {"p", "half"} == found.keys()
        work.promotions.save(attrs.evolve(found["p"], enabled=False))
        work.commit()
    with opened(rulebook=load_rulebook(Acme())) as storage, storage.read() as work:
        assert attrs.evolve(original, enabled=False, version=2) == work.promotions.get("p")


def test_its_class(opened: Callable[..., SqlStorage]) -> None:
    """It is found by the class of its type where the plugin is installed (HA-9, PK-14)."""

    @attrs.frozen(kw_only=True)
    class OffOrder(Tenth):
        type_name: ClassVar[str] = "acme.off_order"
        promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    @attrs.frozen(kw_only=True)
    class OffOrderNow(OffOrder):
        type_name: ClassVar[str] = "acme.off_order_now"
        former_names: ClassVar[tuple[str, ...]] = ("acme.off_order",)
        alpha: int = attrs.field(default=3, validator=attrs.validators.lt(5))

    stored = [Promotion(id=f"p{alpha}", name="P", effect=OffOrder(alpha=alpha)) for alpha in (3, 7)]
    with opened(rulebook=rulebook_of(OffOrder)) as storage, storage.write() as work:
        for each in (*stored, HALF):
            work.promotions.add(each)
        work.commit()
    for kinds, of_order, of_items in (
        ((OffOrder,), ["p3", "p7"], ["half"]),
        ((OffOrderNow,), ["p3", "p7"], ["half"]),
        ((), [], ["half", "p3", "p7"]),
    ):
        with opened(rulebook=rulebook_of(*kinds)) as storage, storage.read() as work:
            for promotion_class, found in (("order", of_order), ("item", of_items)):
                wanted = PromotionFilter(promotion_class=PromotionClass(promotion_class))
                items = work.promotions.search(wanted).items
                assert found == [each.id for each in items if wanted.matches(each)]
                assert len(found) == len(items)


def test_an_export_keeps_it() -> None:
    """An export and an import without the plugin keep it byte for byte (PK-5)."""
    first, second = MemoryStorage(), MemoryStorage()
    with first.write() as work:
        work.promotions.add(Promotion(id="p", name="P", effect=Tenth()))
        work.commit()
    lines = [*export_lines(first, WITH)]

    import_lines(second, lines, WITHOUT)

    assert lines == [*export_lines(second, WITHOUT)]
    written = json.loads(lines[1])["promotion"]
    assert {"type": "acme.tenth", "zeta": "Ä", "alpha": 3} == written["effect"]


def test_a_draft_outlives_the_plugin_of_its_promotion(opened: Callable[..., SqlStorage]) -> None:
    """An order that was begun with it says why it is gone, and goes on without it (PK-5)."""
    tenth = Promotion(id="c", name="C", effect=Tenth(), trigger=Trigger.CODE, codes=("ACME",))
    with opened(rulebook=load_rulebook(Acme())) as storage:
        with storage.write() as work:
            work.promotions.add(tenth)
            work.commit()
        shop = Shop(storage)
        draft_id = shop.with_items({"MUG": 2})
        with shop.edit(draft_id) as edit:
            edit.enter_code("ACME")
    with opened() as storage:
        desk = OrderDesk(storage, STORE)
        decision = desk.view(draft_id).quote.decision("c")
        assert decision is not None
        assert (False, "plugin_missing") == (decision.applied, decision.reason)
        with desk.edit(draft_id) as edit:
            edit.remove_promotion("c")
        assert desk.view(draft_id).quote.decision("c") is None


def test_staff_are_told_at_the_desk(tmp_path: Path) -> None:
    """Orders are entered as ever; its code and the list of promotions say why not (PK-5)."""
    file = tmp_path / "shop.db"
    kinds = {"auto": Trigger.AUTOMATIC, "pick": Trigger.PICKED, "code": Trigger.CODE}
    with SQLiteStorage(file, rulebook=load_rulebook(Acme())) as storage, storage.write() as work:
        for id_, trigger in kinds.items():
            codes = ("ACME",) if trigger is Trigger.CODE else ()
            work.promotions.add(
                Promotion(id=id_, name=id_, effect=Tenth(), trigger=trigger, codes=codes)
            )
        work.commit()
    with SQLiteStorage(file) as storage:
        shop = Shop(storage)
        draft_id = shop.reviewed({"MUG": 2})
        told = r"acme\.tenth is not installed"
        with pytest.raises(CodeRejected, match=told), shop.edit(draft_id) as edit:
            edit.enter_code("ACME")
        with pytest.raises(PromotionNotAvailable, match=told), shop.edit(draft_id) as edit:
            edit.pick_promotion("pick")
        decision = shop.placed(draft_id).quote.decision("auto")
        assert decision is not None
        assert (False, "plugin_missing") == (decision.applied, decision.reason)


def test_one_with_a_code_is_read_too() -> None:
    """One that a code triggers keeps its codes, and does not apply with one of them (PK-5)."""
    coded = lost(trigger=Trigger.CODE, codes=("X",))
    given = cart(
        line("mug", "10.00", 2), applied=(AppliedPromotion(promotion_id="lost", promo_code="X"),)
    )

    decision = price(given, [coded, HALF], at=AT).decision("lost")

    assert decision is not None
    assert (False, "plugin_missing") == (decision.applied, decision.reason)


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (SpeedProvider, {"type": "acme.van", "price": "5"}),
        (TaxCalculator, {"type": "acme.vat", "percent": "20"}),
    ],
)
def test_a_shop_does_not_start_without_its_speeds_and_taxes(
    kind: type, document: dict[str, str]
) -> None:
    """A provider or a calculator of a plugin that is missing is an error that names it (PK-5)."""

    @attrs.frozen(kw_only=True)
    class Configuration:
        part: kind  # type: ignore[valid-type]

    with pytest.raises(InvalidField, match=f"install the plugin that has '{document['type']}'"):
        WITHOUT.load({"format": 4, "part": document}, Configuration)
