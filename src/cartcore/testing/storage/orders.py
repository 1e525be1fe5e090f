"""Orders: their keys and changes."""

import attrs
import pytest
from moneyed import Money

from cartcore.cart import Cart, CartLine, Customer
from cartcore.desk import OrderDesk
from cartcore.entry.store import Store
from cartcore.errors import AlreadyExists, InvalidInput, NotFound
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import OrderStatus
from cartcore.pricing.engine import price
from cartcore.promotions.promotion import Limits, Trigger, Usage
from cartcore.promotions.selection import Selection
from cartcore.rules.builtin import PercentOff
from cartcore.storage.ports import Storage
from cartcore.testing.records import NOON, a_contact, a_promotion, an_order, redeeming
from cartcore.testing.storage.contract import Contract
from cartcore.testing.storage.kinds import stored, walk


class OrdersContract(Contract):
    """The placed orders."""

    @pytest.mark.parametrize(
        ("field", "name"),
        [("number", "number"), ("draft_id", "draft"), ("idempotency_key", "idempotency key")],
    )
    def test_keys_are_unique(self, storage: Storage, field: str, name: str) -> None:
        """A number, a draft or an idempotency key makes one order only (ST-5, ST-7)."""
        [first] = self.store(storage, "orders", an_order("o1"))
        taken = getattr(first, field)
        with pytest.raises(AlreadyExists) as caught:
            self.store(storage, "orders", an_order("o2", **{field: taken}))

        assert (name, taken) == (caught.value.field, caught.value.value)
        with pytest.raises(NotFound):
            stored(storage, "orders", "o2")

    def test_orders_are_found_by_their_keys(self, storage: Storage) -> None:
        """An order is found by number, by draft and by idempotency key (ST-7)."""
        [order] = self.store(storage, "orders", an_order())
        with storage.read() as work:
            assert order == work.orders.by_number("5001")
            assert order == work.orders.by_draft("draft of o1")
            assert order == work.orders.by_idempotency_key("key of o1")
            assert None is work.orders.by_draft("d1")
            assert None is work.orders.by_idempotency_key("KEY of o1")
            with pytest.raises(NotFound) as caught:
                work.orders.by_number("500")

        assert ("order", "500") == (caught.value.kind, caught.value.key)

    def test_a_changed_order_is_stored_whole(self, storage: Storage) -> None:
        """Status and history of a saved order are the new ones, and it is found by them (OE-20)."""
        [order] = self.store(storage, "orders", redeeming(an_order(), "sale"))
        with storage.write() as work:
            saved = work.orders.save(order.with_note("called", at=NOON, actor="kim"))
            work.orders.save(attrs.evolve(saved, status=OrderStatus.COMPLETE))
            work.commit()

        with storage.read() as work:
            processing = OrderFilter(status=OrderStatus.PROCESSING)
            assert () == work.orders.search(processing).items
            assert "called" == work.orders.get("o1").history[0].note
            assert Usage(total=1) == work.promotions.usage(["sale"], "bob")["sale"]

    def test_orders_of_a_contact_are_counted(self, storage: Storage) -> None:
        """Cancelled orders, and those of others, do not count for a contact (PR-9)."""
        self.store(
            storage,
            "orders",
            an_order("o1"),
            an_order("o2", status=OrderStatus.COMPLETE),
            an_order("o3", status=OrderStatus.CANCELLED),
            an_order("o4", contact=a_contact("bob")),
        )
        with storage.read() as work:
            counts = [work.orders.placed_by_contact(each) for each in ("ann", "bob", "zoe")]

        assert [2, 1, 0] == counts

    def test_promotions_of_orders_are_kept_by_version(self, storage: Storage) -> None:
        """Each version is kept once, as it was first given, and none can apply (SC-11)."""
        first, second = (a_promotion("a", version=each, priority=each) for each in (1, 2))
        other = a_promotion("b", version=9, codes=("B",), trigger=Trigger.CODE)
        with storage.write() as work:
            work.orders.keep_promotions([first, other])
            work.orders.keep_promotions([])
            work.orders.keep_promotions([attrs.evolve(first, priority=7), second, second])
            work.commit()
        with storage.write() as work:
            work.orders.keep_promotions([a_promotion("c", version=1)])

        with storage.read() as work:
            wanted = [("a", 2), ("a", 1), ("a", 3), ("c", 1), ("b", -1), ("b", 2**70), ("b", 9)]
            kept = work.orders.kept_promotions(wanted)
            assert {("a", 1): first, ("a", 2): second, ("b", 9): other} == kept
            assert {} == work.orders.kept_promotions([])
            for limit in (1, 2, 3):
                assert [first, second, other] == walk(work.orders.list_kept_promotions, limit)
            assert not {"a", "b", "c"} & {each.id for each in work.promotions.search().items}

    def test_an_order_is_priced_again_from_what_is_stored(self, storage: Storage) -> None:
        """What an order was priced from is kept with it, whatever becomes of the shop (SC-11)."""
        line = CartLine(
            id="l1", sku="MUG", quantity=3, unit_price=Money("7.50", "USD"), categories=("Cups",)
        )
        cart = Cart(currency="USD", lines=(line,), customer=Customer(contact_id="ann", tags=("a",)))
        cups = PercentOff(percent=10, target=Selection(categories=("Cups",)))
        sale = a_promotion("sale", effect=cups, version=4, limits=Limits(total=9))
        quote = price(cart, [sale], at=NOON, usage={"sale": Usage(total=3)})
        with storage.write() as work:
            work.orders.keep_promotions([sale])
            work.orders.add(an_order(quote=quote, priced_from=quote.priced_from))
            work.commit()
        self.store(storage, "promotions", a_promotion("sale", enabled=False))

        found = OrderDesk(storage, Store(currency="USD")).reprice("5001")

        assert Money("2.25", "USD") == quote.totals.discounts
        assert quote == found.agreed == found.quote

    @pytest.mark.parametrize("versions", [5, ["a"], [("a",)], [("a", "1")], [(1, 1)], [["a", 1]]])
    def test_versions_are_pairs(self, storage: Storage, versions: object) -> None:
        """Something else than pairs of an id and a version is refused (SC-11)."""
        with storage.write() as work, pytest.raises(InvalidInput):
            work.orders.kept_promotions(versions)  # type: ignore[arg-type]
