import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.__main__ import main
from tests.scenarios.judging import Judgement, Verdict, judge, judge_one
from tests.scenarios.reading import Fields

FILES = ("open.jsonl", "more.jsonl", "kinds.jsonl", "tax.jsonl", "tax-more.jsonl")
SCENARIO: dict[str, Any] = {
    "id": "ten-off",
    "source": "a test",
    "currency": "USD",
    "catalog": [{"sku": "mug", "name": "Mug", "price": "20.00"}],
    "promotions": [
        {
            "name": "ten off",
            "type": "order_discount",
            "automatic": True,
            "conditions": [{"kind": "min_quantity", "quantity": 2}],
            "effect": {"kind": "amount_off", "amount": "10.00", "target": "order"},
        }
    ],
    "steps": [{"op": "add", "sku": "mug", "quantity": 2}],
    "expect": {"total": "30.00", "applied": ["ten off"]},
}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """The scenario with one value set to another; None takes a field away."""
    scenario = copy.deepcopy(SCENARIO)
    inner: Any = scenario
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return scenario


def lines(*scenarios: object) -> bytes:
    return "".join(f"{json.dumps(each)}\n" for each in scenarios).encode()


def judged(scenario: object) -> Judgement:
    (judgement,) = judge(lines(scenario))
    return judgement


# --- the command ---


def test_a_line_for_each_and_the_numbers_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each scenario is printed, then how many passed, failed and were skipped."""
    file = tmp_path / "some.jsonl"
    wrong = changed("expect", "total", to="31.00")
    strange = changed("steps", 0, "op", to="steal")
    file.write_bytes(lines(SCENARIO, wrong | {"id": "wrong"}, strange | {"id": "strange"}))
    assert main([str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "pass ten-off",
        "fail wrong: total: expected 31.00, got 30.00",
        "skip strange: steps 1: op 'steal'",
        "1 passed, 1 failed, 1 skipped",
    ]


def test_the_exit_status_is_zero_unless_one_failed(tmp_path: Path) -> None:
    """Scenarios that are skipped are no failures."""
    file = tmp_path / "some.jsonl"
    file.write_bytes(lines(SCENARIO, changed("steps", 0, "op", to="steal")))
    assert main([str(file)]) == 0


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that cannot be read is no success; the message names it."""
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl: No such file" in capsys.readouterr().err


