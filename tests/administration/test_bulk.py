"""Bulk changes, chunk by chunk, while others write (HA-9)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.adapters.memory import MemoryStorage
from cartcore.administration import Administration, BulkResult
from cartcore.errors import AlreadyExists, BulkStopped, CartcoreError, InvalidField
from cartcore.shop.product import Product
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.testing.records import a_contact, a_product, a_promotion
from tests.support.shop import Shop, usd

NAMES = [f"p{number:02}" for number in range(23)]


def nothing() -> None:
    """There is nobody to wait for in most of these tests."""


def fill(storage: Storage) -> None:
    with storage.write() as work:
        for name in NAMES:
            work.products.add(a_product(name))
        work.commit()


def dearer(product: Product) -> Product:
    """Every price is a tenth higher."""
    variants = [attrs.evolve(v, price=v.price + usd("0.10")) for v in product.variants]
    return attrs.evolve(product, variants=tuple(variants))


def prices(storage: Storage) -> list[Money]:
    with storage.read() as work:
        found = work.products.many(NAMES)
    return [found[name].variants[0].price for name in NAMES]


class Watched:
    """A storage that knows how many records each unit of work stored."""

    def __init__(self, storage: Storage) -> None:
        self.saved: list[int] = []
        self._storage = storage

    def read(self) -> Any:
        return self._storage.read()

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        with self._storage.write() as work:
            self.saved.append(0)
            save = work.products.save

            def counting(product: Product) -> Product:
                self.saved[-1] += 1
                return save(product)

            work.products.save = counting  # type: ignore[method-assign]
            yield work


def test_no_unit_of_work_has_more_than_a_chunk(storage: Storage) -> None:
    """So nobody waits for more records than a chunk has, on every storage (HA-9)."""
    fill(storage)
    watched, before = Watched(storage), prices(storage)
    told: list[tuple[int, int]] = []

    result = Administration(watched, between=nothing).change_products(
        dearer, chunk=5, progress=lambda done, of: told.append((done, of))
    )

    assert BulkResult(changed=23) == result
    assert [5, 5, 5, 5, 3] == watched.saved
    assert [(5, 23), (10, 23), (15, 23), (20, 23), (23, 23)] == told
    assert [price + usd("0.10") for price in before] == prices(storage)


def test_others_write_between_chunks(storage: Storage) -> None:
    """The lock is free after each chunk: an order is placed, and what it changed is seen (HA-9)."""
    shop = Shop(storage)
    drafts = [shop.reviewed({"MUG": 1}) for _ in range(3)]
    fill(storage)
    placed: list[str] = []

    def between() -> None:
        placed.append(shop.placed(drafts.pop()).number)
        shop.change_product("p22", title=f"Changed {len(placed)} times")

    Administration(storage, between=between).change_products(
        dearer, product_ids=NAMES, chunk=6, progress=None
    )

    assert ["1001", "1002", "1003"] == placed
    with storage.read() as work:
        last = work.products.get("p22")
    assert "Changed 3 times" == last.title
    assert 5 == last.version


def test_a_failure_says_where_to_go_on(storage: Storage) -> None:
    """Whole chunks are stored; going on after them changes every record once (HA-9)."""
    fill(storage)
    before = prices(storage)
    office = Administration(storage, between=nothing)

    def failing(product: Product) -> Product:
        if product.id == "p13":
            message = "no price list"
            raise LookupError(message)
        return dearer(product)

    with pytest.raises(BulkStopped, match="after 10 of 23 records") as caught:
        office.change_products(failing, chunk=5)
    assert ("p09", 10, 23) == (caught.value.after, caught.value.done, caught.value.total)
    assert isinstance(caught.value.__cause__, LookupError)
    rest = office.change_products(dearer, chunk=5, after=caught.value.after)

    assert BulkResult(changed=13) == rest
    assert [price + usd("0.10") for price in before] == prices(storage)


def test_a_refused_record_stops(storage: Storage) -> None:
    """A SKU that another product has stops the change, and nothing of its chunk is stored."""
    fill(storage)
    sku = a_product("p00").variants[0].sku

    def same_sku(product: Product) -> Product:
        return attrs.evolve(product, variants=(attrs.evolve(product.variants[0], sku=sku),))

    office = Administration(storage, between=nothing)
    with pytest.raises(BulkStopped) as caught:
        office.change_products(same_sku, chunk=4)

    assert isinstance(caught.value.__cause__, AlreadyExists)
    assert "" == caught.value.after
    with storage.read() as work:
        assert {1} == {each.version for each in work.products.many(NAMES).values()}


def test_what_stays_and_what_is_missing() -> None:
    """Records that are not changed are not stored, and those that are not there are counted."""
    storage = MemoryStorage()
    fill(storage)

    def some(product: Product) -> Product | None:
        return {"p01": dearer(product), "p02": product}.get(product.id)

    result = Administration(storage, between=nothing).change_products(
        some, product_ids=["p03", "p02", "p01", "p01", "gone"]
    )

    assert BulkResult(changed=1, unchanged=2, missing=1) == result


def test_contacts_and_promotions(storage: Storage) -> None:
    """They are changed likewise (HA-9)."""
    with storage.write() as work:
        for number in range(7):
            work.contacts.add(a_contact(f"c{number}"))
            work.promotions.add(a_promotion(f"d{number}"))
        work.commit()
    office = Administration(storage, between=nothing)

    tagged = office.change_contacts(lambda c: attrs.evolve(c, tags=("new",)), chunk=3)
    ranked = office.change_promotions(lambda p: attrs.evolve(p, priority=9), chunk=3)
    some = office.change_contacts(lambda c: attrs.evolve(c, tags=()), contact_ids=["c1", "nobody"])

    assert [BulkResult(changed=7)] * 2 == [tagged, ranked]
    assert BulkResult(changed=1, missing=1) == some
    with storage.read() as work:
        assert [9] * 7 == [each.priority for each in work.promotions.search().items]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"chunk": 0}, InvalidField),
        ({"chunk": 1001}, InvalidField),
        ({"chunk": True}, InvalidField),
        ({"after": 5}, CartcoreError),
        ({"product_ids": 5}, CartcoreError),
        ({"product_ids": [5]}, CartcoreError),
        ({"progress": 5}, CartcoreError),
    ],
)
def test_bad_input(given: dict[str, Any], error: type[CartcoreError]) -> None:
    """A chunk, ids or a callback that are none are refused, and nothing is changed (HA-9)."""
    storage = MemoryStorage()
    fill(storage)
    before = prices(storage)

    with pytest.raises(error):
        Administration(storage, between=nothing).change_products(dearer, **given)
    assert before == prices(storage)


@pytest.mark.parametrize("answer", ["p", 5, a_contact("x")])
def test_a_change_that_gives_no_product(answer: object) -> None:
    """What a function returns beside a product stops the change (HA-9)."""
    storage = MemoryStorage()
    fill(storage)
    with pytest.raises(BulkStopped):
        Administration(storage, between=nothing).change_products(lambda _: answer)  # type: ignore[arg-type,return-value]


def test_a_change_to_another_record() -> None:
    """A function that returns another product than it was given does not overwrite that one."""
    storage = MemoryStorage()
    fill(storage)
    with pytest.raises(BulkStopped) as caught:
        Administration(storage, between=nothing).change_products(
            lambda p: attrs.evolve(p, id="p22", title="Other")
        )
    assert isinstance(caught.value.__cause__, InvalidField)
    with storage.read() as work:
        assert 1 == work.products.get("p22").version
