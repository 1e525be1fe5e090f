from decimal import Decimal

import pytest

from cartcore.errors import InvalidField
from cartcore.offer import percent


class TestPercent:
    @pytest.mark.parametrize("value", ["0.001", "12.5", 100, Decimal("33.33"), Decimal("1E+1")])
    def test_exact_numbers_up_to_100(self, value: object) -> None:
        """A percentage is over 0 and up to 100, and exact (PR-11)."""
        assert Decimal(str(value)) == percent(value)

    @pytest.mark.parametrize(
        "value",
        [
            0, -1, "100.01", 101, 12.5, True, None, "", "ten", "NaN", "1e1", "1_0", " 5", "\u0665",
            "-5",
            Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E-1000000"),
            Decimal("1E+1000000"), 10**10_000,
        ],
        ids=lambda value: type(value).__name__,
    )  # fmt: skip
    def test_anything_else_is_refused(self, value: object) -> None:
        """What is no such number is refused, at once: 1E-1000000 would keep pricing busy (PR-2)."""
        with pytest.raises(InvalidField, match="percent"):
            percent(value)
