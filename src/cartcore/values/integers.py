"""Whole numbers of other classes than `int`, such as NumPy's."""

from numbers import Integral
from operator import index


def plain_int(value: object) -> object:
    """Return a whole number of another class as an `int`, and anything else as it is.

    Data frames and `numpy.arange` give such numbers. Classes derived from `int` stay what they are:
    among them is `bool`.
    """
    if type(value) is int:  # the next line takes five times as long
        return value
    if isinstance(value, Integral) and not isinstance(value, int):
        try:
            return index(value)
        except Exception:  # noqa: BLE001  (a class of somebody else)
            return value
    return value
