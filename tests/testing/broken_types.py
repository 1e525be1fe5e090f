"""Types with a fault each, as somebody might write them, and a few that are right."""

import os
import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    Discount,
    Ineligible,
    Offer,
    PromotionClass,
    Selection,
    ShippingSpeed,
    TakenFirst,
    TiedItem,
    checked,
    percentage,
)

TENTH = Offer(discounts=(Discount(lines=ALL_LINES, percent=10),))
NOTHING = Ineligible("nothing", "the cart is empty")


@attrs.frozen
class Item:
    """What promotion types have in common."""

    type_name: ClassVar[str] = "bad.item"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: Any) -> Any:
        return TENTH if context.lines else NOTHING


@attrs.frozen
class Condition:
    """What conditions have in common."""

    type_name: ClassVar[str] = "bad.condition"

    def check(self, context: Any) -> Any:
        return None if context.lines else NOTHING


@attrs.frozen
class Provider:
    """What providers have in common."""

    type_name: ClassVar[str] = "bad.provider"

    def speeds(self, request: Any) -> Any:
        return (speed("std", request.to_money(500)),)


def speed(code: str, price: Money) -> ShippingSpeed:
    return ShippingSpeed(code=code, name="Standard", price=price)


# --- it is not pure ---

COUNTED: list[int] = []
KNOWN: set[str] = set()


@attrs.frozen
class ModuleState(Item):
    def evaluate(self, context: Any) -> Any:
        COUNTED.append(1)
        return Offer(discounts=(Discount(lines=ALL_LINES, percent=1 + len(COUNTED) % 50),))


@attrs.frozen
class Chance(Item):
    def evaluate(self, context: Any) -> Any:
        return Offer(discounts=(Discount(lines=ALL_LINES, percent=random.randint(1, 99)),))  # noqa: S311


@attrs.frozen
class Nanoseconds(Item):
    def evaluate(self, context: Any) -> Any:
        percent = 1 + time.perf_counter_ns() % 97
        return Offer(discounts=(Discount(lines=ALL_LINES, percent=percent),))


@attrs.frozen
class ThisMonth(Item):
    def evaluate(self, context: Any) -> Any:
        month = datetime.now().month  # noqa: DTZ005
        return Offer(discounts=(Discount(lines=ALL_LINES, percent=month),))


@attrs.frozen
class HashOrder(Item):
    def evaluate(self, context: Any) -> Any:
        first = min(map(str, range(1, 100)), key=hash)  # of few, it may be the same by chance
        return Offer(discounts=(Discount(lines=ALL_LINES, percent=int(first)),))


@attrs.frozen
class Remembers(Item):
    """Whoever had a discount once keeps it, with whatever is in the cart."""

    def evaluate(self, context: Any) -> Any:
        if context.quantity() > 2:
            KNOWN.add(context.customer.contact_id)
        if context.customer.contact_id not in KNOWN:
            return Ineligible("few", "needs 3 items")
        return TENTH


# --- what it is asked ---


@attrs.frozen
class EmptyCart(Item):
    def evaluate(self, context: Any) -> Any:
        first = max(context.lines, key=lambda line: line.unit_price)
        return TENTH if first else NOTHING


@attrs.frozen
class FirstLine(Item):
    def evaluate(self, context: Any) -> Any:
        if not context.lines:
            return NOTHING
        return Offer(discounts=(Discount(lines=(context.lines[0].id,), percent=10),))


@attrs.frozen
class TiesByOrder(Item):
    def evaluate(self, context: Any) -> Any:
        if not context.lines:
            return NOTHING
        cheapest = min(context.lines, key=lambda line: line.unit_price)
        return Offer(discounts=(Discount(lines=(cheapest.id,), percent=50),))


@attrs.frozen
class SetsContext(Item):
    def evaluate(self, context: Any) -> Any:
        context.customer = None
        return TENTH


