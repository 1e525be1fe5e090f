"""The shop's settings for order entry."""

from datetime import date, datetime

import attrs

from cartcore.cart import LARGEST_QUANTITY
from cartcore.errors import InvalidField
from cartcore.pricing.policy import DEFAULT_POLICY, PricingPolicy
from cartcore.promotions.types import TaxCalculator
from cartcore.shop.address import optional_country
from cartcore.shop.speeds import SpeedProvider
from cartcore.values.money import currency_code
from cartcore.values.records import checked
from cartcore.values.time_zones import day_begins, zone_name


@attrs.frozen(kw_only=True, field_transformer=checked)
class Store:
    """A shop: its currency, what it ships with, how it rounds, and the most units of a line.

    `speeds` are configured shipping-speed providers, asked in this order; `tax` gives tax rates.
    `timezone` is where its clocks and calendar are: the IANA name of the zone that times are shown
    in, that days begin in, and that promotions go by (OE-30).
    `country` (ISO 3166-1) is the region whose phone numbers are written without a country code
    (OE-29). `channel` is the sales channel that its orders come through, for promotions that ask
    (PR-9).
    """

    currency: str = attrs.field(converter=currency_code)
    country: str = attrs.field(default="", converter=optional_country)
    speeds: tuple[SpeedProvider, ...] = ()
    tax: TaxCalculator | None = None
    policy: PricingPolicy = DEFAULT_POLICY
    channel: str = ""
    timezone: str = attrs.field(default="UTC", converter=zone_name)
    maximum_quantity: int = 10_000
    ecommerce_enabled: bool = True

    def __attrs_post_init__(self) -> None:
        most = self.maximum_quantity
        if not 1 <= most <= LARGEST_QUANTITY:
            expected = f"a whole number from 1 to {LARGEST_QUANTITY}"
            raise InvalidField("Store.maximum_quantity", most, expected)

    def day_begins(self, day: date) -> datetime:
        """Return the instant at which a day begins in the store, to filter orders by (OE-30).

        Raises:
            InvalidField: no date, or one at the edge of what datetime can be.
        """
        return day_begins(day, self.timezone)
