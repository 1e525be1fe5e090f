"""Products that cannot be ordered as they were asked for."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Protocol

from moneyed import Money

from cartcore.errors.base import InvalidInput
from cartcore.errors.sentences import shown


def _amount(money: Money) -> str:
    return f"{money.amount:f} {money.currency}"


def _in_whole_units(lowest: Money, highest: Money) -> tuple[Money, Money]:
    """Bounds as people enter prices: in whole minor units, if there are any between them."""
    unit = Decimal(1) / lowest.currency.sub_unit
    least = lowest.amount.quantize(unit, ROUND_CEILING)
    most = highest.amount.quantize(unit, ROUND_FLOOR)
    if least > most:
        return lowest, highest
    return Money(least, lowest.currency), Money(most, highest.currency)


class OpenChoice(Protocol):
    """What is still to be chosen of a product, as `OpenOptions` has it."""

    @property
    def title(self) -> str:
        """The title of the product."""
        ...

    @property
    def options(self) -> tuple[str, ...]:
        """The names of the options that are open."""
        ...

    @property
    def combinations(self) -> tuple[tuple[str, ...], ...]:
        """The values that can be chosen for them, in their order."""
        ...

    @property
    def choices(self) -> str:
        """What can be chosen, in words."""
        ...


class OptionsRequired(InvalidInput):
    """Options of a product were left open (OE-4, OE-7).

    Attributes:
        open: The products whose options are open, with what can be chosen.
    """

    code = "options_required"
    open: tuple[OpenChoice, ...]

    def __str__(self) -> str:
        return f"choose options first: {'; '.join(map(str, self.open))}"


class OptionsNotAvailable(InvalidInput):
    """A choice of options that no published variant has (OE-4).

    Attributes:
        given: The choice, as values by option name.
        open: What can be chosen instead.
    """

    code = "options_not_available"
    given: Mapping[str, str]
    open: OpenChoice

    def __str__(self) -> str:
        given = ", ".join(f"{name} {shown(value)}" for name, value in self.given.items())
        choice = f"with {given}" if given else "without options"
        instead = f"choose from {self.open.choices}" if self.open.options else "it has no options"
        return f"{self.open.title} is not available {choice}: {instead}"


class NotPublished(InvalidInput):
    """A product or variant that is not on sale (OE-5).

    Attributes:
        kind: What was asked for: "product", "SKU" or "barcode".
        key: Its id or SKU.
    """

    code = "not_published"
    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind} {shown(self.key)} is not published, so it cannot be ordered"


class CustomItemsNotAllowed(InvalidInput):
    """A custom item or a fee in a store that does not allow any (HA-18)."""

    code = "custom_items_not_allowed"

    def __str__(self) -> str:
        return "items outside the catalogue and fees cannot be added in this store"


class PriceNotAllowed(InvalidInput):
    """A price that staff may not set (HA-18).

    Attributes:
        what: What it is the price of, in words.
        price: The price.
        lowest: The lowest price of one unit that is allowed.
        highest: The highest one.
    """

    code = "price_not_allowed"
    what: str
    price: Money
    lowest: Money
    highest: Money

    def __str__(self) -> str:
        lowest, highest = map(_amount, _in_whole_units(self.lowest, self.highest))
        price = _amount(self.price)
        allowed = f"from {lowest} to {highest}" if lowest != highest else highest
        return f"the price of {self.what} must be {allowed}, not {price}"


class AmbiguousBarcode(InvalidInput):
    """A barcode that several variants on sale have.

    Attributes:
        barcode: The barcode.
        variants: The variants, as (SKU, title) pairs.
    """

    code = "ambiguous_barcode"
    barcode: str
    variants: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        choices = "; ".join(f"{title} ({sku})" for sku, title in self.variants)
        barcode = shown(self.barcode)
        return f"several variants have the barcode {barcode}; add one of them by its SKU: {choices}"
