"""Carts of stored orders, and carts of one's own, in a simulation."""

import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.errors import InvalidField
from cartcore.scenarios import Scenario, carts_from_orders, simulate
from cartcore.values.money import minor_of
from tests.support.shop import NOON, PROMOTIONS, Shop


def test_carts_of_orders_are_priced_whole() -> None:
    """The promotions of then come to the totals of then: entered codes count (SC-2, SC-11)."""
    shop = Shop(MemoryStorage())
    shop.promote("clothing", "mugs")
    draft_id = shop.with_items({"SH-BK-L": 2, "MUG": 1})
    with shop.edit(draft_id) as edit:
        edit.enter_code("WEAR10")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    order = shop.placed(draft_id)
    carts = carts_from_orders(shop.desk.carts())
    then = Scenario(name="then", promotions=(PROMOTIONS["clothing"], PROMOTIONS["mugs"]))
    run = simulate(carts, [then, Scenario(name="none")], at=NOON, progress=False)

    assert [order.number] * 2 == run.orders["order"].to_list()
    assert minor_of(order.total, "USD") == run.orders["total"][0]
    assert 2 * 2200 + 750 + 490 == run.orders["total"][1]
    assert [(0, 1)] * 2 == run.how.select("compiled", "priced").rows()
    assert [order.placed_at] == carts.orders["placed_at"].to_list()
    assert [True] == carts.orders["complete"].to_list()
    assert {"SH-BK-L", "MUG"} == {*run.lines("then")["sku"]}


def test_carts_of_ones_own() -> None:
    """By their references, which must differ; nothing else than carts is taken (SC-2)."""
    shop = Shop(MemoryStorage())
    shop.placed(shop.reviewed({"MUG": 1}))
    (found,) = shop.desk.carts()
    carts = carts_from_orders([found.cart])

    assert found.cart == carts.cart(found.cart.reference)
    assert 1 == len(carts)
    assert 0 == len(carts_from_orders([]))
    with pytest.raises(InvalidField, match="different references"):
        carts_from_orders([found.cart, found.cart])
    with pytest.raises(InvalidField, match="carts, or what"):
        carts_from_orders([shop])  # type: ignore[list-item]
