"""What the engine remembers of carts is its own, and goes with them."""

import gc
from concurrent.futures import ThreadPoolExecutor

import attrs

from cartcore.pricing import pools
from cartcore.pricing.engine import price
from cartcore.pricing.policy import PricingPolicy
from cartcore.values.allocation import Rounding
from tests.support.carts import AT, cart, line, usd


def test_nothing_is_left_of_carts_that_are_gone() -> None:
    """After a thousand carts were priced and dropped, none is remembered (PR-23)."""
    gc.collect()
    before = len(pools._remembered)
    totals = [price(cart(line("a", f"{n}.00")), at=AT).total for n in range(1, 1001)]
    assert totals == [usd(f"{n}.00") for n in range(1, 1001)]
    gc.collect()
    assert len(pools._remembered) == before


def test_a_cart_is_remembered_while_it_is_there() -> None:
    """Its pools are made once for a way of rounding, and the cart itself is not touched."""
    given = cart(line("a", "1.005", 1))
    half_up = pools.pools_of(given, Rounding.HALF_UP, frozenset())
    assert pools.pools_of(given, Rounding.HALF_UP, frozenset()) is half_up
    assert attrs.asdict(given) == attrs.asdict(cart(line("a", "1.005", 1)))
    down = price(given, at=AT, policy=PricingPolicy(rounding=Rounding.DOWN))
    assert [usd("1.00"), usd("1.01")] == [down.total, price(given, at=AT).total]


def test_threads_price_one_cart() -> None:
    """Threads that price one cart, each with another rounding, get their own totals."""
    given = cart(line("a", "1.005", 1))
    policies = [PricingPolicy(rounding=each) for each in (Rounding.UP, Rounding.DOWN)] * 50
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(lambda policy: price(given, at=AT, policy=policy).total, policies)]
    assert found == [usd("1.01"), usd("1.00")] * 50
