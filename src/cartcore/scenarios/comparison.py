"""Two scenarios of a run against each other: what changes, and for whom (SC-5)."""

from decimal import Decimal
from itertools import zip_longest
from textwrap import wrap

import attrs
import polars as pl

from cartcore.pricing.quote import Quote
from cartcore.scenarios.figures import added_up, in_money, narrowed
from cartcore.values.notebooks import Rows, ShownAsTable

_WIDTH = 58  # of each of two texts side by side


@attrs.frozen(eq=False, repr=False)
class Comparison(ShownAsTable):
    """What changes from one scenario to another; amounts are integers of the minor unit.

    Attributes:
        one: The name of the scenario that is compared with.
        other: The name of the scenario that is looked at.
        summary: A row for each group and currency: orders, the change in revenue (`total`),
            discounts and, with a cost, margin; and how many orders pay less, more, and the same.
        orders: A row for each order: its totals and discounts under both, and the change of its
            total; the largest changes first.
    """

    one: str
    other: str
    summary: pl.DataFrame
    orders: pl.DataFrame

    def _in_short(self) -> str:
        return repr(self)

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook: what changes, by group (SC-10)."""
        return in_money(self.summary, ("total", "discounts", "margin"))

    def __repr__(self) -> str:
        return f"Comparison({self.one} → {self.other}: {self.orders.height} orders)"


def compare(
    one: pl.DataFrame,
    other: pl.DataFrame,
    names: tuple[str, str],
    groups: pl.DataFrame,
    cost: Decimal | None,
) -> Comparison:
    """Compare the orders of two scenarios, by the columns that `groups` has beside `order`."""
    by = [name for name in groups.columns if name != "order"]
    one, other = (
        each.join(others, on="order", how="semi", maintain_order="left").join(
            groups, on="order", how="left", maintain_order="left"
        )
        for each, others in ((one, other), (other, one))
    )
    figures = ["total", "discounts"]
    pairs = one.select("order", "currency", *by, *figures).join(
        other.select("order", *figures), on="order", suffix=" after", maintain_order="left"
    )
    change = pl.col("total after") - pl.col("total")
    pairs = pairs.with_columns(change=change)
    keys = (*by, "currency")
    before, after = (added_up(each, keys, cost) for each in (one, other))
    both = before.join(after, on=keys, suffix=" after", nulls_equal=True, maintain_order="left")
    changed = [name for name in ("total", "discounts", "margin") if name in before.columns]
    summary = both.select(
        *keys,
        "orders",
        *((pl.col(f"{name} after") - pl.col(name)).alias(name) for name in changed),
    )
    paying = pairs.group_by(*keys).agg(
        (pl.col("change") < 0).sum().cast(pl.Int64).alias("pay_less"),
        (pl.col("change") > 0).sum().cast(pl.Int64).alias("pay_more"),
        (pl.col("change") == 0).sum().cast(pl.Int64).alias("pay_the_same"),
    )
    summary = summary.join(paying, on=keys, nulls_equal=True, maintain_order="left")
    largest = pairs.sort(pl.col("change").abs(), descending=True, maintain_order=True)
    return Comparison(*names, narrowed(summary), largest)


def side_by_side(names: tuple[str, str], quotes: tuple[Quote, Quote]) -> str:
    """Two quotes, each explained in words, in two columns of text."""
    columns = []
    for name, quote in zip(names, quotes, strict=True):
        lines = [name, "-" * len(name)]
        for line in quote.explain().splitlines():
            indent = " " * (len(line) - len(line.lstrip()))
            lines += wrap(
                line.strip(), _WIDTH, initial_indent=indent, subsequent_indent=indent
            ) or [""]
        columns.append(lines)
    rows = zip_longest(*columns, fillvalue="")
    return "\n".join(f"{left:<{_WIDTH}} | {right}".rstrip() for left, right in rows)
