"""The money that cartcore hands out cannot be changed (PR-1)."""

import copy
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import EUR, USD, Money

from cartcore.values.money import (
    FINER_DIGITS,
    amount,
    from_fine,
    from_minor,
    frozen,
    unit_price,
    written,
)
from cartcore.values.money import show as shown

MADE = {
    "minor": from_minor(1250, "USD"),
    "fine": from_fine(12_500_001, "USD"),
    "amount": amount("12.50", "USD"),
    "unit price": unit_price("12.503", "USD"),
    "written": written("12.50", "USD"),
    "frozen": frozen(Money("12.50", "USD")),
    "computed": from_minor(1250, "USD") * 2 + Money(1, "USD"),
}


@pytest.mark.parametrize("money", MADE.values(), ids=MADE)
def test_it_cannot_be_changed(money: Money) -> None:
    """Ordinary assignment to its fields is refused, and so is deleting them."""
    before = shown(money)
    for name, value in (("amount", Decimal(1)), ("currency", EUR), ("note", "hello")):
        with pytest.raises(AttributeError):
            setattr(money, name, value)
        with pytest.raises(AttributeError):
            delattr(money, name)

    assert before == shown(money)


@given(st.decimals(-(10**9), 10**9, places=FINER_DIGITS), st.integers(-5, 5))
def test_it_is_money(figure: Decimal, times: int) -> None:
    """It equals, sorts, hashes, prints and computes as the money of py-moneyed does."""
    plain, ours = Money(figure, USD), frozen(Money(figure, USD))

    assert (plain, ours) == (ours, plain)
    assert (hash(plain), repr(plain), str(plain)) == (hash(ours), repr(ours), str(ours))
    assert 1 == len({plain, ours})
    assert plain * times == times * ours == ours * times
    assert plain + plain == plain + ours == ours + plain == sum([ours, ours])
    assert -plain == -ours
    assert abs(plain) == abs(ours)
    assert plain - Money(1, USD) == ours - Money(1, USD)
    assert (plain < ours + Money(1, USD)) is (ours <= plain) is True


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled(protocol: int) -> None:
    """It can be pickled and copied, and what comes of it is frozen, too."""
    money = from_minor(1250, "USD")
    for again in (
        pickle.loads(pickle.dumps(money, protocol)),  # noqa: S301
        copy.copy(money),
        copy.deepcopy(money),
    ):
        assert money == again
        with pytest.raises(AttributeError):
            again.amount = Decimal(1)  # type: ignore[misc]


def test_frozen_already() -> None:
    """Money that is frozen already stays the object that it is."""
    money = from_minor(1250, "USD")

    assert frozen(money) is money
