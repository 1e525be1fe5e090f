"""Products, and how they are found."""

from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cartcore.errors import AlreadyExists, NotFound
from cartcore.shop.product import Product
from cartcore.storage.paging import Page
from cartcore.storage.ports import Storage
from cartcore.testing import strategies
from cartcore.testing.records import a_product
from cartcore.testing.storage.contract import Contract, changes, generated
from cartcore.testing.storage.kinds import ids, walk
from cartcore.values.search import fold, matches
from cartcore.values.text import normal


def same_barcode(one: str, other: str) -> bool:
    """Whether two barcodes are the same GTIN of at most 14 digits, or else the same text."""
    if {*one, *other} <= {*"0123456789"} and one and len(one) <= 14 >= len(other):
        return int(one) == int(other)
    return one == other


class ProductsContract(Contract):
    """The catalogue."""

    @changes("products")
    def test_skus_are_unique_over_all_products(self, storage: Storage) -> None:
        """A SKU that another product has is AlreadyExists; another case is another SKU."""
        self.store(storage, "products", a_product("mug", "A", "B"), a_product("pot", "a"))
        with storage.write() as work:
            with pytest.raises(AlreadyExists) as caught:
                work.products.add(a_product("cup", "C", "B"))
            with pytest.raises(AlreadyExists):
                work.products.save(attrs.evolve(a_product("pot", "A"), version=1))
            work.commit()

        assert ("SKU", "B") == (caught.value.field, caught.value.value)
        with storage.read() as work:
            found = [work.products.by_sku(sku).id for sku in ("A", "a", "B")]
        assert ["mug", "pot", "mug"] == found

    @changes("products")
    def test_a_sku_can_change_hands(self, storage: Storage) -> None:
        """A SKU that a product gives up can be taken by another, in the same work."""
        self.store(storage, "products", a_product("mug", "A", "B"))
        with storage.write() as work:
            work.products.save(attrs.evolve(a_product("mug", "B", "C"), version=1))
            work.products.add(a_product("pot", "A"))
            work.commit()

        with storage.read() as work:
            found = [work.products.by_sku(sku).id for sku in ("A", "B", "C")]
        assert ["pot", "mug", "mug"] == found

    def test_an_unknown_sku_is_not_found(self, storage: Storage) -> None:
        """by_sku raises NotFound, also for a SKU that is none."""
        with storage.read() as work:
            for sku in ("A", "", " "):
                with pytest.raises(NotFound):
                    work.products.by_sku(sku)

    @pytest.mark.parametrize(
        ("barcode", "found"),
        [
            ("4006381333931", ["cup", "mug"]),
            ("04006381333931", ["cup", "mug"]),  # as a GTIN-14
            ("400638133393", []),
            ("12345678905", ["pot"]),  # as a spreadsheet leaves a UPC-A
            ("0012345678905", ["pot"]),  # as an EAN-13
            ("000123456789050", []),
            ("x-1", ["pin"]),
            ("X-1", []),
            ("x", []),
            ("", []),
            ("0", []),
            ("\0", []),
        ],
    )
    def test_products_are_found_by_barcode(
        self, storage: Storage, barcode: str, found: list[str]
    ) -> None:
        """A barcode finds all products with it, and zeros in front of digits do not matter."""

        def coded(product_id: str, *barcodes: str) -> Product:
            product = a_product(product_id, *(f"{product_id}-{i}" for i in range(len(barcodes))))
            variants = zip(product.variants, barcodes, strict=True)
            return attrs.evolve(
                product, variants=tuple(attrs.evolve(v, barcode=b) for v, b in variants)
            )

        self.store(
            storage,
            "products",
            coded("pot", "", "012345678905"),
            coded("mug", "4006381333931", "4006381333931"),
            coded("cup", "4006381333931"),
            coded("pin", "x-1"),
            a_product("hat"),
        )
        with storage.read() as work:
            assert found == ids(work.products.by_barcode(barcode).items)
            assert found == ids(walk(partial(work.products.by_barcode, barcode), 1))
            if found:
                assert found == ids(work.products.search(barcode).items)

    @changes("products")
    def test_a_barcode_follows_its_variant(self, storage: Storage) -> None:
        """A changed barcode finds nothing any more, and the new one does."""
        [mug] = self.store(storage, "products", a_product("mug"))
        with storage.write() as work:
            for barcode in ("111", "222"):
                variant = attrs.evolve(mug.variants[0], barcode=barcode)
                mug = work.products.save(attrs.evolve(mug, variants=(variant,)))
            work.commit()

        with storage.read() as work:
            assert ([], ["mug"]) == (
                ids(work.products.by_barcode("111").items),
                ids(work.products.by_barcode("222").items),
            )

    def test_many_gives_those_that_exist(self, storage: Storage) -> None:
        """Products asked for by id come by id, as many as are asked for; others are left out."""
        added = self.store(storage, "products", *(a_product(f"p{i:04}") for i in range(1200)))
        with storage.read() as work:
            assert {} == work.products.many([])
            assert {"p0001": added[1]} == work.products.many(["none", "p0001", "p0001"])
            assert {p.id: p for p in added} == work.products.many(p.id for p in added)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", ["cup", "mug", "pot"]),
            ("bl", ["mug", "pot"]),
            ("BLUE m", ["mug"]),
            ("ug", []),
            ("p-1", ["pot"]),
            ("P-1 x", []),
            ("-", []),
            ("c", ["cup"]),
        ],
    )
    def test_products_are_found(self, storage: Storage, text: str, found: list[str]) -> None:
        """Words find titles, and the whole text finds SKUs, by their beginning (ST-9)."""
        self.store(
            storage,
            "products",
            a_product("pot", "P-100", "P-200", title="Pot, bleu"),
            a_product("mug", title="Mug (blue)"),
            a_product("cup", "x", title="Café cup", published=False),
        )
        with storage.read() as work:
            assert found == ids(work.products.search(text).items)
            published = [product_id for product_id in found if product_id != "cup"]
            assert published == ids(work.products.search(text, published_only=True).items)

    @changes("products", undone=True)
    def test_published_products_are_known(self, storage: Storage) -> None:
        """There is one when a product and a variant of it are both published (OE-1)."""
        product = a_product("mug")
        hidden = tuple(attrs.evolve(v, published=False) for v in product.variants)
        with storage.write() as work:
            assert not work.products.any_published()
            work.products.add(attrs.evolve(product, variants=hidden))
            assert not work.products.any_published()
            work.products.add(a_product("pot", published=False))
            assert not work.products.any_published()
            work.products.save(attrs.evolve(product, version=1))
            assert work.products.any_published()

    @changes("products", undone=True)
    def test_product_searches_follow_the_definition(self, storage: Storage) -> None:
        """Any search finds what the port says, by folded title and id (ST-9).

        So many are counted, as far as is asked (HA-9).
        """

        @generated
        @given(
            st.lists(strategies.products(), max_size=4, unique_by=lambda p: p.id),
            strategies.optional_texts,
            st.booleans(),
            st.integers(1, 3),
        )
        @example([a_product("cup", "istanbul/0")], "İstanbul", False, 1)  # noqa: FBT003
        def check(products: list[Product], text: str, published: bool, limit: int) -> None:  # noqa: FBT001
            def search(**page: Any) -> Page[Product]:
                return work.products.search(text, published_only=published, **page)

            with storage.write() as work:
                added = [work.products.add(product) for product in products]
                found = walk(search, limit)
                count = partial(work.products.count, text, published_only=published)
                assert (len(found), min(limit, len(found))) == (count(), count(most=limit))

            expected = [
                product
                for product in added
                if (product.available or not published)
                and (
                    matches(text, product.title)
                    or any(normal(v.sku).startswith(normal(text)) for v in product.variants)
                    or any(v.barcode and same_barcode(text, v.barcode) for v in product.variants)
                )
            ]
            assert sorted(expected, key=lambda p: (fold(p.title), p.id)) == found

        check()