def test_without_a_file_it_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file it says how it is called."""
    assert main([]) == 2
    assert "python -m tests.scenarios FILE.jsonl" in capsys.readouterr().err


# --- what cannot be run ---


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": "x",', "line 1: malformed: it is no JSON"),
        (b'["x"]', 'line 1: malformed: it is ["x"], not an object'),
        (b'{"source": "x"}', "line 1: malformed: the field 'id' is missing"),
        (b'{"id": 7}', "line 1: malformed: id is 7, not a text"),
        (b'{"id": "x", "id": "y"}', "line 1: malformed: the field 'id' stands twice"),
        (b'{"id": "x", "a": NaN}', "line 1: malformed: NaN is no number"),
        (b"\xff\xfe", "line 1: malformed: it is no JSON"),
        (b'{"id": "x"}', "x: malformed: the field 'currency' is missing"),
        (b"[" * 100_000, "line 1: malformed: it is no JSON"),
    ],
)
def test_a_line_that_is_no_scenario_fails_with_its_place(line: bytes, reason: str) -> None:
    """A line that is no scenario is a failure that says where and why; the others are run."""
    first, second = judge(line + b"\n\n" + lines(SCENARIO))
    assert str(first).startswith(f"fail {reason}")
    assert second.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("promotions", 0, "name"), None, "the field 'name' is missing"),
        (("promotions", 0, "name"), 1, "name is 1, not a text"),
        (("promotions", 0, "automatic"), False, "it is not automatic, and has no code"),
        (("promotions", 0, "conditions", 0, "quantity"), "2", 'quantity is "2", not a whole'),
        (("promotions", 0, "effect", "amount"), "ten", 'amount is "ten", not a decimal number'),
        (("promotions", 0, "effect", "amount"), "-1.00", 'amount is "-1.00", not a number from 0'),
        (("promotions", 0, "effect", "amount"), "1.001", "at most 2 decimal digits"),
        (("catalog", 0, "price"), True, "price is true, not a decimal number"),
        (("steps", 0, "sku"), "cup", "no product has the SKU 'cup'"),
        (("steps", 0), {"op": "remove", "sku": "mug"}, "there is no line of 'mug'"),
        (("steps",), None, "the field 'steps' is missing"),
        (("currency",), "XYZ", "UnknownCurrency"),
        (("now",), "yesterday", 'now is "yesterday", not a time in ISO 8601'),
        (("expect",), {}, "expect is empty"),
        (("expect", "applied"), "ten off", 'applied is "ten off", not a list'),
    ],
)
def test_a_scenario_that_is_written_wrongly_fails(
    path: tuple[str | int, ...], value: object, reason: str
) -> None:
    """What cannot be understood fails, and the reason says where."""
    judgement = judged(changed(*path, to=value))
    assert judgement.verdict is Verdict.FAIL
    assert reason in judgement.reason


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("mood",), "good", "the field 'mood'"),
        (("catalog", 0, "colour"), "red", "catalog 1: the field 'colour'"),
        (("promotions", 0, "type"), "coupon", "promotion 1: type 'coupon'"),
        (("promotions", 0, "limit"), 1, "promotion 1: the field 'limit'"),
        (("promotions", 0, "conditions", 0, "kind"), "moon", "the kind 'moon'"),
        (("promotions", 0, "conditions", 0, "phase"), "full", "the field 'phase'"),
        (("promotions", 0, "effect", "kind"), "cashback", "effect: the kind 'cashback'"),
        (("promotions", 0, "effect", "target"), "staff", "the target 'staff'"),
        (("promotions", 0, "effect", "target"), {"colour": "red"}, "the selector 'colour'"),
        (
            ("promotions", 0, "effect", "target"),
            {"sku": "mug", "brand": "x"},
            "a selector with the fields sku, brand",
        ),
        (("promotions", 0, "effect", "stamps"), 3, "effect: the field 'stamps'"),
        (("semantics",), {"luck": "good"}, "semantics: the field 'luck'"),
        (("semantics",), {"rounding": "half_odd"}, "semantics: rounding 'half_odd'"),
        (("semantics",), {"code_case": "sensitive"}, "semantics: code_case 'sensitive'"),
        (("semantics",), {"max_units": "per_line"}, "semantics: max_units 'per_line'"),
        (
            ("semantics",),
            {"line_stacking": "one_promotion_per_line"},
            "semantics: line_stacking 'one_promotion_per_line'",
        ),
        (("semantics",), {"share_rounding": "half_up"}, "share_rounding 'half_up'"),
        (("steps", 0, "mood"), "good", "steps 1: the field 'mood'"),
        (("steps", 0, "op"), "steal", "steps 1: op 'steal'"),
        (("expect", "profit"), "1.00", "expect: the field 'profit'"),
        (("expect", "lines"), [{"sku": "mug", "tax": "1.00"}], "expect: lines 1: the field 'tax'"),
        (("customer",), {"age": 40}, "customer: the field 'age'"),
        (
            ("shipping",),
            {"methods": [{"code": "drone", "kind": "by_height"}]},
            "methods 1: the kind 'by_height'",
        ),
        (
            ("shipping",),
            {
                "methods": [
                    {
                        "code": "dhl",
                        "kind": "flat",
                        "price": "1.00",
                        "conditions": [{"kind": "staff_only"}],
                    }
                ]
            },
            "the kind 'staff_only' for a shipping method",
        ),
    ],
)
def test_what_is_not_offered_is_skipped_by_name(
    path: tuple[str | int, ...], value: object, reason: str
) -> None:
    """A field, a kind or a choice that is not known is named, and never passed over."""
    judgement = judged(changed(*path, to=value))
    assert judgement.verdict is Verdict.SKIP, judgement
    assert reason in judgement.reason


# --- what would not be the same thing ---

HALF: dict[str, Any] = {"kind": "percent_off", "percent": "50", "target": "items"}


def promotion(name: str, effect: dict[str, Any], **fields: object) -> dict[str, Any]:
    plain = {"name": name, "type": "item", "automatic": True, "conditions": [], "effect": effect}
    return plain | fields


@pytest.mark.parametrize(
    ("promotions", "reason"),
    [
        (
            [promotion("a", HALF), promotion("b", HALF, exclude_discounted=True)],
            "exclude_discounted after other item promotions",
        ),
        (
            [
                {**promotion("a", HALF, exclusive=True), "effect": None, "effects": [HALF, HALF]},
                promotion("b", HALF),
            ],
            "several effects of a promotion that combines with none",
        ),
        (
            [promotion("a", HALF, conditions=[{"kind": "window", "ends": "2026-01-01T00:00:00Z"}])],
            "a window in a scenario without a current time",
        ),
    ],
)
def test_combinations_that_cartcore_has_not_are_skipped(
    promotions: list[dict[str, Any]], reason: str
) -> None:
    """What could only be run as something else is not run."""
    judgement = judged(changed("promotions", to=promotions))
    assert judgement.verdict is Verdict.SKIP, judgement
    assert reason in judgement.reason


def test_the_line_that_a_promotion_adds_is_not_changed_by_hand() -> None:
    """A step that changes a line of a promotion is skipped (OE-8)."""
    gift = {"kind": "gift", "sku": "mug", "quantity": 1}
    scenario = changed("promotions", to=[promotion("a", gift)])
    judgement = judged(scenario | {"steps": [{"op": "remove", "sku": "mug"}]})
    assert str(judgement) == (
        "skip ten-off: steps 1: the line that a promotion adds is not changed by hand"
    )


# --- it can fail ---


def others(value: Any) -> Iterator[Any]:
    """An expectation, each time with one figure or name in it changed."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, str):
        yield f"{Decimal(value) + 1:f}" if value.replace(".", "").isdigit() else f"other {value}"
    elif isinstance(value, dict):
        for name, inner in value.items():
            for other in others(inner):
                yield value | {name: other}
    else:
        for place, inner in enumerate(value):
            for other in others(inner):
                yield [*value[:place], other, *value[place + 1 :]]


