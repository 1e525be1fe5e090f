"""The pricing policy: how a shop rounds, splits and combines (PR-7, PR-14, PR-20)."""

from enum import StrEnum

import attrs

from cartcore.errors import InvalidField
from cartcore.values.allocation import Remainder, Rounding
from cartcore.values.records import checked


class RoundingPoint(StrEnum):
    """Where a promotion's discount is rounded (PR-7).

    Attributes:
        PROMOTION: Once, over everything that it discounts.
        LINE: For each line.
        UNIT: For each unit.
    """

    PROMOTION = "promotion"
    LINE = "line"
    UNIT = "unit"


class Combination(StrEnum):
    """How promotions that do not combine are chosen (PR-14).

    Attributes:
        IN_PRIORITY_ORDER: As their turns come: the first that applies wins.
        BEST_FOR_CUSTOMER: The allowed set with the lowest total.
    """

    IN_PRIORITY_ORDER = "in_priority_order"
    BEST_FOR_CUSTOMER = "best_for_customer"


class Stacking(StrEnum):
    """Whether the item promotions of a line add up.

    Attributes:
        ALL: A line takes all that combine, one after the other.
        BEST_PER_LINE: A line takes its best one only.
    """

    ALL = "all"
    BEST_PER_LINE = "best_per_line"


class OnPluginError(StrEnum):
    """What becomes of pricing when a plugin fails (PR-20).

    Attributes:
        FAIL: Pricing fails with an error that names the plugin.
        SKIP: The promotion is skipped, and its decision says so.
    """

    FAIL = "fail"
    SKIP = "skip"


@attrs.frozen(kw_only=True, field_transformer=checked)
class PricingPolicy:
    """How a shop prices.

    Attributes:
        rounding: Which way fractions of a minor unit are rounded (PR-7).
        rounding_point: Where they are rounded (PR-7).
        remainder: Who gets the minor units that a split leaves over (PR-3).
        percent_of_original: True if percentages are of the price before all discounts, whatever a
            promotion says (PR-5).
        combination: Which of the promotions that do not combine apply (PR-14).
        work_limit: How much the search for the best may look at: a promotion's turn, or its part in
            a bound, counts one, and so does every 256 lines. From 1.
        stacking: Whether item promotions that combine add up on a line.
        one_code: True if at most one code counts.
        on_plugin_error: What becomes of pricing when a plugin fails (PR-20).

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
