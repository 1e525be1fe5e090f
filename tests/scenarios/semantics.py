"""The choices that a source made, as a pricing policy; one that cartcore has not is named."""

import attrs

from cartcore.pricing.policy import PricingPolicy, RoundingPoint, Stacking
from cartcore.values.allocation import Remainder, Rounding
from tests.scenarios.reading import Fields

_ROUNDED = {
    "unit_discount": RoundingPoint.UNIT,
    "line_discount": RoundingPoint.LINE,
    "total": RoundingPoint.PROMOTION,
    "price_after_discount": RoundingPoint.UNIT,
}
# What is left is rounded the one way when the discount is rounded the other way.
_MIRRORED = {
    Rounding.HALF_UP: Rounding.HALF_DOWN,
    Rounding.HALF_DOWN: Rounding.HALF_UP,
    Rounding.DOWN: Rounding.UP,
}
_REMAINDER = {
    "first": Remainder.FIRST,
    "last": Remainder.LAST,
    "largest_remainder": Remainder.LARGEST,
    "carried_to_next_line": Remainder.CARRIED,
}


@attrs.frozen(kw_only=True)
class Semantics:
    """What of the choices is no matter of the policy, and the policy for the rest.

    `once`: no promotion is applied more than once. `each_line`: an amount for each is one for each
    line. `limited_dearest` and `gained_dearest`: which units go first. `many_codes`: a cart may
    have several; `one_replaces`: a second takes the place of the first. `repeated_ignored`: a code
    given twice is no error.
    """

    policy: PricingPolicy
    after_discounts: bool
    once: bool
    each_line: bool
    limited_dearest: bool
    gained_dearest: bool
    best_catalogue_only: bool
    many_codes: bool
    one_replaces: bool
    repeated_ignored: bool


def semantics(fields: Fields) -> Semantics:
    """Translate the choices of a source. Raises NotOffered for those that cartcore has not."""
    with fields:
        rounding = Rounding(
            fields.choice("rounding", "half_up", "half_down", "down", default="half_up")
        )
        rounded = fields.choice("rounded", *_ROUNDED, default="total")
        if rounded == "price_after_discount":
            rounding = _MIRRORED[rounding]
        remainder = fields.choice("remainder", *_REMAINDER, default="largest_remainder")
        fields.choice("share_rounding", "down", default="down")
        stacking = fields.choice(
            "stacking", "sequential", "parallel", "best_only", default="sequential"
        )
        codes = fields.choice("codes", "many", "one_only", "one_replaces", default="many")
        fields.choice("code_case", "insensitive", default="insensitive")
        best_catalogue_only = _chosen(fields, "catalogue_stacking", "best_only")
        list_price = _chosen(fields, "percent_base", "list_price")
        # None is offered: "one_promotion_per_line", and limits of units for each line.
        for name in ("line_stacking", "max_units"):
            if name in fields:
                fields.choice(name)
        best_only = stacking == "best_only" or best_catalogue_only
        return Semantics(
            policy=PricingPolicy(
                rounding=rounding,
                rounding_point=_ROUNDED[rounded],
                remainder=_REMAINDER[remainder],
                percent_of_original=list_price or stacking == "parallel",
                stacking=Stacking.BEST_PER_LINE if best_only else Stacking.ALL,
                one_code=codes == "one_only",
            ),
            after_discounts=_chosen(fields, "condition_basis", "after_discounts"),
            once=_chosen(fields, "applications", "once"),
            each_line=_chosen(fields, "each", "line"),
            limited_dearest=_chosen(fields, "max_units_order", "dearest_line_first"),
            gained_dearest=_chosen(fields, "buy_get_order", "dearest_first"),
            best_catalogue_only=best_catalogue_only and stacking != "best_only",
            many_codes=codes == "many",
            one_replaces=codes == "one_replaces",
            repeated_ignored=fields.choice(
                "duplicate_code", "ignored", "rejected", default="rejected"
            )
            == "ignored",
        )


def _chosen(fields: Fields, name: str, offered: str) -> bool:
    return name in fields and fields.choice(name, offered) == offered
