"""Tax as a calculator sees and answers it (TX-1, TX-2): cartcore itself knows no rates."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import attrs
from moneyed import Money

from cartcore.cart import CartLine, CartShipment, Customer
from cartcore.errors import InvalidField
from cartcore.shop.address import NOWHERE, Place
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, as_attributes
from cartcore.values.converters import percentage_or_zero
from cartcore.values.money import from_minor
from cartcore.values.records import REQUIRED, checked, part
from cartcore.values.text import clean
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


class TaxablePart(NamedTuple):
    """What is taxed by itself: units of a line in one shipment, or what a shipment costs (TX-1).

    A cart has one for each line at least, for each time that it is priced: so it holds hardly more
    than the line, and is made in a fifth of the time that a class of attrs takes.

    Attributes:
        id: What an answer calls it by.
        line: The line whose units it is, or None for the price of a shipment.
        shipment: The shipment that they are in, or whose price it is; None for units that are in
            none.
        place: Where it goes.
        quantity: How many units; 1 for the price of a shipment.
        price_includes_tax: Whether its prices have the tax in them (TX-3).
        amounts: What is taxed of all parts, in minor units. It is worked out when it is read, and
            few calculators look at it.
        position: Where its own stands among them; see `amount`.
    """

    id: str
    line: CartLine | None
    shipment: CartShipment | None = None
    place: Place = NOWHERE
    quantity: int = 1
    price_includes_tax: bool = False
    amounts: Sequence[int] = (0,)
    position: int = 0

    @property
    def minor(self) -> int:
        """What is taxed, in minor units."""
        return self.amounts[self.position]

    @property
    def amount(self) -> Money:
        """What is taxed: the price of all units, less the discounts that the store gives."""
        return from_minor(self.minor, self.unit_price.currency.code)

    @property
    def unit_price(self) -> Money:
        """The price of one unit before discounts."""
        return self._speed.price if self.line is None else self.line.unit_price

    @property
    def line_id(self) -> str:
        """The id of the line; empty for the price of a shipment."""
        return "" if self.line is None else self.line.id

    @property
    def shipment_id(self) -> str:
        """The id of the shipment; empty for units that are in none."""
        return "" if self.shipment is None else self.shipment.id

    @property
    def sku(self) -> str:
        """The SKU of the variant; of a shipment, the code of its speed."""
        return self._speed.code if self.line is None else self.line.sku

    @property
    def product_id(self) -> str:
        """The id of the product; empty for the price of a shipment."""
        return "" if self.line is None else self.line.product_id

    @property
    def tax_class(self) -> str:
        """The tax class of the product; empty for the standard one."""
        return "" if self.line is None else self.line.tax_class

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of the product, as paths."""
        return () if self.line is None else self.line.categories

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the product."""
        return () if self.line is None else self.line.tags

    @property
    def attributes(self) -> Attributes:
        """What the shop keeps of its own of the line and its product, or of the shipment (HA-8)."""
        if self.line is not None:
            return self.line.all_attributes
        return NO_ATTRIBUTES if self.shipment is None else self.shipment.attributes

    @property
    def _speed(self) -> ShippingSpeed:
        speed = None if self.shipment is None else self.shipment.speed
        if speed is None:
            raise InvalidField("TaxablePart", self.id, "a line, or a shipment with a speed")
        return speed


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


def _reason(exempt: Any) -> str:
    return "" if exempt == "" else clean(exempt, "PartTax.exempt", visible=True)


@attrs.frozen(field_transformer=checked)
class PartTax:
    """How parts are taxed: by rates, not at all for a reason, or as the goods are.

    It may be the answer for many parts.

    Attributes:
        rates: The rates, compound ones after those that they are taken from.
        exempt: Why nothing is taxed, in words that the quote keeps; empty where something is.
        by: What they are taxed by.

    Raises:
        InvalidField: neither rates nor a reason, or both of them.
        InvalidText: a reason that says nothing, has more than 255 characters, or control
            characters.
    """

    rates: tuple[TaxRate, ...] = ()
    exempt: str = attrs.field(default="", converter=_reason)
    by: TaxedBy = TaxedBy.OWN_RATES

    def __attrs_post_init__(self) -> None:
        by_goods = self.by is not TaxedBy.OWN_RATES
        if [bool(self.rates), bool(self.exempt), by_goods].count(True) != 1:
            expected = "given exactly one of rates, the reason of an exemption, and by goods"
            raise InvalidField("PartTax", self, expected)
