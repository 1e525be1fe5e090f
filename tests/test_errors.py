from collections.abc import Callable

import pytest

from cartcore import errors
from cartcore.errors import OpenOptions

HUGE = 10**10_000


class Unprintable:
    def __repr__(self) -> str:
        message = "no text for you"
        raise ValueError(message)


class TestMessages:
    @pytest.mark.parametrize(
        "make",
        [
            lambda value: errors.InvalidAmount(value, "more"),
            lambda value: errors.InvalidQuantity(value, 10),
            lambda value: errors.InvalidField("field", value, "more"),
            errors.UnknownCurrency,
            lambda value: errors.NotFound("draft", value),
        ],
        ids=["InvalidAmount", "InvalidQuantity", "InvalidField", "UnknownCurrency", "NotFound"],
    )
    @pytest.mark.parametrize(
        "value", [HUGE, -HUGE, [HUGE], Unprintable()], ids=lambda v: type(v).__name__
    )
    def test_any_value_can_be_shown(
        self, make: Callable[[object], errors.CartcoreError], value: object
    ) -> None:
        """Even what Python refuses to print has a message, and a short one."""
        message = str(make(value))

        assert 0 < len(message) < 200


class TestOpenOptions:
    def test_a_product_without_options_is_not_said_to_be_sold_out(self) -> None:
        """What can be chosen of a product without options is nothing, though it is sold (OE-4)."""
        mug = OpenOptions("mug", "mug", "Mug", (), ((),))

        assert "Mug has no options to choose" == str(mug)
