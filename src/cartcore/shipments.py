"""How the units of a draft are spread over addresses: pure changes of a draft's shipments.

Every unit of every line that needs shipping is in one shipment, except those of a split line that
grew: they wait to be assigned (OE-12, OE-15).
"""

from collections.abc import Mapping, Sequence

import attrs

from cartcore.contact import Address
from cartcore.draft import Cleared, Draft, Gift, Shipment, ShipmentLine
from cartcore.errors import InvalidField, InvalidSplit, NotFound
from cartcore.quote import QuoteLine


def shippable(lines: Sequence[QuoteLine]) -> dict[str, int]:
    """The units of each line that needs shipping, by line id."""
    return {line.line_id: line.quantity for line in lines if line.requires_shipping}


def several_addresses_offered(lines: Sequence[QuoteLine]) -> bool:
    """Whether more than one unit needs shipping (OE-12)."""
    return sum(shippable(lines).values()) > 1


def unassigned(draft: Draft, lines: Sequence[QuoteLine]) -> dict[str, int]:
    """The units that need shipping but have no address yet, by line id."""
    waiting = {
        line_id: quantity - sum(s.quantity_of(line_id) for s in draft.shipments)
        for line_id, quantity in shippable(lines).items()
    }
    return {line_id: quantity for line_id, quantity in waiting.items() if quantity}


def settle(draft: Draft, lines: Sequence[QuoteLine], address: Address | None) -> Draft:
    """Return the draft with its shipments made to fit its lines; what had to go is reported.

    Addresses, speeds and gift marks that are still valid stay (OE-15). A line without an address
    goes to the first shipment; `address` is that of the first shipment where there is none yet
    (OE-11).
    """
    units = shippable(lines)
    titles = {line.line_id: line.description for line in lines}
    cleared: list[Cleared] = []
    shipments = list(draft.shipments)
    next_shipment = draft.next_shipment
    if units and not shipments and address is not None:
        shipments = [Shipment(id=f"s{next_shipment}", address=address)]
        next_shipment += 1
    multiple = draft.multiple_addresses
    if multiple and not several_addresses_offered(lines):
        multiple = False
        cleared.append(
            Cleared(
                what="multiple_addresses",
                subject="",
                message="fewer than two units are left to ship: the order goes to one address",
            )
        )
    if shipments and not multiple:
        kept, changes = _single(shipments, units, titles)
        cleared += changes
        shipments = [kept]
    elif shipments:
        shipments, changes = _several(shipments, units, titles)
        cleared += changes
    return attrs.evolve(
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
    first = next((s for s in shipments if any(s.quantity_of(i) for i in units)), shipments[0])
    cleared = [
        _gift_cleared(line.line_id, titles) for s in shipments for line in s.lines if line.gift
    ]
    for other in shipments:
        if other.address.key != first.address.key:
            message = f"nothing goes to {other.address} any more"
            cleared.append(Cleared(what="shipment", subject=other.id, message=message))
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
                cleared.append(_gift_cleared(part.line_id, titles))
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
            message = (
                f"the split of {titles[line_id]} no longer fits: all of it goes to {shipment_id}"
            )
            cleared.append(Cleared(what="split", subject=line_id, message=message))
            if any(other.gift is not None for _, other in others):
                cleared.append(_gift_cleared(line_id, titles))
    return [
        attrs.evolve(s, lines=tuple(p[s.id] for p in (parts[i] for i in units) if s.id in p))
        for s in shipments
    ], cleared


def _gift_cleared(line_id: str, titles: Mapping[str, str]) -> Cleared:
    message = f"the gift mark of {titles.get(line_id, 'a removed line')} was taken away"
    return Cleared(what="gift", subject=line_id, message=message)


def with_shipment(draft: Draft, address: Address) -> tuple[Draft, str]:
    """Return the draft with a shipment to this address, and its id; never two to one (OE-12)."""
    for shipment in draft.shipments:
        if shipment.address.key == address.key:
            return draft, shipment.id
    added = Shipment(id=f"s{draft.next_shipment}", address=address)
    return (
        attrs.evolve(
            draft,
            shipments=(*draft.shipments, added),
            next_shipment=draft.next_shipment + 1,
        ),
        added.id,
    )


def assign(draft: Draft, line: QuoteLine, parts: Mapping[str, int]) -> Draft:
    """Return the draft with the units of a line spread as in `parts` (shipment id to units).

    A gift mark stays with the shipment; where no units are left it is cleared.

    Raises:
        NotFound: a shipment that the draft does not have.
        InvalidSplit: more or fewer units than the line has, or a part that is not a whole number.
    """
    line_id, quantity = line.line_id, line.quantity
    if not isinstance(parts, Mapping):
        raise InvalidField("parts", parts, "units by shipment id are needed, such as {'s1': 2}")
    known = {s.id for s in draft.shipments}
    for shipment_id, units in parts.items():
        if shipment_id not in known:
            raise NotFound("shipment", shipment_id)
        if type(units) is not int or units < 0:
            raise InvalidSplit(line_id, quantity, units)
    if sum(parts.values()) != quantity:
        raise InvalidSplit(line_id, quantity, sum(parts.values()))
    lost = [
        _gift_cleared(line_id, {line_id: line.description})
        for s in draft.shipments
        for part in s.lines
        if part.line_id == line_id and part.gift is not None and not parts.get(s.id)
    ]
    return attrs.evolve(
        draft,
        shipments=tuple(_reassigned(s, line_id, parts.get(s.id, 0)) for s in draft.shipments),
        cleared=(*draft.cleared, *lost),
    )


def _reassigned(shipment: Shipment, line_id: str, quantity: int) -> Shipment:
    others = tuple(line for line in shipment.lines if line.line_id != line_id)
    if not quantity:
        return attrs.evolve(shipment, lines=others)
    mine = next((line for line in shipment.lines if line.line_id == line_id), None)
    part = ShipmentLine(line_id=line_id, quantity=quantity, gift=mine.gift if mine else None)
    return attrs.evolve(shipment, lines=(*others, part))


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


def mark(draft: Draft, line_id: str, shipment_id: str, gift: Gift | None) -> Draft:
    """Return the draft with the gift mark of a line set or taken away, in one shipment or in all.

    Raises:
        NotFound: no such shipment (if one is named) has units of the line.
    """
    marked = False
    shipments = []
    for shipment in draft.shipments:
        lines = []
        for line in shipment.lines:
            meant = line.line_id == line_id and shipment_id in ("", shipment.id)
            marked = marked or meant
            lines.append(attrs.evolve(line, gift=gift) if meant else line)
        shipments.append(attrs.evolve(shipment, lines=tuple(lines)))
    if not marked:
        raise NotFound("shipped line", f"{line_id} in {shipment_id}" if shipment_id else line_id)
    return attrs.evolve(draft, shipments=tuple(shipments))
