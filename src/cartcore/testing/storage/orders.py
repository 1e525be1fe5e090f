"""Orders: their keys and changes."""

import attrs
import pytest

from cartcore.errors import AlreadyExists, NotFound
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import OrderStatus
from cartcore.promotions.promotion import Usage
from cartcore.storage.ports import Storage
from cartcore.testing.records import NOON, a_contact, an_order, redeeming
from cartcore.testing.storage.contract import Contract
from cartcore.testing.storage.kinds import stored


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
