"""Tax against a second implementation that shares nothing with the first (TX-1 … TX-6, TX-12).

`python -m tests.laws.test_tax_opinion --cases 20000 --seed 1` compares them at length.
"""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, Phase, assume, event, example, given, seed, settings
from hypothesis import strategies as st

from cartcore.testing.pricing.contract import generated
from tests.scenarios.judging import Verdict, judge_one
from tests.scenarios.reading import Fields
from tests.support.tax_opinion import Part, TaxOpinion

DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}
CLASSES = ("standard", "reduced", "none")
SKUS = ("a", "b", "c", "d")
PLACES: dict[str, dict[str, str]] = {
    "de": {"country": "DE"},
    "at": {"country": "AT", "region": "Wien"},
    "sf": {"country": "US", "region": "CA", "postal_code": "94110"},
    "la": {"country": "US", "region": "CA", "postal_code": "90001"},
}
PERCENTS = ("0", "0.5", "5", "6.25", "7", "7.7", "8.1", "9.975", "10", "19", "20", "25", "33.333")
MODES = ("half_up", "half_up", "half_down", "half_even", "down", "up")
Raw = dict[str, Any]


def often(draw: st.DrawFn, name: str, values: st.SearchStrategy[Any]) -> Raw:
    """A field that is there in half of the cases."""
    return {name: draw(values)} if draw(st.booleans()) else {}


def money(minor: int | Fraction, digits: int) -> str:
    """An amount in major units."""
    exact = Fraction(minor) / 10**digits
    return f"{(Decimal(exact.numerator) / Decimal(exact.denominator)).normalize():f}"


def amounts(digits: int, most: int = 4_000) -> st.SearchStrategy[str]:
    return st.integers(1, most).map(lambda minor: money(minor, digits))


def prices(digits: int) -> st.SearchStrategy[str]:
    """Prices, some of them finer than the minor unit."""
    usual = st.integers(1, 4_000)
    finer = st.integers(0, 400_000).map(lambda each: Fraction(each, 1000))
    every = usual | usual | usual | st.just(0) | finer | st.integers(0, 10**9)
    return every.map(lambda minor: money(minor, digits))


@st.composite
def rates(draw: st.DrawFn, prefix: str) -> list[Raw]:
    """Rates of which several hold for a part, or none."""
    found = []
    for n in range(draw(st.integers(1, 5))):
        rate: Raw = {
            "name": f"{prefix}{n}",
            "percent": draw(st.sampled_from(PERCENTS)),
            "compound": draw(st.sampled_from([False, False, True])),
            "of": draw(st.sampled_from(["both", "both", "both", "goods", "shipping"])),
        }
        place: Raw = draw(st.sampled_from([{}, {}, *PLACES.values()]))
        for field, value in place.items():
            if draw(st.booleans()):
                rate["postal_prefix" if field == "postal_code" else field] = value[:2]
        for field in ("country", "region"):
            if field in rate:
                rate[field] = place[field]
        rate |= often(draw, "tax_class", st.sampled_from(CLASSES[:2]))
        found.append(rate)
    return found


@st.composite
def promotions(draw: st.DrawFn, digits: int) -> Raw:
    """A discount on lines, on the order or on shipping."""
    target = draw(st.sampled_from(["order", "order", "items", "shipping", {"sku": "a"}]))
    effect: Raw = {"kind": "percent_off", "target": target}
    if target != "shipping" and draw(st.booleans()):
        effect |= {"kind": "amount_off", "amount": draw(amounts(digits, 2_000))}
        single = isinstance(target, dict)
        effect["allocation"] = draw(st.sampled_from(["across", "each"])) if single else "across"
    else:
        effect["percent"] = draw(st.sampled_from(["10", "12.5", "33.333", "50", "100"]))
    kinds = {"order": "order_discount", "shipping": "other"}
    kind = kinds.get(target, "item") if isinstance(target, str) else "item"
    found: Raw = {"type": kind, "automatic": True, "conditions": [], "effect": effect}
    return found | often(draw, "paid_by", st.sampled_from(["shop", "third_party"]))


