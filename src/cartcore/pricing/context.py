"""What a promotion sees of the cart, read off the ledger that the engine stands on (PK-10)."""

from collections.abc import Sequence
from datetime import datetime

import attrs
from moneyed import Money

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.pricing.ledger import Ledger
from cartcore.promotions.context import UnitGroup
from cartcore.promotions.offer import tied_line_id
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.values.money import from_minor, minor_of, show
from cartcore.values.time_zones import local_time


class Sight:
    """Where a context looks, and what it was asked: the engine's side of it.

    `saw_lines`, `saw_discounts` and `saw_units` say what the answers depended on since they were
    last set to False: the search for the best combination asks again only then.
    """

    __slots__ = ("ledger", "promotion_id", "saw_discounts", "saw_lines", "saw_units", "selected")

    def __init__(self, ledger: Ledger) -> None:
        self.promotion_id = ""
        self.saw_lines = self.saw_discounts = self.saw_units = False
        self.look_at(ledger)

    def look_at(self, ledger: Ledger) -> None:
        """Show the cart as it is in a ledger, which may have other lines than before."""
        self.ledger = ledger
        self.selected: dict[int, tuple[Selection, tuple[CartLine, ...]]] = {}

    def forget(self) -> None:
        """Have seen nothing so far."""
        self.saw_lines = self.saw_discounts = self.saw_units = False


