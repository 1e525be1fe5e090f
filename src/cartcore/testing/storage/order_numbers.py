"""The numbers of orders."""

from typing import Any

import pytest

from cartcore.errors import InvalidField, StorageError, StorageUnavailable
from cartcore.storage.ports import Storage
from cartcore.testing.records import an_order
from cartcore.testing.storage.contract import Contract


class OrderNumbersContract(Contract):
    """The numbers that orders get."""

    def test_numbers_rise_from_1001(self, storage: Storage) -> None:
        """The first order number is 1001; the next ones follow, used or not."""
        with storage.write() as work:
            taken = [work.orders.next_number() for _ in range(3)]
            work.commit()
        with storage.write() as work:
            work.orders.next_number()
        with storage.write() as work:
            taken.append(work.orders.next_number())

        assert ["1001", "1002", "1003", "1004"] == taken

    @pytest.mark.parametrize(
        ("number", "following"),
        [("1001", "1002"), ("7", "1001"), ("20000", "20001"), ("R-9999", "1001"), ("٩٩٩٩", "1001")],
    )
    def test_numbers_from_elsewhere_are_not_given_again(
        self, storage: Storage, number: str, following: str
    ) -> None:
        """next_number() gives none that an order has, wherever its number came from."""
        self.store(storage, "orders", an_order(number=number))
        with storage.write() as work:
            assert following == work.orders.next_number()
        with storage.write() as work:
            work.orders.restore([an_order("o2", number=f"{number}1", version=1)])
            counts = number.isascii() and number.isdecimal()
            assert str(max(1001, int(f"{number}1") + 1) if counts else 1001) == (
                work.orders.next_number()
            )

    def test_numbers_can_be_reserved(self, storage: Storage) -> None:
        """After numbers were reserved the next one is larger; fewer change nothing (ST-12)."""
        with storage.write() as work:
            assert 1000 == work.orders.last_number()
            work.orders.reserve_numbers(2000)
            work.orders.reserve_numbers(1500)
            work.commit()
        with storage.read() as work:
            assert 2000 == work.orders.last_number()
            with pytest.raises(StorageError):
                work.orders.reserve_numbers(3000)
        with storage.write() as work:
            assert ("2001", 2001) == (work.orders.next_number(), work.orders.last_number())

    def test_the_last_number(self, storage: Storage) -> None:
        """No number is given out that an export could not be read back with (ST-12)."""
        with storage.write() as work:
            work.orders.reserve_numbers(10**18 - 2)
            assert str(10**18 - 1) == work.orders.next_number()
            work.commit()
        with storage.write() as work:
            with pytest.raises(StorageUnavailable, match="no order number"):
                work.orders.next_number()
            work.commit()
        with storage.read() as work:
            assert 10**18 - 1 == work.orders.last_number()

    @pytest.mark.parametrize("number", [-1, 10**18, 1.0, True, "2000", None])
    def test_numbers_that_cannot_be_reserved(self, storage: Storage, number: Any) -> None:
        """What is no whole number, or more than can ever be counted to, is InvalidField."""
        with storage.write() as work:
            with pytest.raises(InvalidField):
                work.orders.reserve_numbers(number)
            assert "1001" == work.orders.next_number()
