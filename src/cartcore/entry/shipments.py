"""How the units of a draft are spread over addresses: pure changes of a draft's shipments.

Every unit of every line that needs shipping is in one shipment, except those of a split line that
grew: they wait to be assigned (OE-12, OE-15).
"""

from collections.abc import Mapping, Sequence

import attrs

from cartcore.cart import CartLine
from cartcore.entry import sentences
from cartcore.orders.draft import Cleared, Draft, Shipment, ShipmentLine
from cartcore.pricing.quote_parts import QuoteLine
from cartcore.shop.address import Address
from cartcore.values.attributes import Attributes
from cartcore.values.records import evolved


def shippable(lines: Sequence[QuoteLine]) -> dict[str, int]:
    """The units of each line that needs shipping, by line id."""
    return {line.line_id: line.quantity for line in lines if line.requires_shipping}


def several_addresses_offered(units: Mapping[str, int]) -> bool:
    """Whether more than one unit needs shipping, of the `units` of each line that do (OE-12)."""
    return sum(units.values()) > 1


def unassigned(draft: Draft, lines: Sequence[QuoteLine]) -> dict[str, int]:
    """The units that need shipping but have no address yet, by line id."""
    waiting = shippable(lines)
    for shipment in draft.shipments:
        for part in shipment.lines:
            if part.line_id in waiting:
                waiting[part.line_id] -= part.quantity
    return {line_id: quantity for line_id, quantity in waiting.items() if quantity}


def to_one_address(draft: Draft, address: Address) -> Draft:
    """Return the draft with everything going to one address (OE-11).

    It has several shipments to it until `settle` tells which is kept, and what is lost with the
    others.
    """
    shipments = tuple(attrs.evolve(s, address=address) for s in draft.shipments)
    return attrs.evolve(draft, shipments=shipments, multiple_addresses=False)


def to_new_primary(draft: Draft, before: Address, address: Address) -> Draft:
    """Return the draft with what goes to the primary address going to the new one (OE-11)."""
    if draft.multiple_addresses:
        return draft
    shipments = tuple(
        attrs.evolve(s, address=address) if s.address.key == before.key else s
        for s in draft.shipments
    )
    return attrs.evolve(draft, shipments=shipments)


def without_shipments(draft: Draft) -> Draft:
    """Return the draft without the addresses entered for another contact (OE-2).

    They must never be shipped to by accident.
    """
    if not draft.shipments:
        return draft
    lost = Cleared(what="shipments", subject="", message=sentences.SHIPMENTS_CLEARED)
    cleared = (*draft.cleared, lost)
    return attrs.evolve(draft, shipments=(), multiple_addresses=False, cleared=cleared)


def with_speed(draft: Draft, shipment_id: str, speed: str) -> Draft:
    """Return the draft with the speed of a shipment chosen, by its code (OE-13)."""
    shipments = tuple(
        attrs.evolve(s, speed=speed) if s.id == shipment_id else s for s in draft.shipments
    )
    return attrs.evolve(draft, shipments=shipments)


def with_shipment_attributes(draft: Draft, shipment_id: str, attributes: Attributes) -> Draft:
    """Return the draft with other attributes of a shipment (HA-8)."""
    shipments = tuple(
        attrs.evolve(s, attributes=attributes) if s.id == shipment_id else s
        for s in draft.shipments
    )
    return attrs.evolve(draft, shipments=shipments)


