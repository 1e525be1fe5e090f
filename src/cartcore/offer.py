"""What a promotion type is shown and what it answers: the surface that plugins are written on.

A type says *what* is discounted; the engine does the arithmetic (PR-19). So nothing here computes
a discount: a `Discount` names lines or shipments and a rate, and amounts are read-only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import attrs
from moneyed import Money

from cartcore.cart import CartLine, CartShipment, Customer, check_quantity
from cartcore.errors import InvalidAmount, InvalidField, OpenOptions
from cartcore.fields import REQUIRED, checked, tuple_of
from cartcore.money import amount, from_minor, show, to_minor

_WHOLE = 100
_MOST_DIGITS = 50
_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)


def _exact(value: object) -> Decimal:
    """Return a number, or NaN for what is none, not exact, or too long to compute with."""
    readable = isinstance(value, (Decimal, int)) and not isinstance(value, bool)
    if isinstance(value, str):
        readable = _NUMBER.fullmatch(value) is not None
    number = Decimal(value) if readable else Decimal("NaN")  # type: ignore[arg-type]
    # An exponent of -1000000 would make the engine compute with integers of a million digits.
    usable = (
        number.is_finite()
        and abs(number.adjusted()) <= _MOST_DIGITS
        and len(number.as_tuple().digits) <= _MOST_DIGITS
    )
    return number if usable else Decimal("NaN")


def percent(value: object) -> Decimal:
    """Return a percentage over 0 and up to 100, exact: Decimal, int or a string such as "12.5".

    Raises:
        InvalidField: out of range, a float, or not a number.
    """
    number = _exact(value)
    if number.is_nan() or not 0 < number <= _WHOLE:
        raise InvalidField("percent", value, "an exact number over 0 and up to 100 is needed")
    return number


def tax_percent(value: object) -> Decimal:
    """Return a percentage of tax: like `percent`, but 0 and more than 100 are possible.

    Raises:
        InvalidField: negative, a float, or not a number.
    """
    number = _exact(value)
    if number.is_nan() or number < 0:
        raise InvalidField("percent", value, "an exact number, 0 or more, is needed")
    return number


def ids(values: Iterable[str]) -> tuple[str, ...]:
    """Return ids of lines or shipments as a tuple. Raises InvalidField."""
    return tuple_of(str, "ids", values)


def positive(value: object) -> Money:
    """Return an amount of money over zero, in whole minor units.

    Raises:
        InvalidField: not `Money`.
        InvalidAmount: zero, negative, or finer than the minor unit.
    """
    if not isinstance(value, Money):
        raise InvalidField("amount", value, "Money is needed, such as Money('12.50', 'USD')")
    if to_minor(value, value.currency) <= 0:
        raise InvalidAmount(value, "it must be over zero")
    return value


def not_negative(value: object) -> Money:
    """Return an amount of money, zero or more, in whole minor units.

    Raises:
        InvalidField: not `Money`.
        InvalidAmount: negative, or finer than the minor unit.
    """
    if not isinstance(value, Money):
        raise InvalidField("amount", value, "Money is needed, such as Money('12.50', 'USD')")
    return amount(value, value.currency)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Selection:
    """Which lines are meant (PR-10): all that match every criterion given; all lines if none is.

    Each criterion lists alternatives. A category covers those below it ("Garden" covers
    "Garden/Pots"). `exclude` takes lines away again.
    """

    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    exclude: "Selection | None" = None

    def __attrs_post_init__(self) -> None:
        if self.exclude is not None and not isinstance(self.exclude, Selection):
            raise InvalidField("Selection.exclude", self.exclude, "a Selection is needed")

    def matches(self, line: CartLine) -> bool:
        """Whether a line is among those meant."""
        return (
            (not self.skus or line.sku in self.skus)
            and (not self.products or line.product_id in self.products)
            and (not self.tags or any(tag in self.tags for tag in line.tags))
            and (
                not self.categories
                or any(
                    own == wanted or own.startswith(f"{wanted}/")
                    for own in line.categories
                    for wanted in self.categories
                )
            )
            and not (self.exclude is not None and self.exclude.matches(line))
        )

    def __str__(self) -> str:
        criteria = [*self.skus, *self.products, *self.categories, *self.tags]
        chosen = " or ".join(criteria) if criteria else "all items"
        return f"{chosen} except {self.exclude}" if self.exclude is not None else chosen


ALL_LINES = Selection()


@attrs.frozen(kw_only=True)
class Discount:
    """A reduction of the lines or shipments named: a percentage, or an amount of money.

    Exactly one of `percent` and `amount` is given, and of `lines` and `shipments` (ids). An
    `amount` is taken once from all of them together, or, with `each`, from every unit of the
    lines. `maximum` bounds the whole reduction.
    """

    lines: tuple[str, ...] = attrs.field(default=(), converter=ids)
    shipments: tuple[str, ...] = attrs.field(default=(), converter=ids)
    percent: Decimal | None = attrs.field(
        default=None, converter=attrs.converters.optional(percent)
    )
    amount: Money | None = attrs.field(default=None, converter=attrs.converters.optional(positive))
    each: bool = False
    maximum: Money | None = attrs.field(default=None, converter=attrs.converters.optional(positive))

    def __attrs_post_init__(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise InvalidField("Discount", self, "either percent or amount is needed")
        if bool(self.lines) == bool(self.shipments):
            raise InvalidField("Discount", self, "either lines or shipments are needed")
        if self.each and (self.amount is None or self.shipments):
            raise InvalidField("Discount", self, "each goes with an amount off lines")


def _pairs(values: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    if not isinstance(values, (tuple, list)) or not all(map(_is_pair, values)):
        raise InvalidField("options", values, "pairs are needed, such as (('Color', 'Red'),)")
    return tuple((name, value) for name, value in values)


def _is_pair(pair: object) -> bool:
    return (
        isinstance(pair, (tuple, list))
        and len(pair) == len(("name", "value"))
        and all(isinstance(part, str) for part in pair)
    )


@attrs.frozen(kw_only=True, field_transformer=checked)
class TiedItem:
    """A product that a promotion adds as a line of its own.

    `key` tells the tied items of one promotion apart. Options that are not fixed in `options`
    are open: staff choose them (OE-7).
    """

    key: str = attrs.field(metadata=REQUIRED)
    product_id: str = attrs.field(metadata=REQUIRED)
    quantity: int = attrs.field(default=1, converter=check_quantity)
    options: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_pairs)

    def __attrs_post_init__(self) -> None:
        # The line's id is made of it, and no two promotions may come to the same one.
        if ":" in self.key:
            raise InvalidField("key", self.key, "a colon is not allowed in it")


def _discounts(values: Iterable[Discount]) -> tuple[Discount, ...]:
    return tuple_of(Discount, "discounts", values)


def _tied_items(values: Iterable[TiedItem]) -> tuple[TiedItem, ...]:
    return tuple_of(TiedItem, "tied_items", values)


@attrs.frozen(kw_only=True)
class Offer:
    """What a promotion does: lines it adds, then discounts, in order."""

    discounts: tuple[Discount, ...] = attrs.field(default=(), converter=_discounts)
    tied_items: tuple[TiedItem, ...] = attrs.field(default=(), converter=_tied_items)


@attrs.frozen
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


class PricingContext:
    """The cart as a promotion sees it when its turn comes; read-only.

    Amounts are integers in the currency's minor unit; `money` turns them into `Money`.
    A promotion's own tied lines are not in it yet (PR-25).
    """

    __slots__ = (
        "_amounts",
        "_lines",
        "_remaining",
        "_shipping",
        "at",
        "currency",
        "customer",
        "promotion_id",
        "shipments",
    )

    def __init__(
        self,
        *,
        at: datetime,
        currency: str,
        customer: Customer,
        shipments: tuple[CartShipment, ...],
        lines: Mapping[str, CartLine],
        amounts: Mapping[str, int],
        remaining: Mapping[str, int],
        shipping: Mapping[str, int],
    ) -> None:
        self.at = at
        self.currency = currency
        self.customer = customer
        self.shipments = shipments
        self.promotion_id = ""
        self._lines = lines
        self._amounts = amounts
        self._remaining = remaining
        self._shipping = shipping

    @property
    def lines(self) -> tuple[CartLine, ...]:
        """All lines so far, those tied to earlier promotions included."""
        return tuple(self._lines.values())

    def select(self, selection: Selection = ALL_LINES) -> tuple[CartLine, ...]:
        """The lines that a selection means, in the order of the cart."""
        return tuple(line for line in self._lines.values() if selection.matches(line))

    def amount(self, line: CartLine) -> int:
        """Unit price × quantity of a line, before discounts, in minor units."""
        return self._amounts[line.id]

    def remaining(self, target: CartLine | CartShipment) -> int:
        """What earlier discounts left of a line or of a shipment's price, in minor units."""
        left = self._shipping if isinstance(target, CartShipment) else self._remaining
        return left[target.id]

    def subtotal(self, lines: Sequence[CartLine], *, after_discounts: bool = False) -> int:
        """The sum over lines, before discounts or after the earlier ones, in minor units."""
        amounts = self._remaining if after_discounts else self._amounts
        return sum(amounts[line.id] for line in lines)

    def minor(self, money: Money) -> int:
        """An amount of a promotion's configuration in minor units.

        Raises:
            CurrencyMismatch: the cart has another currency; the promotion then does not apply.
        """
        return to_minor(money, self.currency, where="the amount of the promotion")

    def money(self, minor: int) -> Money:
        """Minor units as money of the cart's currency."""
        return from_minor(minor, self.currency)

    def show(self, minor: int) -> str:
        """Minor units as they stand in a sentence: "12.50 USD"."""
        return show(self.money(minor))

    def tied_line_id(self, key: str) -> str:
        """The id of the line that a tied item of this promotion becomes."""
        return tied_line_id(self.promotion_id, key)


def tied_line_id(promotion_id: str, key: str) -> str:
    """The id of a tied line: stable, so that shipments and gifts can refer to it."""
    return f"{promotion_id}:{key}"
