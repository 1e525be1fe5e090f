"""What a promotion type answers: the values that plugins say their discounts in.

A type says *what* is discounted; the engine does the arithmetic (PR-19). So nothing here computes
a discount.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, overload

import attrs
from attrs.converters import optional
from moneyed import Money

from cartcore.cart import check_quantity
from cartcore.errors import InvalidField
from cartcore.errors.sentences import counted
from cartcore.promotions.selection import ALL_LINES, Selection, pairs
from cartcore.shop.product import OpenOptions
from cartcore.values.converters import non_negative_amount, percentage, positive_amount
from cartcore.values.money import show
from cartcore.values.records import REQUIRED, checked, typed


class Per(StrEnum):
    """What an amount is taken off, or a price holds for.

    Attributes:
        TOTAL: Everything together.
        LINE: Each line: all the units that are equal, wherever they stand in the cart.
        UNIT: Each unit.
    """

    TOTAL = "total"
    LINE = "line"
    UNIT = "unit"


class TakenFirst(StrEnum):
    """Which units are taken first, by unit price; among units of equal price, the least discounted.

    Attributes:
        CHEAPEST: The cheapest.
        DEAREST: The most expensive.
    """

    CHEAPEST = "cheapest"
    DEAREST = "dearest"


def _lines(value: Any) -> Selection | tuple[str, ...] | None:
    if value is None or isinstance(value, Selection):
        return value
    try:
        found = None if isinstance(value, (str, Mapping)) else tuple(value)
    except TypeError:
        found = None
    if found is None or not all(isinstance(line_id, str) for line_id in found):
        raise InvalidField("lines", value, "a Selection, ids of lines, or None")
    return found


@attrs.frozen(kw_only=True, field_transformer=typed)
class Discount:
    """A reduction of lines, of some of their units, or of shipments.

    Made by what it is for, such as `Discount.percent_off(10)`: what does not go together is then
    found by a type checker, and otherwise refused. Lines that no discount is taken off are left out
    (PR-29).

    Attributes:
        lines: A selection, or line ids.
        units: (line id, units) pairs; the units of a line and of those equal to it count as one.
        shipments: Ids of shipments.
        speeds: Codes of the speeds that shipments go by; all speeds if empty. Where all four are
            None, the discount is taken off the `shared_units` of its offer.
        percent: A percentage over 0 and up to 100, of what earlier discounts left (PR-5).
        amount: What is taken off; see `per`.
        price: What all together, or each unit, costs instead; never more than it does already.
        per: What `amount` is taken off, or `price` holds for.
        of_original: True if `percent` is of the price before all discounts (PR-5).
        limit: The most units of `lines` that are taken, or None for all.
        which: Which units of `lines` are taken first, if there is a `limit`.
        maximum: The most that the whole reduction takes off, or None.

    Raises:
        InvalidField: none or several of a choice, or fields that do not go together.
    """

    lines: Selection | tuple[str, ...] | None = attrs.field(default=None, converter=_lines)
    units: tuple[tuple[str, int], ...] | None = None
    shipments: tuple[str, ...] | None = None
    speeds: tuple[str, ...] | None = None
    percent: Decimal | None = attrs.field(default=None, converter=optional(percentage))
    amount: Money | None = attrs.field(default=None, converter=optional(positive_amount))
    price: Money | None = attrs.field(default=None, converter=optional(non_negative_amount))
    per: Per = Per.TOTAL
    of_original: bool = False
    limit: int | None = None
    which: TakenFirst = TakenFirst.CHEAPEST
    maximum: Money | None = attrs.field(default=None, converter=optional(positive_amount))

    def __attrs_post_init__(self) -> None:
        if (self.percent, self.amount, self.price).count(None) != len(("the", "others")):
            raise InvalidField("Discount", self, "given exactly one of percent, amount and price")
        places = (self.lines, self.units, self.shipments, self.speeds)
        if sum(place is not None for place in places) > 1:
            expected = "given at most one of lines, units, shipments and speeds"
            raise InvalidField("Discount", self, expected)
        if self.of_original and self.percent is None:
            expected = "False, unless it is for a percentage"
            raise InvalidField("Discount.of_original", self.of_original, expected)
        if self.per is not Per.TOTAL:
            if self.percent is not None or self.of_shipments:
                expected = "total, unless it is for an amount or price of lines"
                raise InvalidField("Discount.per", self.per.value, expected)
            if self.per is Per.LINE and self.price is not None:
                raise InvalidField("Discount.per", self.per.value, "total or unit for a price")
        if self.limit is not None:
            if self.limit < 1:
                raise InvalidField("Discount.limit", self.limit, "a whole number of at least 1")
            if self.lines is None:
                raise InvalidField("Discount.limit", self.limit, "None, unless lines are given")
        for pair in self.units or ():
            if pair[1] < 1:
                raise InvalidField(
                    "Discount.units", pair, "a line id and a whole number of at least 1"
                )

    # --- by what it is for: what does not go together cannot be written ---

    @overload
    @classmethod
    def percent_off(
        cls,
        percent: Decimal | str | int,
        lines: Selection | tuple[str, ...] = ...,
        *,
        limit: int | None = ...,
        which: TakenFirst = ...,
        of_original: bool = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @overload
    @classmethod
    def percent_off(
        cls,
        percent: Decimal | str | int,
        lines: None,
        *,
        of_original: bool = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @overload
    @classmethod
    def percent_off(
        cls,
        percent: Decimal | str | int,
        *,
        units: tuple[tuple[str, int], ...],
        of_original: bool = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @classmethod
    def percent_off(cls, percent: Any, lines: Any = ALL_LINES, **more: Any) -> "Discount":
        """A percentage off lines (all of them, if none are given), or off `units` of them.

        With `lines=None`, it is taken off the `shared_units` of its offer.
        """
        return cls(percent=percent, **_of_lines(lines, more))

    @overload
    @classmethod
    def amount_off(
        cls,
        amount: Money,
        lines: Selection | tuple[str, ...] = ...,
        *,
        per: Per = ...,
        limit: int | None = ...,
        which: TakenFirst = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @overload
    @classmethod
    def amount_off(
        cls, amount: Money, lines: None, *, per: Per = ..., maximum: Money | None = ...
    ) -> "Discount": ...
    @overload
    @classmethod
    def amount_off(
        cls,
        amount: Money,
        *,
        units: tuple[tuple[str, int], ...],
        per: Per = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @classmethod
    def amount_off(cls, amount: Any, lines: Any = ALL_LINES, **more: Any) -> "Discount":
        """An amount off lines (all of them, if none are given), or off `units` of them.

        With `lines=None`, it is taken off the `shared_units` of its offer.
        """
        return cls(amount=amount, **_of_lines(lines, more))

    @overload
    @classmethod
    def price_instead(
        cls,
        price: Money,
        lines: Selection | tuple[str, ...] = ...,
        *,
        per: Literal[Per.TOTAL, Per.UNIT] = ...,
        limit: int | None = ...,
        which: TakenFirst = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @overload
    @classmethod
    def price_instead(
        cls,
        price: Money,
        lines: None,
        *,
        per: Literal[Per.TOTAL, Per.UNIT] = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @overload
    @classmethod
    def price_instead(
        cls,
        price: Money,
        *,
        units: tuple[tuple[str, int], ...],
        per: Literal[Per.TOTAL, Per.UNIT] = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @classmethod
    def price_instead(cls, price: Any, lines: Any = ALL_LINES, **more: Any) -> "Discount":
        """A price in place of what lines cost (all, if none are given), or `units` of them.

        With `lines=None`, it is that of the `shared_units` of its offer.
        """
        return cls(price=price, **_of_lines(lines, more))

    @overload
    @classmethod
    def shipping_percent_off(
        cls,
        percent: Decimal | str | int,
        speeds: tuple[str, ...] = ...,
        *,
        of_original: bool = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @overload
    @classmethod
    def shipping_percent_off(
        cls,
        percent: Decimal | str | int,
        *,
        shipments: tuple[str, ...],
        of_original: bool = ...,
        maximum: Money | None = ...,
    ) -> "Discount": ...
    @classmethod
    def shipping_percent_off(cls, percent: Any, speeds: Any = (), **more: Any) -> "Discount":
        """A percentage off shipping by some speeds (any, if none are given), or of `shipments`."""
        return cls(percent=percent, **_of_shipments(speeds, more))

    @overload
    @classmethod
    def shipping_amount_off(
        cls, amount: Money, speeds: tuple[str, ...] = ..., *, maximum: Money | None = ...
    ) -> "Discount": ...
    @overload
    @classmethod
    def shipping_amount_off(
        cls, amount: Money, *, shipments: tuple[str, ...], maximum: Money | None = ...
    ) -> "Discount": ...
    @classmethod
    def shipping_amount_off(cls, amount: Any, speeds: Any = (), **more: Any) -> "Discount":
        """An amount off shipping by some speeds (any, if none are given), or off `shipments`."""
        return cls(amount=amount, **_of_shipments(speeds, more))

    @overload
    @classmethod
    def shipping_price_instead(
        cls, price: Money, speeds: tuple[str, ...] = ..., *, maximum: Money | None = ...
    ) -> "Discount": ...
    @overload
    @classmethod
    def shipping_price_instead(
        cls, price: Money, *, shipments: tuple[str, ...], maximum: Money | None = ...
    ) -> "Discount": ...
    @classmethod
    def shipping_price_instead(cls, price: Any, speeds: Any = (), **more: Any) -> "Discount":
        """A price in place of that of shipping by some speeds, or of `shipments`, all together."""
        return cls(price=price, **_of_shipments(speeds, more))

    @property
    def of_shipments(self) -> bool:
        """Whether it reduces the prices of shipments, and not of lines."""
        return self.shipments is not None or self.speeds is not None


def _of_lines(lines: object, more: dict[str, Any]) -> dict[str, Any]:
    """What a discount is taken off: lines, unless units are named."""
    return more if "units" in more and lines is ALL_LINES else {"lines": lines, **more}


def _of_shipments(speeds: object, more: dict[str, Any]) -> dict[str, Any]:
    """What a discount is taken off: shipments by some speeds, unless shipments are named."""
    return more if "shipments" in more and speeds == () else {"speeds": speeds, **more}


@attrs.frozen(kw_only=True, field_transformer=checked)
class TiedItem:
    """A product that a promotion adds as a line of its own.

    Attributes:
        key: Tells the tied items of one promotion apart; has no colon.
        product_id: The id of the product.
        quantity: How many units are added.
        options: The options that are fixed, as (name, value) pairs; staff choose the others (OE-7).
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

    Whether there are such units is found out when the engine takes them.

    Attributes:
        discounts: The discounts, in the order in which they are taken.
        tied_items: The lines that it adds, before any discount is taken.
        shared_units: (line id, units) pairs that all discounts with `lines=None` are taken off,
            each of them off the same units. Discounts that name units themselves are taken off
            different ones, as long as there are enough.
        used_units: (line id, units) pairs that a quantity promotion uses up, bought and gained
            ones: no other quantity promotion counts them (PR-13).
    """

    discounts: tuple[Discount, ...] = ()
    tied_items: tuple[TiedItem, ...] = ()
    shared_units: tuple[tuple[str, int], ...] = ()
    used_units: tuple[tuple[str, int], ...] = ()


@attrs.frozen(field_transformer=typed)
class Ineligible:
    """Why a promotion or condition does not hold (PR-17).

    Attributes:
        reason: A code for programs, such as `"min_subtotal"`.
        message: What people are told after the promotion's name: "needs 2 more items".
        missing_amount: How much more would unlock it, where there is such a sum.
        missing_units: How many more units would unlock it, where there is such a number.
        open_options: The options of its tied products that are still to be chosen.
    """

    reason: str
    message: str
    missing_amount: Money | None = attrs.field(default=None, kw_only=True)
    missing_units: int | None = attrs.field(default=None, kw_only=True)
    open_options: tuple[OpenOptions, ...] = attrs.field(default=(), kw_only=True)

    @classmethod
    def lacking_units(
        cls, reason: str, units: int, selection: Selection = ALL_LINES
    ) -> "Ineligible":
        """So many more units of a selection would unlock it: "needs 2 more items of Kitchen"."""
        lacking = selection.among(counted(units, "more item"))
        return cls(reason, f"needs {lacking}", missing_units=units)

    @classmethod
    def lacking_amount(
        cls, reason: str, amount: Money, selection: Selection = ALL_LINES
    ) -> "Ineligible":
        """Goods for so much more would unlock it: "needs 5.00 USD more of Kitchen"."""
        of_these = "" if selection == ALL_LINES else f" of {selection}"
        return cls(reason, f"needs {show(amount)} more{of_these}", missing_amount=amount)


def tied_line_id(promotion_id: str, key: str) -> str:
    """The id of a tied line: stable, so that shipments and gifts can refer to it."""
    return f"{promotion_id}:{key}"
