"""What is taxed by itself: units of a line in one shipment, or the price of a shipment (TX-1)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

from cartcore.cart import Cart, CartLine, CartShipment
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import TaxPolicy
from cartcore.pricing.shares import LineShares
from cartcore.pricing.turn import Turn
from cartcore.promotions.tax import TaxablePart
from cartcore.values.allocation import Rounding, allocate


class Amounts(Sequence[int]):
    """What is taxed of each part, in minor units: worked out when it is first read.

    `by_others` is what somebody else pays of each (TX-5), empty where nobody does.
    """

    def __init__(
        self,
        cart: Cart,
        rounding: Rounding,
        lines: Sequence[CartLine],
        ledger: Ledger,
        turns: Sequence[Turn],
    ) -> None:
        self._cart = cart
        self._rounding = rounding
        self._lines = lines
        self._ledger = ledger
        self._turns = turns

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        return self._figures[0][index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._figures[0])

    def __len__(self) -> int:
        return len(self._figures[0])

    @property
    def by_others(self) -> Sequence[int]:
        """What somebody else pays of each part."""
        return self._figures[1]

    @cached_property
    def _figures(self) -> tuple[Sequence[int], Sequence[int]]:
        cart, lines, ledger, turns = self._cart, self._lines, self._ledger, self._turns
        paid = [
            turn.candidate.promotion is not None and turn.candidate.promotion.paid_by_third_party
            for turn in turns
        ]
        if not (ledger.merged or any(paid)):
            return tuple(amounts_of(cart, lines, self._left(), ledger.shipping_left)), ()
        shares = LineShares(cart, ledger, turns, self._rounding)
        left = [shares.left[line.id] for line in lines]
        own = amounts_of(cart, lines, left, ledger.shipping_left)
        if not any(paid):
            return tuple(own), ()
        off_lines, off_shipments = _paid_by_others(shares, turns)
        foreign = [off_lines.get(line.id, 0) for line in lines]
        foreign_shipping = [off_shipments.get(each.id, 0) for each in cart.shipments]
        others = tuple(amounts_of(cart, lines, foreign, foreign_shipping))
        return tuple(map(sum, zip(own, others, strict=True))), others

    def _left(self) -> Sequence[int]:
        """What is left of each line where no two are equal: what is left of its pool."""
        ledger = self._ledger
        left, where = ledger.settled()[:], ledger.where
        for cell, pool in enumerate(ledger.pool) if ledger.pieces else ():
            if cell != pool:
                left[pool] += left[cell]
        return [left[where[line.id]] for line in self._lines]


def parts_of(
    cart: Cart, policy: TaxPolicy, lines: Sequence[CartLine], amounts: Sequence[int]
) -> list[TaxablePart]:
    """What is taxed by itself: the units of lines by shipment, then the prices of shipments.

    `amounts` are those of the parts; see `amounts_of`.
    """
    home, gross, sent = cart.place, cart.prices_include_tax, _sent(cart)
    places = {shipment.id: shipment.place for shipment in cart.shipments}
    parts: list[TaxablePart] = []
    make = tuple.__new__  # in half the time of the class itself
    shipment: CartShipment | None
    for line in lines:
        with_tax = line.price_includes_tax
        if with_tax is None:
            with_tax = gross
        shipment, place, units = None, home, line.quantity
        there = sent.get(line.id) if sent else None
        if there is not None:
            shipment, own = there[0]
            if own != units:
                for shipment, own, _ in _in_shipments(there, line, 0):
                    into = None if shipment is None else shipment.id
                    place = home if into is None else places[into]
                    id_, at = f"units of line {line.id!r} in shipment {into!r}", len(parts)
                    parts.append(
                        make(TaxablePart, (id_, line, shipment, place, own, with_tax, amounts, at))
                    )
                continue
            place = places[shipment.id]  # all of them in one place, as nearly always
        id_, at = "line " + line.id, len(parts)
        parts.append(make(TaxablePart, (id_, line, shipment, place, units, with_tax, amounts, at)))
    for shipment in cart.shipments:
        if shipment.speed is not None:
            with_tax = shipping_is_gross(cart, shipment, policy)
            id_, place, at = "shipment " + shipment.id, places[shipment.id], len(parts)
            parts.append(make(TaxablePart, (id_, None, shipment, place, 1, with_tax, amounts, at)))
    return parts


def amounts_of(
    cart: Cart, lines: Sequence[CartLine], left: Sequence[int], shipping_left: Sequence[int]
) -> list[int]:
    """The amounts of the parts, of what is left of the lines and of the prices of shipments."""
    sent = _sent(cart)
    found: list[int] = []
    for line, own in zip(lines, left, strict=True):
        if line.id in sent:
            found += [amount for _, _, amount in _in_shipments(sent[line.id], line, own)]
        else:
            found.append(own)
    pairs = zip(cart.shipments, shipping_left, strict=True)
    return found + [own for shipment, own in pairs if shipment.speed is not None]


def _sent(cart: Cart) -> Mapping[str, Sequence[tuple[CartShipment, int]]]:
    """The shipments that have units of a line, with these, by line id."""
    found: dict[str, list[tuple[CartShipment, int]]] = {}
    for shipment in cart.shipments:
        for line_id, units in shipment.lines:
            found.setdefault(line_id, []).append((shipment, units))
    return found


def shipping_is_gross(cart: Cart, shipment: CartShipment, policy: TaxPolicy) -> bool:
    """Whether the price of a shipment includes tax."""
    for said in (shipment.price_includes_tax, policy.shipping_includes_tax):
        if said is not None:
            return said
    return cart.prices_include_tax


def _in_shipments(
    there: Sequence[tuple[CartShipment, int]], line: CartLine, left: int
) -> list[tuple[CartShipment | None, int, int]]:
    """The units and what is left of them, for each shipment that has units of a line."""
    if len(there) == 1 and there[0][1] == line.quantity:  # as nearly always
        return [(there[0][0], line.quantity, left)]
    rest = max(0, line.quantity - sum(quantity for _, quantity in there))
    units = [*(quantity for _, quantity in there), rest]
    shipments = [*(shipment for shipment, _ in there), None]
    found: dict[str, tuple[CartShipment | None, int, int]] = {}
    # As the quote splits a line's total over its shipments.
    for shipment, quantity, own in zip(shipments, units, allocate(left, units), strict=True):
        key = "" if shipment is None else shipment.id
        _, before, left_before = found.get(key, (None, 0, 0))
        found[key] = (shipment, before + quantity, left_before + own)
    return [each for each in found.values() if each[1]]


def _paid_by_others(
    shares: LineShares, turns: Sequence[Turn]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """What promotions that a third party pays for took off lines, and off shipments (TX-5).

    Each by id: a line and a shipment may have the same one.
    """
    off_lines: dict[str, int] = {}
    off_shipments: dict[str, int] = {}
    for turn, steps in zip(turns, shares.steps, strict=True):
        promotion = turn.candidate.promotion
        if promotion is not None and promotion.paid_by_third_party:
            for step, parts in steps:
                found = off_shipments if step.reduction.ships else off_lines
                for target, _, taken in (part for cell in parts for part in cell):
                    found[target] = found.get(target, 0) + taken
    return off_lines, off_shipments


def is_in(part: TaxablePart, charge: TaxablePart) -> bool:
    """Whether a part is of the goods in the shipment that a charge is for."""
    return part.line is not None and part.shipment_id == charge.shipment_id
