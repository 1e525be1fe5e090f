"""The workloads as cartcore carts and promotions."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar

import attrs
from moneyed import USD

from benchmarks.workloads import Line, Rule, Workload, sizes
from cartcore.cart import Cart, CartLine, CartShipment
from cartcore.pricing.policy import Combination, PricingPolicy, RoundingPoint
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import PromotionType
from cartcore.rules import PartTax, TaxRate, TaxRequest
from cartcore.rules.builtin import (
    AmountOff,
    BuyXGetY,
    FreeShipping,
    MinSubtotal,
    NthOfSet,
    OrderAmountOff,
    PercentOff,
)
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.money import from_minor

AT = datetime(2026, 1, 1, tzinfo=UTC)

BY_LINE = PricingPolicy(rounding_point=RoundingPoint.LINE)
"""Rounds as the workloads define it."""

BEST = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER, work_limit=1_000_000)
"""Looks for the best combination until it is proven that there is no better one."""

BEST_WITHIN_LIMIT = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
"""Gives up looking where the default policy does."""


_STATE = TaxRate(name="state", percent=Decimal(7))
_FULL = PartTax(rates=(_STATE, TaxRate(name="county", percent="1.25")))
_REDUCED = PartTax(rates=(_STATE,))


@attrs.frozen
class TwoRates:
    """Two rates on most goods and on shipping, and one of them on those of one category."""

    type_name: ClassVar[str] = "benchmarks.two_rates"

    def taxes(self, request: TaxRequest) -> list[tuple[str, PartTax]]:
        """Answer for each part."""
        return [
            (part.id, _REDUCED if part.line and part.line.categories == ("c0",) else _FULL)
            for part in request.parts
        ]


def cart_lines(lines: Iterable[Line]) -> tuple[CartLine, ...]:
    """The lines of a cart."""
    return tuple(
        CartLine(
            id=line.id,
            sku=line.sku,
            quantity=line.quantity,
            unit_price=from_minor(line.unit, USD),
            categories=(line.category,),
        )
        for line in lines
    )


def cart(lines: tuple[CartLine, ...], shipping: int) -> Cart:
    """A cart that has not been priced yet."""
    speed = ShippingSpeed(code="standard", name="Standard", price=from_minor(shipping, USD))
    return Cart(
        currency="USD",
        lines=lines,
        shipments=(CartShipment(id="s1", lines=(), speed=speed),),
    )


def carts(work: Workload) -> list[Cart]:
    """The carts of a workload: one, or of one that grows all its sizes."""
    lines = cart_lines(work.lines)
    return [cart(lines[:size], work.shipping) for size in sizes(work)]


def promotions(rules: Iterable[Rule]) -> PromotionSet:
    """The promotions, indexed."""
    return PromotionSet(
        Promotion(
            id=rule.id,
            name=rule.id,
            effect=_effect(rule),
            conditions=(
                (MinSubtotal(amount=from_minor(rule.threshold, USD), after_discounts=True),)
                if rule.threshold
                else ()
            ),
            group=rule.group,
        )
        for rule in rules
    )


def _effect(rule: Rule) -> PromotionType:
    target = Selection(categories=(rule.category,)) if rule.category else Selection()
    match rule.kind:
        case "percent":
            return PercentOff(percent=Decimal(rule.percent), target=target)
        case "buy_x_get_y":
            return BuyXGetY(buy=rule.buy, get=rule.get, buy_from=target)
        case "cheapest":
            return NthOfSet(size=rule.buy, position=1, target=target, limit=1)
        case "amount":
            return AmountOff(amount=from_minor(rule.off, USD), target=target)
        case "order_amount":
            return OrderAmountOff(amount=from_minor(rule.off, USD))
        case "free_shipping":
            return FreeShipping()
        case _:
            raise ValueError(rule.kind)