@pytest.mark.parametrize("file", FILES)
def test_another_figure_in_what_is_expected_fails(file: str) -> None:
    """Each figure and each name that is expected is compared."""
    for line in Path(__file__).with_name(file).read_bytes().splitlines():
        scenario = json.loads(line)
        if judge_one("", Fields(scenario, "")).verdict is Verdict.PASS:
            for expect in others(scenario["expect"]):
                wrong = Fields(scenario | {"expect": expect}, "")
                judgement = judge_one("", wrong)
                assert judgement.verdict is Verdict.FAIL, (scenario["id"], expect)


# --- tax ---

TAXED: dict[str, Any] = {
    "id": "two-homes",
    "currency": "EUR",
    "catalog": [
        {"sku": "mug", "price": "10.00"},
        {"sku": "book", "price": "10.00", "tax_class": "reduced"},
    ],
    "addresses": {"de": {"country": "DE"}, "at": {"country": "AT"}},
    "promotions": [],
    "shipping": {"charges": [{"code": "van", "price": "4.00"}, {"code": "fuel", "price": "1.00"}]},
    "tax": {
        "prices": "net",
        "rounding": "per_rate",
        "mode": "half_up",
        "shipping": "with_goods",
        "rates": [
            {
                "name": "19%",
                "percent": "19",
                "country": "DE",
                "tax_class": "standard",
                "of": "both",
            },
            {"name": "7%", "percent": "7", "country": "DE", "tax_class": "reduced", "of": "both"},
            {"name": "20%", "percent": "20", "country": "AT", "of": "both"},
        ],
    },
    "steps": [
        {"op": "add", "sku": "mug", "quantity": 1},
        {"op": "add", "sku": "mug", "quantity": 1, "ship_to": "at"},
    ],
    "expect": {"tax_total": "4.85"},
}


