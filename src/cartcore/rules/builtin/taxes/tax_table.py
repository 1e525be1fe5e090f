"""Tax rates from a table of places, tax classes and days (TX-7)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import ClassVar

import attrs

from cartcore.rules import (
    InvalidField,
    InvalidTaxTable,
    PartTax,
    Place,
    TaxablePart,
    TaxedBy,
    TaxRequest,
    TaxUndetermined,
    checked,
    hookimpl,
    known_regions,
    normal,
    region_key,
)
from cartcore.rules.builtin.taxes.flaws import flaws
from cartcore.rules.builtin.taxes.matching import RowIndex, Site
from cartcore.rules.builtin.taxes.tax_csv import read_rows
from cartcore.rules.builtin.taxes.tax_row import (
    ANY,
    ShippingTax,
    ShippingTaxedBy,
    TaxExemption,
    TaxRow,
)

_NOT_AT_ITS_RATES = {
    ShippingTaxedBy.UNTAXED: PartTax(exempt="shipping to this place is not taxed"),
    ShippingTaxedBy.GOODS: PartTax(by=TaxedBy.GOODS),
    ShippingTaxedBy.HIGHEST_GOODS: PartTax(by=TaxedBy.HIGHEST_GOODS),
}
_AS_ITS_GOODS = ShippingTax(by=ShippingTaxedBy.GOODS)


@attrs.frozen(kw_only=True, field_transformer=checked)
class TaxTable:
    """Tax by a table: for each tax, the row that says the most about the place and the class holds.

    Of the rows of one name that are for a place, first those with a postal code count (the
    narrowest first), then those with a city, a region, a country, and those for everywhere else.
    Of several for the same place, the one that names the tax class counts before "*".

    Nothing is guessed: what no row is for, and a place of which too little is known, has no rate.

    Attributes:
        rows: The rates. Their order does not matter.
        shipping: How shipping is taxed, by place; elsewhere, and without any, as the goods are.
        exemptions: Who and what is not taxed, and why; the first that holds is told.

    Raises:
        InvalidTaxTable: no rows; rows that overlap or leave gaps; two answers for shipping to one
            place.
    """

    type_name: ClassVar[str] = "cartcore.tax_table"

    rows: tuple[TaxRow, ...]
    shipping: tuple[ShippingTax, ...] = ()
    exemptions: tuple[TaxExemption, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not self.rows:
            raise InvalidField("TaxTable.rows", self.rows, "at least one row")
        keys = [(each.country, region_key(each.country, each.region)) for each in self.shipping]
        if len({*keys}) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            place = " ".join(reversed([part for part in twice if part]))
            raise InvalidField("TaxTable.shipping", place, "a list that has each place once")
        found = flaws(self._index, self.exemptions)
        if found:
            raise InvalidTaxTable(found)

    @classmethod
    def from_csv(
        cls,
        text: str,
        *,
        shipping: tuple[ShippingTax, ...] = (),
        exemptions: tuple[TaxExemption, ...] = (),
    ) -> "TaxTable":
        """Read the rows from CSV whose first row names the fields of `TaxRow`.

        Cells are separated by commas, semicolons or tabs; country, name and percent are needed.

        Raises:
            InvalidTaxTable: what cannot be read, and everything that a table refuses, with the
                numbers that a spreadsheet gives the rows: the headings are row 1.
            InvalidField: no text.
        """
        rows, numbers = read_rows(text)
        try:
            return cls(rows=tuple(rows), shipping=shipping, exemptions=exemptions)
        except InvalidTaxTable as error:
            moved = ((tuple(numbers[n - 1] for n in at), said) for at, said in error.flaws)
            raise InvalidTaxTable(tuple(moved)) from None

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        """Say which rates hold for each part on the day of the store.

        Raises:
            TaxUndetermined: no row is for a part, or its place is not known well enough.
        """
        tags = frozenset(map(normal, request.customer.tags))
        asked = _Asked(request.local_time.date(), tags)
        return [(part.id, self._answer(part, asked)) for part in request.parts]

    def _answer(self, part: TaxablePart, asked: "_Asked") -> PartTax:
        place, shipping = part.place, not part.line_id
        if place not in asked.sites:
            asked.sites[place] = Site.of(place, self._regions.get(place.country, frozenset()))
        site = asked.sites[place]
        reason = self._exempt(part, site, asked.tags)
        if reason:
            if reason not in asked.exempt:
                asked.exempt[reason] = PartTax(exempt=reason)
            return asked.exempt[reason]
        tax_class = part.tax_class
        if shipping:
            how = self._shipping(part, site)
            if how.by in _NOT_AT_ITS_RATES:
                return _NOT_AT_ITS_RATES[how.by]
            tax_class = how.tax_class
        key = site, normal(tax_class), shipping
        if key not in asked.taxed:
            rows, missing = self._index.holding(*key[:2], asked.day, shipping=shipping)
            if missing:
                raise self._undetermined(part, missing)
            if not rows:
                what = f"the tax class {tax_class!r}" if tax_class else "goods without a tax class"
                missing = f"a row of the tax table for {what} on {asked.day}"
                raise TaxUndetermined(missing, str(place), part.line_id, part.shipment_id)
            asked.taxed[key] = PartTax(tuple(each.rate for each in rows))
        return asked.taxed[key]

    def _exempt(self, part: TaxablePart, site: Site, tags: frozenset[str]) -> str:
        """Why a part is not taxed; nothing if it is. Raises TaxUndetermined."""
        for each in self.exemptions:
            # Shipping has no tax class, and those of goods say nothing of it.
            of_class = not each.tax_class or (
                bool(part.line_id) and normal(each.tax_class) == normal(part.tax_class)
            )
            of_contact = not each.contact_tag or normal(each.contact_tag) in tags
            if of_class and of_contact and self._is_there(each, part, site):
                return each.reason
        return ""

    def _shipping(self, part: TaxablePart, site: Site) -> ShippingTax:
        """How the price of a shipment is taxed. Raises TaxUndetermined."""
        there = [each for each in self.shipping if self._is_there(each, part, site)]
        specific = sorted(there, key=lambda each: (each.country == ANY, not each.region))
        return specific[0] if specific else _AS_ITS_GOODS

    def _is_there(self, rule: ShippingTax | TaxExemption, part: TaxablePart, site: Site) -> bool:
        """Whether a part goes to the place of a rule. Raises TaxUndetermined."""
        if rule.country == ANY:
            return True
        if not site.country:
            raise self._undetermined(part, "country")
        if rule.country != site.country or not rule.region:
            return rule.country == site.country
        if not site.region:
            raise self._undetermined(part, "region")
        return region_key(rule.country, rule.region) == site.region

    def _undetermined(self, part: TaxablePart, missing: str) -> TaxUndetermined:
        place, what = part.place, f"the {missing}"
        if missing == "region" and place.region:
            known = {*known_regions(place.country).values()} or self._regions[place.country]
            what = f"a region of {place.country} as addresses have it ({', '.join(sorted(known))})"
        return TaxUndetermined(what, str(place), part.line_id, part.shipment_id)

    @cached_property
    def _index(self) -> RowIndex:
        return RowIndex.of(self.rows)

    @cached_property
    def _regions(self) -> dict[str, frozenset[str]]:
        """By country, the regions that the table speaks of."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for row in self._index.rows:
            if row.region:
                found[row.row.country].add(row.region)
        others: tuple[ShippingTax | TaxExemption, ...] = (*self.shipping, *self.exemptions)
        for other in others:
            if other.region:
                found[other.country].add(region_key(other.country, other.region))
        return {country: frozenset(regions) for country, regions in found.items()}


@attrs.frozen
class _Asked:
    """What holds for all parts of a request, and what was found for some: most are alike."""

    day: date
    tags: frozenset[str]
    sites: dict[Place, Site] = attrs.field(factory=dict)
    taxed: dict[tuple[Site, str, bool], PartTax] = attrs.field(factory=dict)
    exempt: dict[str, PartTax] = attrs.field(factory=dict)


@hookimpl
def cartcore_tax_calculators() -> list[type[TaxTable]]:
    """Register the calculator."""
    return [TaxTable]
