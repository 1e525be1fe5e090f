"""What a promotion type can promise about its discount in advance: parts of `at_most` (PR-14).

Units of a line may be cheaper by then, or used up, but they never cost more.
"""

from collections.abc import Iterable
from decimal import Decimal

from cartcore.cart import CartLine
from cartcore.values.money import FINE_PER_MINOR

_ALL_OF_IT = Decimal(100)


def most_expensive_first(lines: Iterable[CartLine]) -> list[CartLine]:
    """The lines that can be discounted, by unit price from high to low."""
    found = [line for line in lines if line.discountable]
    return sorted(found, key=lambda line: line.fine_price, reverse=True)


def most_off_unit(line: CartLine, percent: Decimal = _ALL_OF_IT) -> int:
    """The most that a percentage takes off one unit of a line, in minor units, rounded up."""
    price = -(-line.fine_price // FINE_PER_MINOR)
    numerator, denominator = percent.as_integer_ratio()
    return -(-price * numerator // (100 * denominator))