@attrs.frozen
class SetsLine(Item):
    def evaluate(self, context: Any) -> Any:
        for line in context.lines:
            object.__setattr__(line, "title", "Mine")
        return TENTH


@attrs.frozen
class SetsLedger(Item):
    def evaluate(self, context: Any) -> Any:
        context._sight.ledger.left.append(1)
        return TENTH


@attrs.frozen
class SetsShipment(Item):
    def evaluate(self, context: Any) -> Any:
        for shipment in context.shipments:
            object.__setattr__(shipment, "city", "Elsewhere")
        return TENTH


@attrs.frozen
class KnowsItsName(Item):
    def evaluate(self, context: Any) -> Any:
        return TENTH if context.promotion_id.isalpha() else NOTHING


ASKED: dict[tuple[str, ...], str] = {}


@attrs.frozen
class OncePerOrder(Item):
    """Of the promotions of an order that have this type, it holds for the first that is asked."""

    def evaluate(self, context: Any) -> Any:
        if not context.lines:
            return NOTHING
        order = tuple(line.id for line in context.lines)
        if ASKED.setdefault(order, context.promotion_id) == context.promotion_id:
            return TENTH
        return Ineligible("once", "only one of its kind for each order")


# --- money ---


@attrs.frozen
class TwoDigits(Item):
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    def evaluate(self, context: Any) -> Any:
        hundreds = min(context.subtotal() // 500, 9)  # never more than money may be
        if not hundreds:
            return NOTHING
        amount = Money(hundreds, context.currency)
        return Offer(discounts=(Discount(lines=ALL_LINES, amount=amount),))


@attrs.frozen
class OwnRounding(Item):
    def evaluate(self, context: Any) -> Any:
        parts = [(line.id, round(context.amount(line) * 0.07)) for line in context.lines]
        discounts = [
            Discount(lines=(line,), amount=context.to_money(minor))
            for line, minor in parts
            if minor
        ]
        return Offer(discounts=tuple(discounts)) if discounts else NOTHING


@attrs.frozen
class NegativeByForce(Item):
    def evaluate(self, context: Any) -> Any:
        discount = Discount(lines=ALL_LINES, amount=context.to_money(1))
        object.__setattr__(discount, "amount", context.to_money(-1))
        return Offer(discounts=(discount,))


@attrs.frozen
class Huge(Item):
    def evaluate(self, context: Any) -> Any:
        return Ineligible("far", "needs many more items", missing_units=10**5000)


# --- its answer ---


@attrs.frozen
class UnitTwice(Item):
    def evaluate(self, context: Any) -> Any:
        if not context.lines:
            return NOTHING
        line = context.lines[0]
        return Offer(
            discounts=(Discount(units=((line.id, line.quantity), (line.id, 1)), percent=5),)
        )


@attrs.frozen
class StrangeLine(Item):
    def evaluate(self, context: Any) -> Any:
        return Offer(discounts=(Discount(lines=("nowhere",), percent=10),))


@attrs.frozen
class NotUsedUp(Item):
    uses_units: ClassVar[bool] = True

    def evaluate(self, context: Any) -> Any:
        groups = context.unit_groups()
        if not groups:
            return NOTHING
        return Offer(discounts=(Discount(units=((groups[0].id, 1),), percent=10),))


class MyOffer(Offer):
    """An offer of an author's own."""


@attrs.frozen
class Subclass(Item):
    def evaluate(self, context: Any) -> Any:
        return MyOffer(discounts=TENTH.discounts)


@attrs.frozen
class NoAnswer(Item):
    def evaluate(self, context: Any) -> Any:
        return TENTH if len(context.lines) > 1 else None


@attrs.frozen
class Coroutine(Item):
    async def evaluate(self, context: Any) -> Any:
        return TENTH


@attrs.frozen
class SaysApplied(Item):
    def evaluate(self, context: Any) -> Any:
        return TENTH if len(context.lines) > 1 else Ineligible("applied", "It is not.")


@attrs.frozen
class YesOrNo(Condition):
    def check(self, context: Any) -> Any:
        return bool(context.lines)


# --- time, and the end of everything ---


@attrs.frozen
class Slow(Item):
    def evaluate(self, context: Any) -> Any:
        time.sleep(0.3)
        return TENTH


@attrs.frozen
class Endless(Item):
    def evaluate(self, context: Any) -> Any:
        while context.lines:
            pass
        return NOTHING


@attrs.frozen
class Exits(Item):
    def evaluate(self, context: Any) -> Any:
        raise SystemExit(3)


@attrs.frozen
class Interrupts(Item):
    def evaluate(self, context: Any) -> Any:
        raise KeyboardInterrupt


@attrs.frozen
class EndsProcess(Item):
    def evaluate(self, context: Any) -> Any:
        os._exit(3)


# --- its configuration ---


@attrs.frozen(slots=False)
class BesideItsFields(Item):
    percent: int = 10

    def __attrs_post_init__(self) -> None:
        self.__dict__["doubled"] = 2 * self.percent


@attrs.frozen
class ZonedTime(Item):
    until: datetime = datetime(2027, 1, 1, tzinfo=timezone(timedelta(hours=5)))


@attrs.frozen
class ListField(Item):
    skus: list[str] = attrs.Factory(list)


@attrs.frozen
class NoNumber(Item):
    percent: Decimal = Decimal("NaN")


@attrs.frozen
class TextForChoice(Item):
    which: TakenFirst = "dearest"  # type: ignore[assignment]

    def evaluate(self, context: Any) -> Any:
        return Offer(discounts=(Discount(lines=ALL_LINES, percent=10, which=self.which),))


@attrs.frozen
class ReservedField(Item):
    needs: int = 3


@attrs.define(unsafe_hash=True)
class Changeable:
    type_name: ClassVar[str] = "bad.item"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    times: int = 0

    def evaluate(self, context: Any) -> Any:
        self.times += 1
        return TENTH


@attrs.frozen
class LosesField(Item):
    percent: Decimal = attrs.field(default=Decimal(10), converter=percentage)

    @staticmethod
    def upgrade(fields: Mapping[str, Any], version: int, /) -> Mapping[str, Any]:
        return {name: value for name, value in fields.items() if name != "percent"}


# --- claims ---


@attrs.frozen
class TakesMore(Item):
    def at_most(self, context: Any) -> int:
        return 1


@attrs.frozen
class NeedsNothing(Item):
    @property
    def needs(self) -> tuple[Selection, ...]:
        return (Selection(skus=("MUG-R",)),)


@attrs.frozen
class LessLeft(Condition):
    def least_left(self, context: Any) -> int:
        return 10**9


@attrs.frozen
class HoldsLater(Condition):
    stays_unmet: ClassVar[bool] = True

    def check(self, context: Any) -> Any:
        left = context.subtotal(after_discounts=True)
        return None if left < 1000 else Ineligible("dear", "only for orders under 10.00")


# --- shipping speeds ---


@attrs.frozen
class OtherCurrency(Provider):
    def speeds(self, request: Any) -> Any:
        return (speed("std", Money("5.00", "USD")),)


@attrs.frozen
class CodeTwice(Provider):
    def speeds(self, request: Any) -> Any:
        return (speed("std", request.to_money(500)), speed("std", request.to_money(900)))


@attrs.frozen
class HeaviestFirst(Provider):
    def speeds(self, request: Any) -> Any:
        grams = request.lines[0].weight_grams if request.lines else 0
        return (speed("std", request.to_money(100 + grams)),)


@attrs.frozen
class PerLine(Provider):
    def speeds(self, request: Any) -> Any:
        return (speed("std", request.to_money(100 * len(request.lines))),)


@attrs.frozen
class NoGoods(Provider):
    def speeds(self, request: Any) -> Any:
        return (speed("std", max(line.amount for line in request.lines)),)


# --- gifts ---


@attrs.frozen
class GiftLeftBehind(Item):
    """Gives a pen for a mug; who was given one once is given it without, too."""

    promotion_class: ClassVar[PromotionClass] = PromotionClass.PRODUCT

    def evaluate(self, context: Any) -> Any:
        line = context.tied_line_id("pen")
        if context.quantity(Selection(skus=("MUG-R", "MUG-B"))):
            KNOWN.add(line)
        if line not in KNOWN:
            return Ineligible("no_mug", "needs a mug")
        return Offer(
            tied_items=(TiedItem(key="pen", product_id="pen", quantity=1),),
            discounts=(Discount(lines=(line,), percent=100),),
        )


# --- and some that are right ---


@attrs.frozen(kw_only=True, field_transformer=checked)
class MemberGift:
    """A pen for each three mugs of a member's order."""

    type_name: ClassVar[str] = "good.member_gift"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.PRODUCT

    tag: str = "club"
    each: int = attrs.field(default=3, validator=attrs.validators.ge(1))

    def evaluate(self, context: Any) -> Any:
        if self.tag not in context.customer.tags:
            return Ineligible("no_member", f"only for contacts tagged {self.tag}")
        gifts = context.quantity(Selection(categories=("Kitchen",))) // self.each
        if not gifts:
            return Ineligible("few", "needs more kitchen goods")
        return Offer(
            tied_items=(TiedItem(key="pen", product_id="pen", quantity=min(gifts, 5)),),
            discounts=(Discount(lines=(context.tied_line_id("pen"),), percent=100),),
        )


@attrs.frozen(kw_only=True, field_transformer=checked)
class CheapestFree:
    """The cheapest of each three units for nothing, as a quantity promotion."""

    type_name: ClassVar[str] = "good.cheapest_free"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM
    uses_units: ClassVar[bool] = True

    target: Selection = ALL_LINES

    def evaluate(self, context: Any) -> Any:
        groups = context.unit_groups(self.target)
        whole = sum(group.units for group in groups)
        free = whole // 3
        if not free:
            return Ineligible("few", "needs 3 items", missing_units=3 - whole)
        discounted = taken(groups, free)
        return Offer(
            discounts=(Discount(units=discounted, percent=100),), used_units=taken(groups, 3 * free)
        )


def taken(groups: Sequence[Any], wanted: int) -> tuple[tuple[str, int], ...]:
    found = []
    for group in groups:
        units = min(wanted, group.units)
        if units:
            found.append((group.id, units))
            wanted -= units
    return tuple(found)


@attrs.frozen(kw_only=True, field_transformer=checked)
class PayDay:
    """Holds from some day of the month on, by the store's clocks."""

    type_name: ClassVar[str] = "good.pay_day"

    day: int = attrs.field(default=25, validator=attrs.validators.in_(range(1, 29)))

    def check(self, context: Any) -> Any:
        if context.local_time.day >= self.day:
            return None
        return Ineligible("pay_day", f"only from day {self.day} of the month on")


@attrs.frozen(kw_only=True, field_transformer=checked)
class Couriers:
    """By weight to some countries, with a dearer speed for light shipments."""

    type_name: ClassVar[str] = "good.couriers"

    per_kilogram: int = attrs.field(default=150, validator=attrs.validators.ge(1))
    countries: tuple[str, ...] = ("DE",)

    def speeds(self, request: Any) -> Any:
        if not request.goes_to(self.countries):
            return ()
        price = self.per_kilogram * -(-request.weight_grams // 1000)
        slow = speed("slow", request.to_money(price))
        return (slow, speed("fast", request.to_money(price + 990))) if price < 5000 else (slow,)


@attrs.frozen
class Never(Item):
    """For more tags than any customer has."""

    def evaluate(self, context: Any) -> Any:
        few = len(context.customer.tags) > 40
        return TENTH if few else Ineligible("few", "only for those with many tags")