@st.composite
def taxes(draw: st.DrawFn, digits: int) -> Raw:
    """Every field of how tax is computed."""
    kinds = st.sampled_from(["net", "gross"])
    rounding = draw(st.sampled_from(["per_unit", "per_line", "per_rate", "per_rate", "per_order"]))
    found: Raw = {
        "prices": draw(kinds),
        "rounding": rounding,
        "mode": draw(st.sampled_from(MODES)),
        "rates": draw(rates("R")),
    }
    by_goods = ["with_goods"] if rounding != "per_unit" else []
    ways = ["own_class", "own_class", "highest_of_goods", "untaxed", *by_goods]
    found |= often(draw, "shipping_prices", kinds)
    found |= often(draw, "shipping", st.sampled_from(ways))
    found |= often(draw, "shipping_tax_class", st.sampled_from(CLASSES))
    if draw(st.integers(0, 3)) == 0:
        found["step"] = money(draw(st.sampled_from([5, 10**digits])), digits)
    if draw(st.integers(0, 3)) == 0:
        step = money(draw(st.sampled_from([5, 10])), digits)
        found["cash_rounding"] = {"step": step, "mode": draw(st.sampled_from(MODES))}
    if draw(st.integers(0, 2)) == 0:
        found["included_rates"] = draw(rates("I"))
        found |= often(draw, "reprice", st.sampled_from(["unit_gross", "unit_net"]))
    found |= often(draw, "exempt_gross", st.sampled_from(["remove", "keep"]))
    if found.get("shipping") != "with_goods":
        found |= often(draw, "gross_policy", st.sampled_from(["keep", "from_rounded_net"]))
    return found


@st.composite
def scenarios(draw: st.DrawFn) -> Raw:
    """Scenarios of the tax format, with nothing expected yet."""
    currency = draw(st.sampled_from(list(DIGITS)))
    digits = DIGITS[currency]
    names = draw(st.lists(st.sampled_from(list(PLACES)), min_size=1, max_size=3, unique=True))
    places = st.sampled_from(names)
    skus = SKUS[: draw(st.integers(1, 4))]
    catalog = []
    for sku in skus:
        product: Raw = {"sku": sku, "price": draw(prices(digits))}
        product |= often(draw, "tax_class", st.sampled_from(CLASSES))
        if draw(st.integers(0, 4)) == 0:
            product["price_type"] = draw(st.sampled_from(["net", "gross"]))
        if draw(st.integers(0, 6)) == 0:
            product["discountable"] = False
        catalog.append(product)
    steps: list[Raw] = []
    for sku in skus:
        step = {"op": "add", "sku": sku, "quantity": draw(st.integers(1, 5))}
        steps.append(step | often(draw, "ship_to", places))
        if draw(st.integers(0, 3)) == 0:
            to = {name: draw(st.integers(1, 4)) for name in names}
            steps.append({"op": "split", "sku": sku, "to": to})
    exempt = draw(st.integers(0, 5)) == 0
    charges = [
        {"code": f"S{n}", "price": draw(amounts(digits, 2_000)), "ship_to": name}
        for n, name in enumerate(draw(st.lists(places, max_size=3)))
    ]
    # In the order in which they have their turn. What they take off several charges is rounded for
    # all together, and in sources for each.
    found = [draw(promotions(digits)) for _ in range(draw(st.integers(0, 3)))]
    found = [each for each in found if each["type"] != "other" or len(charges) < 2]
    found.sort(key=lambda each: ("item", "order_discount", "other").index(each["type"]))
    scenario: Raw = {
        "id": "generated",
        "currency": currency,
        "catalog": catalog,
        "addresses": {name: PLACES[name] for name in names},
        "promotions": [{"name": f"P{n}", **each} for n, each in enumerate(found)],
        "tax": draw(taxes(digits)),
        "steps": steps,
    }
    if exempt:
        scenario["customer"] = {"tax_exempt": True}
    if charges:
        scenario["shipping"] = {"charges": charges}
    return scenario