def settle(draft: Draft, lines: Sequence[CartLine], address: Address | None) -> Draft:
    """Return the draft with its shipments made to fit its lines; what had to go is reported.

    Addresses, speeds and gift marks that are still valid stay (OE-15). A line without an address
    goes to the first shipment; `address` is that of the first shipment where there is none yet
    (OE-11).
    """
    units = {line.id: line.quantity for line in lines if line.requires_shipping}
    titles = {line.id: line.description for line in lines}
    cleared: list[Cleared] = []
    shipments = list(draft.shipments)
    next_shipment = draft.next_shipment
    if units and not shipments and address is not None:
        shipments = [Shipment(id=f"s{next_shipment}", address=address)]
        next_shipment += 1
    multiple = draft.multiple_addresses
    if multiple and not several_addresses_offered(units):
        multiple = False
        cleared.append(
            Cleared(
                what="multiple_addresses",
                subject="",
                message=sentences.ONE_ADDRESS_LEFT,
            )
        )
    if shipments and not multiple:
        kept, changes = _single(shipments, units, titles)
        cleared += changes
        shipments = [kept]
    elif shipments:
        shipments, changes = _several(shipments, units, titles)
        cleared += changes
    return evolved(
        draft,
        shipments=tuple(shipments),
        multiple_addresses=multiple,
        next_shipment=next_shipment,
        cleared=(*draft.cleared, *cleared),
    )


def _single(
    shipments: Sequence[Shipment], units: Mapping[str, int], titles: Mapping[str, str]
) -> tuple[Shipment, list[Cleared]]:
    """One shipment with all units: the first one that has any of them."""
    with_units = (s for s in shipments if any(p.line_id in units and p.quantity for p in s.lines))
    first = next(with_units, shipments[0])
    cleared = [
        gift_cleared(line.line_id, titles) for s in shipments for line in s.lines if line.gift
    ]
    for other in shipments:
        if other.address.key != first.address.key:
            message = sentences.nothing_goes_to(other.address)
            cleared.append(Cleared(what="shipment", subject=other.id, message=message))
    if not cleared and first.units == (*units.items(),):
        return first, []
    lines = tuple(ShipmentLine(line_id=i, quantity=quantity) for i, quantity in units.items())
    return attrs.evolve(first, lines=lines), cleared


def _several(
    shipments: Sequence[Shipment], units: Mapping[str, int], titles: Mapping[str, str]
) -> tuple[list[Shipment], list[Cleared]]:
    parts: dict[str, dict[str, ShipmentLine]] = {}
    cleared: list[Cleared] = []
    for shipment in shipments:
        for part in shipment.lines:
            if part.line_id in units:
                parts.setdefault(part.line_id, {})[shipment.id] = part
            elif part.gift is not None:
                cleared.append(gift_cleared(part.line_id, titles))
    for line_id, quantity in units.items():
        mine = parts.setdefault(line_id, {})
        if not mine:
            mine[shipments[0].id] = ShipmentLine(line_id=line_id, quantity=quantity)
        elif len(mine) == 1:
            ((shipment_id, part),) = mine.items()
            mine[shipment_id] = attrs.evolve(part, quantity=quantity)
        elif sum(part.quantity for part in mine.values()) > quantity:
            (shipment_id, part), *others = mine.items()
            parts[line_id] = {shipment_id: attrs.evolve(part, quantity=quantity)}
            to = next(s.address for s in shipments if s.id == shipment_id)
            message = sentences.split_lost(titles[line_id], to)
            cleared.append(Cleared(what="split", subject=line_id, message=message))
            if any(other.gift is not None for _, other in others):
                cleared.append(gift_cleared(line_id, titles))
    return [
        attrs.evolve(s, lines=tuple(p[s.id] for p in (parts[i] for i in units) if s.id in p))
        for s in shipments
    ], cleared


def gift_cleared(line_id: str, titles: Mapping[str, str]) -> Cleared:
    """What is told when a gift mark has to go with the units that had it."""
    message = sentences.gift_lost(titles.get(line_id))
    return Cleared(what="gift", subject=line_id, message=message)


def merged(draft: Draft, line_id: str, into: str) -> Draft:
    """Return the draft with the units of one line in its shipments made units of another one."""
    shipments = []
    for shipment in draft.shipments:
        lines = {line.line_id: line for line in shipment.lines}
        moved, there = lines.pop(line_id, None), lines.get(into)
        if moved is not None:
            lines[into] = ShipmentLine(
                line_id=into,
                quantity=moved.quantity + (there.quantity if there else 0),
                gift=(there.gift if there else None) or moved.gift,
            )
        shipments.append(attrs.evolve(shipment, lines=tuple(lines.values())))
    return attrs.evolve(draft, shipments=tuple(shipments))
