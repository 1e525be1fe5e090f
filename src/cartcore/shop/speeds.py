"""Shipping speeds: what providers are asked and what they answer, per shipment (OE-13, PR-21)."""

from collections.abc import Collection, Sequence
from typing import ClassVar, Protocol

import attrs
from moneyed import Money

from cartcore.errors import CartcoreError, InvalidField
from cartcore.errors.sentences import shown
from cartcore.shop.address import Address
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, as_attributes
from cartcore.values.guard import (
    FAULTS,
    Watch,
    forget,
    kind_of,
    said,
    traceback_of,
    type_name_of,
    unwatched,
)
from cartcore.values.money import amount, from_minor, to_minor
from cartcore.values.records import INTERNAL, REQUIRED, checked, typed

_LONGEST_REASON = 270  # and then how long it was


def _price(value: Money) -> Money:
    return amount(value, value.currency) if isinstance(value, Money) else value


class _Unpriced(Protocol):
    """What a provider of one speed is configured with, but for its price."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def days_from(self) -> int | None: ...
    @property
    def days_to(self) -> int | None: ...


@attrs.frozen(kw_only=True, field_transformer=checked)
class ShippingSpeed:
    """One way to send a shipment: its price for the whole shipment and how many days it takes.

    Attributes:
        code: What drafts and promotions call it by; unique among the speeds of a shop.
        name: The name that staff and customers see.
        price: The price for the whole shipment, in whole minor units.
        days_from: The fewest days it takes, or None if nobody knows.
        days_to: The most days it takes, or None if nobody knows.
    """

    code: str = attrs.field(metadata=REQUIRED)
    name: str = attrs.field(metadata=REQUIRED)
    price: Money = attrs.field(converter=_price)
    days_from: int | None = None
    days_to: int | None = None

    def __attrs_post_init__(self) -> None:
        known = [d for d in (self.days_from, self.days_to) if d is not None]
        if any(d < 0 for d in known) or known != sorted(known):
            expected = "at least 0, and in this order"
            raise InvalidField("days_from and days_to", tuple(known), expected)

    @classmethod
    def of(cls, provider: _Unpriced, price: Money) -> "ShippingSpeed":
        """Return the speed of a provider that has its `code`, `name`, `days_from` and `days_to`.

        A provider that makes one when it is configured refuses then what it would refuse later, for
        each shipment.
        """
        return cls(
            code=provider.code,
            name=provider.name,
            price=price,
            days_from=provider.days_from,
            days_to=provider.days_to,
        )


@attrs.frozen(kw_only=True, field_transformer=typed)
class RequestedLine:
    """Units of one line in a shipment.

    Attributes:
        line_id: The id of the line.
        sku: The SKU of the variant.
        quantity: How many units of the line are in the shipment.
        weight_grams: The weight of one unit, in grams.
        amount: What these units cost after goods discounts.
        product_id: The id of the product; the SKU unless told otherwise.
        options: The chosen options as (name, value) pairs.
        categories: The categories of the product, as paths.
        tags: The tags of the product.
        attributes: What the shop keeps of its own of the line and its product (HA-8).
    """

    line_id: str
    sku: str
    quantity: int
    weight_grams: int
    amount: Money
    product_id: str = attrs.field(default=attrs.Factory(lambda self: self.sku, takes_self=True))
    options: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShipmentRequest:
    """What a provider is asked: everything it may price by, and nothing else.

    Attributes:
        shipment_id: The id of the shipment.
        address: Where it goes.
        lines: The units in it.
        subtotal: What its goods cost after item and order discounts (PR-4).
        attributes: What the shop keeps of its own of the shipment (HA-8).
    """

    shipment_id: str
    address: Address
    lines: tuple[RequestedLine, ...] = attrs.field(hash=False)  # the rest tells most apart
    subtotal: Money
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)

    @property
    def weight_grams(self) -> int:
        """The weight of all units of the shipment."""
        return sum(line.weight_grams * line.quantity for line in self.lines)

    @property
    def quantity(self) -> int:
        """The number of units in the shipment."""
        return sum(line.quantity for line in self.lines)

    @property
    def currency(self) -> str:
        """The currency that prices must be in."""
        return self.subtotal.currency.code

    def goes_to(self, countries: Collection[str]) -> bool:
        """Whether it goes to one of these countries (ISO 3166-1 codes), or there are none given."""
        return not countries or self.address.country in countries

    def to_minor(self, money: Money) -> int:
        """Return money in minor units, to compute with. Raises CurrencyMismatch."""
        return to_minor(money, self.currency)

    def to_money(self, minor: int) -> Money:
        """Return minor units as money in the currency that prices must be in."""
        return from_minor(minor, self.currency)


class SpeedProvider(Protocol):
    """A configured source of shipping speeds; a frozen attrs class, registered by its type name."""

    type_name: ClassVar[str]

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        """Return the speeds for this shipment; empty if there is none for its address."""
        ...


def _short(reason: object) -> str:
    return shown(reason, longest=_LONGEST_REASON, write=str)


@attrs.frozen(field_transformer=typed)
class ProviderFailure:
    """A provider that has no speed for a shipment (OE-13).

    Attributes:
        provider: The type name of the provider.
        reason: Why there is none, in words.
        broken: True if it failed or answered nonsense, false if it has nothing for the address.
        quoting: True if the reason quotes an exception of the provider: it is for a log, not for
            staff (PK-16).
        error: The class of the exception that it raised; empty if it raised none.
        traceback: Where it failed, as Python writes it, for a log (PK-16).
    """

    provider: str
    reason: str = attrs.field(converter=_short)
    broken: bool = True
    quoting: bool = attrs.field(default=False, kw_only=True)
    error: str = attrs.field(default="", kw_only=True)
    traceback: str = attrs.field(default="", eq=False, repr=False, kw_only=True, metadata=INTERNAL)

    def __str__(self) -> str:
        return f"{self.provider}: {self.reason}"


@attrs.frozen(field_transformer=typed)
class SpeedOffers:
    """All speeds for one shipment, and the providers that gave none.

    Attributes:
        speeds: The speeds that can be chosen, in the order of the store's providers.
        failures: The providers that gave none, and why.
    """

    speeds: tuple[ShippingSpeed, ...] = ()
    failures: tuple[ProviderFailure, ...] = ()

    def by_code(self, code: str) -> ShippingSpeed | None:
        """The speed with this code, if it is offered."""
        return next((speed for speed in self.speeds if speed.code == code), None)


def ask_providers(
    providers: Sequence[SpeedProvider], request: ShipmentRequest, watch: Watch = unwatched
) -> SpeedOffers:
    """Ask every provider for its speeds; one that fails is reported and stops no other (OE-13)."""
    subject = f"the shipment {request.shipment_id!r}"
    speeds: dict[str, ShippingSpeed] = {}
    failures: list[ProviderFailure] = []
    for provider in providers:
        name = type_name_of(provider)
        try:
            with watch(name, subject):
                answer = _checked(provider.speeds(request), request.currency)
        except FAULTS as error:
            failures.append(
                ProviderFailure(
                    name,
                    said(error),
                    quoting=not issubclass(type(error), CartcoreError),
                    error=kind_of(error),
                    traceback=traceback_of(error),
                )
            )
            forget(error)
            continue
        if not answer:
            failures.append(ProviderFailure(name, "offers nothing for this address", broken=False))
        for speed in answer:
            if speed.code in speeds:
                failures.append(
                    ProviderFailure(name, f"the speed code {speed.code!r} is already taken")
                )
            else:
                speeds[speed.code] = speed
    return SpeedOffers(tuple(speeds.values()), tuple(failures))


def _checked(answer: Sequence[ShippingSpeed], currency: str) -> Sequence[ShippingSpeed]:
    if type(answer) not in {tuple, list}:
        raise InvalidField("speeds()", answer, "a tuple or list of ShippingSpeed")
    for speed in answer:
        if type(speed) is not ShippingSpeed:
            raise InvalidField("speeds()", speed, "a ShippingSpeed")
        amount(speed.price, currency, where=f"the price of {speed.code}")
    return answer