def test_lines_and_charges_are_taxed_where_they_go() -> None:
    """19 percent of 10.00 + 5.00, and 20 of 10.00: no charge belongs to the second address."""
    assert str(judged(TAXED)) == "pass two-homes"


def test_a_charge_is_not_taxed_as_the_goods_of_another() -> None:
    """Where a second charge would be taxed as goods of several rates, it is not run."""
    book = {"op": "add", "sku": "book", "quantity": 1}
    judgement = judged(TAXED | {"steps": [*TAXED["steps"], book]})
    assert judgement.reason == "two charges to one address, taxed as goods of several rates"


@pytest.mark.parametrize(
    "step",
    [
        {"op": "add", "sku": "mug", "quantity": 1, "ship_to": "moon"},
        {"op": "split", "sku": "mug", "to": {"de": 1, "moon": 1}},
    ],
)
def test_an_address_that_is_not_there(step: dict[str, Any]) -> None:
    """An address that a step names is one of the scenario."""
    judgement = judged(TAXED | {"steps": [*TAXED["steps"], step]})
    assert "there is no address 'moon'" in judgement.reason
    assert judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("name", "value"), [("prices", "both"), ("rounding", "per_day"), ("shipping", "by_weight")]
)
def test_a_way_to_tax_that_is_not_offered(name: str, value: str) -> None:
    """A way to tax that cartcore has not is named."""
    judgement = judged(TAXED | {"tax": TAXED["tax"] | {name: value}})
    assert judgement.verdict is Verdict.SKIP
    assert f"{name} {value!r}" in judgement.reason


# --- units that are as good as each other ---


def taken_from(first: str, second: str, *, price: str = "10.00") -> dict[str, Any]:
    """Of two lines, two units each, one of four is free; what is expected off each line."""
    return {
        "id": "equals",
        "currency": "USD",
        "catalog": [
            {"sku": "a", "name": "A", "price": "10.00", "categories": ["mugs"]},
            {"sku": "b", "name": "B", "price": price, "categories": ["mugs"]},
        ],
        "promotions": [
            {
                "name": "one free",
                "type": "other",
                "automatic": True,
                "conditions": [],
                "effect": {
                    "kind": "buy_x_get_y",
                    "buy": {"quantity": 3, "of": {"category": "mugs"}},
                    "get": {"quantity": 1, "of": {"category": "mugs"}},
                    "percent": "100",
                },
            }
        ],
        "steps": [{"op": "add", "sku": sku, "quantity": 2} for sku in ("a", "b")],
        "expect": {
            "lines": [{"sku": "a", "discount": first}, {"sku": "b", "discount": second}],
        },
    }


def test_which_of_equally_priced_lines_a_unit_is_taken_from_is_left_open() -> None:
    """A unit of either line may be the free one, as they cost the same (PR-13)."""
    assert judged(taken_from("10.00", "0.00")).verdict is Verdict.PASS
    assert judged(taken_from("0.00", "10.00")).verdict is Verdict.PASS


def test_how_much_is_taken_from_them_together_is_not() -> None:
    """Their sum has to be right, and where prices differ each line (PR-13)."""
    wrong = judged(taken_from("10.00", "10.00"))
    assert wrong.reason == "a and b: discount: expected 20.00, got 10.00"
    dearer = judged(taken_from("0.00", "10.00", price="11.00"))
    assert dearer.verdict is Verdict.FAIL
