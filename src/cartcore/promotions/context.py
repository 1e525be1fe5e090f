"""What a promotion or condition sees of the cart when its turn comes."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from moneyed import Money

from cartcore.cart import Cart, CartLine, CartShipment
from cartcore.pricing.ledger import Ledger
from cartcore.promotions.offer import tied_line_id
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.values.money import from_minor, minor_of, show
from cartcore.values.time_zones import local_time


class UnitGroup(NamedTuple):
    """Equal units that quantity promotions can still use (PR-13).

    Attributes:
        line: One of the lines that they stand in.
        id: The id of that line, by which an offer names the units.
        price: The unit price in 1/`FINER` of the minor unit, to compare and to multiply; of goods
            that a promotion added for less, what it left of that.
        units: How many units there are.
    """

    line: CartLine
    id: str
    price: int
    units: int


class PricingContext:
    """The cart as a promotion sees it when its turn comes; read-only.

    Amounts are integers in the currency's minor unit; `money` turns them into `Money`.
    A promotion's own tied lines are not in it yet (PR-25). Those of earlier promotions are in it
    with what their promotions left of them: at that price, and not at all if they are free (PR-31).
    """

    __slots__ = (
        "_cart",
        "_chosen",
        "_ledger",
        "at",
        "channel",
        "currency",
        "customer",
        "promotion_id",
        "saw_discounts",
        "saw_lines",
        "saw_units",
        "shipments",
        "timezone",
    )

    def __init__(self, cart: Cart, at: datetime, ledger: Ledger) -> None:
        self.at = at
        self.currency = cart.currency
        self.channel = cart.channel
        self.customer = cart.customer
        self.shipments = cart.shipments
        self.timezone = cart.timezone
        self.promotion_id = ""
        self._cart = cart
        # What an answer depended on: the search for the best combination asks again only then.
        self.saw_lines = self.saw_discounts = self.saw_units = False
        self.look_at(ledger)

    def look_at(self, ledger: Ledger) -> None:
        """Show the cart as it is in a ledger; for the engine."""
        self._ledger = ledger
        self._chosen: dict[int, tuple[Selection, tuple[CartLine, ...]]] = {}

    @property
    def local_time(self) -> datetime:
        """The instant that is priced for, as the store's clocks show it (OE-30)."""
        return local_time(self.at, self.timezone)

    @property
    def lines(self) -> tuple[CartLine, ...]:
        """All lines so far, those tied to earlier promotions included."""
        return self.select(ALL_LINES)

    def select(self, selection: Selection = ALL_LINES) -> tuple[CartLine, ...]:
        """The lines that a selection means, in the order of the cart, tied lines last."""
        self.saw_lines = True
        known = self._chosen.get(id(selection))
        if known is not None:
            return known[1]
        ledger = self._ledger
        pools = ledger.select(selection)
        if ledger.merged:
            among, places = set(pools), ledger.where
            tied = [ledger.line[pool] for pool in pools if ledger.line[pool].tied_to]
            lines = (*(x for x in self._cart.lines if places[x.id] in among), *tied)
        else:
            lines = tuple([ledger.line[pool] for pool in pools])
        if selection.sees_discounts:
            self.saw_discounts = True
        else:
            self._chosen[id(selection)] = (selection, lines)
        return lines

    def quantity(self, selection: Selection = ALL_LINES) -> int:
        """The number of units that a selection means."""
        self.saw_lines = True
        self.saw_discounts |= selection.sees_discounts
        ledger = self._ledger
        return sum([ledger.units[cell] for cell in ledger.cells(ledger.select(selection))])

    def groups(self, selection: Selection = ALL_LINES) -> tuple[UnitGroup, ...]:
        """The groups of equal units that quantity promotions can still use, cheapest first.

        Units that no discount is taken off, or of which nothing is left to pay, are left out
        (PR-30).
        """
        self.saw_lines = self.saw_units = True
        self.saw_discounts |= selection.sees_discounts
        ledger = self._ledger
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

    def gifts(self, selection: Selection = ALL_LINES) -> tuple[UnitGroup, ...]:
        """The free units that other promotions added, for a promotion that says `count_gifts`.

        They count as bought, but can never be gained, for nothing is left to pay (PR-30, PR-31).
        """
        self.saw_lines = self.saw_units = True
        ledger = self._ledger
        if not ledger.gifts:
            return ()
        return tuple(
            UnitGroup(ledger.line[pool], ledger.line[pool].id, ledger.line[pool].fine_price, units)
            for pool in ledger.cheapest_first(selection)
            if (units := ledger.given_free(pool))
        )

    def units_to_pay(self, selection: Selection = ALL_LINES) -> int:
        """The number of units of which something is left to pay, and that can be discounted."""
        self.saw_lines = self.saw_discounts = True
        ledger = self._ledger
        return sum([ledger.to_pay(pool) for pool in ledger.cheapest_first(selection)])

    def amount(self, line: CartLine) -> int:
        """Unit price × quantity of a line, before discounts, in minor units."""
        return self._share((line,), self._ledger.amount)

    def remaining(self, target: CartLine | CartShipment) -> int:
        """What earlier discounts left of a line or of a shipment's price, in minor units."""
        self.saw_discounts = True
        if isinstance(target, CartShipment):
            return self._ledger.postage[[s.id for s in self.shipments].index(target.id)]
        return self._share((target,), self._ledger.left)

    def subtotal(
        self, lines: Selection | Sequence[CartLine] = ALL_LINES, *, after_discounts: bool = False
    ) -> int:
        """The sum over lines, before discounts or after the earlier ones, in minor units."""
        ledger = self._ledger
        self.saw_lines = True
        if after_discounts:
            self.saw_discounts = True
        if lines is ALL_LINES:
            return ledger.goods_left() if after_discounts else sum(ledger.amount)
        figures = ledger.left if after_discounts else ledger.amount
        if not isinstance(lines, Selection):
            return self._share(lines, figures)
        self.saw_discounts |= lines.sees_discounts
        return sum([figures[cell] for cell in ledger.cells(ledger.select(lines))])

    def _share(self, lines: Sequence[CartLine], figures: list[int]) -> int:
        """The sum over lines of any choice: of units that several lines share, by their number."""
        self.saw_lines = True
        ledger = self._ledger
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

    def minor(self, money: Money) -> int:
        """An amount of a promotion's configuration in minor units.

        Raises:
            CurrencyMismatch: the cart has another currency; the promotion then does not apply.
        """
        return minor_of(money, self.currency)

    def money(self, minor: int) -> Money:
        """Minor units as money of the cart's currency."""
        return from_minor(minor, self.currency)

    def show(self, minor: int) -> str:
        """Minor units as they stand in a sentence: "12.50 USD"."""
        return show(self.money(minor))

    def tied_line_id(self, key: str) -> str:
        """The id of the line that a tied item of this promotion becomes."""
        return tied_line_id(self.promotion_id, key)
