from decimal import Decimal
from typing import Any

import pytest

from cartcore.errors import InvalidField, InvalidInput
from cartcore.promotions.offer import Discount, Offer, TiedItem
from cartcore.promotions.tax import TaxRate
from cartcore.values.converters import percentage


class TestPercent:
    @pytest.mark.parametrize("value", ["0.001", "12.5", 100, Decimal("33.33"), Decimal("1E+1")])
    def test_exact_numbers_up_to_100(self, value: object) -> None:
        """A percentage is over 0 and up to 100, and exact (PR-11)."""
        assert Decimal(str(value)) == percentage(value)

    def test_it_keeps_its_digits(self) -> None:
        """Equal ones read one after the other are each as they were given (PR-22)."""
        given = ["10", "10.0", "1E+1", "10.00"]
        assert given == [str(percentage(Decimal(each))) for each in given]

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
            percentage(value)


TEN_OFF = Discount(lines=("1",), percent=10)
GIFT = TiedItem(key="gift", product_id="mug")


class TestOffer:
    def test_what_can_be_iterated_becomes_a_tuple(self) -> None:
        """Lists and generators will do, so that a plugin cannot hand out what runs dry (PR-19)."""
        fields: dict[str, Any] = {"discounts": [TEN_OFF], "tied_items": iter([GIFT])}
        one: Any = ["1"]
        some: Any = (i for i in "12")

        assert Offer(discounts=(TEN_OFF,), tied_items=(GIFT,)) == Offer(**fields)
        assert ("1", "2") == Discount(lines=some, percent=10).lines
        assert ("1",) == Discount(shipments=one, percent=10).shipments

    @pytest.mark.parametrize(
        "fields",
        [
            {"discounts": TEN_OFF},
            {"discounts": "10"},
            {"discounts": (GIFT,)},
            {"tied_items": "mug"},
            {"tied_items": ("mug",)},
            {"tied_items": 5},
        ],
        ids=str,
    )
    def test_offers_of_something_else(self, fields: dict[str, Any]) -> None:
        """An offer of what is no discount or tied item says so at once (PR-19)."""
        [name] = fields
        with pytest.raises(InvalidField, match=name):
            Offer(**fields)

    @pytest.mark.parametrize("lines", ["12", 12, (12,), [None], {"12": 1}])
    def test_lines_that_are_no_ids(self, lines: Any) -> None:
        """A text is not taken for the ids of its letters (PR-19)."""
        expected = r"^lines must be a Selection, ids of lines, or None, not"
        with pytest.raises(InvalidField, match=expected):
            Discount(lines=lines, percent=10)
        with pytest.raises(InvalidInput, match="shipments"):
            Discount(shipments=lines, percent=10)

    def test_no_two_promotions_give_a_line_the_same_id(self) -> None:
        """A colon parts promotion and tied item in the line's id, so no key has one (PR-25)."""
        with pytest.raises(InvalidField, match="key"):
            TiedItem(key="a:b", product_id="mug")


class TestTaxPercent:
    @pytest.mark.parametrize("value", [0, "0.00", "19", 100, Decimal("12.5")])
    def test_rates_from_zero(self, value: Any) -> None:
        """A rate can be zero, and up to the price itself (PR-4)."""
        assert Decimal(str(value)) == TaxRate(name="tax", percent=value).percent

    @pytest.mark.parametrize(
        "value",
        [-1, "-1", 101, "100.5", 7.5, True, None, "NaN", Decimal("NaN"), Decimal("1E+1000000")],
        ids=str,
    )
    def test_anything_else_is_refused(self, value: Any) -> None:
        """A rate that is negative or not exact is refused (PR-2)."""
        with pytest.raises(InvalidField, match="percent"):
            TaxRate(name="tax", percent=value)
