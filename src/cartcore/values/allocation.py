"""Rounding of fractions, and exact splits of whole numbers of minor units (PR-3, PR-7)."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from cartcore.errors import InvalidAmount

_MOST_PARTS = 1_000_000


class Rounding(StrEnum):
    """How a fraction of a minor unit is rounded (PR-7).

    Attributes:
        HALF_UP: To the nearest; a half away from zero.
        HALF_EVEN: To the nearest; a half to the even neighbour.
        HALF_DOWN: To the nearest; a half towards zero.
        UP: Away from zero.
        DOWN: Towards zero.
    """

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"
    DOWN = "down"
    HALF_DOWN = "half_down"


class Remainder(StrEnum):
    """Who gets the minor units that a split leaves over (PR-3).

    Attributes:
        LARGEST: The parts with the largest remainders (Hamilton's method).
        FIRST: The first parts.
        LAST: The last parts.
        CARRIED: Each part what rounding the parts before it left over.
    """

    LARGEST = "largest"
    FIRST = "first"
    LAST = "last"
    CARRIED = "carried"


# Looked up once: through the class, Python 3.11 takes ten times as long as for comparing them.
_LARGEST, _CARRIED = Remainder.LARGEST, Remainder.CARRIED


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Return the quotient rounded to an integer.

    Raises:
        InvalidAmount: what is not a whole number, or a denominator that is not over zero.
    """
    if type(numerator) is not int or type(denominator) is not int or denominator < 1:
        expected = "a whole number, divided by a whole number over zero"
        raise InvalidAmount((numerator, denominator), expected)
    sign = -1 if numerator < 0 else 1
    quotient, rest = divmod(abs(numerator), denominator)
    twice = 2 * rest
    if rest and (
        rounding is Rounding.UP
        or (rounding is Rounding.HALF_UP and twice >= denominator)
        or (rounding is Rounding.HALF_DOWN and twice > denominator)
        or (
            rounding is Rounding.HALF_EVEN
            and (twice > denominator or (twice == denominator and quotient % 2))
        )
    ):
        quotient += 1
    return sign * quotient


def allocate(
    whole: int, weights: Sequence[int], *, remainder: Remainder = Remainder.LARGEST
) -> list[int]:
    """Split `whole` in proportion to `weights`, exactly (PR-3).

    Ties of the largest remainder go to the earlier position. The parts add up to `whole`, and none
    exceeds its weight if `whole` does not exceed their sum.

    Raises:
        InvalidAmount: the whole or a weight that is not a whole number, a weight that is negative,
            or something to split without a weight to split it by.
    """
    usable = isinstance(weights, (list, tuple)) and len(weights) <= _MOST_PARTS
    if type(whole) is not int or not usable or any(type(weight) is not int for weight in weights):
        expected = f"a whole number, and a list of at most {_MOST_PARTS} whole numbers"
        raise InvalidAmount((whole, weights), expected)
    together = sum(weights)
    if any(weight < 0 for weight in weights) or (whole and not together):
        expected = "split by weights that are not negative, nor zero together"
        raise InvalidAmount((whole, weights), expected)
    parts = split(abs(whole), weights, together, remainder)
    return parts if whole >= 0 else [-part for part in parts]


def split(
    whole: int,
    weights: Sequence[int],
    together: int,
    remainder: Remainder = Remainder.LARGEST,
    content: Callable[[int], Any] | None = None,
    cells: Sequence[int] = (),
) -> list[int]:
    """Like `allocate`, for the engine: nothing is checked, and `together` is the sum of `weights`.

    Ties of the largest remainder go to the cell with the smaller `content`, if that is given, where
    `cells` are what the weights belong to.
    """
    if whole == together:
        return list(weights)
    if len(weights) == 1:
        return [whole]
    if not whole or not together:
        return [0] * len(weights)
    if remainder is _CARRIED:
        return _carried(whole, weights, together)
    scaled = [whole * weight for weight in weights]
    parts = [each // together for each in scaled]
    left = whole - sum(parts)
    if not left:
        return parts
    if remainder is _LARGEST:
        rests = [each % together for each in scaled]
        # Left is less than the number of parts: the rests add up to left × together.
        ranked = sorted(rests, reverse=True)
        least = ranked[left - 1]
        if least > ranked[left]:  # no tie about who is the last to get one
            # As long as each other, and hot.
            return [part + (rest >= least) for part, rest in zip(parts, rests)]  # noqa: B905
        order = sorted(range(len(rests)), key=rests.__getitem__, reverse=True)
        if content is not None and cells:
            order.sort(key=lambda i: (-rests[i], content(cells[i])))
    else:
        order = [i for i, weight in enumerate(weights) if weight]
        if remainder is Remainder.LAST:
            order.reverse()
    for position in order[:left]:
        parts[position] += 1
    return parts


def _carried(whole: int, weights: Sequence[int], together: int) -> list[int]:
    parts = []
    weight_so_far = given = 0
    for weight in weights:
        weight_so_far += weight
        due = divide(whole * weight_so_far, together, Rounding.HALF_UP)
        parts.append(due - given)
        given = due
    return parts
