"""The shipping speeds that each shipment of a draft can have (OE-13)."""

from collections.abc import Mapping

import attrs
from moneyed import Money

from cartcore.cart import CartLine
from cartcore.entry import sentences
from cartcore.orders.draft import Cleared, Draft, Shipment
from cartcore.pricing.quote import Quote
from cartcore.shop.speeds import RequestedLine, ShipmentRequest, ShippingSpeed, SpeedOffers
from cartcore.values.records import evolved, typed


@attrs.frozen(kw_only=True, field_transformer=typed)
class ViewedShipment:
    """A shipment with units in it, the speeds that can be had for it, and the chosen one.

    Providers are asked from the shipping step on, and earlier where a speed is chosen already.

    Attributes:
        shipment: The shipment of the draft.
        offers: The speeds on offer, and the providers that had none.
        speed: The chosen speed, or None as long as none is chosen.
    """

    shipment: Shipment
    offers: SpeedOffers
    speed: ShippingSpeed | None


def speed_request(
    shipment: Shipment, quote: Quote, lines: Mapping[str, CartLine]
) -> ShipmentRequest:
    """What the providers are asked for a shipment, with its amounts of a quote (PR-4).

    `lines` are those of the quote by id, tied ones included.
    """
    priced = next(s for s in quote.shipments if s.shipment_id == shipment.id)
    return ShipmentRequest(
        shipment_id=shipment.id,
        address=shipment.address,
        lines=tuple(
            _requested(lines[part.line_id], part.quantity, part.total) for part in priced.lines
        ),
        subtotal=priced.goods,
        attributes=shipment.attributes,
    )


def _requested(line: CartLine, quantity: int, amount: Money) -> RequestedLine:
    return RequestedLine(
        line_id=line.id,
        sku=line.sku,
        quantity=quantity,
        weight_grams=line.weight_grams,
        amount=amount,
        product_id=line.product_id,
        options=line.options,
        categories=line.categories,
        tags=line.tags,
        attributes=line.all_attributes,
    )


def without_lost_speeds(draft: Draft, offers: Mapping[str, SpeedOffers]) -> Draft:
    """Take away speeds that are no longer offered, and say so (OE-15)."""
    lost = [
        s
        for s in draft.shipments
        if s.speed and s.id in offers and not offers[s.id].by_code(s.speed)
    ]
    cleared = tuple(
        Cleared(
            what="speed",
            subject=s.id,
            message=sentences.speed_lost(s.speed, s.address),
        )
        for s in lost
    )
    shipments = tuple(attrs.evolve(s, speed="") if s in lost else s for s in draft.shipments)
    return evolved(draft, shipments=shipments, cleared=(*draft.cleared, *cleared))
