"""The shipping of a scenario: speed providers, what they are asked, and the shipments of a cart."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
from moneyed import Money

from cartcore.cart import CartShipment
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import QuoteLine
from cartcore.rules.builtin import (
    FlatRate,
    Limited,
    SubtotalBand,
    SubtotalRates,
    UnitRates,
    WeightBand,
    WeightRates,
)
from cartcore.shop.address import Address
from cartcore.shop.speeds import (
    RequestedLine,
    ShipmentRequest,
    ShippingSpeed,
    SpeedOffers,
    SpeedProvider,
    ask_providers,
)
from cartcore.values.money import from_minor, total
from tests.scenarios.catalogue import Catalogue, grams
from tests.scenarios.conditions import is_after
from tests.scenarios.reading import Fields, Malformed, NotOffered
from tests.scenarios.taxes import Addresses

_ADDRESS = Address(line1="1 High Street", country="US")


@attrs.frozen(kw_only=True)
class Method:
    """A way to ship. `before` says that its conditions see the goods before discounts."""

    code: str
    provider: SpeedProvider
    before: bool = False
    by_subtotal: bool = False


@attrs.frozen
class Charge:
    """A charge, and the name of the address that it is for."""

    speed: ShippingSpeed
    ship_to: str


@attrs.frozen(kw_only=True)
class Shipping:
    """How a cart is shipped: by the one method chosen, or with all the charges at once.

    `ship_to` names the address that the method is for.
    """

    methods: tuple[Method, ...] = ()
    charges: tuple[Charge, ...] = ()
    chosen: str | None = None
    ship_to: str = ""

    def chosen_as(self, method: str) -> str:
        """The method of this code. Raises Malformed for one that the scenario does not have."""
        if method not in {each.code for each in self.methods}:
            raise Malformed(f"steps: there is no shipping method {method!r}")
        return method

    def offers(self, quote: Quote, catalogue: Catalogue) -> SpeedOffers:
        """The speeds for the goods of a quote; none where nothing is to be shipped."""
        lines = shipped(quote)
        if not lines:
            return SpeedOffers()
        found: list[ShippingSpeed] = []
        for method in self.methods:
            request = _request(lines, catalogue, before=method.before)
            if method.before and method.by_subtotal:
                after = _request(lines, catalogue, before=False)
                if request.subtotal != after.subtotal:
                    raise NotOffered(
                        f"shipping {method.code!r}: conditions before discounts, charge after them"
                    )
            found += ask_providers((method.provider,), request).speeds
        return SpeedOffers(tuple(found))

    def shipments(
        self,
        quote: Quote,
        catalogue: Catalogue,
        chosen: str | None,
        addresses: Addresses,
        ship_to: Mapping[str, str],
    ) -> tuple[CartShipment, ...]:
        """The shipments of the goods of a quote.

        `ship_to` has the names of addresses by line; other lines go to the first one. Of several
        charges for one address, the first has the goods.
        """
        goods: dict[str, list[tuple[str, int]]] = {}
        for line in shipped(quote):
            name = ship_to.get(line.line_id, addresses.first)
            goods.setdefault(name, []).append((line.line_id, line.quantity))
        if not goods:
            return ()
        charges = self.charges
        if chosen is not None and not charges:
            speed = self.offers(quote, catalogue).by_code(chosen)
            charges = () if speed is None else (Charge(speed, self.ship_to),)
        found: list[CartShipment] = []
        for charge in charges:
            units = goods.pop(charge.ship_to, [])
            found.append(_shipment(addresses, charge.ship_to, units, charge.speed, len(found)))
        for name, units in goods.items():
            found.append(_shipment(addresses, name, units, None, len(found)))
        return tuple(found)


def _shipment(
    addresses: Addresses,
    name: str,
    units: Sequence[tuple[str, int]],
    speed: ShippingSpeed | None,
    place: int,
) -> CartShipment:
    address = attrs.asdict(addresses.places[name])
    return CartShipment(id=f"shipment {place + 1}", lines=tuple(units), speed=speed, **address)


def shipped(quote: Quote) -> tuple[QuoteLine, ...]:
    """The lines that need shipping."""
    return tuple(line for line in quote.lines if line.requires_shipping)


def _request(lines: Sequence[QuoteLine], catalogue: Catalogue, *, before: bool) -> ShipmentRequest:
    requested = tuple(
        RequestedLine(
            line_id=line.line_id,
            sku=line.sku,
            quantity=line.quantity,
            weight_grams=catalogue.own(line.sku).variants[0].weight_grams,
            amount=line.amount if before else line.total,
        )
        for line in lines
    )
    amounts = [line.amount for line in requested]
    return ShipmentRequest(
        shipment_id="shipment",
        address=_ADDRESS,
        lines=requested,
        subtotal=total(amounts, amounts[0].currency),
    )


def shipping(
    fields: Fields, currency: str, addresses: Addresses, *, after_discounts: bool
) -> Shipping:
    """Translate the shipping of a scenario.

    Raises:
        NotOffered: a kind or a condition of a method that cartcore has not.
    """
    with fields:
        ship_to = addresses.named(fields)
        if "charges" in fields:
            charges = []
            for charge in fields.each("charges"):
                with charge:
                    code, price = charge.text("code"), charge.money("price", currency)
                    speed = ShippingSpeed(code=code, name=code, price=price)
                    own = addresses.named(charge) if "ship_to" in charge else ship_to
                    charges.append(Charge(speed, own))
            return Shipping(charges=tuple(charges))
        if "methods" in fields:
            translator = _Translator(currency, after_discounts)
            methods = tuple(map(translator.method, fields.each("methods")))
            return Shipping(methods=methods, ship_to=ship_to)
        code, price = fields.text("method"), fields.money("price", currency)
        flat = Method(code=code, provider=FlatRate(code=code, name=code, price=price))
        return Shipping(methods=(flat,), chosen=code, ship_to=ship_to)


@attrs.frozen
class _Translator:
    currency: str
    after_discounts: bool

    def method(self, fields: Fields) -> Method:
        with fields:
            code = fields.text("code")
            provider = self._rates(fields, code)
            subtotal = fields.text("kind") == "price_threshold" or "free_from" in fields
            bases: set[bool] = set()
            for condition in fields.each("conditions"):
                with condition:
                    bound, basis = self._bound(condition)
                provider = Limited(provider=provider, **bound)
                bases |= basis
            if len(bases) > 1:
                raise NotOffered(f"{fields.what}: conditions before and after discounts")
        return Method(code=code, provider=provider, before=bases == {False}, by_subtotal=subtotal)

    def _rates(self, fields: Fields, code: str) -> SpeedProvider:
        named: dict[str, Any] = {"code": code, "name": code}
        match fields.text("kind"):
            case "flat":
                return FlatRate(price=self._money(fields, "price"), **named)
            case "per_unit":
                each = self._money(fields, "price")
                return UnitRates(price=self._nothing, each=each, **named)
            case "order_plus_unit":
                price, each = self._money(fields, "price"), self._money(fields, "unit_price")
                free_from = self._money(fields, "free_from") if "free_from" in fields else None
                if free_from is not None and not free_from:
                    return FlatRate(price=self._nothing, **named)
                return UnitRates(price=price, each=each, free_from=free_from, **named)
            case "weight_bands":
                return self._weight_bands(fields, named)
            case "price_threshold":
                threshold = self._money(fields, "threshold")
                below, above = self._money(fields, "below"), self._money(fields, "above")
                if not threshold:
                    return FlatRate(price=above, **named)
                bands = (
                    SubtotalBand(price=below),
                    SubtotalBand(price=above, from_subtotal=threshold),
                )
                return SubtotalRates(bands=bands, **named)
            case "first_and_additional":
                first, further = self._money(fields, "first"), self._money(fields, "additional")
                most = fields.whole("max_units") - 1 if "max_units" in fields else None
                if most is not None and most < 1:
                    return FlatRate(price=first, **named)
                return UnitRates(
                    price=first, each=further, included_units=1, most_units=most, **named
                )
            case kind:
                raise NotOffered(f"{fields.what}: the kind {kind!r}")

    @property
    def _nothing(self) -> Money:
        return from_minor(0, self.currency)

    def _money(self, fields: Fields, name: str) -> Money:
        return fields.money(name, self.currency)

    def _weight_bands(self, fields: Fields, named: Mapping[str, Any]) -> SpeedProvider:
        overflow = False
        if "overflow" in fields and fields.raw("overflow") is not False:
            if fields.raw("overflow") is not True:
                fields.choice("overflow", "top_band_multiples_plus_remainder_band")
            overflow = True
        bands = []
        for band in fields.each("bands"):
            with band:
                bound = grams(band, "up_to") if "up_to" in band else None
                bands.append(WeightBand(price=self._money(band, "price"), up_to_grams=bound))
        return WeightRates(bands=tuple(bands), overflow=overflow, **named)

    def _bound(self, fields: Fields) -> tuple[dict[str, Any], set[bool]]:
        """The bound of `Limited`, and whether it is about goods after discounts, if it matters."""
        kind = fields.text("kind")
        if kind not in {"min_subtotal", "max_subtotal", "min_weight", "max_weight"}:
            raise NotOffered(f"{fields.what}: the kind {kind!r} for a shipping method")
        inclusive = fields.flag("inclusive", default=True)
        # Amounts and weights are whole: over one is from the next one on.
        step = 0 if inclusive else 1 if kind.startswith("min") else -1
        if kind.endswith("weight"):
            name = "min_grams" if kind == "min_weight" else "max_grams"
            return {name: grams(fields, "weight") + step}, set()
        if "of" in fields:
            raise NotOffered(f"{fields.what}: of, for a shipping method")
        amount = self._money(fields, "amount")
        bound = Money(amount.amount + step * from_minor(1, self.currency).amount, self.currency)
        if bound.amount < Decimal(0):
            raise NotOffered(f"{fields.what}: a subtotal below nothing")
        return {kind: bound}, {is_after(fields, default=self.after_discounts)}
