"""Writing a quote from what pricing noted, field by field, when it is read.

Pricing works on pools of equal units. Here its figures go to the lines that the units stand in:
exactly, and without a line below zero or its minimum price (PR-3, PR-6).
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cartcore.cart import CartLine
from cartcore.errors import InvalidField, PluginError
from cartcore.pricing.conflicts import conflicts
from cartcore.pricing.discounting import Taken
from cartcore.pricing.ledger import amount_of, floor_of
from cartcore.pricing.policy import RoundingPoint, Stacking
from cartcore.pricing.promotion_set import Entry
from cartcore.pricing.quote import (
    Adjustment,
    Decision,
    Phase,
    QuoteLine,
    QuoteShipment,
    QuoteShipmentLine,
    TaxCharge,
    Totals,
)
from cartcore.pricing.result import Note
from cartcore.pricing.trace import TracePart, TraceShare, TraceStep
from cartcore.promotions.offer import Ineligible, Per
from cartcore.promotions.tax import TaxRate
from cartcore.promotions.types import PromotionClass, TaxCalculator
from cartcore.values.money import allocate, divide, from_minor, split

if TYPE_CHECKING:
    from moneyed import Money

    from cartcore.pricing.engine import Pricing

Part = tuple[str, int, int]
"""A line's (or shipment's) id, its units in a share, and what is taken off it."""


class PricedCart:
    """A priced cart, as `Quote` reads it."""

    def __init__(self, pricing: "Pricing", tax: TaxCalculator | None) -> None:
        self._pricing = pricing
        self._tax = tax
        self._code = pricing.cart.currency
        # Rates are asked for now: what a plugin does wrong has to show when the cart is priced.
        self._rates = () if tax is None else self._asked(tax)

    def write(self, field: str) -> Any:  # noqa: C901, PLR0912  (a table)
        """Return the value of one field of the quote."""
        match field:
            case "currency":
                return self._code
            case "at":
                return self._pricing.at
            case "reference":
                return self._pricing.cart.reference
            case "optimal":
                return self._pricing.optimal
            case "bound":
                return None if self._pricing.optimal else self._money(self._pricing.bound)
            case "lines":
                return tuple(self._line(line) for line in self._lines)
            case "shipments":
                return self._shipments()
            case "adjustments":
                return tuple(self._adjustments())
            case "taxes":
                return self._taxes[0]
            case "decisions":
                return tuple(self._decision(note) for note in self._pricing.notes)
            case "totals":
                return self._totals()
            case "trace":
                return tuple(self._trace())
            case _:
                raise AttributeError(field)

    def check_shipments(self) -> None:
        """Raise InvalidField for units in shipments that are not there (OE-12)."""
        self._shares_of_shipments()

    def tax_total(self) -> int:
        """The tax, in minor units."""
        return self._taxes[1]

    def _money(self, minor: int) -> "Money":
        return from_minor(minor, self._code)

    # --- lines ---

    @cached_property
    def _lines(self) -> list[CartLine]:
        effects = [note.effect for note in self._pricing.notes]
        tied = [line for effect in effects if effect is not None for line in effect.added]
        return [*self._pricing.cart.lines, *tied]

    @cached_property
    def _amounts(self) -> dict[str, int]:
        rounding = self._pricing.policy.rounding
        return {line.id: amount_of(line, rounding) for line in self._lines}

    @cached_property
    def _quantities(self) -> dict[str, int]:
        return {line.id: line.quantity for line in self._lines}

    @cached_property
    def _splits(self) -> list[list[tuple[Taken, list[list[Part]]]]]:
        """For each note, its steps, and for each cell of a step the parts of its lines."""
        self._pricing.ledger.settled()
        left = self._amounts.copy()
        floors = {line.id: floor_of(line, left[line.id]) for line in self._lines}
        members: dict[int, list[CartLine]] = {}
        places = self._pricing.ledger.where
        for line in self._lines:
            members.setdefault(places[line.id], []).append(line)
        found = []
        for note in self._pricing.notes:
            steps = []
            effect = note.effect
            for step in () if effect is None else effect.taken:
                parts = self._parts(step, members, left, floors)
                for each in parts:
                    for own, _, part in each:
                        if not step.reduction.ships:
                            left[own] -= part
                steps.append((step, parts))
            found.append(steps)
        self._left = left
        return found

    def _parts(
        self,
        step: Taken,
        members: dict[int, list[CartLine]],
        left: dict[str, int],
        floors: dict[str, int],
    ) -> list[list[Part]]:
        if step.reduction.ships:
            shipments = self._pricing.cart.shipments
            return [
                [(shipments[place].id, 0, part)]
                for place, part in zip(step.cells, step.parts, strict=True)
            ]
        pool_of, units_of = self._pricing.ledger.pool, self._units_at(step)
        found = []
        left = left.copy()
        free = self._quantities.copy()
        for cell, part in zip(step.cells, step.parts, strict=True):
            lines = members[pool_of[cell]]
            if len(lines) > 1:
                lines = sorted(lines, key=lambda line: _turn_of(line, step, left, floors))
            parts = _over_lines(lines, units_of[cell], part, left, floors, free)
            for own, number, taken in parts:
                left[own] -= taken
                free[own] -= number
            found.append(parts)
        return found

    @cached_property
    def _line_totals(self) -> dict[str, int]:
        _ = self._splits
        return self._left

    def _line(self, line: CartLine) -> QuoteLine:
        amount, left = self._amounts[line.id], self._line_totals[line.id]
        return QuoteLine(
            line_id=line.id,
            sku=line.sku,
            product_id=line.product_id,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=self._money(amount),
            discount=self._money(amount - left),
            total=self._money(left),
            requires_shipping=line.requires_shipping,
            tied_to=line.tied_to,
            attributes=line.attributes,
        )

    # --- shipments ---

    def _shipments(self) -> tuple[QuoteShipment, ...]:
        shares = self._shares_of_shipments()
        pricing = self._pricing
        found = []
        for place, shipment in enumerate(pricing.cart.shipments):
            parts = [(*part, shares[part[0]].pop(0)) for part in shipment.lines]
            price, left = pricing.ledger.prices[place], pricing.ledger.postage[place]
            found.append(
                QuoteShipment(
                    shipment_id=shipment.id,
                    lines=tuple(
                        QuoteShipmentLine(
                            line_id=line_id, quantity=quantity, total=self._money(share)
                        )
                        for line_id, quantity, share in parts
                    ),
                    goods=self._money(sum(share for _, _, share in parts)),
                    speed=shipment.speed,
                    price=self._money(price),
                    discount=self._money(price - left),
                    total=self._money(left),
                )
            )
        return tuple(found)

    def _shares_of_shipments(self) -> dict[str, list[int]]:
        """Each line's total, split over its places in shipments by units (PR-3, OE-26)."""
        units: dict[str, list[int]] = {}
        for shipment in self._pricing.cart.shipments:
            for line_id, quantity in shipment.lines:
                units.setdefault(line_id, []).append(quantity)
        quantities = self._quantities
        shares: dict[str, list[int]] = {}
        for line_id, parts in units.items():
            if line_id not in quantities:
                raise InvalidField("shipments", line_id, "the cart has no such line")
            unassigned = quantities[line_id] - sum(parts)
            if unassigned < 0:
                raise InvalidField("shipments", line_id, "more units than the line has")
            shares[line_id] = allocate(self._line_totals[line_id], [*parts, unassigned])
        return shares

    # --- promotions ---

    def _adjustments(self) -> list[Adjustment]:
        found = []
        for note, steps in zip(self._pricing.notes, self._splits, strict=True):
            if note.effect is None:
                continue
            shipping = note.entry.phase is Phase.SHIPPING
            taken: dict[str, int] = {}
            units: dict[str, int] = {}
            so_far: set[int] = set()
            for step, cells in steps:
                of_step: dict[str, int] = {}
                off: dict[str, int] = {}
                for own, number, part in (part for cell in cells for part in cell):
                    taken[own] = taken.get(own, 0) + part
                    of_step[own] = of_step.get(own, 0) + number
                    off[own] = off.get(own, 0) + part
                reached = self._reached(step)
                for own, number in of_step.items():
                    if off[own] and not shipping:
                        # Of equal lines, one may give the money for units of another.
                        new, known = max(number, 1), units.get(own, 0)
                        together = max(known, new) if reached & so_far else known + new
                        units[own] = min(together, self._quantities[own])
                so_far |= reached
            for line_id, number in self._used(note.effect.uses):
                units[line_id] = max(units.get(line_id, 0), number)
            found += [
                Adjustment(
                    promotion_id=note.entry.id,
                    promotion_name=note.entry.name,
                    promo_code=note.promo_code,
                    phase=note.entry.phase,
                    line_id="" if shipping else own,
                    shipment_id=own if shipping else "",
                    discount=self._money(taken.get(own, 0)),
                    units=units.get(own, 0),
                    actor=note.entry.actor,
                )
                for own in [*taken, *(own for own in units if own not in taken)]
                if taken.get(own) or units.get(own)
            ]
        return found

    def _reached(self, step: Taken) -> set[int]:
        """The cells, as they are in the end, whose units a step was taken off."""
        if step.reduction.ships:
            return set()
        return {*self._pricing.ledger.reached(step.cells, step.splits)}

    def _units_at(self, step: Taken) -> list[int]:
        """The units of the cells when a step was taken: before some of them were split."""
        units = self._pricing.ledger.units[:]
        for cell, piece, _ in reversed(self._pricing.ledger.splits[step.splits :]):
            units[cell] += units[piece]
        return units

    def _used(self, uses: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
        """The units that were used up, by the lines that they stand in."""
        ledger = self._pricing.ledger
        for line_id, number in uses:
            rest = number
            for own, pool in ledger.where.items():
                if pool == ledger.where[line_id] and rest:
                    taken = min(rest, self._quantities[own])
                    rest -= taken
                    yield own, taken

    def _decision(self, note: Note) -> Decision:
        entry, came_to = note.entry, note.came_to
        known: dict[str, Any] = {
            "promotion_id": entry.id,
            "promotion_name": entry.name,
            "promo_code": note.promo_code,
            "actor": entry.actor,
        }
        if isinstance(came_to, Ineligible):
            return Decision(
                **known,
                applied=False,
                reason=came_to.reason,
                message=came_to.message,
                discount=self._money(0),
                missing_amount=came_to.missing_amount,
                missing_units=came_to.missing_units,
                open_options=came_to.open_options,
            )
        if note.beaten:
            return Decision(
                **known,
                applied=False,
                reason="beaten",
                discount=self._money(0),
                **self._beaten(note),
            )
        discount = self._money(came_to.discount)
        return Decision(
            **known,
            applied=True,
            reason="applied",
            message=f"takes {self._pricing.context.show(came_to.discount)} off",
            discount=discount,
            cut=self._money(came_to.cut) if came_to.cut else None,
        )

    def _beaten(self, note: Note) -> dict[str, Any]:
        """Who took the place of a promotion, and what the total would be with it (PR-27)."""
        pricing, loser = self._pricing, note.entry
        applied = {n.entry.id for n in pricing.notes if n.effect}
        turns = [e for e in pricing.turns if e.id in applied or e is loser or e.actor]
        between = conflicts(turns) or [0] * len(turns)
        own = between[turns.index(loser)]
        best_per_line = pricing.policy.stacking is Stacking.BEST_PER_LINE
        one_of = loser.kind if best_per_line and loser.kind is PromotionClass.ITEM else None
        in_the_way = [
            entry
            for i, entry in enumerate(turns)
            if own >> i & 1 or (entry.kind is one_of and not (entry.actor or entry is loser))
        ]
        try:
            other = pricing.again()
            notes = {e.id: other.attempt(e) for e in turns if e not in in_the_way}
            total = other.total(self._tax, list(notes.values()))
            difference = total - pricing.total(self._tax, pricing.notes)
        except PluginError:  # it was never asked about such a cart
            notes, difference = {}, 0
        before = {n.entry.id: n.effect.discount for n in pricing.notes if n.effect}
        after = {n.entry.id: n.effect.discount for n in notes.values() if n.effect}

        def lost(entry: Entry) -> int:
            return before.get(entry.id, 0) - after.get(entry.id, 0)

        rivals = in_the_way or [entry for entry in turns if entry is not loser]
        winner = max(rivals, key=lost, default=None)
        name = "" if winner is None else winner.name
        by = self._money(difference)
        instead = "with this one instead the total would be"
        if difference > 0:
            message = f"{name} took its place: {instead} {_show(by)} higher"
        elif difference < 0:
            message = f"{name} came first: {instead} {_show(self._money(-difference))} lower"
        else:
            message = f"{name} took its place: the total would be the same"
        return {
            "message": message,
            "beaten_by": "" if winner is None else winner.id,
            "beaten_by_amount": by,
        }

    # --- the trace ---

    def _trace(self) -> Iterator[TraceStep]:
        for note, steps in zip(self._pricing.notes, self._splits, strict=True):
            for step, parts in steps:
                yield self._step(note, step, parts)

    def _step(self, note: Note, step: Taken, parts: list[list[Part]]) -> TraceStep:
        reduction, policy = step.reduction, self._pricing.policy
        discount = reduction.discount
        shipping = reduction.ships
        if discount.percent is not None:
            kind, rate = "percent", f"{discount.percent:f}"
        else:
            money = discount.amount if discount.price is None else discount.price
            kind = "amount" if discount.price is None else "price"
            rate = "" if money is None else _show(money)
        point = RoundingPoint.PROMOTION if shipping else policy.rounding_point
        rooms = step.weights if step.rooms is None else step.rooms
        return TraceStep(
            promotion_id=note.entry.id,
            promotion_name=note.entry.name,
            phase=note.entry.phase.value,
            kind=kind,
            rate=rate,
            per=discount.per.value if discount.percent is None else Per.TOTAL.value,
            of_original=reduction.of_original,
            rounding=policy.rounding.value,
            rounding_point=point.value,
            remainder=policy.remainder.value,
            base=self._money(sum(step.bases)),
            asked=self._money(step.asked),
            maximum=None if reduction.maximum is None else self._money(reduction.maximum),
            taken=self._money(step.taken),
            cut=self._money(step.wanted - step.taken),
            shares=tuple(
                TraceShare(
                    before=self._money(before),
                    base=self._money(base),
                    weight=self._money(weight),
                    room=self._money(room),
                    units=sum(units for _, units, _ in own),
                    discount=self._money(part),
                    parts=tuple(
                        TracePart(
                            line_id="" if shipping else target,
                            shipment_id=target if shipping else "",
                            units=units,
                            discount=self._money(taken),
                        )
                        for target, units, taken in own
                    ),
                )
                for before, base, weight, room, part, own in zip(
                    step.before, step.bases, step.weights, rooms, step.parts, parts, strict=True
                )
            ),
        )

    # --- tax and sums ---

    def _asked(self, tax: TaxCalculator) -> Sequence[TaxRate]:
        pricing, ledger = self._pricing, self._pricing.ledger
        if ledger.added:  # free goods are taxed as lines like any other
            pricing.sight.look_at(ledger.with_added_in_full())
        try:
            rates = tax.rates(pricing.context)
        except Exception as error:
            raise PluginError(tax.type_name, "tax", f"it raised {error!r}") from error
        finally:
            pricing.sight.look_at(ledger)
        if not isinstance(rates, (tuple, list)) or not all(isinstance(r, TaxRate) for r in rates):
            problem = f"it answered {rates!r}, not a tuple or list of TaxRate"
            raise PluginError(tax.type_name, "tax", problem)
        shipments = {shipment.id for shipment in self._pricing.cart.shipments}
        for rate in rates:
            for named, there in (
                (rate.lines, self._amounts.keys()),
                (rate.shipments, shipments),
            ):
                strangers = [target for target in named if target not in there]
                if strangers or len(set(named)) != len(named):
                    problem = f"it names {strangers or named}, which the cart has not (once)"
                    raise PluginError(tax.type_name, f"the rate {rate.name!r}", problem)
        return rates

    @cached_property
    def _taxes(self) -> tuple[tuple[TaxCharge, ...], int]:
        pricing = self._pricing
        postage = {
            shipment.id: left
            for shipment, left in zip(pricing.cart.shipments, pricing.ledger.postage, strict=True)
        }
        charges: list[TaxCharge] = []
        together = 0
        for rate in self._rates:
            targets = [(t, "") for t in rate.lines] + [("", t) for t in rate.shipments]
            bases = [self._line_totals[t] if t else postage[s] for t, s in targets]
            numerator, denominator = rate.percent.as_integer_ratio()
            whole = divide(sum(bases) * numerator, denominator * 100, pricing.policy.rounding)
            together += whole
            parts = split(whole, bases, sum(bases))
            for (line_id, shipment_id), base, part in zip(targets, bases, parts, strict=True):
                charges.append(
                    TaxCharge(
                        name=rate.name,
                        percent=f"{rate.percent:f}",
                        line_id=line_id,
                        shipment_id=shipment_id,
                        base=self._money(base),
                        amount=self._money(part),
                    )
                )
        return tuple(charges), together

    def _totals(self) -> Totals:
        pricing = self._pricing
        discounts = dict.fromkeys(Phase, 0)
        for note in pricing.notes:
            if note.effect is not None:
                discounts[note.entry.phase] += note.effect.discount
        tax = self.tax_total()
        return Totals(
            items=self._money(pricing.ledger.gross - sum(pricing.ledger.prices)),
            item_discounts=self._money(discounts[Phase.ITEMS]),
            order_discounts=self._money(discounts[Phase.ORDER]),
            shipping=self._money(sum(pricing.ledger.prices)),
            shipping_discounts=self._money(discounts[Phase.SHIPPING]),
            tax=self._money(tax),
            total=self._money(pricing.ledger.due + tax),
        )


def _show(money: "Money") -> str:
    return f"{money.amount:f} {money.currency.code}"


def _turn_of(
    line: CartLine, step: Taken, left: dict[str, int], floors: dict[str, int]
) -> tuple[bool, int]:
    """Which of equal lines has the units of a step: one it names, then the least discounted."""
    above = left[line.id] - floors[line.id]
    return line.id not in step.reduction.lines, -(above // line.quantity)


def _over_lines(
    lines: list[CartLine],
    units: int,
    part: int,
    left: dict[str, int],
    floors: dict[str, int],
    free: dict[str, int],
) -> list[Part]:
    """Give what was taken off equal units to the lines that these stand in, in their order.

    `free` are the units of each line that the same step has not taken yet.
    """
    if len(lines) == 1:
        return [(lines[0].id, units, part)]
    among: list[tuple[CartLine, int, int]] = []
    room = 0
    for line in lines:
        own = min(units, free[line.id])
        if own or room < part:
            above = left[line.id] - floors[line.id]
            among.append((line, own, above))
            units -= own
            room += above
    parts = split(part, [above for _, _, above in among], room)
    return [(line.id, own, taken) for (line, own, _), taken in zip(among, parts, strict=True)]
