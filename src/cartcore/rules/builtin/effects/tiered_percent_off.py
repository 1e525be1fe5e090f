"""A percentage off selected lines that grows with how many they are or what they cost (PR-11)."""

from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    Discount,
    Ineligible,
    InvalidField,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    checked,
    from_one,
    hookimpl,
    one_currency,
    percent,
    positive,
)


class Measure(StrEnum):
    """What tiers go by: what the lines cost before discounts, or how many units they have."""

    SPEND = "spend"
    QUANTITY = "quantity"


@attrs.frozen(kw_only=True, field_transformer=checked)
class PercentTier:
    """A percentage, from what lines cost or from a number of units on; the base has neither."""

    percent: Decimal = attrs.field(converter=percent)
    from_amount: Money | None = attrs.field(
        default=None, converter=attrs.converters.optional(positive)
    )
    from_quantity: int | None = attrs.field(
        default=None, converter=attrs.converters.optional(from_one)
    )


def _started(tiered: "TieredPercentOff") -> Measure:
    """What the tiers go by as far as they say so themselves."""
    given = tiered.tiers if isinstance(tiered.tiers, (list, tuple)) else ()
    found = [tier for tier in given if isinstance(tier, PercentTier)]
    counted = any(tier.from_quantity is not None for tier in found)
    return Measure.QUANTITY if counted else Measure.SPEND


@attrs.frozen(kw_only=True, field_transformer=checked)
class TieredPercentOff:
    """Take a percentage off what is left of the lines in `target`.

    The last of the `tiers` that they reach counts, for all of them. Tiers go `by` what the lines
    cost before discounts, or by how many units they have; one tier, the first, may have no start.
    `maximum` bounds the whole reduction.
    """

    type_name: ClassVar[str] = "cartcore.tiered_percent_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    tiers: tuple[PercentTier, ...]
    by: Measure = attrs.field(default=attrs.Factory(_started, takes_self=True))
    target: Selection = ALL_LINES
    maximum: Money | None = attrs.field(default=None, converter=attrs.converters.optional(positive))

    def __attrs_post_init__(self) -> None:
        if not self.tiers:
            raise InvalidField("tiers", self.tiers, "at least one tier")
        name, other = "from_amount", "from_quantity"
        if self.by is Measure.QUANTITY:
            name, other = other, name
        for position, tier in enumerate(self.tiers):
            if getattr(tier, other) is not None:
                path = f"tiers[{position}].{other}"
                expected = f"None, as tiers by {self.by} have {name}"
                raise InvalidField(path, getattr(tier, other), expected)
        amounts = {f"tiers[{i}].from_amount": tier.from_amount for i, tier in enumerate(self.tiers)}
        one_currency(amounts | {"maximum": self.maximum})
        starts = [getattr(tier, name) for tier in self.tiers]
        for position, (before, start) in enumerate(pairwise([None, *starts])):
            path = f"tiers[{position}].{name}"
            if start is None:
                if position:
                    raise InvalidField(path, start, "given in every tier but the first")
            elif before is not None and start <= before:
                raise InvalidField(path, start, "higher than in the tier before")

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line of its target it cannot apply (PR-23)."""
        return () if self.target == ALL_LINES else (self.target,)

    @cached_property
    def _offers(self) -> tuple[Offer, ...]:
        return tuple(
            Offer(
                discounts=(Discount(lines=self.target, percent=tier.percent, maximum=self.maximum),)
            )
            for tier in self.tiers
        )

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer the percentage of the last tier that is reached."""
        starts = self._starts(context)
        have = self._have(context)
        reached = sum([start <= have for start in starts])
        if reached:
            return self._offers[reached - 1]
        missing = starts[0] - have
        by_spend = self.by is Measure.SPEND
        number = context.show(missing) if by_spend else missing
        of_these = "" if self.target == ALL_LINES else f" of {self.target}"
        return Ineligible(
            "tiered_percent_off",
            f"needs {number} more{of_these}",
            missing_amount=context.money(missing) if by_spend else None,
            missing_units=None if by_spend else missing,
        )

    def _starts(self, context: PricingContext) -> list[int]:
        if self.by is Measure.QUANTITY:
            return [tier.from_quantity or 0 for tier in self.tiers]
        return [
            0 if tier.from_amount is None else context.minor(tier.from_amount)
            for tier in self.tiers
        ]

    def _have(self, context: PricingContext) -> int:
        if self.by is Measure.QUANTITY:
            return context.quantity(self.target)
        return context.subtotal(self.target)


@hookimpl
def cartcore_promotion_types() -> list[type[TieredPercentOff]]:
    """Register the type."""
    return [TieredPercentOff]
