"""Promotions of generated types, and how often they were used."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import attrs
from hypothesis import strategies as st

from cartcore.promotions.promotion import Limits, Promotion, Trigger, Usage, UsageByPromotion
from cartcore.promotions.types import PromotionClass
from cartcore.testing.pricing.conditions import CONDITIONS
from cartcore.testing.pricing.effects import EFFECTS
from cartcore.testing.pricing.figures import Configurations, amounts, made, maybe
from cartcore.testing.records import NOON
from cartcore.values.money import from_minor

_IDS = "abcdefghij"


@st.composite
def case_promotions(
    draw: st.DrawFn,
    currency: str,
    *,
    effects: Mapping[str, Configurations] = EFFECTS,
    conditions: Mapping[str, Configurations] = CONDITIONS,
    most: int = 6,
) -> tuple[Promotion, ...]:
    """Promotions with ids in no particular order; some have to be applied to the cart.

    With windows around noon of `NOON`, limits, groups, exclusive ones, and classes that do not
    combine (PR-8, PR-12, PR-13).
    """
    ids = draw(st.permutations(_IDS[:most]))[: draw(st.sampled_from(range(min(1, most), most + 1)))]
    kinds = st.sampled_from(sorted(effects))
    asked = st.sampled_from(sorted(conditions)) if conditions else st.nothing()
    found = []
    for promotion_id in ids:
        effect = draw(made(effects[draw(kinds)], currency))
        asks = draw(st.sampled_from([0, 0, 0, 0, 1, 2])) if conditions else 0
        fields: dict[str, Any] = {
            "conditions": tuple(draw(made(conditions[draw(asked)], currency)) for _ in range(asks)),
            "priority": draw(st.integers(-1, 1)),
        }
        # All of it seldom, so that most promotions apply.
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
            name, values = draw(st.sampled_from(_TERMS))
            fields[name] = draw(made(values, currency))
        if fields.get("trigger") is Trigger.CODE:
            fields["codes"] = (promotion_id.upper() * 3,)
            if draw(st.sampled_from([False, False, True])):
                limits = fields.get("limits", Limits())
                fields["limits"] = attrs.evolve(limits, per_code=draw(st.integers(1, 2)))
        found.append(
            Promotion(id=promotion_id, name=f"No. {promotion_id}", effect=effect, **fields)
        )
    return tuple(found)


_HOUR = timedelta(hours=1)
_TERMS: tuple[tuple[str, Configurations], ...] = (
    ("trigger", lambda _: st.sampled_from(Trigger)),
    ("trigger", lambda _: st.sampled_from(Trigger)),
    ("enabled", lambda _: st.booleans()),
    ("starts_at", lambda _: st.sampled_from([NOON - _HOUR, NOON, NOON + _HOUR])),
    ("ends_at", lambda _: st.sampled_from([NOON + 2 * _HOUR, NOON + 3 * _HOUR])),
    ("group", lambda _: st.sampled_from(["g", "h"])),
    ("group", lambda _: st.sampled_from(["g", "h"])),
    ("exclusive", lambda _: st.booleans()),
    ("count_gifts", lambda _: st.booleans()),
    (
        "combines_with",
        lambda _: st.lists(st.sampled_from(PromotionClass), max_size=4, unique=True).map(tuple),
    ),
    (
        "limits",
        lambda currency: st.builds(
            Limits,
            total=maybe(st.integers(1, 2)),
            per_contact=maybe(st.integers(1, 2)),
            budget=maybe(amounts(currency)),
        ),
    ),
)


@st.composite
def case_usages(
    draw: st.DrawFn, currency: str, promotions: tuple[Promotion, ...]
) -> UsageByPromotion:
    """How often promotions with limits were used, up to twice."""
    return {
        promotion.id: Usage(
            total=draw(st.integers(0, 2)),
            by_contact=draw(st.integers(0, 2)),
            by_code=draw(st.integers(0, 2)),
            discounts=draw(st.sampled_from([(), (from_minor(500, currency),)])),
        )
        for promotion in promotions
        if promotion.limits
    }
