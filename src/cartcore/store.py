"""The shop's settings for order entry."""

import attrs

from cartcore.cart import LARGEST_QUANTITY
from cartcore.contact import optional_country
from cartcore.errors import InvalidField
from cartcore.fields import checked, has_method
from cartcore.money import currency_code
from cartcore.policy import DEFAULT_POLICY, PricingPolicy
from cartcore.shipping import SpeedProvider
from cartcore.tax import TaxCalculator


@attrs.frozen(kw_only=True, field_transformer=checked)
class Store:
    """A shop: its currency, what it ships with, how it rounds, and the most units of a line.

    `speeds` are configured shipping-speed providers, asked in this order; `tax` gives tax rates.
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
    maximum_quantity: int = 10_000
    ecommerce_enabled: bool = True

    def __attrs_post_init__(self) -> None:
        for provider in self.speeds:
            if not has_method(provider, "speeds"):
                raise InvalidField("Store.speeds", provider, "configured providers are needed")
        if self.tax is not None and not has_method(self.tax, "rates"):
            raise InvalidField("Store.tax", self.tax, "a configured tax calculator is needed")
        most = self.maximum_quantity
        if not 1 <= most <= LARGEST_QUANTITY:
            expected = f"a whole number from 1 to {LARGEST_QUANTITY}"
            raise InvalidField("Store.maximum_quantity", most, expected)
