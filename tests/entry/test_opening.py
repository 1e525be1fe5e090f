import re

import pytest

from cartcore.desk import OrderDesk
from cartcore.errors import (
    InvalidText,
    StoreNotReady,
)
from cartcore.orders.draft import Step
from cartcore.storage import Storage
from tests.support.shop import (
    CATALOGUE,
    MUG,
    POSTER,
    STORE,
    Shop,
    refused,
)


class TestStoreReady:
    @pytest.mark.parametrize("enabled", [True, False])
    @pytest.mark.parametrize("published", [True, False])
    def test_error_names_what_is_missing(
        self, storage: Storage, *, enabled: bool, published: bool
    ) -> None:
        """Without ecommerce or a published product no order is begun, and both are told (OE-1)."""
        shop = Shop(storage)
        for product in CATALOGUE:
            shop.change_product(product.id, published=published and product is MUG)
        desk = shop.desk_with(ecommerce_enabled=enabled)

        if enabled and published:
            desk.check_ready()
            assert Step.CONTACT is desk.start(actor="sam").step
            return
        with pytest.raises(StoreNotReady) as caught:
            desk.start(actor="sam")
        with pytest.raises(StoreNotReady, match=re.escape(str(caught.value))):
            desk.check_ready()

        assert (not enabled) is ("switched off" in str(caught.value))
        assert (not published) is ("no product is published" in str(caught.value))
        assert () == desk.drafts().items

    def test_published_product_without_published_variant_is_not_enough(
        self, storage: Storage
    ) -> None:
        """A published product that has nothing to sell does not make a store ready (OE-1, OE-5)."""
        shop = Shop(storage)
        for product in CATALOGUE:
            shop.change_product(product.id, published=product is MUG)
        shop.change_variant("MUG", published=False)

        with pytest.raises(StoreNotReady):
            shop.desk.start(actor="sam")

    def test_empty_catalogue(self, storage: Storage) -> None:
        """A store without any product takes no orders (OE-1)."""
        with pytest.raises(StoreNotReady):
            OrderDesk(storage, STORE).start(actor="sam")

    def test_unpublished_products_do_not_hinder(self, shop: Shop) -> None:
        """One published product is enough, whatever else is not on sale (OE-1)."""
        assert not POSTER.published
        assert shop.desk.start(actor="sam").id

    @pytest.mark.parametrize("actor", ["", "  ", "s\x00am", "s" * 256])
    def test_actor_is_checked(self, shop: Shop, actor: str) -> None:
        """Who begins an order is a usable text, or nothing is begun (OE-2)."""
        with refused(shop, InvalidText):
            shop.desk.start(actor=actor)
