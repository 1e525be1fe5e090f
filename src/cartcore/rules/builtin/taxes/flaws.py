"""Rows of a tax table that contradict each other, and places or days that no row is for.

What counts as a flaw:

- An overlap: two rows of one name, neither of which is more specific than the other, hold for the
  same goods on the same day. So do ranges of postal codes that cross.
- A gap in time: a rate ends, no row of its name follows on the next day, but other rates of the
  place go on, or the rate itself later. A tax that was abolished is followed by a row of 0 %.
- A gap of classes: where one tax class is taxed, another one that the table names has neither a
  row nor an exemption.

A place that has no row at all is no flaw: what goes there cannot be priced.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import product

from cartcore.rules import normal, region_key
from cartcore.rules.builtin.taxes.matching import Row, RowIndex, Site
from cartcore.rules.builtin.taxes.postal_area import PostalArea
from cartcore.rules.builtin.taxes.tax_row import ANY, AppliesTo, TaxExemption

Flaw = tuple[tuple[int, ...], str]
"""The numbers of the rows at fault, and a sentence about them."""

_ONE_DAY = timedelta(days=1)


def flaws(index: RowIndex, exemptions: Iterable[TaxExemption]) -> tuple[Flaw, ...]:
    """Find all flaws of the rows; where rows overlap, gaps are not looked for."""
    overlaps = {*_twice(index.rows), *_crossing(index.rows)}
    gaps = () if overlaps else (*_ends(index), *_classes(index, tuple(exemptions)))
    return tuple(sorted(overlaps or {*gaps}))


# --- overlaps ---


def _twice(rows: Sequence[Row]) -> Iterator[Flaw]:
    """Each row with one that it overlaps: a file whose rows are all alike has a flaw a row."""
    alike: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        alike[*_place(row), row.name, row.tax_class].append(row)
    for group in alike.values():
        in_time = sorted(group, key=lambda row: (row.starts, row.number)) if group[1:] else []
        for other_kind in (AppliesTo.SHIPPING, AppliesTo.GOODS):
            last: Row | None = None
            for row in in_time:
                if row.row.applies_to is other_kind:
                    continue
                if last is not None and row.starts <= last.ends:
                    problem = f"both are for {_taxed(row)} on {_common_day(last, row)}"
                    yield tuple(sorted((last.number, row.number))), problem
                if last is None or row.ends > last.ends:
                    last = row


def _crossing(rows: Sequence[Row]) -> Iterator[Flaw]:
    """Two rows for each two areas that cross, of one name."""
    alike: defaultdict[tuple[str, str], defaultdict[PostalArea, list[Row]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows:
        if row.area is not None:
            alike[row.row.country, row.name][row.area].append(row)
    for by_area in alike.values():
        if all(area.first == area.last for area in by_area):
            continue  # prefixes never cross
        around: list[PostalArea] = []
        for area in sorted(by_area, key=lambda area: area.span):
            around = [each for each in around if each.span[1] >= area.first]
            for other in filter(area.crosses, around):
                pairs = product(by_area[other], by_area[area])
                found = next((pair for pair in pairs if _meet(*pair)), None)
                if found is not None:
                    problem = (
                        f"their postal codes {other} and {area} have some in common, and neither"
                        " range lies within the other"
                    )
                    yield tuple(sorted(row.number for row in found)), problem
                    break
            around.append(area)


def _meet(one: Row, other: Row) -> bool:
    """Whether there are goods, a day and, but for postal codes, a place that both are for."""
    return (
        all(
            not a or not b or a == b
            for a, b in ((one.region, other.region), (one.city, other.city))
        )
        and (one.tax_class == other.tax_class or ANY in {one.tax_class, other.tax_class})
        and one.starts <= other.ends
        and other.starts <= one.ends
        # Both for goods, or both for shipping.
        and {one.row.applies_to, other.row.applies_to} != {AppliesTo.GOODS, AppliesTo.SHIPPING}
    )


def _common_day(one: Row, other: Row) -> str:
    first, last = max(one.starts, other.starts), min(one.ends, other.ends)
    if first > date.min:
        return str(first)
    return str(last) if last < date.max else "every day"


# --- gaps ---


def _ends(index: RowIndex) -> Iterator[Flaw]:
    later: defaultdict[tuple[object, ...], date] = defaultdict(lambda: date.min)
    for row in index.rows:
        key = (*_place(row), row.name, row.tax_class)
        later[key] = max(later[key], row.starts)
    for row in index.rows:
        end = row.ends
        if end == date.max:
            continue
        next_day = end + _ONE_DAY
        shipping = row.row.applies_to is AppliesTo.SHIPPING
        there = _possible(index, _site(row), row.tax_class, next_day, shipping=shipping)
        if any(each.name == row.name for each in there):
            continue
        others = tuple(sorted({each.number for each in there}))[:1]
        if others or later[*_place(row), row.name, row.tax_class] > end:
            goes_on = "while another tax of the place goes on" if others else "but one comes later"
            problem = (
                f"{_taxed(row)} ends on {end}, and no row of {row.row.name!r} follows on"
                f" {next_day}, {goes_on}; if it was abolished, let a row of 0 % follow"
            )
            yield (row.number, *others), problem


def _classes(index: RowIndex, exemptions: Sequence[TaxExemption]) -> Iterator[Flaw]:
    of_goods = [row for row in index.rows if row.row.applies_to is not AppliesTo.SHIPPING]
    named = {row.tax_class: row.row.tax_class for row in of_goods if row.tax_class != ANY}
    places: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in of_goods if named else ():
        places[_place(row)].append(row)
    for rows in places.values():
        if any(_for_all(row) for row in rows):
            continue
        for day in sorted({day for row in rows for day in _days(row)}):
            found = {
                tax_class: any(_possible(index, _site(rows[0]), tax_class, day, shipping=False))
                or _is_exempt(rows[0], tax_class, exemptions)
                for tax_class in named
            }
            missing = sorted(named[each] for each, covered in found.items() if not covered)
            if missing and any(found.values()):
                problem = (
                    f"no row is for {_goods(missing[0])} in {_where(rows[0])}{_on(day)}, where"
                    " other goods have one; add it, or one for all other tax classes (*)"
                )
                yield tuple(row.number for row in rows[:3]), problem
                break


def _possible(
    index: RowIndex, site: Site, tax_class: str, day: date, *, shipping: bool
) -> list[Row]:
    """The rows that are for a place; those for some of its cities or postal codes are not."""
    return [
        row
        for row in index.near(site, parts=False)
        if row.concerns(tax_class, day, shipping=shipping) and row.needs(site) is not None
    ]


def _is_exempt(row: Row, tax_class: str, exemptions: Sequence[TaxExemption]) -> bool:
    return any(
        normal(each.tax_class) == tax_class
        and not each.contact_tag
        and each.country in (ANY, row.row.country)
        and (not each.region or region_key(each.country, each.region) == row.region)
        for each in exemptions
        if each.tax_class
    )


def _for_all(row: Row) -> bool:
    return (row.tax_class, row.starts, row.ends) == (ANY, date.min, date.max)


def _days(row: Row) -> Iterator[date]:
    """The days on which something may change: its first one, and the one after its last."""
    yield row.starts
    if row.ends < date.max:
        yield row.ends + _ONE_DAY


# --- places ---


def _place(row: Row) -> tuple[object, ...]:
    return row.row.country, row.region, row.city, row.area


def _site(row: Row) -> Site:
    """The place of a row, with the first of its postal codes."""
    prefixes: tuple[str, ...] = ()
    if row.area is not None:
        first = row.area.first
        prefixes = tuple(first[:end] for end in range(1, len(first) + 1))
    return Site(row.row.country, row.region, row.city, frozenset(prefixes))


def _taxed(row: Row) -> str:
    return f"{row.row.name!r} on {_goods(row.row.tax_class)} in {_where(row)}"


def _goods(tax_class: str) -> str:
    named = {"": "goods without a tax class", ANY: "all other tax classes"}
    return named.get(tax_class, f"the tax class {tax_class!r}")


def _on(day: date) -> str:
    return "" if day == date.min else f" on {day}"


def _where(row: Row) -> str:
    its = row.row
    if its.country == ANY:
        return "all other countries"
    return " ".join(part for part in (its.city, its.region, its.postal_code, its.country) if part)
