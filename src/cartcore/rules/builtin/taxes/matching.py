"""Which rows of a tax table hold at a place: found by country, region, city and postal prefix.

What is not known of a place may decide: without a postal code, rows for some codes hold or do not.
So a row fits, does not fit, or could fit; where one that could fit would decide, what is missing is
asked for, and nothing is guessed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import chain

import attrs

from cartcore.rules import Place, TaxRate, known_regions, normal, postal_prefixes, region_key
from cartcore.rules.builtin.taxes.postal_area import PostalArea
from cartcore.rules.builtin.taxes.tax_row import ANY, AppliesTo, TaxRow


@attrs.frozen
class Row:
    """A row as it is compared: its texts in their normal form, and how specific it is."""

    row: TaxRow
    rate: TaxRate
    number: int
    name: str
    region: str
    city: str
    area: PostalArea | None
    tax_class: str
    starts: date
    ends: date
    order: tuple[int, ...]
    """Greater for the more specific of two rows: by postal code, city, region, country, class."""

    def concerns(self, tax_class: str, day: date, *, shipping: bool) -> bool:
        """Whether it is for a tax class on a day."""
        row = self.row
        return (
            self.tax_class in (tax_class, ANY)
            and self.starts <= day <= self.ends
            and row.applies_to is not (AppliesTo.GOODS if shipping else AppliesTo.SHIPPING)
        )

    def needs(self, site: "Site") -> str | None:
        """What is missing of a site to tell whether the row fits; "" if it fits, None if not."""
        country, missing = self.row.country, ""
        if country not in (ANY, site.country):
            return None if site.country else "country"
        for name, own, there in (
            ("region", self.region, site.region),
            ("city", self.city, site.city),
        ):
            if own and own != there:
                if there:
                    return None
                missing = missing or name
        if self.area is not None:
            if not site.postal_prefixes:
                return missing or "postal code"
            if not site.postal_prefixes.intersection(self.area.prefixes):
                return None
        return missing


@attrs.frozen
class Site:
    """A place as rows are compared with it; what is not known of it is empty."""

    country: str
    region: str = ""
    city: str = ""
    postal_prefixes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, place: Place, regions: Collection[str]) -> "Site":
        """Return a place; `regions` are those of its country that the table speaks of.

        Where all regions of the country are known, one of them can also be none of the table's.
        """
        region = region_key(place.country, place.region) if regions else ""
        return cls(
            country=place.country,
            region=region if region in regions or known_regions(place.country) else "",
            city=normal(place.city),
            postal_prefixes=frozenset(postal_prefixes(place.postal_code, place.country)),
        )


@attrs.frozen
class _Country:
    """The rows of a country: those without postal codes by city and region, others by prefix."""

    plain: dict[str, dict[str, list[Row]]]
    by_prefix: dict[str, list[Row]]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "_Country":
        plain: dict[str, dict[str, list[Row]]] = {}
        by_prefix: dict[str, list[Row]] = {}
        for row in rows:
            if row.area is None:
                plain.setdefault(row.city, {}).setdefault(row.region, []).append(row)
            else:
                for prefix in row.area.prefixes:
                    by_prefix.setdefault(prefix, []).append(row)
        return cls(plain, by_prefix)

    def near(self, site: Site, *, parts: bool) -> Iterator[Row]:
        """See `RowIndex.near`."""
        cities = self.plain if parts and not site.city else dict.fromkeys(("", site.city))
        for city in cities:
            by_region = self.plain.get(city, {})
            for region in dict.fromkeys(("", site.region)) if site.region else by_region:
                yield from by_region.get(region, ())
        if parts and not site.postal_prefixes:
            yield from chain.from_iterable(self.by_prefix.values())
        for prefix in site.postal_prefixes:
            yield from self.by_prefix.get(prefix, ())


@attrs.frozen
class RowIndex:
    """The rows of a table, in their order, and by the places that they are for."""

    rows: tuple[Row, ...]
    _countries: dict[str, _Country]

    @classmethod
    def of(cls, rows: Iterable[TaxRow]) -> "RowIndex":
        """Index rows, numbered from 1 on."""
        own = tuple(rows)
        sizes = sorted({row.area.size for row in own if row.area is not None}, reverse=True)
        ranks = {size: rank for rank, size in enumerate(sizes, start=1)}
        read = _Reading(ranks)
        indexed = tuple(read.row(row, number) for number, row in enumerate(own, start=1))
        countries: defaultdict[str, list[Row]] = defaultdict(list)
        for each in indexed:
            countries[each.row.country].append(each)
        return cls(indexed, {code: _Country.of(found) for code, found in countries.items()})

    def near(self, site: Site, *, parts: bool = True) -> Iterator[Row]:
        """The rows that may fit a site, with others; none that fits or could fit is left out.

        Without `parts` those are that are for some cities or postal codes of a wider site.
        """
        if not site.country:
            yield from self.rows
            return
        for code in dict.fromkeys((ANY, site.country)):
            if code in self._countries:
                yield from self._countries[code].near(site, parts=parts)

    def holding(
        self, site: Site, tax_class: str, day: date, *, shipping: bool
    ) -> tuple[list[Row], str]:
        """The most specific row of each name, and what is missing to tell it ("" if nothing is)."""
        best: dict[str, tuple[Row, str]] = {}
        for row in self.near(site):
            known = best.get(row.name)
            if known is not None and known[0].order >= row.order:
                continue
            if row.concerns(tax_class, day, shipping=shipping):
                missing = row.needs(site)
                if missing is not None:
                    best[row.name] = row, missing
        # As receipts list them: the country's before the region's and the city's, and compound ones
        # after those that they are taken from.
        found = sorted(
            best.values(), key=lambda each: (each[0].row.compound, each[0].order, each[0].name)
        )
        needed = [missing for _, missing in found if missing]
        return [row for row, _ in found], min(needed, key=_ASKED_FOR.index, default="")


_ASKED_FOR = ("country", "region", "city", "postal code")
"""What is asked for first where several things are missing."""


class _Reading:
    """Reads rows; what thousands of them have in common is made once."""

    def __init__(self, ranks: Mapping[Fraction, int]) -> None:
        self._ranks = ranks
        self._rates: dict[tuple[str, Decimal, bool], TaxRate] = {}

    def row(self, row: TaxRow, number: int) -> Row:
        """Return a row as it is compared."""
        region = region_key(row.country, row.region) if row.region else ""
        tax_class = normal(row.tax_class)
        order = (
            0 if row.area is None else self._ranks[row.area.size],
            int(bool(row.city)),
            int(bool(region)),
            int(row.country != ANY),
            int(tax_class != ANY),
        )
        key = row.name, row.percent, row.compound
        if key not in self._rates:
            self._rates[key] = TaxRate(name=row.name, percent=row.percent, compound=row.compound)
        return Row(
            row=row,
            rate=self._rates[key],
            number=number,
            name=normal(row.name),
            region=region,
            city=normal(row.city),
            area=row.area,
            tax_class=tax_class,
            starts=row.valid_from or date.min,
            ends=row.valid_until or date.max,
            order=order,
        )