def expected(opinion: TaxOpinion, scenario: Raw) -> Raw:
    """What the second opinion can tell of a scenario, as a scenario would expect it."""
    digits = DIGITS[scenario["currency"]]
    apart = scenario["tax"]["rounding"] in {"per_line", "per_unit"}
    rates = {name for part in opinion.parts for name in part.exact}
    found: Raw = opinion.found(dict.fromkeys(("net_total", "tax_total", "gross_total", "total")))
    if rates and (scenario["tax"]["rounding"] != "per_order" or len(rates) == 1):
        rows = [{"name": name, "amount": opinion.by_rate[name]} for name in sorted(rates)]
        found["tax_by_rate"] = rows
    if apart:
        found["shipping_tax"] = opinion.found({"shipping_tax": None})["shipping_tax"]
        figures = dict.fromkeys(("net", "tax", "gross", "discount"))
        rows = [{"sku": part.sku, "ship_to": part.ship_to, **figures} for part in opinion.goods]
        found["lines"] = opinion.found({"lines": rows})["lines"]

    def written(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: written(each) for key, each in value.items()}
        if isinstance(value, list):
            return [written(each) for each in value]
        return money(value, digits) if isinstance(value, Fraction | int) else value

    return {key: written(value) for key, value in found.items()}


def could_be_all_tax(opinion: TaxOpinion, part: Part) -> bool:
    """Whether rounded taxes could exceed the price with tax: no rule says what becomes of each."""
    most = sum(part.exact.values(), Fraction(0)) + len(part.exact) * part.quantity * opinion.step
    return part.gross and bool(part.exact) and most > part.amount


def compare(scenario: Raw) -> None:
    """Both come to the same, to the smallest coin."""
    opinion = TaxOpinion(scenario)
    assume(not opinion.ambiguous and not any(could_be_all_tax(opinion, p) for p in opinion.parts))
    whole = scenario | {"expect": expected(opinion, scenario)}
    judgement = judge_one("generated", Fields(json.loads(json.dumps(whole)), ""))
    event(judgement.verdict.value)
    if judgement.verdict is Verdict.SKIP:
        assert "two charges to one address" in judgement.reason
    else:
        assert judgement.verdict is Verdict.PASS, judgement.reason


# 10 % on five net prices of 3 are 1.5, and in a gross price of 5 are 0.45…: of 2 together, 2 are on
# top, though each net price has a smaller remainder than the gross one.
MIXED: Raw = {
    "id": "mixed",
    "currency": "JPY",
    "catalog": [
        *({"sku": f"net {n}", "price": "3", "price_type": "net"} for n in range(5)),
        {"sku": "gross", "price": "5", "price_type": "gross"},
    ],
    "promotions": [],
    "tax": {
        "prices": "net",
        "rounding": "per_rate",
        "mode": "half_up",
        "rates": [{"name": "R0", "percent": "10", "compound": False, "of": "both"}],
    },
    "addresses": {"home": {"country": "JP"}},
    "steps": [
        {"op": "add", "sku": sku, "quantity": 1}
        for sku in (*(f"net {n}" for n in range(5)), "gross")
    ],
}


@settings(generated, max_examples=150)
@given(scenarios())
@example(MIXED)
def test_a_second_opinion_of_tax(scenario: Raw) -> None:
    """Tax on fractions, from the written rules alone, agrees to the cent (TX-1 … TX-6, TX-12)."""
    compare(scenario)


def main() -> int:
    """Compare so many generated scenarios."""
    parser = ArgumentParser(prog="python -m tests.laws.test_tax_opinion", description=__doc__)
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    told: Counter[str] = Counter()

    @seed(wanted.seed)
    @settings(
        max_examples=wanted.cases,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenarios())
    def hold(scenario: Raw) -> None:
        told[scenario["tax"]["rounding"]] += 1
        compare(scenario)

    hold()
    print(f"{told.total()} scenarios agree", dict(told))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
