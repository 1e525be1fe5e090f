"""The shop's settings for order entry."""

from datetime import date, datetime

import attrs

from cartcore.cart import LARGEST_QUANTITY
from cartcore.entry.staff_prices import NO_STAFF_PRICES, StaffPrices
from cartcore.errors import CurrencyMismatch, InvalidField
from cartcore.pricing.policy import DEFAULT_POLICY, PricingPolicy
from cartcore.promotions.types import TaxCalculator
from cartcore.shop.address import NOWHERE, Place, optional_country
from cartcore.shop.speeds import SpeedProvider
from cartcore.values.money import currency_code
from cartcore.values.records import checked
from cartcore.values.time_zones import day_begins, zone_name


@attrs.frozen(kw_only=True, field_transformer=checked)
class Store:
    """A shop: what holds for every order that is entered in it.

    Attributes:
        currency: The ISO 4217 code of the currency that it sells in.
        country: The ISO 3166-1 alpha-2 code of the country whose phone numbers are written without
            a country code (OE-29).
        speeds: The configured shipping-speed providers, asked in this order.
        address: Where the store is: goods that are not sent to a contact are taxed there (TX-1).
        prices_include_tax: Whether the prices of products and shipping, and the amounts of
            promotions, have the tax in them (TX-3).
        tax: What gives tax rates, or None if no tax is computed.
        policy: How it rounds, splits and combines.
        channel: The sales channel that its orders come through, for promotions that ask (PR-9).
        timezone: The IANA name of the zone that times are shown in, that days begin in, and that
            promotions go by (OE-30).
        maximum_quantity: The most units of a line, at most `LARGEST_QUANTITY`.
        staff_prices: Which prices staff may set, and whether they may add custom items (HA-18).
        ecommerce_enabled: Whether orders can be entered (OE-1).

    Raises:
        CurrencyMismatch: a largest price of custom items in another currency.
        InvalidField: a quantity out of range, a step of tax or cash that is finer than the minor
            unit of the currency, or net prices kept across borders without `included_at`.
    """

    currency: str = attrs.field(converter=currency_code)
    country: str = attrs.field(default="", converter=optional_country)
    speeds: tuple[SpeedProvider, ...] = ()
    address: Place = NOWHERE
    prices_include_tax: bool = False
    tax: TaxCalculator | None = None
    policy: PricingPolicy = DEFAULT_POLICY
    channel: str = ""
    timezone: str = attrs.field(default="UTC", converter=zone_name)
    maximum_quantity: int = 10_000
    staff_prices: StaffPrices = NO_STAFF_PRICES
    ecommerce_enabled: bool = True

    def __attrs_post_init__(self) -> None:
        most = self.maximum_quantity
        if not 1 <= most <= LARGEST_QUANTITY:
            expected = f"a whole number from 1 to {LARGEST_QUANTITY}"
            raise InvalidField("Store.maximum_quantity", most, expected)
        self.policy.tax.check_currency(self.currency)
        self.policy.tax.check_place()
        largest = self.staff_prices.largest_custom_price
        if largest is not None and largest.currency.code != self.currency:
            where = "Store.staff_prices.largest_custom_price"
            raise CurrencyMismatch(self.currency, largest.currency.code, where)

    def day_begins(self, day: date) -> datetime:
        """Return the instant at which a day begins in the store, to filter orders by (OE-30).

        Raises:
            InvalidField: no date, or one at the edge of what datetime can be.
        """
        return day_begins(day, self.timezone)
