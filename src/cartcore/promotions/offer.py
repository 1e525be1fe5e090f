"""What a promotion type answers: the values that plugins say their discounts in.

A type says *what* is discounted; the engine does the arithmetic (PR-19). So nothing here computes
a discount.
"""

from decimal import Decimal
from enum import StrEnum

import attrs
from moneyed import Money

from cartcore.cart import check_quantity
from cartcore.errors import InvalidField
from cartcore.promotions.selection import Selection, pairs
from cartcore.shop.product import OpenOptions
from cartcore.values.converters import not_negative, percent, positive
from cartcore.values.records import REQUIRED, checked, typed


class Per(StrEnum):
    """What an amount is taken off, or a price holds for: everything together, or each of them.

    A line is all the units that are equal, wherever they stand in the cart.
    """

    TOTAL = "total"
    LINE = "line"
    UNIT = "unit"


class Which(StrEnum):
    """Which units go first, by unit price; of equal ones, those with the most left."""

    CHEAPEST = "cheapest"
    DEAREST = "dearest"


def _percent(value: object) -> Decimal | None:
    return None if value is None else percent(value)


def _positive(value: object) -> Money | None:
    return None if value is None else positive(value)


def _price(value: object) -> Money | None:
    return None if value is None else not_negative(value)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Discount:
    """A reduction of lines, of some of their units, or of shipments.

    Where: `lines` is a selection or line ids; `units` names units instead, as (line id, units),
    where the units of a line and of those equal to it count as one; `shipments` are ids, `speeds`
    the codes of the speeds that they go by, any if empty. Without all of these, the units that the
    offer names. Of lines, at most `limit` units are taken, the `which` first. Lines that no
    discount is taken off are left out (PR-29).

    How much, exactly one of:

    - `percent`: of what earlier discounts left, or `of_original`, before all discounts (PR-5).
    - `amount`: off all together, or `per` line or unit.
    - `price`: what all together, or each unit, cost instead; never more than they do.

    `maximum` bounds the whole reduction.

    Raises:
        InvalidField: none or several of a choice, or fields that do not go together.
    """

    lines: Selection | tuple[str, ...] = ()
    units: tuple[tuple[str, int], ...] = ()
    shipments: tuple[str, ...] = ()
    speeds: tuple[str, ...] | None = None
    percent: Decimal | None = attrs.field(default=None, converter=_percent)
    amount: Money | None = attrs.field(default=None, converter=_positive)
    price: Money | None = attrs.field(default=None, converter=_price)
    per: Per = Per.TOTAL
    of_original: bool = False
    limit: int | None = None
    which: Which = Which.CHEAPEST
    maximum: Money | None = attrs.field(default=None, converter=_positive)

    def __attrs_post_init__(self) -> None:
        if (self.percent, self.amount, self.price).count(None) != len(("the", "others")):
            raise InvalidField("Discount", self, "given exactly one of percent, amount and price")
        selected = self.lines != ()
        wheres = (selected, self.units != (), self.shipments != (), self.speeds is not None)
        if sum(wheres) > 1:
            expected = "given at most one of lines, units, shipments and speeds"
            raise InvalidField("Discount", self, expected)
        if self.per is not Per.TOTAL:
            if self.percent is not None or self.of_shipments:
                expected = "total, unless it is for an amount or price of lines"
                raise InvalidField("Discount.per", self.per.value, expected)
            if self.per is Per.LINE and self.price is not None:
                raise InvalidField("Discount.per", self.per.value, "total or unit for a price")
        if self.limit is not None:
            if self.limit < 1:
                raise InvalidField("Discount.limit", self.limit, "a whole number of at least 1")
            if not selected:
                raise InvalidField("Discount.limit", self.limit, "None, unless lines are given")
        for pair in self.units:
            if pair[1] < 1:
                raise InvalidField(
                    "Discount.units", pair, "a line id and a whole number of at least 1"
                )

    @property
    def of_shipments(self) -> bool:
        """Whether it reduces the prices of shipments, and not of lines."""
        return bool(self.shipments) or self.speeds is not None


@attrs.frozen(kw_only=True, field_transformer=checked)
class TiedItem:
    """A product that a promotion adds as a line of its own.

    `key` tells the tied items of one promotion apart. Options that are not fixed in `options`
    are open: staff choose them (OE-7).
    """

    key: str = attrs.field(metadata=REQUIRED)
    product_id: str = attrs.field(metadata=REQUIRED)
    quantity: int = attrs.field(default=1, converter=check_quantity)
    options: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=pairs)

    def __attrs_post_init__(self) -> None:
        # The line's id is made of it, and no two promotions may come to the same one.
        if ":" in self.key:
            raise InvalidField("key", self.key, "free of colons")


@attrs.frozen(kw_only=True, field_transformer=typed)
class Offer:
    """What a promotion does: lines it adds, then discounts, in order.

    `units`, as (line id, units), are those that discounts without a place of their own are taken
    off. `uses` are the units that a quantity promotion uses up, bought and gained ones: no other
    quantity promotion counts them (PR-13).

    Whether there are such units is found out when the engine takes them.
    """

    discounts: tuple[Discount, ...] = ()
    tied_items: tuple[TiedItem, ...] = ()
    units: tuple[tuple[str, int], ...] = ()
    uses: tuple[tuple[str, int], ...] = ()


@attrs.frozen(field_transformer=typed)
class Ineligible:
    """Why a promotion or condition does not hold (PR-17).

    `reason` is a code for programs, `message` a sentence for people. `missing_amount` or
    `missing_units` is what would unlock it, where there is such a number. `open_options` are
    those of its tied products that are still to be chosen.
    """

    reason: str
    message: str
    missing_amount: Money | None = attrs.field(default=None, kw_only=True)
    missing_units: int | None = attrs.field(default=None, kw_only=True)
    open_options: tuple[OpenOptions, ...] = attrs.field(default=(), kw_only=True)


def tied_line_id(promotion_id: str, key: str) -> str:
    """The id of a tied line: stable, so that shipments and gifts can refer to it."""
    return f"{promotion_id}:{key}"
