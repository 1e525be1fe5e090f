"""Arguments that are told by their own names where they are wrong."""

from collections.abc import Callable
from typing import TypeVar

from cartcore.errors import InvalidField

T = TypeVar("T")


def read_as(name: str, read: Callable[[object], T], value: object) -> T:
    """Return what a converter makes of an argument. Raises InvalidField under the argument's name.

    A converter of fields calls every percentage "percent".
    """
    try:
        return read(value)
    except InvalidField as error:
        raise InvalidField(name, error.value, error.expected) from None
