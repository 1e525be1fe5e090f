"""Which units of a draft go with which shipment, while that is changed (OE-12, OE-14)."""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from cartcore.entry.shipments import gift_cleared
from cartcore.errors import InvalidSplit, NotFound
from cartcore.orders.draft import Cleared, Draft, Gift, Shipment, ShipmentLine
from cartcore.pricing.quote_parts import QuoteLine
from cartcore.shop.address import Address
from cartcore.values.integers import plain_int
from cartcore.values.text import a_text


class Assignments:
    """The shipments of a draft, each found by its id or address, and in each the units of a line.

    A change costs as much as there are shipments, however many lines they have. Each is made
    whole, or it raises and nothing was changed. `lines` are those whose units are assigned, by id;
    `changed` tells that the shipments are no longer those of the draft.
    """

    def __init__(self, draft: Draft, lines: Sequence[QuoteLine]) -> None:
        self.lines = {line.line_id: line for line in lines}
        self.changed = False
        self._draft = draft
        self._shipments = {s.id: s for s in draft.shipments}
        self._parts = {s.id: {part.line_id: part for part in s.lines} for s in draft.shipments}
        self._by_address = {s.address.key: s.id for s in reversed(draft.shipments)}
        self._next = draft.next_shipment
        self._cleared: list[Cleared] = []

    @property
    def draft(self) -> Draft:
        """The draft with its units spread as they are now."""
        return attrs.evolve(
            self._draft,
            shipments=tuple(self._changed_shipments()),
            next_shipment=self._next,
            cleared=(*self._draft.cleared, *self._cleared),
        )

    def _changed_shipments(self) -> Iterator[Shipment]:
        for shipment_id, shipment in self._shipments.items():
            yield attrs.evolve(shipment, lines=tuple(self._parts[shipment_id].values()))

    def add(self, address: Address) -> str:
        """Add a shipment to an address and return its id; never two to one (OE-12)."""
        known = self._by_address.get(address.key)
        if known is not None:
            return known
        added = Shipment(id=f"s{self._next}", address=address)
        self._shipments[added.id] = added
        self._parts[added.id] = {}
        self._by_address[address.key] = added.id
        self._next += 1
        return added.id

    def assign(self, line: QuoteLine, parts: Mapping[str, int]) -> None:
        """Spread the units of a line as in `parts` (shipment id to units).

        A gift mark stays with the shipment; where no units are left it is cleared.

        Raises:
            NotFound: a shipment that the draft does not have.
            InvalidSplit: more or fewer units than the line has, or a part that is no whole number.
        """
        line_id, quantity = line.line_id, line.quantity
        split: dict[str, int] = {}
        for shipment_id, given in parts.items():
            if a_text(shipment_id, "shipment id") not in self._shipments:
                raise NotFound("shipment", shipment_id)
            units = plain_int(given)
            if type(units) is not int or units < 0:
                raise InvalidSplit(line_id, line.description, quantity, given)
            split[shipment_id] = units
        if sum(split.values()) != quantity:
            raise InvalidSplit(line_id, line.description, quantity, sum(split.values()))
        for shipment_id, here in self._parts.items():
            old = here.pop(line_id, None)
            gift = old.gift if old else None
            units = split.get(shipment_id, 0)
            if units:
                here[line_id] = ShipmentLine(line_id=line_id, quantity=units, gift=gift)
            elif gift is not None:
                self._cleared.append(gift_cleared(line_id, {line_id: line.description}))

    def mark(self, line_id: str, shipment_id: str, gift: Gift | None) -> None:
        """Set or take away the gift mark of a line, in one shipment or, without an id, in all.

        Raises:
            NotFound: no such shipment (if one is named) has units of the line.
        """
        meant = [
            self._parts[each]
            for each in ((shipment_id,) if shipment_id else self._parts)
            if line_id in self._parts.get(each, ())
        ]
        if not meant:
            where = f"{line_id} in {shipment_id}" if shipment_id else line_id
            raise NotFound("shipped line", where)
        for parts in meant:
            parts[line_id] = attrs.evolve(parts[line_id], gift=gift)
