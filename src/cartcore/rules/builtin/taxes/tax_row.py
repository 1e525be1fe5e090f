"""What a tax table is made of: rates, and what of them shipping and some customers are spared."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

import attrs

from cartcore.rules import (
    REQUIRED,
    InvalidField,
    checked,
    country_codes,
    known_regions,
    percentage_or_zero,
    region_key,
)
from cartcore.rules.builtin.taxes.postal_area import PostalArea

ANY = "*"
"""As a country: everywhere else. As a tax class: all that no other row of the place names."""


def _country(value: object) -> object:
    if not isinstance(value, str) or value.strip() == ANY:
        return value
    try:
        return country_codes((value,))[0]
    except ValueError as error:
        expected = f"a code of ISO 3166-1, such as 'US', or {ANY!r} for everywhere else"
        raise InvalidField("country", value, expected) from error


def _check_place(kind: str, country: str, **narrower: str) -> None:
    """Refuse a place within no country, and a region that its country does not have."""
    for name, text in narrower.items():
        if text and country == ANY:
            expected = f"empty, unless country is more than {ANY!r}"
            raise InvalidField(f"{kind}.{name}", text, expected)
    region = narrower["region"]
    if region and not region_key(country, region):
        codes = ", ".join(sorted({*known_regions(country).values()}))
        expected = f"a region of {country} as addresses have it ({codes})"
        raise InvalidField(f"{kind}.region", region, expected)


class AppliesTo(StrEnum):
    """What a rate is taken from.

    Attributes:
        BOTH: Goods and shipping.
        GOODS: Goods alone.
        SHIPPING: Shipping alone.
    """

    BOTH = "both"
    GOODS = "goods"
    SHIPPING = "shipping"


@attrs.frozen(kw_only=True, field_transformer=checked)
class TaxRow:
    """A rate that holds at a place, for a tax class, for some time (TX-7).

    Attributes:
        name: The tax, as quotes and invoices show it. Of the rows with one name the most specific
            one holds; rates of several names hold together.
        percent: The percentage, from 0 to 100. 0 is a rate as well: what is exempt has none.
        country: The ISO 3166-1 alpha-2 code of the country, or "*" for all that have no row.
        region: The state, province or county, by its name or abbreviation; empty for all.
        city: The city or town, as addresses have it; empty for all.
        postal_code: The beginning of the postal codes ("802"), or a range ("80200..80299"); empty
            for all. Blanks, hyphens and case do not count.
        tax_class: The tax class of products; empty for those that have none, "*" for all that no
            other row of the place names.
        applies_to: Whether it is taken from goods, shipping or both.
        compound: Whether it is also taken from the taxes before it.
        valid_from: The first day on which it holds, by the store's clocks; None if it always did.
        valid_until: The last day on which it holds; None if it holds on.

    Raises:
        InvalidField: a percentage, country, region, range or period that cannot be.
    """

    name: str = attrs.field(metadata=REQUIRED)
    percent: Decimal = attrs.field(converter=percentage_or_zero)
    country: str = attrs.field(converter=_country, metadata=REQUIRED)
    region: str = ""
    city: str = ""
    postal_code: str = ""
    tax_class: str = ""
    applies_to: AppliesTo = AppliesTo.BOTH
    compound: bool = False
    valid_from: date | None = None
    valid_until: date | None = None

    def __attrs_post_init__(self) -> None:
        narrower = {"region": self.region, "city": self.city, "postal_code": self.postal_code}
        _check_place("TaxRow", self.country, **narrower)
        _ = self.area  # which is refused now, if it cannot be
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            expected = f"{self.valid_from} or later, because the row is valid from then on"
            raise InvalidField("TaxRow.valid_until", str(self.valid_until), expected)

    @cached_property
    def area(self) -> PostalArea | None:
        """The postal codes that it is for; None for all."""
        return PostalArea.read(self.postal_code, self.country) if self.postal_code else None


class ShippingTaxedBy(StrEnum):
    """What the price of shipping is taxed by (TX-6).

    Attributes:
        GOODS: The rates of the goods in the shipment, in proportion to their value.
        HIGHEST_GOODS: The highest rates that one of the goods has.
        OWN_RATES: The rows for shipping.
        UNTAXED: Nothing.
    """

    GOODS = "goods"
    HIGHEST_GOODS = "highest_goods"
    OWN_RATES = "own_rates"
    UNTAXED = "untaxed"


@attrs.frozen(kw_only=True, field_transformer=checked)
class ShippingTax:
    """How shipping to a place is taxed (TX-6).

    Attributes:
        by: What it is taxed by.
        tax_class: For `own_rates`: the tax class whose rows hold; empty for the standard one.
        country: The ISO 3166-1 alpha-2 code of the country, or "*" for all others.
        region: The state, province or county; empty for all.

    Raises:
        InvalidField: a place that cannot be, or a tax class for what has no rates of its own.
    """

    by: ShippingTaxedBy
    tax_class: str = ""
    country: str = attrs.field(default=ANY, converter=_country, metadata=REQUIRED)
    region: str = ""

    def __attrs_post_init__(self) -> None:
        _check_place("ShippingTax", self.country, region=self.region)
        if self.tax_class and self.by is not ShippingTaxedBy.OWN_RATES:
            expected = "empty, unless shipping is taxed by own_rates"
            raise InvalidField("ShippingTax.tax_class", self.tax_class, expected)


@attrs.frozen(kw_only=True, field_transformer=checked)
class TaxExemption:
    """Customers or goods that are not taxed at a place; with both, these goods for these customers.

    Attributes:
        reason: Why, in words that the quote keeps.
        contact_tag: The tag of the contacts that are not taxed; empty for all.
        tax_class: The tax class of the goods that are not taxed; empty for all goods and shipping.
        country: The ISO 3166-1 alpha-2 code of the country, or "*" for all.
        region: The state, province or county; empty for all.

    Raises:
        InvalidField: a place that cannot be, or neither a tag nor a class: all would be exempt.
    """

    reason: str = attrs.field(metadata=REQUIRED)
    contact_tag: str = ""
    tax_class: str = ""
    country: str = attrs.field(default=ANY, converter=_country, metadata=REQUIRED)
    region: str = ""

    def __attrs_post_init__(self) -> None:
        _check_place("TaxExemption", self.country, region=self.region)
        if not self.contact_tag and not self.tax_class:
            expected = "given, unless tax_class is"
            raise InvalidField("TaxExemption.contact_tag", self.contact_tag, expected)
