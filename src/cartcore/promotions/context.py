"""What a promotion or condition sees of the cart when its turn comes."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from moneyed import Money

from cartcore.cart import CartLine, CartShipment, Customer
from cartcore.promotions.selection import ALL_LINES, Selection


class UnitGroup(NamedTuple):
    """Equal units that quantity promotions can still use (PR-13).

    Attributes:
        line: One of the lines that they stand in.
        id: The id of that line, by which an offer names the units.
        fine_price: The unit price in 1/`FINE_PER_MINOR` of the minor unit, to compare and to
            multiply; of goods that a promotion added for less, what it left of that.
        units: How many units there are.
    """

    line: CartLine
    id: str
    fine_price: int
    units: int


class PricingContext(Protocol):
    """The cart as a promotion sees it when its turn comes; read-only (PK-10).

    Amounts are integers in the currency's minor unit; `to_money` turns them into `Money`.
    A promotion's own tied lines are not in it yet (PR-25). Those of earlier promotions are in it
    with what their promotions left of them: at that price, and not at all if they are free (PR-31).
    """

    @property
    def at(self) -> datetime:
        """The instant that is priced for, in UTC."""
        ...

    @property
    def currency(self) -> str:
        """The ISO 4217 code of the cart's currency."""
        ...

    @property
    def channel(self) -> str:
        """The sales channel; empty if the store has none."""
        ...

    @property
    def customer(self) -> Customer:
        """Who buys, as far as conditions may know."""
        ...

    @property
    def shipments(self) -> tuple[CartShipment, ...]:
        """The shipments, with the speeds chosen for them."""
        ...

    @property
    def timezone(self) -> str:
        """The IANA name of the zone whose clocks the store goes by (OE-30)."""
        ...

    @property
    def promotion_id(self) -> str:
        """The id of the promotion whose turn it is."""
        ...

    @property
    def local_time(self) -> datetime:
        """The instant that is priced for, as the store's clocks show it (OE-30)."""
        ...

    @property
    def lines(self) -> tuple[CartLine, ...]:
        """All lines so far, those tied to earlier promotions included."""
        ...

    def select(self, selection: Selection = ALL_LINES) -> tuple[CartLine, ...]:
        """The lines that a selection means, in the order of the cart, tied lines last."""
        ...

    def quantity(self, selection: Selection = ALL_LINES) -> int:
        """The number of units that a selection means."""
        ...

    def unit_groups(self, selection: Selection = ALL_LINES) -> tuple[UnitGroup, ...]:
        """The groups of equal units that quantity promotions can still use, cheapest first.

        Units that no discount is taken off, or of which nothing is left to pay, are left out
        (PR-30).
        """
        ...

    def gift_groups(self, selection: Selection = ALL_LINES) -> tuple[UnitGroup, ...]:
        """The free units that other promotions added, for a promotion that says `count_gifts`.

        They count as bought, but can never be gained, for nothing is left to pay (PR-30, PR-31).
        """
        ...

    def units_to_pay(self, selection: Selection = ALL_LINES) -> int:
        """The number of units of which something is left to pay, and that can be discounted."""
        ...

    def amount(self, line: CartLine) -> int:
        """Unit price × quantity of a line, before discounts, in minor units."""
        ...

    def remaining(self, target: CartLine | CartShipment) -> int:
        """What earlier discounts left of a line or of a shipment's price, in minor units."""
        ...

    def subtotal(
        self, lines: Selection | Sequence[CartLine] = ALL_LINES, *, after_discounts: bool = False
    ) -> int:
        """The sum over lines, before discounts or after the earlier ones, in minor units."""
        ...

    def to_minor(self, money: Money) -> int:
        """An amount of a promotion's configuration in minor units.

        Raises:
            CurrencyMismatch: the cart has another currency; the promotion then does not apply.
        """
        ...

    def to_money(self, minor: int) -> Money:
        """Minor units as money of the cart's currency."""
        ...

    def show(self, minor: int) -> str:
        """Minor units as they stand in a sentence: "12.50 USD"."""
        ...

    def tied_line_id(self, key: str) -> str:
        """The id of the line that a tied item of this promotion becomes."""
        ...
