from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.errors import InvalidField, InvalidInput, InvalidText
from cartcore.promotions.promotion import Limits, Promotion, Trigger, normalize_code
from cartcore.promotions.types import PromotionClass
from cartcore.rules.builtin import PercentOff

PERCENT = PercentOff(percent="10")
NAIVE = datetime(2026, 6, 1)  # noqa: DTZ001  (that is the point)
START = datetime(2026, 6, 1, tzinfo=UTC)


def promotion(**fields: Any) -> Promotion:
    plain: dict[str, Any] = {"id": "spring", "name": "Spring", "effect": PERCENT}
    return Promotion(**(plain | fields))


class TestCodes:
    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("SPRING", "spring"),
            ("  Spring ", "spring"),
            ("spring\n", "spring"),
            ("Spring  Sale", "spring sale"),
            ("STRASSE", "straße".casefold()),
            ("ÄÖÜ", "äöü"),
            ("10%-OFF!", "10%-off!"),
            ("\u202aSA\u200bLE\u202c", "sale"),
            ("x" * 100, "x" * 100),
        ],
    )
    def test_case_and_outer_spaces_do_not_count(self, typed: str, code: str) -> None:
        """Codes are compared in the normal form of texts (PR-8, OE-27)."""
        assert code == normalize_code(typed)

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "   ",
            "x" * 101,
            "x" * 10_000,
            "a\x00b",
            "a\nb",
            "a\ue000b",
            "\u202e\u200b",
            5,
            None,
            b"x",
        ],
        ids=lambda value: f"{value!r:.12}",
    )
    def test_impossible_codes(self, typed: object) -> None:
        """A code that nobody could type is refused, by a short message (PR-8)."""
        with pytest.raises(InvalidText) as caught:
            normalize_code(typed)

        assert len(str(caught.value)) < 200

    @given(st.text(max_size=30))
    def test_settles(self, typed: str) -> None:
        """A normalised code is its own normal form, so it can be stored and looked up (PR-8)."""
        try:
            code = normalize_code(typed)
        except InvalidText:
            return

        assert code == normalize_code(code) == normalize_code(f"  {typed}  ")

    def test_of_a_promotion(self) -> None:
        """A promotion keeps its codes as they were written and compares them otherwise (PR-8)."""
        sale = promotion(trigger=Trigger.CODE, codes=(" Spring", "SALE 10"))

        assert ("Spring", "SALE 10") == sale.codes
        assert {"spring", "sale 10"} == sale.normalized_codes

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"codes": ("X",)}, "only with it"),
            ({"codes": ("X",), "trigger": Trigger.PICKED}, "only with it"),
            ({"trigger": Trigger.CODE}, "given with the trigger 'code'"),
            ({"trigger": Trigger.CODE, "codes": ("Sale", " SALE ")}, "unique"),
            ({"trigger": Trigger.CODE, "codes": "SALE"}, "a list or tuple"),
            ({"trigger": "codes", "codes": ("X",)}, "one of automatic, code, picked"),
        ],
        ids=str,
    )
    def test_trigger_and_codes_go_together(self, fields: dict[str, Any], expected: str) -> None:
        """Codes are needed with the trigger for codes and make no sense with another (PR-8)."""
        with pytest.raises(InvalidField, match=expected):
            promotion(**fields)


class TestWindow:
    def test_kept_in_utc(self) -> None:
        """A window given in any zone is the same window (PR-8)."""
        zone = timezone(timedelta(hours=-5))
        given_there = promotion(starts_at=datetime(2026, 5, 31, 19, tzinfo=zone))

        assert promotion(starts_at=START) == given_there
        assert UTC == getattr(given_there.starts_at, "tzinfo", None)

    @pytest.mark.parametrize(
        "fields",
        [
            {"starts_at": NAIVE},
            {"ends_at": NAIVE},
            {"starts_at": "2026-06-01"},
            {"starts_at": START, "ends_at": START},
            {"starts_at": START, "ends_at": START - timedelta(seconds=1)},
        ],
        ids=str,
    )
    def test_impossible_windows(self, fields: dict[str, Any]) -> None:
        """A window has a time zone, and ends after it starts (PR-8)."""
        with pytest.raises(InvalidField, match=r"(starts|ends)_at"):
            promotion(**fields)

    def test_one_microsecond_is_enough(self) -> None:
        """The shortest window is allowed (PR-8)."""
        end = START + timedelta(microseconds=1)

        assert end == promotion(starts_at=START, ends_at=end).ends_at


class TestFields:
    @pytest.mark.parametrize("limit", [0, -1, 1.0, True, "1"])
    def test_impossible_limits(self, limit: Any) -> None:
        """A limit is a whole number from 1; nothing is unlimited by accident (PR-12)."""
        with pytest.raises(InvalidField, match=r"(?i)limits\.total"):
            Limits(total=limit)
        with pytest.raises(InvalidField, match=r"(?i)limits\.per_contact"):
            Limits(per_contact=limit)
        with pytest.raises(InvalidField, match=r"(?i)limits\.per_code"):
            Limits(per_code=limit)

    def test_a_limit_of_codes_that_are_not_there(self) -> None:
        """A limit for each code goes with codes: it would limit nothing otherwise (PR-12)."""
        with pytest.raises(
            InvalidField,
            match=r"limits\.per_code must be left out, unless the trigger is 'code', not 1",
        ):
            promotion(limits=Limits(per_code=1))

    @pytest.mark.parametrize(
        "fields",
        [
            {"id": ""},
            {"name": " "},
            {"id": "x" * 256},
            {"effect": "percent_off"},
            {"effect": None},
            {"priority": 1.0},
            {"priority": True},
            {"conditions": "tag"},
            {"conditions": None},
        ],
        ids=str,
    )
    def test_impossible_promotions(self, fields: dict[str, Any]) -> None:
        """A promotion that could not be priced is never made (PR-22)."""
        with pytest.raises(InvalidInput):
            promotion(**fields)

    def test_class(self) -> None:
        """A promotion is of the class of its effect (PR-4)."""
        assert PromotionClass.ITEM is promotion().promotion_class
