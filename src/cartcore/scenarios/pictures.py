"""Pictures of quotes, runs, sweeps and comparisons, one call each (SC-6).

Each function returns a chart of Altair, which a notebook shows, and whose `save("name.png")` or
`save("name.svg")` needs no browser. Amounts are in units of the currency. The colours can be read
on light and on dark ground, which the charts leave as it is.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import floor, isfinite
from textwrap import wrap
from typing import Any, Final, TypeAlias

import altair as alt
import polars as pl
from moneyed import Money

from cartcore.errors import InvalidField
from cartcore.pricing.quote import Quote
from cartcore.scenarios.arguments import read_as
from cartcore.scenarios.comparison import Comparison
from cartcore.scenarios.run import Run
from cartcore.scenarios.scenario import Scenario
from cartcore.scenarios.sweeping import WITHOUT, Sweep
from cartcore.values.converters import percentage
from cartcore.values.money import minor_digits, minor_of
from cartcore.values.readers import of_kind

Picture: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart
"""A chart, ready to be shown or saved."""

_TEXT: Final = "#808080"  # 3.9 : 1 on white, 5.3 : 1 on black
_PLAIN, _LESS, _MORE, _MARK = "#4a90d9", "#e07b39", "#4fa36b", "#c0569b"
_PAYS, _COSTS = "pays for itself", "does not"
_BINS = 30
_LONGEST_LINE = 36  # characters of a label, which has two lines at most
_WIDTH, _HEIGHT, _LABEL = 480, 260, 260  # pixels: a picture with labels fits in a notebook


def waterfall(quote: Quote) -> Picture:
    """From the items to the total: what every promotion, shipping and tax does to one price."""
    code = of_kind(Quote, quote, "quote").currency
    results = 1 if quote.totals.payable == quote.totals.total else 2  # rows at the end
    changes = quote.rows()[len(quote.lines) : -results]
    rows: list[tuple[str, int, int, str]] = []
    level = 0
    for label, money in changes:
        change = minor_of(money, code) if money.amount >= 0 else -minor_of(-money, code)
        kind = "less" if change < 0 else "more" if rows else "plain"
        rows.append((label, level, level + change, kind))
        level += change
    rows.append(("Total", 0, level, "plain"))
    frame = pl.DataFrame(rows, schema=["step", "start", "end", "kind"], orient="row").with_columns(
        pl.col("start", "end").cast(pl.Float64) / 10 ** minor_digits(code),
    )
    # With its place, as two promotions may have one name.
    named = [f"{place}\t{_in_two_lines(label)}" for place, (label, *_) in enumerate(rows)]
    frame = frame.with_columns(amount=pl.col("end") - pl.col("start"), row=pl.Series(named))
    base = alt.Chart(frame).encode(y=_named("row", sort=None))
    colours = alt.Scale(domain=["plain", "less", "more"], range=[_PLAIN, _LESS, _MORE])
    bars = base.mark_bar().encode(
        x=alt.X("start:Q", title=f"Amount in {code}", axis=_amounts(code)),
        x2="end:Q",
        color=alt.Color("kind:N", scale=colours, legend=None),
    )
    figures = (
        base.transform_calculate(right="max(datum.start, datum.end)")
        .mark_text(align="left", dx=4, color=_TEXT)
        .encode(x="right:Q", text=alt.Text("amount:Q", format=_format(code)))
    )
    name = f" of {quote.reference}" if quote.reference else ""
    return _finished(alt.layer(bars, figures), f"How the price{name} comes about", 28 * len(rows))


def discounts(run: Run) -> Picture:
    """How large the discounts of orders are, for each scenario; orders without one are left out."""
    code = _currency(of_kind(Run, run, "run").orders)
    given = run.orders.filter(pl.col("discounts") > 0)
    counted, told = _histogram(given, "discounts", ("scenario",), code)
    chart = (
        alt.Chart(counted)
        .mark_bar(color=_PLAIN)
        .encode(
            x=_steps(f"Discount of an order in {code}", code),
            x2="high:Q",
            y=alt.Y("orders:Q", title="Orders"),
            row=alt.Row("scenario:N", title=None, sort=[each.name for each in run.scenarios]),
        )
    )
    return _finished(chart, "How large discounts are", 110, told)


def cost_by_promotion(run: Run) -> Picture:
    """What each promotion takes off in all orders together, for each scenario."""
    code = _currency(of_kind(Run, run, "run").orders)
    sums = run.promotions.group_by("scenario", "promotion", maintain_order=True).agg(
        pl.col("discount").sum().cast(pl.Float64) / 10 ** minor_digits(code)
    )
    names = {(each.name, id_): name for each in run.scenarios for id_, name in _names(each)}
    shown = sums.select("scenario", "promotion").iter_rows()
    told = [names.get((scenario, own), own) for scenario, own in shown]
    sums = sums.with_columns(promotion=pl.Series(told, dtype=pl.String))
    chart = (
        alt.Chart(sums)
        .mark_bar(color=_LESS)
        .encode(
            x=alt.X("discount:Q", title=f"Discounts in {code}", axis=_amounts(code)),
            y=_named("promotion", sort="-x"),
            row=alt.Row("scenario:N", title=None, sort=[each.name for each in run.scenarios]),
        )
        .resolve_scale(y="independent")
    )
    return _finished(chart, "What promotions cost", alt.Step(28))


def swept(sweep: Sweep, *, cost: object, uplift: object = 0) -> Picture:
    """The margin for each value of a sweep, and that without promotions as the line to reach.

    Args:
        sweep: The sweep.
        cost: What goods cost the shop, as a percentage of their price before discounts.
        uplift: By how many percent sales are taken to grow; each value whose margin then passes the
            line pays for itself.

    Raises:
        InvalidField: `cost` or `uplift` is no percentage, or the orders have several currencies.
    """
    code = _currency(of_kind(Sweep, sweep, "sweep").run.orders)
    share = Decimal(0) if uplift == 0 else read_as("uplift", percentage, uplift)
    sums = sweep.run.summary(cost=read_as("cost", percentage, cost))
    margin = pl.col("margin").cast(pl.Float64) / 10 ** minor_digits(code)
    before = sums.filter(pl.col("scenario") == WITHOUT).select(margin=margin)
    grown = float(1 + share / 100)
    pays = before["margin"][0]
    enough = pl.when(pl.col("margin") >= pays).then(pl.lit(_PAYS)).otherwise(pl.lit(_COSTS))
    values = sums.filter(pl.col("scenario") != WITHOUT).select("scenario", margin=margin * grown)
    values = values.with_columns(kind=enough)
    places = _numbers(sweep.values)
    x = alt.X("scenario:N", sort=None, title="Value", axis=alt.Axis(labelAngle=0))
    if places is not None:
        names = {str(value): at for value, at in zip(sweep.values, places, strict=True)}
        at = pl.col("scenario").replace_strict(names, return_dtype=pl.Float64)
        values = values.with_columns(at=at)
        exact = "format(datum.value, ',~f')"  # a format of the axis would round to its steps
        axis = alt.Axis(values=sorted(places), labelExpr=exact)
        x = alt.X("at:Q", title="Value", axis=axis, scale=alt.Scale(zero=False, padding=12))
    line = alt.Chart(values).encode(
        x=x,
        y=alt.Y(
            "margin:Q",
            title=f"Margin in {code}",
            axis=_amounts(code),
            scale=alt.Scale(zero=False),
        ),
    )
    kinds = [_PAYS, _COSTS]
    marks = line.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[_MORE, _LESS])),
        shape=alt.Shape(
            "kind:N", title=None, scale=alt.Scale(domain=kinds, range=["circle", "triangle-down"])
        ),
    )
    rule = alt.Chart(before).mark_rule(color=_MARK, strokeDash=[6, 4]).encode(y="margin:Q")
    told = (
        alt.Chart(before.with_columns(label=pl.lit("without promotions")))
        .mark_text(align="left", baseline="bottom", dx=4, dy=-3, color=_MARK)
        .encode(x=alt.value(0), y="margin:Q", text="label:N")
    )
    chart = alt.layer(line.mark_line(color=_PLAIN), marks, rule, told)
    growth = f", sales grown by {share} %" if share else ""
    return _finished(chart, f"What each value leaves{growth}", _HEIGHT)


def winners_and_losers(comparison: Comparison) -> Picture:
    """How many orders pay how much more or less; those that pay the same are left out."""
    code = _currency(of_kind(Comparison, comparison, "comparison").orders)
    changed = comparison.orders.filter(pl.col("change") != 0)
    counted, told = _histogram(changed, "change", (), code)
    counted = counted.with_columns(
        kind=pl.when(pl.col("low") < 0).then(pl.lit("pays less")).otherwise(pl.lit("pays more"))
    )
    colours = alt.Scale(domain=["pays less", "pays more"], range=[_MORE, _LESS])
    chart = (
        alt.Chart(counted)
        .mark_bar()
        .encode(
            x=_steps(f"Change of the total in {code}", code),
            x2="high:Q",
            y=alt.Y("orders:Q", title="Orders"),
            color=alt.Color("kind:N", scale=colours, title="The customer"),
        )
    )
    title = f"From “{comparison.one}” to “{comparison.other}”"
    return _finished(chart, title, _HEIGHT, told)


# --- what all have in common ---


def _currency(orders: pl.DataFrame) -> str:
    codes = orders["currency"].unique().to_list()
    if len(codes) != 1:
        raise InvalidField("orders", codes, "orders in one currency")
    return str(codes[0])


def _histogram(
    frame: pl.DataFrame, name: str, by: tuple[str, ...], code: str
) -> tuple[pl.DataFrame, str]:
    """Count orders in equal steps; no step has figures below zero and above it.

    Figures far beyond the rest are in the outermost steps, or one of them would leave a single bar
    of all others. The sentence says so; it is empty where there are none.
    """
    values = frame[name].cast(pl.Float64) / 10 ** minor_digits(code)
    low, high = -_usual(-values), _usual(values)
    step = max((high - low) / _BINS, 10.0 ** -minor_digits(code))
    first, last = floor(low / step), floor(high / step)
    bins = (values / step).floor().clip(first, last)
    told = []
    if (values < low).any():
        told.append(f"The first bar has all up to {(first + 1) * step:{_format(code)}} {code}")
    if (values > high).any():
        told.append(f"The last bar has all from {last * step:{_format(code)}} {code} on")
    counted = (
        frame.with_columns(low=bins * step, high=(bins + 1) * step)
        .group_by(*by, "low", "high")
        .agg(orders=pl.len())
        .sort(*by, "low")
    )
    return counted, ". ".join(told)


def _usual(values: pl.Series) -> float:
    """The largest value above zero, or the 99th percentile where it is more than twice that."""
    above = values.filter(values > 0)
    most, usual = above.max(), above.quantile(0.99, "higher")
    if not isinstance(most, float) or usual is None:
        return 0.0
    return most if most <= 2 * usual else usual


def _numbers(values: Sequence[Any]) -> list[float] | None:
    """Values of a sweep as numbers, if all of them are different ones."""
    found = []
    for value in values:
        try:
            number = float(str(value.amount if isinstance(value, Money) else value))
        except ValueError:
            return None
        found.append(number)
    fit = all(map(isfinite, found)) and len({*found}) == len(found)
    return found if fit else None


def _names(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What the promotions of a scenario are called, by id; by that where two have one name."""
    count = Counter(promotion.name for promotion in scenario.promotions)
    for each in scenario.promotions:
        yield each.id, _in_two_lines(each.name if count[each.name] == 1 else each.id)