@attrs.frozen(eq=False, repr=False)
class LedgerContext:
    """The engine's `PricingContext`: its values are the cart's, and its figures the ledger's."""

    _cart: Cart
    _at: datetime
    _sight: Sight

    @property
    def at(self) -> datetime:
        """The instant that is priced for, in UTC."""
        return self._at

    @property
    def currency(self) -> str:
        """The ISO 4217 code of the cart's currency."""
        return self._cart.currency

    @property
    def channel(self) -> str:
        """The sales channel; empty if the store has none."""
        return self._cart.channel

    @property
    def customer(self) -> Customer:
        """Who buys, as far as conditions may know."""
        return self._cart.customer

    @property
    def shipments(self) -> tuple[CartShipment, ...]:
        """The shipments, with the speeds chosen for them."""
        return self._cart.shipments

    @property
    def timezone(self) -> str:
        """The IANA name of the zone whose clocks the store goes by (OE-30)."""
        return self._cart.timezone

    @property
    def promotion_id(self) -> str:
        """The id of the promotion whose turn it is."""
        return self._sight.promotion_id

    @property
    def local_time(self) -> datetime:
        """The instant that is priced for, as the store's clocks show it (OE-30)."""
        return local_time(self._at, self._cart.timezone)

    @property
    def lines(self) -> tuple[CartLine, ...]:
        """All lines so far, those tied to earlier promotions included."""
        return self.select(ALL_LINES)

    def select(self, selection: Selection = ALL_LINES) -> tuple[CartLine, ...]:
        """The lines that a selection means, in the order of the cart, tied lines last."""
        sight = self._sight
        sight.saw_lines = True
        known = sight.selected.get(id(selection))
        if known is not None:
            return known[1]
        ledger = sight.ledger
        pools = ledger.select(selection)
        if ledger.merged:
            among, places = set(pools), ledger.where
            tied = [ledger.line[pool] for pool in pools if ledger.line[pool].tied_to]
            lines = (*(x for x in self._cart.lines if places[x.id] in among), *tied)
        else:
            lines = tuple([ledger.line[pool] for pool in pools])
        if selection.sees_discounts:
            sight.saw_discounts = True
        else:
            sight.selected[id(selection)] = (selection, lines)
        return lines

    def quantity(self, selection: Selection = ALL_LINES) -> int:
        """The number of units that a selection means."""
        sight = self._sight
        sight.saw_lines = True
        sight.saw_discounts |= selection.sees_discounts
        ledger = sight.ledger
        return sum([ledger.units[cell] for cell in ledger.cells(ledger.select(selection))])

    def unit_groups(self, selection: Selection = ALL_LINES) -> tuple[UnitGroup, ...]:
        """The groups of equal units that quantity promotions can still use, cheapest first.

        Units that no discount is taken off, or of which nothing is left to pay, are left out
        (PR-30).
        """
        sight = self._sight
        sight.saw_lines = sight.saw_units = True
        sight.saw_discounts |= selection.sees_discounts
        ledger = sight.ledger
        unused, line, make = ledger.unused, ledger.line, tuple.__new__
        left, pieces = ledger.left, ledger.pieces
        # Past the __new__ that NamedTuple writes in Python: it takes three times as long.
        return tuple(
            [
                make(UnitGroup, ((first := line[pool]), first.id, first.fine_price, units))
                for pool in ledger.cheapest_first(selection)
                if (units := ledger.usable(pool) if pool in pieces else left[pool] and unused[pool])
            ]
        )

    def gift_groups(self, selection: Selection = ALL_LINES) -> tuple[UnitGroup, ...]:
        """The free units that other promotions added, for a promotion that says `count_gifts`.

        They count as bought, but can never be gained, for nothing is left to pay (PR-30, PR-31).
        """
        sight = self._sight
        sight.saw_lines = sight.saw_units = True
        ledger = sight.ledger
        if not ledger.gifts:
            return ()
        return tuple(
            UnitGroup(ledger.line[pool], ledger.line[pool].id, ledger.line[pool].fine_price, units)
            for pool in ledger.cheapest_first(selection)
            if (units := ledger.given_free(pool))
        )

    def units_to_pay(self, selection: Selection = ALL_LINES) -> int:
        """The number of units of which something is left to pay, and that can be discounted."""
        sight = self._sight
        sight.saw_lines = sight.saw_discounts = True
        ledger = sight.ledger
        return sum([ledger.to_pay(pool) for pool in ledger.cheapest_first(selection)])

    def amount(self, line: CartLine) -> int:
        """Unit price × quantity of a line, before discounts, in minor units."""
        return self._share((line,), self._sight.ledger.amount)

    def remaining(self, target: CartLine | CartShipment) -> int:
        """What earlier discounts left of a line or of a shipment's price, in minor units."""
        sight = self._sight
        sight.saw_discounts = True
        if isinstance(target, CartShipment):
            return sight.ledger.shipping_left[[s.id for s in self._cart.shipments].index(target.id)]
        return self._share((target,), sight.ledger.left)

    def subtotal(
        self, lines: Selection | Sequence[CartLine] = ALL_LINES, *, after_discounts: bool = False
    ) -> int:
        """The sum over lines, before discounts or after the earlier ones, in minor units."""
        sight = self._sight
        ledger = sight.ledger
        sight.saw_lines = True
        if after_discounts:
            sight.saw_discounts = True
        if lines is ALL_LINES:
            return ledger.goods_left() if after_discounts else sum(ledger.amount)
        figures = ledger.left if after_discounts else ledger.amount
        if not isinstance(lines, Selection):
            return self._share(lines, figures)
        sight.saw_discounts |= lines.sees_discounts
        return sum([figures[cell] for cell in ledger.cells(ledger.select(lines))])

    def _share(self, lines: Sequence[CartLine], figures: list[int]) -> int:
        """The sum over lines of any choice: of units that several lines share, by their number."""
        sight = self._sight
        sight.saw_lines = True
        ledger = sight.ledger
        places = ledger.where
        units: dict[int, int] = {}
        for line in lines:
            units[places[line.id]] = units.get(places[line.id], 0) + line.quantity
        together = 0
        for pool, own in units.items():
            cells = ledger.cells((pool,))
            whole = sum(figures[cell] for cell in cells)
            together += whole * own // sum(ledger.units[cell] for cell in cells)
        return together

    def to_minor(self, money: Money) -> int:
        """An amount of a promotion's configuration in minor units.

        Raises:
            CurrencyMismatch: the cart has another currency; the promotion then does not apply.
        """
        return minor_of(money, self._cart.currency)

    def to_money(self, minor: int) -> Money:
        """Minor units as money of the cart's currency."""
        return from_minor(minor, self._cart.currency)

    def show(self, minor: int) -> str:
        """Minor units as they stand in a sentence: "12.50 USD"."""
        return show(self.to_money(minor))

    def tied_line_id(self, key: str) -> str:
        """The id of the line that a tied item of this promotion becomes."""
        return tied_line_id(self._sight.promotion_id, key)
