"""An amount off selected lines: off all of them together, off each line or each unit (PR-11)."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    Discount,
    Ineligible,
    InvalidField,
    Offer,
    Per,
    PricingContext,
    PromotionClass,
    Selection,
    TakenFirst,
    checked,
    hookimpl,
    one_currency,
    positive_amount,
    positive_int,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class AmountOff:
    """Take `amount` off the lines in `target`, at most `maximum`.

    It is taken off all of them together, or `per` line or unit. At most `limit` units are
    discounted, the `which` first, and only in complete groups of `group_size` units.

    Attributes:
        amount: Money over zero. In a cart of another currency the promotion does not apply.
        target: The lines that it applies to; all if left out.
        per: What the amount is taken off: the total (default), each line or each unit.
        maximum: The most it takes off in total; no limit if left out.
        limit: The most units that it discounts; all if left out.
        which: Which units go first: the cheapest (default), or the dearest, the most expensive
            ones.
        group_size: Discounts only complete groups of so many units; 1 if left out. limit must not
            be smaller.
    """

    type_name: ClassVar[str] = "cartcore.amount_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    amount: Money = attrs.field(converter=positive_amount)
    target: Selection = ALL_LINES
    per: Per = attrs.field(default=Per.TOTAL, metadata={"label": "Off what"})
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)
    limit: int | None = attrs.field(
        default=None, converter=positive_int, metadata={"label": "Most units"}
    )
    which: TakenFirst = attrs.field(
        default=TakenFirst.CHEAPEST, metadata={"label": "Which units first"}
    )
    group_size: int = attrs.field(default=1, converter=positive_int)

    def __attrs_post_init__(self) -> None:
        if self.limit is not None and self.limit < self.group_size:
            raise InvalidField("limit", self.limit, "at least group_size")
        one_currency({"amount": self.amount, "maximum": self.maximum})

    @staticmethod
    def upgrade(fields: Mapping[str, Any], version: int) -> Mapping[str, Any]:  # noqa: ARG004
        """Read the field `each`, which `per` has replaced (ST-4)."""
        if type(fields.get("each")) is not bool:
            return fields
        per = Per.UNIT if fields["each"] else Per.TOTAL
        return {"per": per.value, **{k: value for k, value in fields.items() if k != "each"}}

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot apply (PR-23)."""
        return (self.target,)

    @cached_property
    def _offer(self) -> Offer:
        return self._off(self.limit)

    def _off(self, units: int | None) -> Offer:
        discount = Discount.amount_off(
            self.amount,
            self.target,
            per=self.per,
            maximum=self.maximum,
            limit=units,
            which=self.which,
        )
        return Offer(discounts=(discount,))

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the amount off the lines of the target, or off the complete groups in it."""
        if self.group_size == 1:
            return self._offer
        units = context.units_to_pay(self.target)
        if units < self.group_size:
            return Ineligible.lacking_units("amount_off", self.group_size - units, self.target)
        most = units if self.limit is None else min(units, self.limit)
        return self._off(most - most % self.group_size)


@hookimpl
def cartcore_promotion_types() -> list[type[AmountOff]]:
    """Register the type."""
    return [AmountOff]