def _in_two_lines(label: str) -> str:
    lines = wrap(label, _LONGEST_LINE, max_lines=2, placeholder=" …")
    return "\n".join(lines) or label


def _named(field: str, sort: Any) -> alt.Y:
    """An axis of names, of which none is cut in the middle."""
    shown = "split(replace(datum.label, /^\\d+\\t/, ''), '\\n')"
    axis = alt.Axis(labelExpr=shown, labelLimit=_LABEL)
    return alt.Y(f"{field}:N", title=None, sort=sort, axis=axis)


def _format(code: str) -> str:
    return f",.{minor_digits(code)}f"


def _amounts(code: str) -> alt.Axis:
    return alt.Axis(format=_format(code) if minor_digits(code) == 0 else ",.0f")


def _steps(title: str, code: str) -> alt.X:
    return alt.X("low:Q", bin="binned", title=title, axis=_amounts(code))


def _finished(chart: Any, title: str, height: Any, more: str = "") -> Picture:
    named = alt.Title(title, subtitle=more or alt.Undefined)
    looks: Mapping[str, Any] = {"labelColor": _TEXT, "titleColor": _TEXT}
    told: Picture = (
        chart.properties(title=named, width=_WIDTH, height=height)
        .configure(background="transparent")
        .configure_view(stroke=None)
        .configure_axis(gridColor=_TEXT, gridOpacity=0.25, domainColor=_TEXT, **looks)
        .configure_axisX(tickColor=_TEXT)
        .configure_axisY(tickColor=_TEXT)
        .configure_header(labelColor=_TEXT, labelAngle=0, labelAlign="left", labelLimit=_LABEL)
        .configure_legend(**looks)
        .configure_title(color=_TEXT, subtitleColor=_TEXT, anchor="start")
    )
    return told
