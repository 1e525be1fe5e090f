"""What a quote holds on to while it is kept, and reading it from several threads."""

import gc
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from weakref import ref

import attrs
import pytest

from cartcore.pricing.engine import price
from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Limits, Promotion, Usage
from cartcore.promotions.selection import Selection
from cartcore.rules.builtin import BuyXGetY, OrderAmountOff, PercentOff
from cartcore.shop.product import Product
from tests.support.carts import AT, cart, line, promotion, usd

POLICIES = [PricingPolicy(combination=combination) for combination in Combination]


class Catalogue(Mapping[str, Product]):
    """Products that are asked for somewhere else, such as in a unit of work."""

    def __getitem__(self, product_id: str) -> Product:
        raise KeyError(product_id)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def rivals() -> list[Promotion]:
    """Two of one group, so that one is beaten, and one that takes units."""
    return [
        promotion(PercentOff(percent="10"), "ten", group="g", limits=Limits(total=9)),
        promotion(OrderAmountOff(amount=usd("3.00")), "three", group="g"),
        promotion(BuyXGetY(buy=1, get=1, percent="50"), "second half price"),
    ]


def strangers(number: int) -> list[Promotion]:
    """Promotions of goods that are in no cart."""
    return [
        promotion(PercentOff(percent="10", target=Selection(skus=(f"other-{n}",))), f"s{n}")
        for n in range(number)
    ]


def lines() -> tuple[Any, ...]:
    return tuple(line(f"sku-{n}", f"{5 + n}.00", 3) for n in range(6))


def reachable(start: object) -> list[object]:
    """Every object that one holds, however far down, but for modules and what they hold."""
    found: dict[int, object] = {}
    todo = [start]
    while todo:
        each = todo.pop()
        if id(each) in found or isinstance(each, (type, type(sys), type(reachable))):
            continue
        found[id(each)] = each
        todo += gc.get_referents(each)
    return [*found.values()]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("read", [(), ("totals",), ("lines", "decisions", "trace")])
def test_it_holds_no_index_of_promotions(policy: PricingPolicy, read: tuple[str, ...]) -> None:
    """Whatever was read of it, it lets go of the set, the usage and the catalogue (PR-23)."""
    book, catalogue = PromotionSet([*rivals(), *strangers(200)]), Catalogue()
    usage = {f"s{n}": Usage(total=1) for n in range(200)} | {"ten": Usage(total=2)}
    quote = price(cart(*lines()), book, at=AT, products=catalogue, usage=usage, policy=policy)
    for name in read:
        assert getattr(quote, name)

    found = reachable(quote)
    assert not [each for each in found if isinstance(each, (PromotionSet, Catalogue))]
    assert usage not in [each for each in found if isinstance(each, dict)]
    promotions = {each.id for each in found if isinstance(each, Promotion)}
    assert promotions == {"ten", "three", "second half price"}
    gone = ref(catalogue)
    del catalogue, book, found
    gc.collect()
    assert gone() is None


def test_a_beaten_decision_needs_no_usage_of_others() -> None:
    """What was kept of the usage is enough to say by how much it was beaten (PR-12, PR-27)."""
    usage = {"ten": Usage(total=9)}
    used_up = price(cart(*lines()), rivals(), at=AT, usage=usage)
    assert [each.reason for each in used_up.decisions if each.promotion_id == "ten"] == ["used_up"]
    beaten = price(cart(*lines()), rivals(), at=AT, usage={"ten": Usage(total=8)})
    decision = beaten.decision("three")
    assert decision is not None
    assert decision.beaten_by == "ten"


@pytest.mark.parametrize("policy", POLICIES)
def test_threads_read_the_same(policy: PricingPolicy) -> None:
    """Eight threads that read one quote at once, field by field, find what one alone finds."""
    book = PromotionSet(rivals())
    names = [field.name for field in attrs.fields(Quote)]
    alone = price(cart(*lines()), book, at=AT, policy=policy)
    expected = {name: getattr(alone, name) for name in names}
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(10):
                shared = price(cart(*lines()), book, at=AT, policy=policy)
                barrier = Barrier(8)

                def read(place: int, quote: Quote = shared, at: Barrier = barrier) -> Any:
                    at.wait(timeout=30)
                    turned = [*names[place:], *names[:place]]
                    return {name: getattr(quote, name) for name in turned}

                assert [*pool.map(read, range(8))] == [expected] * 8
    finally:
        sys.setswitchinterval(interval)
