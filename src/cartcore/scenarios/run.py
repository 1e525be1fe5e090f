"""What a simulation found: frames of integers, and any single quote whole (SC-13)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import attrs
import polars as pl

from cartcore.cart import Cart
from cartcore.errors import InvalidField, NotFound
from cartcore.pricing.quote import Quote
from cartcore.scenarios.arguments import read_as
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.caveats import caveats_of, in_short
from cartcore.scenarios.comparison import Comparison, compare, side_by_side
from cartcore.scenarios.figures import added_up, narrowed
from cartcore.scenarios.scenario import Pricer, Scenario
from cartcore.values.converters import percentage
from cartcore.values.money import from_minor, minor_of, show
from cartcore.values.notebooks import Rows, ShownAsTable

INTERRUPTED: Final = "Interrupted: only the orders that were done are in these figures"
"""What the tables of a run say, and of what is made of it."""

_TOLD = ("scenario", "promotion", "message")


@attrs.frozen(eq=False, repr=False)
class Run(ShownAsTable):
    """What came of pricing carts under scenarios; all amounts are integers of the minor unit.

    Attributes:
        carts: The carts that were priced.
        scenarios: The scenarios, in the order given.
        at: The instant that was priced for; None where each cart was priced for its own.
        orders: A row for each order and scenario: its currency, items before discounts, discounts,
            shipping before discounts, all tax, net, gross, and the total that is paid; without tax,
            the last three are the same.
        promotions: A row for each scenario, promotion, reason and currency: how many carts it was
            so for, and the discount. The reason is "applied" where the promotion applied; all rows
            of a promotion together are all carts. For some it may not have been considered at all:
            "not_considered" where the cart has no goods that it is for, "code_not_entered" or
            "not_picked" where it does not apply by itself.
        how: A row for each scenario: how many carts column expressions were computed for, and how
            many `price` was called for.
        limits_counted: Whether what a cart redeemed counted for those after it.
        complete: False where the run was interrupted; then it has the carts that were done.
    """

    carts: Carts
    scenarios: tuple[Scenario, ...]
    at: datetime | None
    orders: pl.DataFrame
    promotions: pl.DataFrame
    how: pl.DataFrame
    limits_counted: bool = False
    complete: bool = True

    def _in_short(self) -> str:
        return repr(self)

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook: sums of each scenario, and reasons (SC-10)."""
        yield "Scenario", "Orders", "Affected", "Discounts", "Total"
        for row in self.summary().iter_rows(named=True):
            code = row["currency"]
            money = [show(from_minor(row[name], code)) for name in ("discounts", "total")]
            yield row["scenario"], f"{row['orders']}", f"{row['affected']}", *money
        if not self.complete:
            yield (INTERRUPTED,)
        order = pl.Enum([scenario.name for scenario in self.scenarios])
        told = self.promotions.sort(pl.col("scenario").cast(order), maintain_order=True)
        groups = told.group_by("scenario", "promotion", maintain_order=True)
        for (scenario, promotion), rows in groups:
            reasons = ", ".join(f"{why} {n}" for why, n in rows.select("reason", "carts").rows())
            yield (f"{scenario} · {promotion}: {reasons}",)
        for scenario, promotion, message in self.caveats.select(*_TOLD).iter_rows():
            yield (f"{scenario} · {promotion}: {message}",)

    def __repr__(self) -> str:
        names = ", ".join(scenario.name for scenario in self.scenarios)
        state = "" if self.complete else ", interrupted"
        return f"Run({self.orders.height} prices: {names}{state}{in_short(self.caveats)})"

    @property
    def caveats(self) -> pl.DataFrame:
        """What to know of promotions before their figures are believed, a row for each (SC-13).

        Limits that are not counted, times that all carts share, codes that nobody entered, and
        columns that a condition or a limit asks for and no cart has: as a code in `caveat`, and in
        words.
        """
        return caveats_of(
            self.carts,
            self.scenarios,
            self.promotions,
            at_one_instant=self.at is not None,
            limits_counted=self.limits_counted,
        )

    def summary(self, *, cost: object = None) -> pl.DataFrame:
        """Add up the orders of each scenario: revenue, discounts, orders affected.

        Args:
            cost: What the goods cost the shop, as a percentage of their price before discounts;
                with it there is a margin: net less cost, rounded half up. Shipping is part of
                net, and has no cost.

        Raises:
            InvalidField: `cost` is no percentage.
        """
        share = None if cost is None else read_as("cost", percentage, cost)
        return narrowed(added_up(self.orders, ("scenario", "currency"), share))

    def compare(
        self, one: str, other: str, *, by: str | None = None, cost: object = None
    ) -> Comparison:
        """Say what changes from one scenario to another, and for which orders (SC-5).

        Args:
            one: The name of the scenario that is compared with.
            other: The name of the one that is looked at.
            by: A column that `carts_from` was told to keep: each of its values has sums of its own.
            cost: As in `summary`; with it, the change in margin is told.

        Raises:
            NotFound: there is no such scenario.
            InvalidField: no column of that name was kept, or `cost` is no percentage.
        """
        share = None if cost is None else read_as("cost", percentage, cost)
        one_of, other_of = (self._orders_of(self._scenario(each)) for each in (one, other))
        orders = self.carts.orders
        known = [name for name in orders.columns if name not in {"cart", *one_of.columns}]
        if by is not None and by not in known:
            expected = f"one of {', '.join(known)}"
            raise InvalidField("by", by, expected)
        groups = orders.select("order", *([by] if by is not None else []))
        return compare(one_of, other_of, (one, other), groups, share)

    def lines(self, scenario: str) -> pl.DataFrame:
        """Price every order of a scenario once more, and give a row for each of its lines (SC-13).

        Its amount before discounts and its discount are integers of the minor unit. `row` is the
        number of the row in the source, or null for a line that a promotion added. A run that was
        interrupted has the lines of the orders that it has under this scenario.

        Raises:
            NotFound: there is no such scenario.
            PluginError: a plugin failed, and the policy does not skip it (PR-20).
        """
        columns = {
            **dict.fromkeys(("order", "currency", "sku", "title"), pl.String),
            **dict.fromkeys(("row", "quantity", "amount", "discount"), pl.Int64),
        }
        rows = self._lines(self._scenario(scenario))
        return pl.DataFrame(rows, schema=columns, orient="row")

    def quotes(self, *scenarios: str) -> Iterator[tuple[Cart, tuple[Quote, ...]]]:
        """Price every order once more, and give its cart with its quotes under some scenarios.

        A run that was interrupted has the quotes of the orders that it has under all of these.

        Raises:
            NotFound: there is no such scenario.
        """
        asked = [self._scenario(name) for name in scenarios]
        return self._quotes(self._done(asked), asked)

    def _done(self, scenarios: Iterable[Scenario]) -> Carts:
        """The carts that it has under all of these scenarios."""
        carts = self.carts
        for each in () if self.complete else scenarios:
            done = pl.col("order").is_in(self._orders_of(each)["order"].implode())
            carts = carts.numbered(carts.orders.filter(done)["cart"])
        return carts

    def _quotes(
        self, carts: Carts, scenarios: Sequence[Scenario]
    ) -> Iterator[tuple[Cart, tuple[Quote, ...]]]:
        pricers = [Pricer(each, count_limits=self.limits_counted) for each in scenarios]
        for cart, at in zip(carts, carts.instants(self.at).to_list(), strict=True):
            yield cart, tuple([priced(cart, at) for priced in pricers])

    def _lines(self, scenario: Scenario) -> Iterator[tuple[object, ...]]:
        carts = self._done([scenario])
        sources = iter(carts.lines["row"].to_list())
        for cart, (quote,) in self._quotes(carts, [scenario]):
            own = {line.id: next(sources) for line in cart.lines}
            code = cart.currency
            for line in quote.lines:
                figures = (
                    line.quantity,
                    minor_of(line.amount, code),
                    minor_of(line.discount, code),
                )
                told = (cart.reference, code, line.sku, line.description)
                yield (*told, own.get(line.line_id), *figures)

    def quote(self, scenario: str, order: str | int) -> Quote:
        """Price one order again, whole, with every step explained.

        Raises:
            NotFound: there is no such scenario or order.
        """
        asked, carts = self._scenario(scenario), self.carts.only(order)
        if self.limits_counted and asked.limited:  # those before it count
            last = self.carts.orders["cart"].search_sorted(carts.orders["cart"][0])
            carts = self.carts.slice(0, last + 1)
        *_, (_, (quote,)) = self._quotes(carts, [asked])
        return quote

    def side_by_side(self, one: str, other: str, order: str | int) -> str:
        """Explain one order under two scenarios, in two columns of text (SC-5).

        Raises:
            NotFound: there is no such scenario or order.
        """
        return side_by_side((one, other), (self.quote(one, order), self.quote(other, order)))

    def _scenario(self, name: str) -> Scenario:
        for each in self.scenarios:
            if each.name == name:
                return each
        raise NotFound("scenario", name)

    def _orders_of(self, scenario: Scenario) -> pl.DataFrame:
        return self.orders.filter(pl.col("scenario") == scenario.name)
