"""What a desk asks the storage of a draft."""

from collections.abc import Iterable
from typing import Any

from cartcore.adapters.composed import ComposedStorage
from cartcore.adapters.memory import MemoryStorage
from tests.support.shop import FREE_HAND, Shop, usd


class Watched:
    """The products of an application, which keeps what it was asked for by id."""

    def __init__(self, stored: Any, asked: list[str]) -> None:
        self._stored = stored
        self._asked = asked

    def many(self, product_ids: Iterable[str], /) -> Any:
        self._asked += product_ids
        return self._stored.many(product_ids)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stored, name)


def test_nobody_is_asked_for_the_product_of_a_custom_item() -> None:
    """A catalogue is asked for the products of lines alone, and never for an empty id (HA-18)."""
    kept = MemoryStorage()
    shop = Shop(kept)
    asked: list[str] = []
    shop.storage = ComposedStorage(kept, products=lambda work: Watched(work.products, asked))
    shop.desk = shop.another_desk(shop.desk.store)
    shop.desk = shop.desk_with(staff_prices=FREE_HAND)
    draft_id = shop.with_items({"MUG": 1})
    with shop.edit(draft_id) as edit:
        edit.add_custom_item("Engraving", usd("5.00"), actor="kim")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    order = shop.placed(draft_id)

    assert ["Mug", "Engraving"] == [line.description for line in order.quote.lines]
    assert {"mug"} == set(asked)
