"""How often promotions were used, and what they gave."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from moneyed import Money

from cartcore.orders.order import OrderStatus
from cartcore.promotions.promotion import Usage
from cartcore.storage.ports import Storage
from cartcore.testing.records import NOON, a_contact, an_order, redeeming
from cartcore.testing.storage.contract import Contract


class RedemptionsContract(Contract):
    """What promotions gave, as placed orders tell it."""

    def test_redemptions_are_counted(self, storage: Storage) -> None:
        """usage() counts the redemptions of placed orders, by anyone and by a contact (PR-12)."""
        bob = a_contact("bob")
        self.store(
            storage,
            "orders",
            redeeming(an_order("o1"), "sale", "gift"),
            redeeming(an_order("o2"), "sale"),
            redeeming(an_order("o3", contact=bob), "sale"),
        )
        with storage.read() as work:
            usage = work.promotions.usage(["sale", "gift", "none"], "bob")

        assert Usage(total=3, by_contact=1) == usage["sale"]
        assert Usage(total=1, by_contact=0) == usage["gift"]
        assert Usage() == usage["none"]

    def test_uses_of_a_code_are_counted(self, storage: Storage) -> None:
        """usage() counts how often a code was used for its promotion, in any case (PR-12)."""
        self.store(
            storage,
            "orders",
            redeeming(an_order("o1"), "sale", promo_code="One-1"),
            redeeming(an_order("o2"), "sale", promo_code="ONE-1"),
            redeeming(an_order("o3"), "sale", promo_code="ONE-2"),
            redeeming(an_order("o4"), "gift", promo_code="ONE-1"),  # which had the code before
            redeeming(an_order("o5"), "sale"),
        )
        with storage.read() as work:

            def uses(**codes: str) -> list[int]:
                usage = work.promotions.usage(["sale", "gift", "none"], "bob", codes)
                return [usage[each].by_code for each in ("sale", "gift", "none")]

            assert [2, 1, 0] == uses(sale=" one-1 ", gift="ONE-1", none="ONE-1")
            assert [1, 0, 0] == uses(sale="one-2", gift="one-2")
            assert [0, 0, 0] == uses(sale="ONE-3", other="ONE-1")
            assert [0, 0, 0] == uses(sale="") == uses(sale="x" * 101) == uses()

    def test_discounts_are_summed(self, storage: Storage) -> None:
        """usage() sums what a promotion gave, for each currency, by anyone (PR-12, ST-4)."""
        yen = {"currency": "JPY", "contact": a_contact("bob")}
        self.store(
            storage,
            "orders",
            redeeming(an_order("o1"), "sale", "gift", discount=Money("2.50", "USD")),
            redeeming(an_order("o2"), "sale", discount=Money("0.75", "USD")),
            redeeming(an_order("o3", **yen), "sale", discount=Money(300, "JPY")),
            redeeming(an_order("o4"), "gift", discount=Money(0, "EUR")),
            redeeming(an_order("o5"), "gift"),  # from a time when this was not recorded
        )
        with storage.read() as work:
            usage = work.promotions.usage(["sale", "gift", "none"], "bob")

        in_both = (Money(300, "JPY"), Money("3.25", "USD"))
        assert Usage(total=3, by_contact=1, discounts=in_both) == usage["sale"]
        gifts = (Money(0, "EUR"), Money("2.50", "USD"))
        assert Usage(total=3, discounts=gifts) == usage["gift"]
        assert Usage() == usage["none"]

    def test_the_largest_discounts_are_summed(self, storage: Storage) -> None:
        """Discounts of 10^15 minor units add up exactly, past what a float holds (PR-12, ST-4)."""
        most = Money("9999999999999.99", "USD")
        self.store(
            storage,
            "orders",
            *(redeeming(an_order(f"o{i}"), "sale", discount=most) for i in range(30)),
        )
        with storage.read() as work:
            usage = work.promotions.usage(["sale"], "bob")["sale"]

        assert (Money("299999999999999.70", "USD"),) == usage.discounts

    @pytest.mark.parametrize(
        ("left", "is_left"),
        [
            ("two of all", lambda usage: usage.total < 2),
            ("two of the contact's", lambda usage: usage.by_contact < 2),
            ("two of the code's", lambda usage: usage.by_code < 2),
            (
                "10.00 USD of the budget",
                lambda usage: sum(m.amount for m in usage.discounts) + 4 <= 10,
            ),
        ],
    )
    def test_who_races_for_the_last_of_a_limit(
        self, storage: Storage, left: str, is_left: Callable[[Usage], bool]
    ) -> None:
        """Of six writers that each want a redemption of 4.00 USD, two get one (ST-6, PR-12)."""
        self.need_concurrent_writers()
        together = threading.Barrier(6)

        def place(i: int) -> bool:
            together.wait()
            with storage.write() as work:
                if not is_left(work.promotions.usage(["sale"], "ann", {"sale": "SALE"})["sale"]):
                    return False
                four = Money(4, "USD")
                order = redeeming(an_order(f"o{i}"), "sale", promo_code="Sale", discount=four)
                work.orders.add(order)
                work.commit()
            return True

        with ThreadPoolExecutor(6) as pool:
            placed = list(pool.map(place, range(6)))

        assert 2 == sum(placed), left
        with storage.read() as work:
            usage = work.promotions.usage(["sale"], "ann", {"sale": "SALE"})["sale"]
        eight = (Money(8, "USD"),)
        assert Usage(total=2, by_contact=2, by_code=2, discounts=eight) == usage

    def test_cancelling_gives_redemptions_back(self, storage: Storage) -> None:
        """An order saved without its redemptions counts for no limit any more (OE-21)."""
        with_discount = redeeming(an_order(), "sale", promo_code="SALE", discount=Money(4, "USD"))
        [order] = self.store(storage, "orders", with_discount)
        with storage.write() as work:
            work.orders.save(order.cancelled(at=NOON, actor="kim"))
            work.commit()

        with storage.read() as work:
            assert Usage() == work.promotions.usage(["sale"], "ann", {"sale": "SALE"})["sale"]
            assert OrderStatus.CANCELLED is work.orders.get("o1").status
