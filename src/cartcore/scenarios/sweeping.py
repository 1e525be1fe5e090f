"""One figure varied: what each of its values would have cost, and what it would take (SC-14)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import attrs
import polars as pl
from moneyed import Money

from cartcore.cart import Cart
from cartcore.errors import InvalidField
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Decision
from cartcore.promotions.promotion import Promotion
from cartcore.scenarios.arguments import read_as
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.caveats import in_short
from cartcore.scenarios.figures import in_money
from cartcore.scenarios.run import INTERRUPTED, Run
from cartcore.scenarios.scenario import Pricer, Scenario
from cartcore.scenarios.simulation import simulate
from cartcore.scenarios.tiers import from_each_tier
from cartcore.scenarios.workers import Cluster
from cartcore.values.converters import percentage, positive_amount, positive_int
from cartcore.values.integers import plain_int
from cartcore.values.money import minor_of
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.readers import a_function, as_tuple

WITHOUT = "without"
"""The scenario without promotions that every sweep has: what values are compared with."""

_SHOWN = ("value", "currency", "orders", "affected", "discounts", "total")

Make = Callable[[Any], Scenario | Promotion | Iterable[Promotion]]
"""Returns what is priced for a value: a scenario, a promotion, or several."""


@attrs.frozen(eq=False, repr=False)
class Sweep(ShownAsTable):
    """A run with a scenario for each value of one figure, and one without promotions.

    Attributes:
        run: The run; its scenarios are called like the values, and "without".
        values: The values, in the order given.
    """

    run: Run
    values: tuple[Any, ...]

    def _in_short(self) -> str:
        return repr(self)

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook: what each value comes to (SC-10)."""
        yield from in_money(self.summary().select(*_SHOWN), ("discounts", "total"))
        told = self.run.caveats.select("promotion", "message").unique(maintain_order=True)
        for promotion, message in told.iter_rows():
            yield (f"{promotion}: {message}",)
        if not self.run.complete:
            yield (INTERRUPTED,)

    def __repr__(self) -> str:
        state = "" if self.run.complete else ", interrupted"
        state += in_short(self.run.caveats)
        return f"Sweep({len(self.values)} values, {len(self.run.carts)} carts{state})"

    def summary(self, *, cost: object = None) -> pl.DataFrame:
        """Add up the orders for each value, as `Run.summary` does; `value` is its text.

        Raises:
            InvalidField: `cost` is no percentage.
        """
        found = self.run.summary(cost=cost).filter(pl.col("scenario") != WITHOUT)
        return found.rename({"scenario": "value"})

    def breakeven(self, *, cost: object) -> pl.DataFrame:
        """Say by how much sales would have to grow for each value to pay.

        `uplift` is the growth in percent at which the margin is what it was without promotions, if
        orders of all sizes grow alike and get the same discounts; null where no growth is enough,
        as every order loses money.

        Raises:
            InvalidField: `cost` is no percentage.
        """
        share = read_as("cost", percentage, cost)
        sums = self.run.summary(cost=share).select("scenario", "currency", "affected", "margin")
        before = sums.filter(pl.col("scenario") == WITHOUT).select("currency", before="margin")
        found = sums.filter(pl.col("scenario") != WITHOUT).join(
            before, on="currency", maintain_order="left"
        )
        margin, base = pl.col("margin").cast(pl.Float64), pl.col("before").cast(pl.Float64)
        uplift = pl.when(margin > 0).then((base / margin - 1) * 100)
        return found.with_columns(uplift=uplift).rename({"scenario": "value"})

    def near_misses(self, *, within: Money | None = None, units: int | None = None) -> pl.DataFrame:
        """Find the orders that a promotion just fails to apply to, and what each one lacks.

        Every order is priced once more for each value, by `price`, and again for each tier that it
        reaches of a promotion: then the next one is missed. `tier` is its number, from 1, or null
        for a promotion without tiers. An order also stands here if a budget is spent before it.

        Args:
            within: Only what lacks so much money at most, in the currency of the order.
            units: Only what lacks so many units at most.

        Raises:
            InvalidField: neither is given, one of them is not positive, or `within` is in a
                currency that no order has.
            PluginError: a plugin failed, and the policy does not skip it (PR-20).
        """
        if within is None and units is None:
            raise InvalidField("within", None, "given, or else units")
        amount = None if within is None else read_as("within", positive_amount, within)
        codes = self.run.carts.orders["currency"].unique().sort().to_list()
        if amount is not None and codes and amount.currency.code not in codes:
            raise InvalidField(
                "within", amount, f"an amount in {' or '.join(codes)}, as orders are"
            )
        most = None if units is None else read_as("units", positive_int, units)
        asked = [each for each in self.run.scenarios if each.name != WITHOUT]
        missing = [_Missing(each) for each in asked]
        rows = []
        for cart, quotes in self.run.quotes(*[each.name for each in asked]):
            for scenario, missed, quote in zip(asked, missing, quotes, strict=True):
                for tier, decision in missed(cart, quote):
                    money, count = decision.missing_amount, decision.missing_units
                    near = (
                        money is not None
                        and amount is not None
                        and money.currency == amount.currency
                        and money <= amount
                    ) or (count is not None and most is not None and count <= most)
                    if near:
                        minor = None if money is None else minor_of(money, cart.currency)
                        rows.append(
                            (
                                *(scenario.name, cart.reference, decision.promotion_id),
                                *(tier, cart.currency, minor, count),
                            )
                        )
        columns = {
            **dict.fromkeys(("value", "order", "promotion"), pl.String),
            "tier": pl.Int64,
            "currency": pl.String,
            **dict.fromkeys(("missing_amount", "missing_units"), pl.Int64),
        }
        return pl.DataFrame(rows, schema=columns, orient="row")


