"""Units that are free or reduced for customers who buy others (PR-11, PR-13)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

import attrs
from moneyed import Money

from cartcore.rules import (
    ALL_LINES,
    FINE_PER_MINOR,
    CartLine,
    Discount,
    Ineligible,
    InvalidField,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    TakenFirst,
    UnitGroup,
    checked,
    counted,
    hookimpl,
    most_expensive_first,
    most_off_unit,
    one_currency,
    percentage,
    positive_amount,
    positive_int,
)

_CHEAPEST = TakenFirst.CHEAPEST  # looked up once


@attrs.frozen(kw_only=True, field_transformer=checked)
class BuyXGetY:
    """Take `percent` off `get` units of `get_from` for customers who buy `buy` units of `buy_from`.

    Without `get_from`, the units gained are of `buy_from`, too. No unit is both bought and gained:
    the `which` units are gained, and the most expensive of the others count as bought. It applies
    as often as the units allow, at most `limit` times. The last time, fewer than `get` units may be
    gained; with `whole`, there have to be enough for all of them.

    With `spend` instead of `buy` it applies once: the units of `buy_from`, including those gained,
    have to cost that much before discounts, and at least one unit has to be bought.

    `max_units` bounds the units gained, `maximum` the whole reduction.

    Attributes:
        buy: How many units have to be bought each time the promotion applies.
        spend: Instead of a number: how much the units have to cost before discounts. The promotion
            then applies once. One of the two is needed.
        buy_from: The lines that customers buy from; all if left out.
        get: How many units customers gain each time; 1 if left out.
        get_from: The lines that customers gain from; those that they buy from if left out.
        whole: Whether all get units have to be in the cart each time. By default it is off, and
            fewer may be gained the last time.
        percent: What is taken off the units gained; 100 if left out, which makes them free.
        which: Which units are gained: the cheapest (default), or the dearest, the most expensive
            ones.
        limit: How often it applies at most; as often as the units allow if left out.
        max_units: The most units that are gained; no limit if left out.
        maximum: The most it takes off in total; no limit if left out.
    """

    type_name: ClassVar[str] = "cartcore.buy_x_get_y"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM
    uses_units: ClassVar[bool] = True

    buy: int | None = attrs.field(default=None, converter=positive_int)
    spend: Money | None = attrs.field(default=None, converter=positive_amount)
    buy_from: Selection = ALL_LINES
    get: int = attrs.field(default=1, converter=positive_int)
    get_from: Selection | None = None
    whole: bool = False
    percent: Decimal = attrs.field(default=Decimal(100), converter=percentage)
    which: TakenFirst = attrs.field(
        default=TakenFirst.CHEAPEST, metadata={"label": "Which units first"}
    )
    limit: int | None = attrs.field(
        default=None, converter=positive_int, metadata={"label": "Most times"}
    )
    max_units: int | None = attrs.field(default=None, converter=positive_int)
    maximum: Money | None = attrs.field(default=None, converter=positive_amount)
    _other: Selection | None = attrs.field(init=False, eq=False, repr=False, default=None)
    _discounts: tuple[Discount, ...] = attrs.field(init=False, eq=False, repr=False, default=())

    def __attrs_post_init__(self) -> None:
        if (self.buy is None) is (self.spend is None):
            raise InvalidField("buy", self.buy, "given, or else spend, and not both")
        if self.spend is not None and self.limit not in {None, 1}:
            raise InvalidField("limit", self.limit, "1 or left out with spend")
        one_currency({"spend": self.spend, "maximum": self.maximum})
        if self.get_from != self.buy_from:  # what units are gained from, if not from what is bought
            object.__setattr__(self, "_other", self.get_from)
        # Fields and no cached properties: of a slotted class with one, Python asks for every
        # attribute by a call.
        discount = Discount.percent_off(self.percent, lines=None, maximum=self.maximum)
        object.__setattr__(self, "_discounts", (discount,))

    @property
    def needs(self) -> tuple[Selection, ...]:
        """Without a line to buy from or one to gain from, it cannot apply (PR-23)."""
        return (self.buy_from,) if self._other is None else (self.buy_from, self._other)

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Count the units that are unused, and pick those that are gained and bought."""
        to_buy, to_get = self._stock(context)
        buyable = gainable = together = sum([units for _, _, _, units in to_buy])
        both = None
        if to_get is not to_buy:
            both = {group.id for group in to_buy}
            gainable = sum([units for _, _, _, units in to_get])
            together += sum([group.units for group in to_get if group.id not in both])
        count = self._gained(buyable, gainable, together)
        price = 0 if self.spend is None else _fine(context.to_minor(self.spend))
        worth = sum([group.fine_price * group.units for group in to_buy]) if price else 0
        if not count or worth < price:
            return self._missing(context, buyable, gainable, together, price - worth)
        # The last time, fewer units may be gained, but no fewer bought.
        bought = 1 if self.buy is None else -(-count // self.get) * self.buy
        gained: dict[str, int] = {}
        spare = buyable - bought  # so many of the units that could be bought can be gained
        for _, line_id, _, there in to_get if self.which is _CHEAPEST else reversed(to_get):
            if both is None or line_id in both:
                units = min(there, count, spare)
                spare -= units
            else:
                units = min(there, count)
            if units:
                gained[line_id] = units
                count -= units
                if not count:
                    break
        if self.buy is None:
            bought = _units_that_cost(price, to_buy, gained)
        used = dict(gained)
        for _, line_id, _, there in reversed(to_buy):
            own = gained.get(line_id, 0)
            units = min(there - own, bought)
            if units:
                used[line_id] = own + units
                bought -= units
                if not bought:
                    break
        return Offer(
            discounts=self._discounts,
            shared_units=tuple(gained.items()),
            used_units=tuple(used.items()),
        )

    def _stock(self, context: PricingContext) -> tuple[tuple[UnitGroup, ...], ...]:
        """The units that can be bought, and those that can be gained; both the cheapest first."""
        to_buy = context.unit_groups(self.buy_from)
        to_get = to_buy if self._other is None else context.unit_groups(self._other)
        gifts = context.gift_groups(self.buy_from)  # bought, where they count, but never gained
        return (tuple(sorted((*to_buy, *gifts), key=_price)) if gifts else to_buy, to_get)

    def _gained(self, buyable: int, gainable: int, together: int) -> int:
        """How many units are gained, with so many in each selection and in both together."""
        if self.buy is None:
            most = max(0, min(self.get, gainable, together - 1))
        else:
            times, rest = divmod(together, self.buy + self.get)
            most = min(
                times * self.get + max(0, rest - self.buy),
                buyable // self.buy * self.get,
                gainable,
            )
            if self.limit is not None:
                most = min(most, self.limit * self.get)
        if self.whole:
            most = most // self.get * self.get
        if self.max_units is not None:
            most = min(most, self.max_units)
        return most

    def _missing(
        self, context: PricingContext, buyable: int, gainable: int, together: int, price: int
    ) -> Ineligible:
        """Say how many units or how much money is missing for it to apply once (PR-17)."""
        amount = max(0, -(-price // FINE_PER_MINOR))
        to_buy = 0 if self.buy is None else max(0, self.buy - buyable)
        then = together + (to_buy or (amount > 0))  # one unit will do for an amount
        least = self.get if self.whole else 1
        to_gain = max(0, least - gainable, (self.buy or 1) + least - then)
        if self._other is None and self.buy is not None:
            to_buy, to_gain = to_buy + to_gain, 0
        needed = []
        if amount:
            of_these = "" if self.buy_from == ALL_LINES else f" of {self.buy_from}"
            needed.append(f"{context.show(amount)} more{of_these}")
        if to_buy:
            needed.append(self.buy_from.among(counted(to_buy, "more item")))
        if to_gain:
            gained = self.buy_from if self._other is None else self._other
            needed.append(f"{gained.among(counted(to_gain, 'more item'))} to discount")
        return Ineligible(
            "buy_x_get_y",
            f"needs {' and '.join(needed)}",
            missing_amount=context.to_money(amount) if amount else None,
            missing_units=to_buy + to_gain or None,
        )

    def at_most(self, context: PricingContext) -> int:
        """The most that the units gained can cost, to the minor unit.

        Others may have used up the cheap ones. Then the most expensive are gained, except for those
        that have to be bought.
        """
        buyable = _units(context.select(self.buy_from))
        gainable, lines = buyable, context.select(self.buy_from)
        if self._other is not None:
            lines = context.select(self._other)
            gainable = _units(lines)
        together = buyable | gainable
        count = self._gained(*(sum(of.values()) for of in (buyable, gainable, together)))
        # Whichever units are left, none gained has a lower rank than the last of each buy + get.
        buy = self.buy if self._other is None and self.which is TakenFirst.CHEAPEST else None
        most = rank = before = 0
        for line in most_expensive_first(lines):
            rank += line.quantity
            sets, rest = divmod(rank, (buy or 0) + self.get)
            gained = rank if buy is None else sets * self.get + max(0, rest - buy)
            units = min(gained, count) - before
            before += units
            most += units * most_off_unit(line, self.percent)
        return most if self.maximum is None else min(most, context.to_minor(self.maximum))


def _price(group: UnitGroup) -> int:
    return group.fine_price


def _fine(minor: int) -> int:
    """The least that rounds to an amount, in units of unit prices: 3 × 3.3333 make 10.00."""
    return minor * FINE_PER_MINOR - FINE_PER_MINOR // 2


def _units_that_cost(price: int, groups: tuple[UnitGroup, ...], gained: dict[str, int]) -> int:
    """How many units, the most expensive first, reach a price with those gained; at least one."""
    missing = price - sum([group.fine_price * gained.get(group.id, 0) for group in groups])
    count = 0
    for group in reversed(groups):
        if missing <= 0:
            break
        units = min(group.units - gained.get(group.id, 0), -(-missing // group.fine_price))
        missing -= units * group.fine_price
        count += units
    return max(count, 1)


def _units(lines: Iterable[CartLine]) -> dict[str, int]:
    return {line.id: line.quantity for line in lines if line.discountable}


@hookimpl
def cartcore_promotion_types() -> list[type[BuyXGetY]]:
    """Register the type."""
    return [BuyXGetY]
