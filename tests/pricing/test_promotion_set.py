"""Sets of promotions: what a cart finds in them, and how they follow changes."""

from random import Random
from typing import Any

import pytest

from cartcore.errors import InvalidField
from cartcore.pricing import promotion_set
from cartcore.pricing.engine import price
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.rules import Selection
from cartcore.rules.builtin import AmountOff, MinQuantity, PercentOff
from tests.support.carts import AT, by_code, cart, line, promotion, usd

SKUS = tuple("ABCDE")
TARGETS = (
    Selection(),
    *(Selection(skus=(sku,)) for sku in SKUS),
    Selection(skus=("A", "B")),
    Selection(tags=("sale",)),
    Selection(any_of=(Selection(skus=("C",)), Selection(products=("d",)))),
)


def drawn(random: Random, promotion_id: str) -> Promotion:
    """Return one of many promotions with an id."""
    fields: dict[str, Any] = {}
    trigger = random.choice(list(Trigger))
    if trigger is Trigger.CODE:
        fields["codes"] = (f"{promotion_id}-{random.randrange(3)}",)
    if random.random() < 0.3:
        fields["conditions"] = (MinQuantity(quantity=1, target=random.choice(TARGETS)),)
    if random.random() < 0.2:
        fields["group"] = "one of them"
    effect = random.choice(
        (
            PercentOff(percent=random.randrange(1, 50), target=random.choice(TARGETS)),
            AmountOff(amount=usd("0.30"), target=random.choice(TARGETS)),
        )
    )
    return promotion(effect, promotion_id, trigger=trigger, priority=random.randrange(3), **fields)


def found(book: PromotionSet, keys: frozenset[str]) -> dict[Trigger, set[str]]:
    """Return the ids of those that are found, by what triggers them."""
    triggers = (Trigger.AUTOMATIC, Trigger.PICKED)
    return {trigger: {entry.id for entry in book.find(keys, trigger)} for trigger in triggers}


@pytest.mark.parametrize("merged_at", [0, 3, 256])
@pytest.mark.parametrize("seed", range(3))
def test_an_updated_set_is_as_a_new_one(
    seed: int, merged_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it was updated, it finds and prices what a set made anew does (PR-23)."""
    monkeypatch.setattr(promotion_set, "_MOST_CHANGED", merged_at)
    random = Random(seed)  # noqa: S311
    carts = [
        cart(*(line(sku, "9.90", quantity=2, tags=("sale",) * (sku == "E")) for sku in skus))
        for skus in (SKUS[:1], SKUS[1:3], SKUS[2:], SKUS)
    ]
    shop: dict[str, Promotion] = {}
    book = PromotionSet()
    for step in range(30):
        changed = [drawn(random, f"p{i}") for i in random.sample(range(12), random.randrange(4))]
        without = {f"p{i}" for i in random.sample(range(12), random.randrange(3))}
        before, had = book, dict(shop)
        book = book.updated(changed, without=without)
        shop = {key: each for key, each in shop.items() if key not in without}
        shop |= {each.id: each for each in changed}

        for held, expected in ((book, shop), (before, had)):
            anew = PromotionSet(expected.values())
            assert {each.id: each for each in held} == expected
            assert len(expected) == len(held)
            for each in carts:
                keys = frozenset(each.places)
                assert found(anew, keys) == found(held, keys)
                if not step % 10:
                    assert price(each, anew, at=AT) == price(each, held, at=AT)


def test_codes_are_found_for_nobody() -> None:
    """A promotion with a code is in the set, and no line finds it (PR-8)."""
    coded = by_code(PercentOff(percent=10), "coded", "SPRING")
    book = PromotionSet([coded, promotion(PercentOff(percent=5), "picked", trigger=Trigger.PICKED)])

    assert {Trigger.AUTOMATIC: set(), Trigger.PICKED: {"picked"}} == found(book, frozenset())
    entry = book.candidate("coded")
    assert entry is not None
    assert coded == entry.promotion


def test_an_update_keeps_codes_apart() -> None:
    """A code goes from one promotion to another in one update, and is never of two (OE-27)."""
    spring = by_code(PercentOff(percent=10), "a", "SPRING")
    book = PromotionSet([spring])
    moved = by_code(PercentOff(percent=5), "b", "Spring")
    with pytest.raises(InvalidField, match="both have it"):
        book.updated([moved])
    passed_on = book.updated([by_code(PercentOff(percent=10), "a", "AUTUMN"), moved])

    assert 2 == len(passed_on)
    assert 1 == len(book.updated([moved], without=["a"]))


def test_what_an_update_copies() -> None:
    """A set that is updated shares what did not change, and what did never piles up (PR-23)."""

    def one(n: int) -> Promotion:
        return promotion(PercentOff(percent=10, target=Selection(skus=(f"S{n}",))), f"p{n}")

    book = PromotionSet(one(n) for n in range(100))
    whole = book._candidates.base
    assert whole is book.updated([one(100)])._candidates.base
    for n in range(1000):
        book = book.updated([one(n)])
    assert len(book) == 1000
    layers = book._candidates, book._indexes[Trigger.AUTOMATIC]._by_key
    assert all(len(each.changed) <= 300 for each in layers)
