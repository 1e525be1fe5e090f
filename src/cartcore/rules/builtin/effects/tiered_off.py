"""A percentage or an amount off lines that grows with their number or their cost (PR-11).

Two types that differ in what a tier gives.
"""

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
    hookimpl,
    one_currency,
    percentage,
    positive_amount,
    positive_int,
)


class Measure(StrEnum):
    """What tiers go by: what the lines cost before discounts, or how many units they have."""

    SPEND = "spend"
    QUANTITY = "quantity"


@attrs.frozen(kw_only=True, field_transformer=checked)
class PercentTier:
    """A percentage, from what lines cost or from a number of units on; the base has neither.

    Attributes:
        percent: What is taken off, in percent.
        from_amount: What the lines have to cost at least; None for the base.
        from_quantity: How many units there have to be at least; None for the base.
    """

    percent: Decimal = attrs.field(converter=percentage)
    from_amount: Money | None = attrs.field(default=None, converter=positive_amount)
    from_quantity: int | None = attrs.field(default=None, converter=positive_int)


@attrs.frozen(kw_only=True, field_transformer=checked)
class AmountTier:
    """An amount, from what lines cost or from a number of units on; the base has neither.

    Attributes:
        amount: What is taken off.
        from_amount: What the lines have to cost at least; None for the base.
        from_quantity: How many units there have to be at least; None for the base.
    """

    amount: Money = attrs.field(converter=positive_amount)
    from_amount: Money | None = attrs.field(default=None, converter=positive_amount)
    from_quantity: int | None = attrs.field(default=None, converter=positive_int)


def _measure(tiered: "_Tiered") -> Measure:
    """What the starts of the tiers go by."""
    given = tiered.tiers if isinstance(tiered.tiers, (list, tuple)) else ()
    found = [tier for tier in given if isinstance(tier, (PercentTier, AmountTier))]
    counted = any(tier.from_quantity is not None for tier in found)
    return Measure.QUANTITY if counted else Measure.SPEND


class _Tiered:
    """Everything about tiers except what they give."""

    __slots__ = ()

    type_name: ClassVar[str]
    tiers: tuple[PercentTier, ...] | tuple[AmountTier, ...]
    by: Measure
    target: Selection
    maximum: Money | None

    @property
    def _offers(self) -> tuple[Offer, ...]:
        """What is offered, for each tier."""
        raise NotImplementedError

    def __attrs_post_init__(self) -> None:
        if not self.tiers:
            raise InvalidField("tiers", self.tiers, "at least one tier")
        name, other = "from_amount", "from_quantity"
        if self.by is Measure.QUANTITY:
            name, other = other, name
        for position, tier in enumerate(self.tiers):
            if getattr(tier, other) is not None:
                path = f"tiers[{position}].{other}"
                expected = f"left out, as tiers by {self.by} have {name}"
                raise InvalidField(path, getattr(tier, other), expected)
        amounts = {
            f"tiers[{position}].{field}": getattr(tier, field, None)
            for position, tier in enumerate(self.tiers)
            for field in ("amount", "from_amount")
        }
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
        return (self.target,)

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Offer what the last tier that is reached gives."""
        if self.by is Measure.QUANTITY:
            have = context.quantity(self.target)
            starts = [tier.from_quantity or 0 for tier in self.tiers]
        else:
            have = context.subtotal(self.target)
            amounts = [tier.from_amount for tier in self.tiers]
            starts = [0 if amount is None else context.to_minor(amount) for amount in amounts]
        reached = sum([start <= have for start in starts])
        if reached:
            return self._offers[reached - 1]
        reason, missing = self.type_name.removeprefix("cartcore."), starts[0] - have
        if self.by is Measure.QUANTITY:
            return Ineligible.lacking_units(reason, missing, self.target)
        return Ineligible.lacking_amount(reason, context.to_money(missing), self.target)


@attrs.frozen(kw_only=True, field_transformer=checked)
class TieredPercentOff(_Tiered):
    """Take a percentage off what is left of the lines in `target`.

    The last of the `tiers` that they reach counts, for all of them. Tiers go `by` what the lines
    cost before discounts, or by how many units they have; the first tier may have no start.
    `maximum` bounds the whole reduction.

    Attributes:
        tiers: From low to high. Each has a percent, over 0 and up to 100, or an amount, and starts
            at from_amount or at from_quantity, included. The first tier may have no start: it then
            applies from the first unit on.
        by: Whether the tiers go by spend or by quantity; what the tiers start at decides if left
            out.
        target: The lines that it applies to; all if left out.
        maximum: The most it takes off in total; no limit if left out.
    """

    type_name: ClassVar[str] = "cartcore.tiered_percent_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    tiers: tuple[PercentTier, ...]
    by: Measure = attrs.field(default=attrs.Factory(_measure, takes_self=True))
    target: Selection = ALL_LINES
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)

    @cached_property
    def _offers(self) -> tuple[Offer, ...]:
        return tuple(
            Offer(
                discounts=(Discount.percent_off(tier.percent, self.target, maximum=self.maximum),)
            )
            for tier in self.tiers
        )


@attrs.frozen(kw_only=True, field_transformer=checked)
class TieredAmountOff(_Tiered):
    """Take an amount off the lines in `target` together.

    The last of the `tiers` that they reach counts, for all of them. Tiers go `by` what the lines
    cost before discounts, or by how many units they have; the first tier may have no start.
    `maximum` bounds the whole reduction.

    Attributes:
        tiers: From low to high. Each has a percent, over 0 and up to 100, or an amount, and starts
            at from_amount or at from_quantity, included. The first tier may have no start: it then
            applies from the first unit on.
        by: Whether the tiers go by spend or by quantity; what the tiers start at decides if left
            out.
        target: The lines that it applies to; all if left out.
        maximum: The most it takes off in total; no limit if left out.
    """

    type_name: ClassVar[str] = "cartcore.tiered_amount_off"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    tiers: tuple[AmountTier, ...]
    by: Measure = attrs.field(default=attrs.Factory(_measure, takes_self=True))
    target: Selection = ALL_LINES
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)

    @cached_property
    def _offers(self) -> tuple[Offer, ...]:
        return tuple(
            Offer(discounts=(Discount.amount_off(tier.amount, self.target, maximum=self.maximum),))
            for tier in self.tiers
        )


@hookimpl
def cartcore_promotion_types() -> list[type[TieredPercentOff] | type[TieredAmountOff]]:
    """Register the types."""
    return [TieredPercentOff, TieredAmountOff]
