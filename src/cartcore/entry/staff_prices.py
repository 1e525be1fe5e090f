"""Prices that staff set, and items that they add beside the catalogue: whether and how far (HA-18).

Nothing of it is allowed until the store says so. A price is looked at when it is set: it stays when
the catalogue or the bounds become others.
"""

from collections.abc import Iterator
from decimal import Decimal

import attrs
from moneyed import Money

from cartcore.cart import CustomItem, PriceOverride
from cartcore.entry import problems, sentences
from cartcore.entry.problems import Problem
from cartcore.errors import CurrencyMismatch, CustomItemsNotAllowed, PriceNotAllowed
from cartcore.orders.draft import LineItem, Step
from cartcore.shop.product import Product, Variant
from cartcore.values.allocation import Rounding, divide
from cartcore.values.converters import non_negative_amount, percentage_above, percentage_or_zero
from cartcore.values.money import fine_of, from_fine, unit_price
from cartcore.values.records import checked


@attrs.frozen(kw_only=True, field_transformer=checked)
class StaffPrices:
    """Which prices staff may set; by default none (HA-18).

    Attributes:
        custom_items: Whether they may add items outside the catalogue, and fees.
        largest_custom_price: The highest price of one unit of these, or None for no bound.
        lower_percent: How far below the catalogue's the price of a line may be set, from 0 to 100.
        raise_percent: How far above the catalogue's; 0 for not at all.
    """

    custom_items: bool = False
    largest_custom_price: Money | None = attrs.field(
        default=None, converter=attrs.converters.optional(non_negative_amount)
    )
    lower_percent: Decimal = attrs.field(default=Decimal(0), converter=percentage_or_zero)
    raise_percent: Decimal = attrs.field(default=Decimal(0), converter=percentage_above)

    def check_custom(self, item: CustomItem, price: Money, currency: str) -> Money:
        """Return the price of a custom item, as it is kept.

        Raises:
            CustomItemsNotAllowed: there are to be none.
            PriceNotAllowed: it is above the largest price.
            InvalidAmount, CurrencyMismatch: no price in this currency.
        """
        if not self.custom_items:
            raise CustomItemsNotAllowed
        found = _price(price, currency, item.title)
        largest = self.largest_custom_price
        if largest is not None and fine_of(found, currency) > fine_of(largest, currency):
            raise PriceNotAllowed(item.title, found, from_fine(0, currency), largest)
        return found

    def check_override(self, product: Product, variant: Variant, price: Money) -> Money:
        """Return a price for a variant in place of the catalogue's, as it is kept.

        Raises:
            PriceNotAllowed: it is too far from the catalogue's, or below the minimum price.
            InvalidAmount, CurrencyMismatch: no price in the currency of the catalogue's.
        """
        currency, what = variant.price.currency.code, product.described(variant)
        found = _price(price, currency, what)
        lowest, highest = self.bounds(variant)
        if not fine_of(lowest, currency) <= fine_of(found, currency) <= fine_of(highest, currency):
            raise PriceNotAllowed(what, found, lowest, highest)
        return found

    def bounds(self, variant: Variant) -> tuple[Money, Money]:
        """The lowest and the highest price of one unit that staff may set for a variant."""
        currency = variant.price.currency.code
        catalogue = fine_of(variant.price, currency)
        least = 0 if variant.minimum_price is None else fine_of(variant.minimum_price, currency)
        lowest = _percent_of(catalogue, 100 - self.lower_percent, Rounding.UP)
        highest = _percent_of(catalogue, 100 + self.raise_percent, Rounding.DOWN)
        lowest = max(lowest, min(least, catalogue))
        return from_fine(lowest, currency), from_fine(highest, currency)


NO_STAFF_PRICES = StaffPrices()
"""All prices are the catalogue's."""


def _price(price: Money, currency: str, what: str) -> Money:
    if price.currency.code != currency:
        raise CurrencyMismatch(currency, price.currency.code, f"the price of {what}")
    return unit_price(price, currency)


def _percent_of(fine: int, percent: Decimal, rounding: Rounding) -> int:
    share, whole = percent.as_integer_ratio()
    return divide(fine * share, whole * 100, rounding)


def overridden(item: LineItem, variant: Variant, price: Money, reason: str, actor: str) -> LineItem:
    """Return a line at a price that staff set, with the catalogue's that they saw."""
    override = PriceOverride(catalogue_price=variant.price, reason=reason, actor=actor)
    return attrs.evolve(item, unit_price=price, override=override)


def at_catalogue_price(item: LineItem) -> LineItem:
    """Return a line at the price of the catalogue."""
    return attrs.evolve(item, unit_price=None, override=None)


def changed_prices(item: LineItem, product: Product, variant: Variant) -> Iterator[Problem]:
    """Tell that the catalogue has another price by now than the one that staff looked at."""
    override = item.override
    if override is not None and override.catalogue_price != variant.price:
        yield Problem(
            step=Step.ITEMS,
            code=problems.CATALOGUE_PRICE_CHANGED,
            message=sentences.catalogue_price_changed(
                product.described(variant), variant.price, override.catalogue_price
            ),
            line_id=item.id,
            blocking=False,
        )
