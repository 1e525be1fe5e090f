"""Types whose configuration changed, or that were renamed, and what is stored of them."""

import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
from jsonschema import Draft202012Validator

from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.documents.schema import config_schema
from cartcore.documents.serializer import Serializer
from cartcore.errors import CartcoreError, CodeRejected, InvalidField
from cartcore.pricing.engine import price
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.rulebook import Rulebook
from cartcore.rules import Discount, Ineligible, Offer, PricingContext, PromotionClass
from cartcore.rules.builtin import Not, PercentOff
from tests.support.carts import AT, cart, line, usd
from tests.support.shop import Shop


@attrs.frozen(kw_only=True)
class Old:
    """Version 1 of a type, under its first name: tenths."""

    type_name: ClassVar[str] = "acme.tenths"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM
    tenths: int

    def evaluate(self, context: PricingContext) -> Offer:
        return Offer(discounts=(Discount.percent_off(self.tenths * 10),))


@attrs.frozen(kw_only=True)
class New:
    """Version 3: percent. Version 2 had fifths."""

    type_name: ClassVar[str] = "acme.percent"
    former_names: ClassVar[tuple[str, ...]] = ("acme.tenths", "acme.fifths")
    config_version: ClassVar[int] = 3
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM
    percent: int

    @staticmethod
    def upgrade(fields: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        if version == 1:
            return {"percent": fields["tenths"] * 10}
        return {"percent": fields["fifths"] * 20}

    def evaluate(self, context: PricingContext) -> Offer:
        return Offer(discounts=(Discount.percent_off(self.percent),))


@attrs.frozen(kw_only=True)
class OldCheck:
    type_name: ClassVar[str] = "acme.check"

    def check(self, context: PricingContext) -> Ineligible | None:
        return Ineligible("never", "never")


WITH_OLD = Rulebook(promotion_types={"acme.tenths": Old}, condition_types={"acme.check": OldCheck})
WITH_NEW = Rulebook(promotion_types={"acme.percent": New, "cartcore.percent_off": PercentOff})
PROMOTION = Promotion(id="p", name="P", effect=Old(tenths=3))


def stored(effect: Mapping[str, Any]) -> dict[str, Any]:
    return {"format": 4, "id": "p", "name": "P", "effect": effect}


def given_up(upgrade: Any) -> Rulebook:
    """A rulebook with a new version of the type whose upgrade does something else."""
    body = {**{k: v for k, v in vars(Old).items() if k in {"promotion_class", "evaluate"}}}
    annotations = {"percent": int}
    own = {"__annotations__": annotations, "type_name": "acme.tenths", "config_version": 2}
    kind = attrs.frozen(type("Mine", (), {**body, **own, "upgrade": staticmethod(upgrade)}))
    return Rulebook(promotion_types={"acme.tenths": kind})


def test_an_older_version_is_brought_up_to_date() -> None:
    """Each version that was stored, under each name of the type, is read as it is today (PK-14)."""
    reader = Serializer(WITH_NEW)

    for effect in (
        {"type": "acme.tenths", "tenths": 4},
        {"type": "acme.fifths", "config_version": 2, "fifths": 2},
        {"type": "acme.percent", "config_version": 3, "percent": 40},
    ):
        assert New(percent=40) == reader.load(stored(effect), Promotion).effect


def test_it_is_written_with_its_name_and_version_of_today() -> None:
    """A version of 1 is not written, so documents of before stay as they are (PK-14)."""
    upgraded = Serializer(WITH_NEW).loads(Serializer(WITH_OLD).dumps(PROMOTION), Promotion)

    assert {"type": "acme.tenths", "tenths": 3} == Serializer(WITH_OLD).dump(PROMOTION)["effect"]
    assert {"type": "acme.percent", "config_version": 3, "percent": 30} == Serializer(
        WITH_NEW
    ).dump(upgraded)["effect"]


def test_its_schema_is_that_of_today() -> None:
    """A form writes the version, and a document without it is one of version 1 (PK-14, PK-9)."""
    schema = config_schema(New, WITH_NEW)
    written = Serializer(WITH_NEW).dump(Promotion(id="p", name="P", effect=New(percent=5)))

    check = Draft202012Validator(schema)
    assert check.is_valid(written["effect"])
    assert not check.is_valid({"type": "acme.percent", "percent": 5})
    assert not check.is_valid({**written["effect"], "config_version": 2})


@pytest.mark.parametrize("version", [4, 0, -1, "1", True, None, 1.0])
def test_versions_that_are_none(version: object) -> None:
    """A version that the plugin does not know is refused, and says which it knows (PK-14)."""
    effect = {"type": "acme.percent", "config_version": version, "percent": 5}

    with pytest.raises(InvalidField, match=r"installed acme\.percent knows \(from 1 to 3\)"):
        Serializer(WITH_NEW).load(stored(effect), Promotion)


def fails(fields: Mapping[str, Any], version: int) -> Mapping[str, Any]:
    raise KeyError(version)


def leaves(fields: Mapping[str, Any], version: int) -> Mapping[str, Any]:
    sys.exit("bye")


FAILING = {
    "raises": (fails, "KeyError"),
    "exits": (leaves, "SystemExit"),
    "answers nothing": (lambda fields, version: None, "not the fields"),
    "leaves it as it was": (lambda fields, version: fields, "percent must be given"),
    "answers what is refused": (
        lambda fields, version: {"percent": "x"},
        "percent must be a whole",
    ),
}


@pytest.mark.parametrize(("upgrade", "told"), FAILING.values(), ids=FAILING)
def test_an_upgrade_that_fails_is_told(upgrade: Any, told: str) -> None:
    """It is told with the type, the version, and what was wrong (PK-14, PK-15)."""
    text = Serializer(WITH_OLD).dumps(PROMOTION)

    with pytest.raises(CartcoreError, match=told):
        Serializer(given_up(upgrade)).loads(text, Promotion)


@pytest.mark.parametrize(("upgrade", "told"), FAILING.values(), ids=FAILING)
def test_it_fails_for_that_promotion_alone(upgrade: Any, told: str, tmp_path: Path) -> None:
    """The others apply as ever; the quote has what was wrong, by promotion (PK-14, PK-16)."""
    file = tmp_path / "shop.db"
    half = Promotion(id="half", name="Half", effect=PercentOff(percent="50"))
    with SQLiteStorage(file, rulebook=WITH_OLD_AND_OURS) as storage, storage.write() as work:
        work.promotions.add(PROMOTION)
        work.promotions.add(half)
        work.commit()
    rulebook = attrs.evolve(
        given_up(upgrade),
        promotion_types={
            **given_up(upgrade).promotion_types,
            "cartcore.percent_off": PercentOff,
        },
    )
    with SQLiteStorage(file, rulebook=rulebook) as storage, storage.read() as work:
        found = work.promotions.search().items

    quote = price(cart(line("mug", "10.00", 2)), found, at=AT)

    decision, [fault] = quote.decision("p"), quote.faults
    assert decision is not None
    assert usd("10.00") == quote.total
    assert (False, "configuration_unreadable") == (decision.applied, decision.reason)
    assert told not in decision.message
    assert "acme.tenths" in decision.message
    assert ("acme.tenths", "promotion 'p'") == (fault.plugin, fault.subject)
    assert told in fault.problem
    assert "version 1" in fault.problem
    assert fault.traceback


WITH_OLD_AND_OURS = Rulebook(
    promotion_types={"acme.tenths": Old, "cartcore.percent_off": PercentOff},
    condition_types={"acme.check": OldCheck, "cartcore.not": Not},
)


def test_a_configuration_that_is_refused_today_is_kept(tmp_path: Path) -> None:
    """What a newer plugin refuses, and a newer version than it knows, is written back (PK-14)."""
    reader = Serializer(WITH_NEW, keep_opaque=True)

    for effect in (
        {"type": "acme.percent", "config_version": 9, "permille": 5},
        {"type": "acme.percent", "config_version": 3, "percent": "five"},
        {"type": "acme.tenths", "tenths": None},
    ):
        found = reader.load(stored(effect), Promotion)
        assert effect == reader.dump(found)["effect"]
        assert json.loads(reader.dumps(found))["effect"] == effect


def test_one_inside_another_is_no_reason_to_apply() -> None:
    """A condition that cannot be read does not hold, nor does its opposite (PK-14)."""
    promotion = Promotion(
        id="p",
        name="P",
        effect=PercentOff(percent="90"),
        conditions=(Not(condition=OldCheck()),),
    )
    document = Serializer(WITH_OLD_AND_OURS).dump(promotion)
    document["conditions"][0]["condition"]["config_version"] = 2
    found = Serializer(WITH_OLD_AND_OURS, keep_opaque=True).load(document, Promotion)

    quote: Quote = price(cart(line("mug", "10.00", 2)), [found], at=AT)

    assert usd("20.00") == quote.total
    assert ["configuration_unreadable"] == [each.reason for each in quote.decisions]


def test_the_desk_logs_it_and_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Staff place the order, and a code says why it does nothing (PK-14, PK-16)."""
    file = tmp_path / "shop.db"
    coded = attrs.evolve(PROMOTION, id="c", trigger=Trigger.CODE, codes=("ACME",))
    with SQLiteStorage(file, rulebook=WITH_OLD_AND_OURS) as storage, storage.write() as work:
        work.promotions.add(PROMOTION)
        work.promotions.add(coded)
        work.commit()
    with (
        SQLiteStorage(file, rulebook=given_up(fails)) as storage,
        caplog.at_level(logging.ERROR, "cartcore.plugins"),
    ):
        shop = Shop(storage)
        draft_id = shop.reviewed({"MUG": 2})
        with (
            pytest.raises(CodeRejected, match="cannot be read by its plugin"),
            shop.edit(draft_id) as edit,
        ):
            edit.enter_code("ACME")
        shop.placed(draft_id)

    assert 1 == len(caplog.messages)
    assert "'acme.tenths' failed for promotion 'p'" in caplog.messages[0]
    assert "KeyError" in caplog.messages[0]
