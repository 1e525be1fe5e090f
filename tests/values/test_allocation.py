from decimal import (
    ROUND_DOWN,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    Inexact,
    localcontext,
)
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.errors import InvalidAmount
from cartcore.values.allocation import Rounding, allocate, divide

DECIMAL_MODES = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.UP: ROUND_UP,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.HALF_DOWN: ROUND_HALF_DOWN,
}

weights = st.lists(st.integers(0, 10**12), min_size=1, max_size=200).filter(any)
small_weights = st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any)


class TestDivide:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "half_up", "half_even", "up", "down", "half_down"),
        [
            (1, 2, 1, 0, 1, 0, 0),
            (3, 2, 2, 2, 2, 1, 1),
            (5, 2, 3, 2, 3, 2, 2),
            (-1, 2, -1, 0, -1, 0, 0),
            (-3, 2, -2, -2, -2, -1, -1),
            (-5, 2, -3, -2, -3, -2, -2),
            (1, 3, 0, 0, 1, 0, 0),
            (2, 3, 1, 1, 1, 0, 1),
            (6, 3, 2, 2, 2, 2, 2),
            (0, 7, 0, 0, 0, 0, 0),
        ],
    )
    def test_known_figures(
        self,
        numerator: int,
        denominator: int,
        half_up: int,
        half_even: int,
        up: int,
        down: int,
        half_down: int,
    ) -> None:
        """Halves, thirds and whole numbers, in each mode and sign (PR-7)."""
        found = [divide(numerator, denominator, mode) for mode in Rounding]

        assert [half_up, half_even, up, down, half_down] == found

    @given(
        numerator=st.integers(-(10**20), 10**20),
        denominator=st.one_of(st.integers(1, 12), st.integers(1, 10**9)),
        mode=st.sampled_from(Rounding),
    )
    def test_rounds_as_decimal_does(self, numerator: int, denominator: int, mode: Rounding) -> None:
        """The standard library's rounding is the second opinion (PR-7)."""
        exact = Fraction(numerator, denominator)
        # Decimal cannot hold a third; scaled to its digits plus a sticky one, no half is invented.
        floor, rest = divmod(abs(exact.numerator) * 10, exact.denominator)
        stand_in = Decimal(floor).scaleb(-1) + (Decimal("0.01") if rest else 0)
        expected = stand_in.quantize(Decimal(1), DECIMAL_MODES[mode], Context(prec=60))

        assert int(expected.copy_sign(Decimal(numerator))) == divide(numerator, denominator, mode)


@pytest.mark.parametrize(
    ("numerator", "denominator"), [(1.0, 2), (True, 2), (1, 2.0), (1, True), (1, 0), (1, -2)]
)
def test_what_cannot_be_divided(numerator: Any, denominator: Any) -> None:
    """Each of the two has to be a whole number, and the second over zero (PR-7)."""
    with pytest.raises(InvalidAmount, match="a whole number, divided by"):
        divide(numerator, denominator, Rounding.HALF_UP)


def largest_remainder(whole: int, weights: list[int]) -> list[int]:
    """Hamilton's method as textbooks have it: floors, then a seat for each largest remainder."""
    exact = [Fraction(whole) * weight / sum(weights) for weight in weights]
    seats = [share.numerator // share.denominator for share in exact]
    while sum(seats) < whole:
        best = 0
        for i in range(len(seats)):
            if exact[i] - seats[i] > exact[best] - seats[best]:
                best = i
        seats[best] += 1
    return seats


class TestAllocate:
    @pytest.mark.parametrize(
        ("whole", "weights", "parts"),
        [
            (1, [1, 1], [1, 0]),
            (3, [1] * 7, [1, 1, 1, 0, 0, 0, 0]),
            (100, [1, 1, 1], [34, 33, 33]),
            (-100, [1, 1, 1], [-34, -33, -33]),
            (5, [0, 3, 0, 2], [0, 3, 0, 2]),
            (1000, [0, 500, 500], [0, 500, 500]),
            (10, [3], [10]),
            (0, [1, 2], [0, 0]),
            (0, [0, 0], [0, 0]),
            (0, [], []),
            (7, [2, 3, 5], [1, 2, 4]),  # 1.4, 2.1, 3.5: the seat goes to the half
        ],
    )
    def test_known_figures(self, whole: int, weights: list[int], parts: list[int]) -> None:
        """Splits that can be done by hand; ties go to the earlier (PR-3)."""
        assert parts == allocate(whole, weights)

    @given(whole=st.integers(0, 60), weights=small_weights)
    def test_agrees_with_the_textbook(self, whole: int, weights: list[int]) -> None:
        """Small splits agree with a seat-by-seat count on fractions (PR-3)."""
        assert largest_remainder(whole, weights) == allocate(whole, weights)

    @given(whole=st.integers(-(10**12), 10**12), weights=weights)
    def test_laws(self, whole: int, weights: list[int]) -> None:
        """Parts add up, stay within one of the proportion, and mirror for negatives (PR-3)."""
        parts = allocate(whole, weights)

        assert whole == sum(parts)
        assert [-part for part in parts] == allocate(-whole, weights)
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - Fraction(whole) * weight / sum(weights)) < 1
            assert weight or not part

    @given(data=st.data(), weights=weights)
    def test_no_part_exceeds_its_weight(self, data: st.DataObject, weights: list[int]) -> None:
        """What is not more than the weights together fits into each of them (PR-3, PR-6)."""
        whole = data.draw(st.integers(0, sum(weights)))

        assert all(p <= w for p, w in zip(allocate(whole, weights), weights, strict=True))

    @pytest.mark.parametrize(("whole", "weights"), [(1, []), (1, [0, 0]), (1, [2, -1]), (0, [-1])])
    def test_impossible_splits(self, whole: int, weights: list[int]) -> None:
        """A split that cannot be is the caller's fault, and no silent zero (PR-3)."""
        with pytest.raises(ValueError, match="weights"):
            allocate(whole, weights)


def test_results_do_not_depend_on_the_decimal_context() -> None:
    """An application's own decimal context never reaches a quotient or a part (PR-2)."""
    with localcontext(prec=3, rounding=ROUND_DOWN, Emax=5, Emin=-5) as ambient:
        ambient.traps[Inexact] = True
        quotient = divide(123456789, 2, Rounding.HALF_EVEN)
        parts = allocate(100_000_001, [1, 1])

    assert 61728394 == quotient
    assert [50_000_001, 50_000_000] == parts
