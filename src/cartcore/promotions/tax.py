"""Tax as a calculator sees and answers it (TX-1, TX-2): cartcore itself knows no rates."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import attrs
from moneyed import Money

from cartcore.cart import Customer
from cartcore.errors import InvalidField
from cartcore.shop.address import NOWHERE, Place
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, as_attributes
from cartcore.values.converters import percentage_or_zero
from cartcore.values.records import REQUIRED, checked, part, typed
from cartcore.values.time_zones import local_time

_NOBODY = Customer()


@attrs.frozen(kw_only=True, field_transformer=checked, cache_hash=True)
class TaxRate:
    """A tax of so many percent (TX-2).

    Rates of one name, percentage and kind are one tax: what it is taken from is added up.

    Attributes:
        name: The name that quotes and invoices show, such as "VAT".
        percent: The percentage, from 0 to 100.
        compound: Whether it is also taken from the taxes of the rates before it.

    Raises:
        InvalidField: no name, or a percentage that is none.
    """

    name: str = attrs.field(metadata=REQUIRED)
    percent: Decimal = attrs.field(converter=percentage_or_zero)
    compound: bool = False


@attrs.frozen(kw_only=True, field_transformer=part)
class TaxablePart:
    """What is taxed by itself: units of a line in one shipment, or what a shipment costs (TX-1).

    Attributes:
        id: What the answer calls it by.
        line_id: The line whose units it is; empty for the price of a shipment.
        shipment_id: The shipment that they are in, or whose price it is; empty for units that are
            in none.
        place: Where it goes.
        quantity: How many units; 1 for the price of a shipment.
        unit_price: The price of one unit before discounts.
        amount: What is taxed: the price of all units, less the discounts that the store gives.
        price_includes_tax: Whether these prices have the tax in them (TX-3).
        sku: The SKU of the variant; of a shipment, the code of its speed.
        product_id: The id of the product; empty for the price of a shipment.
        tax_class: The tax class of the product; empty for the standard one.
        categories: The categories of the product, as paths.
        tags: The tags of the product.
        attributes: What the shop keeps of its own of the line and its product, or of the shipment
            (HA-8).
    """

    id: str
    line_id: str = ""
    shipment_id: str = ""
    place: Place = NOWHERE
    quantity: int = 1
    unit_price: Money
    amount: Money
    price_includes_tax: bool = False
    sku: str = ""
    product_id: str = ""
    tax_class: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)


@attrs.frozen(kw_only=True, field_transformer=part)
class TaxRequest:
    """What a calculator is asked: the parts of an order, and what it may need to know of it.

    Attributes:
        parts: What is taxed.
        customer: Who buys; nobody where the taxes are asked for that a price contains (TX-3).
        currency: The ISO 4217 code of the currency.
        channel: The sales channel.
        at: The instant, in UTC.
        timezone: The IANA name of the zone that the store's dates are in.
        attributes: What the shop keeps of its own of the order (HA-8).
    """

    parts: tuple[TaxablePart, ...]
    customer: Customer = _NOBODY
    currency: str
    channel: str = ""
    at: datetime
    timezone: str = "UTC"
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)

    @property
    def local_time(self) -> datetime:
        """The instant as the store's clocks show it: its date decides which rates are valid."""
        return local_time(self.at, self.timezone)


class TaxedBy(StrEnum):
    """What a part is taxed by (TX-6).

    Attributes:
        OWN_RATES: The rates of the answer.
        GOODS: For the price of a shipment: the rates of its goods, in proportion to their value.
        HIGHEST_GOODS: For the price of a shipment: the highest rates that one of its goods has.
    """

    OWN_RATES = "own_rates"
    GOODS = "goods"
    HIGHEST_GOODS = "highest_goods"


@attrs.frozen(kw_only=True, field_transformer=typed)
class PartTax:
    """How a part is taxed: by rates, not at all for a reason, or as the goods are.

    Attributes:
        part: The id of the part.
        rates: The rates, compound ones after those that they are taken from.
        exempt: Why nothing is taxed, in words that the quote keeps; empty where something is.
        by: What it is taxed by.

    Raises:
        InvalidField: neither rates nor a reason, both of them, or the same rate twice.
    """

    part: str
    rates: tuple[TaxRate, ...] = ()
    exempt: str = ""
    by: TaxedBy = TaxedBy.OWN_RATES

    def __attrs_post_init__(self) -> None:
        if [bool(self.rates), bool(self.exempt), self.by is not TaxedBy.OWN_RATES].count(True) != 1:
            expected = "given exactly one of rates, the reason of an exemption, and by goods"
            raise InvalidField("PartTax", self.part, expected)
        if len({*self.rates}) < len(self.rates):
            raise InvalidField("PartTax.rates", self.rates[0].name, "a rate that stands there once")
