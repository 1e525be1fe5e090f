"""The pricing policy: how a shop rounds, splits and combines (PR-7, PR-14, PR-20)."""

from enum import StrEnum

import attrs

from cartcore.errors import InvalidField
from cartcore.values.money import Remainder, Rounding
from cartcore.values.records import checked


class RoundingPoint(StrEnum):
    """Where a promotion's discount is rounded (PR-7)."""

    PROMOTION = "promotion"
    LINE = "line"
    UNIT = "unit"


class Combination(StrEnum):
    """How promotions that do not combine are chosen (PR-14)."""

    IN_PRIORITY_ORDER = "in_priority_order"
    BEST_FOR_CUSTOMER = "best_for_customer"


class Stacking(StrEnum):
    """Whether a line takes all item promotions, one after the other, or only its best one."""

    ALL = "all"
    BEST_PER_LINE = "best_per_line"


class OnPluginError(StrEnum):
    """What becomes of pricing when a plugin fails: it fails, too, or the promotion is skipped."""

    FAIL = "fail"
    SKIP = "skip"


@attrs.frozen(kw_only=True, field_transformer=checked)
class PricingPolicy:
    """How a shop prices.

    `rounding` and `rounding_point`: which way, and where (PR-7). `remainder`: who gets the minor
    units that a split leaves over (PR-3). `percent_of_original`: percentages are of the price
    before all discounts, whatever a promotion says (PR-5). `combination`: which of the promotions
    that do not combine apply (PR-14). `work_limit` is how much the search for the best may look at:
    a promotion's turn, or its part in a bound, counts one, and so does every 256 lines.
    `stacking`: whether item promotions that combine add up on a line. `one_code`: at most one code
    counts. `on_plugin_error`: see `OnPluginError` (PR-20).

    Raises:
        InvalidField: `work_limit` under 1, or `best_per_line` with `best_for_customer`.
    """

    rounding: Rounding = Rounding.HALF_UP
    rounding_point: RoundingPoint = RoundingPoint.PROMOTION
    remainder: Remainder = Remainder.LARGEST
    percent_of_original: bool = False
    combination: Combination = Combination.IN_PRIORITY_ORDER
    work_limit: int = 600_000
    stacking: Stacking = Stacking.ALL
    one_code: bool = False
    on_plugin_error: OnPluginError = OnPluginError.FAIL

    def __attrs_post_init__(self) -> None:
        if self.work_limit < 1:
            raise InvalidField("work_limit", self.work_limit, "a whole number of at least 1")
        if (
            self.stacking is Stacking.BEST_PER_LINE
            and self.combination is Combination.BEST_FOR_CUSTOMER
        ):
            expected = "all, unless the combination is in_priority_order"
            raise InvalidField("stacking", self.stacking.value, expected)


DEFAULT_POLICY = PricingPolicy()