class _Missing:
    """What a cart misses of the promotions of a scenario, and which tier of those that have any."""

    def __init__(self, scenario: Scenario) -> None:
        self._tiers = {each.id: self._pricers(scenario, each) for each in scenario.promotions}

    def _pricers(self, scenario: Scenario, promotion: Promotion) -> list[Pricer]:
        others = [each for each in scenario.promotions if each.id != promotion.id]
        return [
            Pricer(attrs.evolve(scenario, promotions=(*others, rest)))
            for rest in from_each_tier(promotion)
        ]

    def __call__(self, cart: Cart, quote: Quote) -> Iterator[tuple[int | None, Decision]]:
        for decision in quote.decisions:
            tiers = self._tiers[decision.promotion_id]
            if not decision.applied:
                yield 1 if tiers else None, decision
                continue
            for tier, priced in enumerate(tiers[1:], start=2):
                found = priced(cart, quote.at).decision(decision.promotion_id)
                if found is not None and not found.applied:
                    yield tier, found
                    break


def sweep(
    carts: Carts,
    make: Make,
    values: Iterable[Any],
    *,
    at: datetime | None = None,
    count_limits: bool = False,
    workers: int | Cluster = 1,
    progress: bool | None = None,
) -> Sweep:
    """Price all carts for each value of one figure, and without promotions (SC-14).

    Args:
        carts: What `carts_from` has read.
        make: Gets a value and returns the promotion, the promotions or the scenario for it.
        values: The values; each is called by its text in the frames.
        at: As in `simulate`.
        count_limits: As in `simulate`.
        workers: As in `simulate`.
        progress: As in `simulate`.

    Raises:
        InvalidField: no value, two that read the same, or something else out of `make`; also what
            `simulate` refuses.
        PluginError: a plugin failed, and the policy does not skip it (PR-20).
    """
    a_function(make, "make")
    chosen = tuple(map(plain_int, as_tuple(values, "values")))  # `make` gives them to Money
    names = [str(value) for value in chosen]
    if not chosen or len({*names, WITHOUT}) <= len(names):
        expected = f"at least one value, each with a text of its own, and none of them '{WITHOUT}'"
        raise InvalidField("values", chosen, expected)
    scenarios = [Scenario(name=WITHOUT)]
    for value, name in zip(chosen, names, strict=True):
        made = make(value)
        if isinstance(made, Scenario):
            scenarios.append(attrs.evolve(made, name=name))
        elif isinstance(made, Promotion):
            scenarios.append(Scenario(name=name, promotions=(made,)))
        else:
            scenarios.append(Scenario(name=name, promotions=as_tuple(made, "make")))
    run = simulate(
        carts, scenarios, at=at, count_limits=count_limits, workers=workers, progress=progress
    )
    return Sweep(run, chosen)
