"""Paid orders, with a provider and a program that fail at every point in turn (HA-5, HA-6)."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import attrs
import pytest
from moneyed import Money
from payments import Payments

from cartcore import Order
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import CartcoreError, HookFailed, QuoteChanged
from tests.support.shop import STORE, Shop


class Declined(Exception):
    """What the provider says, or the network."""


class Killed(BaseException):
    """The program ends: nobody catches this."""


@attrs.define
class FakeProvider:
    """Keeps what is reserved and taken; fails at one point, before or after it did something."""

    held: dict[str, Money] = attrs.Factory(dict)
    taken: dict[str, Money] = attrs.Factory(dict)
    fails_at: int = -1
    error: type[BaseException] = Declined
    points: int = 0

    def authorise(self, key: str, amount: Money) -> None:
        self._point()
        assert self.held.setdefault(key, amount) == amount
        self._point()

    def void(self, key: str) -> None:
        self._point()
        self.held.pop(key, None)
        self._point()

    def capture(self, key: str) -> None:
        self._point()
        if key not in self.taken:
            self.taken[key] = self.held.pop(key)
        self._point()

    def point(self, *_: object) -> None:
        """Come to a point of the program itself, such as one within the transaction."""
        self._point()

    def _point(self) -> None:
        self.points += 1
        if self.points - 1 == self.fails_at:
            raise self.error


@attrs.frozen
class Till:
    """A shop that takes paid orders."""

    shop: Shop
    payments: Payments
    provider: FakeProvider

    def place(self, draft_id: str) -> Order:
        seen = self.payments.desk.view(draft_id).quote
        return self.payments.place(draft_id, seen=seen, actor="sam")

    def orders(self) -> list[Order]:
        return [self.payments.desk.order(each.number) for each in self.payments.desk.orders().items]


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    with SQLiteStorage(tmp_path / "shop.db") as storage:
        provider = FakeProvider()
        payments = Payments(storage, STORE, provider, placed=(provider.point,))
        payments.set_up()
        yield Till(Shop(storage), payments, provider)


def test_a_paid_order(till: Till) -> None:
    """It is authorised before it is placed, captured when all is sent, voided when cancelled."""
    first, second = (till.place(till.shop.reviewed({"MUG": n})) for n in (1, 2))
    assert sorted([first.total, second.total]) == sorted(till.provider.held.values())

    desk = till.payments.desk
    desk.add_note(first.number, "call first", actor="kim")
    till.payments.follow()
    assert "placed" == till.payments.state(first.number)
    desk.mark_shipped(first.number, "s1", actor="kim")
    desk.cancel(second.number, actor="kim")
    till.payments.follow()

    assert [first.total] == list(till.provider.taken.values())
    assert {} == till.provider.held
    assert ("captured", "voided") == tuple(map(till.payments.state, (first.number, second.number)))


def test_what_needs_no_shipping_is_captured_at_once(till: Till) -> None:
    """An order that is complete when it is placed is captured then, and once."""
    draft_id = till.shop.with_items({"CARD": 1})
    with till.shop.edit(draft_id) as edit:
        edit.save_items()
    order = till.place(draft_id)
    till.payments.follow()
    till.payments.desk.add_note(order.number, "thanked", actor="kim")
    till.payments.follow()

    assert ({}, [order.total]) == (till.provider.held, list(till.provider.taken.values()))


def test_no_order_without_a_payment(till: Till) -> None:
    """A desk of payments places nothing that was not authorised before."""
    draft_id = till.shop.reviewed({"MUG": 1})
    desk = till.payments.desk
    with pytest.raises(HookFailed, match="no payment was authorised"):
        desk.place(draft_id, seen=desk.view(draft_id).quote, actor="sam")
    assert [] == till.orders()


def test_a_changed_price_gives_the_reserved_back(till: Till) -> None:
    """Where placing is refused, what was authorised is voided at once."""
    draft_id = till.shop.reviewed({"MUG": 1})
    seen = till.payments.desk.view(draft_id).quote
    till.shop.change_variant("MUG", price=Money("8.00", "USD"))
    with pytest.raises(QuoteChanged):
        till.payments.place(draft_id, seen=seen, actor="sam")

    assert ([], {}) == (till.orders(), till.provider.held)


@pytest.mark.parametrize("error", [Declined, Killed])
def test_placing_fails_at_every_point(till: Till, error: type[BaseException]) -> None:
    """After one retry there is one order with one authorisation, and no other is left behind.

    The provider fails, or the program ends, before and after each thing that they do, in turn; so
    it does while an earlier attempt is cleaned up.
    """
    for point in count():
        provider = till.provider
        provider.points, provider.fails_at, provider.error = 0, point, error
        draft_id = till.shop.reviewed({"MUG": 1})
        before = len(till.orders())
        try:
            till.place(draft_id)
            failed = False
        except (Declined, Killed, CartcoreError):
            failed = True
        assert before + (not failed) == len(till.orders())
        if failed:
            till.place(draft_id)

        orders = till.orders()
        assert before + 1 == len(orders)
        assert sorted(each.total for each in orders) == sorted(provider.held.values())
        if provider.points <= point:
            break
    assert point >= 3  # around authorising, in the transaction, and the way back


@pytest.mark.parametrize("error", [Declined, Killed])
def test_a_draft_that_is_given_up_keeps_nothing_reserved(
    till: Till, error: type[BaseException]
) -> None:
    """Where nobody tries again, one `clean_up` voids what was left behind."""
    for point in range(4):
        provider = till.provider
        provider.points, provider.fails_at, provider.error = 0, point, error
        draft_id = till.shop.reviewed({"MUG": 1})
        orders = len(till.orders())
        with suppress(Declined, Killed, CartcoreError):
            till.place(draft_id)
        till.payments.clean_up()

        assert len(till.orders()) == len(provider.held)
        assert len(till.orders()) <= orders + 1


@pytest.mark.parametrize("error", [Declined, Killed])
def test_following_fails_at_every_point(till: Till, error: type[BaseException]) -> None:
    """What was sent is captured once, and what was cancelled voided, after one retry."""
    desk, provider = till.payments.desk, till.provider
    for point in range(5):
        provider.fails_at = -1
        sent, gone = (till.place(till.shop.reviewed({"MUG": n})) for n in (1, 2))
        desk.mark_shipped(sent.number, "s1", actor="kim")
        desk.cancel(gone.number, actor="kim")
        provider.points, provider.fails_at, provider.error = 0, point, error
        if point < 4:
            with pytest.raises(error):
                till.payments.follow()
        till.payments.follow()

        assert {} == provider.held
        assert [sent.total] * (point + 1) == list(provider.taken.values())
        assert "captured" == till.payments.state(sent.number)
