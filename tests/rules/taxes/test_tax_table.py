"""The tax table: which rate holds where and when, and what a table refuses."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from cartcore.errors import InvalidField, InvalidTaxTable, TaxUndetermined
from cartcore.rules import TaxedBy, TaxRate
from cartcore.rules.builtin import (
    ShippingTax,
    ShippingTaxedBy,
    TaxExemption,
    TaxRow,
    TaxTable,
)
from tests.support.tax_tables import answer, rates


def row(name: str, percent: object, country: str, **more: Any) -> TaxRow:
    return TaxRow(name=name, percent=percent, country=country, **{"tax_class": "*"} | more)


def table(*rows: TaxRow, **more: Any) -> TaxTable:
    return TaxTable(rows=rows, **more)


US = table(
    row("State tax", "0", "US"),
    row("State tax", "2.9", "US", region="CO"),
    row("State tax", "0", "US", region="CO", tax_class="food"),
    row("City tax", "4.81", "US", region="Colorado", city="Denver"),
    row("District tax", "1.1", "US", region="CO", postal_code="80200..80299"),
    row("VAT", "19", "DE"),
    row("VAT", "7", "DE", tax_class="books"),
    row("VAT", "0", "DE", postal_code="27498"),
)
DENVER = {"country": "US", "region": "Colorado", "city": "denver", "postal_code": "80202-1234"}


def test_rates_of_all_names_hold_together() -> None:
    """State, city and district tax add up, from the widest place to the narrowest (TX-2, TX-7)."""
    assert rates(US, **DENVER) == ["State tax 2.9", "City tax 4.81", "District tax 1.1"]


def test_most_specific_row_of_a_name_holds() -> None:
    """A region comes before its country, a postal code before both, and then the class (TX-7)."""
    boulder = {"country": "us", "region": "CO", "city": "Boulder", "postal_code": "80301"}
    assert rates(US, **boulder) == ["State tax 2.9"]
    assert rates(US, **boulder, tax_class="FOOD") == ["State tax 0"]
    austin = {"country": "US", "region": "TX", "city": "Austin", "postal_code": "78701"}
    assert rates(US, **austin) == ["State tax 0"]
    assert rates(US, country="DE", postal_code="10115", tax_class="books") == ["VAT 7"]
    # The place comes before the class.
    assert rates(US, country="DE", postal_code="D-27498", tax_class="books") == ["VAT 0"]


@pytest.mark.parametrize(
    ("place", "missing"),
    [
        ({"country": ""}, "the country"),
        ({**DENVER, "region": ""}, "the region"),
        ({**DENVER, "region": "Kolorado"}, "a region of US as addresses have it (AA, AE, AK, "),
        ({**DENVER, "city": ""}, "the city"),
        ({**DENVER, "postal_code": ""}, "the postal code"),
        ({"country": "DE"}, "the postal code"),
        ({"country": "FR"}, "a row of the tax table for goods without a tax class on 2026-06-01"),
    ],
)
def test_nothing_is_guessed(place: dict[str, str], missing: str) -> None:
    """Where too little is known of a place, or no row is for it, what is missing is told (TX-9)."""
    with pytest.raises(TaxUndetermined) as caught:
        answer(US, **place)  # type: ignore[arg-type]
    assert caught.value.missing.startswith(missing)
    assert (caught.value.line_id, caught.value.shipment_id) == ("l1", "s1")


def test_class_without_a_row_is_not_taxed_as_another() -> None:
    """Goods of a class that no row names have no rate, where no row is for all others (TX-9)."""
    books = table(row("VAT", "7", "DE", tax_class="books"))
    with pytest.raises(TaxUndetermined, match="a row of the tax table for the tax class 'food'"):
        answer(books, country="DE", tax_class="food")


def test_everywhere_else_has_a_row_of_its_own() -> None:
    """Only a row that says so is for all countries that have no row (TX-7)."""
    world = table(row("VAT", "19", "DE"), row("VAT", "0", "*"), row("Export fee", "1", "*"))
    assert rates(world, country="FR") == ["Export fee 1", "VAT 0"]
    assert rates(world, country="DE") == ["Export fee 1", "VAT 19"]


def test_days_are_those_of_the_store() -> None:
    """A rate holds from its first day to its last one, both whole, by the store's clocks (TX-7)."""
    german = table(
        row("VAT", "19", "DE", valid_until=date(2020, 6, 30)),
        row("VAT", "16", "DE", valid_from=date(2020, 7, 1), valid_until=date(2020, 12, 31)),
        row("VAT", "19", "DE", valid_from=date(2021, 1, 1)),
    )
    for at, percent in (
        (datetime(2020, 6, 30, 21, 59, 59, tzinfo=UTC), 19),
        (datetime(2020, 6, 30, 22, tzinfo=UTC), 16),
        (datetime(2020, 12, 31, 22, 59, 59, tzinfo=UTC), 16),
        (datetime(2020, 12, 31, 23, tzinfo=UTC), 19),
    ):
        found = answer(german, country="DE", at=at, timezone="Europe/Berlin")
        assert found.rates == (TaxRate(name="VAT", percent=percent),)


def test_compound_rates_come_last() -> None:
    """A compound rate stands after those that it is taken from, even if its place is wider."""
    quebec = table(
        row("QST", "9.5", "CA", region="Québec", compound=True),
        row("GST", "5", "CA"),
        row("City", "1", "CA", region="QC", city="Laval"),
    )
    found = answer(quebec, country="CA", region="Quebec", city="Laval")
    assert [(rate.name, rate.compound) for rate in found.rates] == [
        ("GST", False),
        ("City", False),
        ("QST", True),
    ]


@pytest.mark.parametrize(
    ("country", "prefix", "inside", "outside"),
    [
        ("GB", "SE1", "se1 7pb", "SE10 8XJ"),
        ("GB", "SE1 7", "SE17PB", "SE17 1AA"),
        ("NL", "10 11..1019", "1015 cj", "1020AB"),
        ("CA", "H2X", "h2x 1y4", "H2Y 1C6"),
        ("JP", "100-0001", "1000001", "100-0002"),
        ("LV", "LV-1050", "1050", "LV-1051"),
        ("SE", "111..113", "SE-113 30", "114 10"),
        ("US", "80123..80156", "80140", "80157"),
    ],
)
def test_postal_codes_as_countries_write_them(
    country: str, prefix: str, inside: str, outside: str
) -> None:
    """Blanks, hyphens, case and the letters of the country do not count (TX-7, OE-29)."""
    there = table(row("Tax", "1", country), row("Tax", "2", country, postal_code=prefix))
    assert rates(there, country=country, postal_code=inside) == ["Tax 2"]
    assert rates(there, country=country, postal_code=outside) == ["Tax 1"]


# --- shipping and exemptions ---


def test_shipping_is_taxed_as_the_table_says() -> None:
    """A region comes before its country; elsewhere shipping follows the goods (TX-6)."""
    own = ShippingTaxedBy.OWN_RATES
    us = table(
        row("Tax", "8", "US"),
        row("Tax", "5", "US", tax_class="transport", applies_to="shipping"),
        row("Tax", "1", "*"),
        shipping=(
            ShippingTax(by=ShippingTaxedBy.HIGHEST_GOODS, country="US"),
            ShippingTax(by=ShippingTaxedBy.UNTAXED, country="US", region="California"),
            ShippingTax(by=own, tax_class="transport", country="US", region="TX"),
            ShippingTax(by=own, country="US", region="NY"),
        ),
    )
    assert answer(us, shipping=True, country="FR").by is TaxedBy.GOODS
    assert answer(us, shipping=True, country="US", region="CO").by is TaxedBy.HIGHEST_GOODS
    untaxed = answer(us, shipping=True, country="US", region="CA")
    assert untaxed.exempt == "shipping to this place is not taxed"
    texan = answer(us, shipping=True, country="US", region="Texas")
    assert texan.rates == (TaxRate(name="Tax", percent=5),)
    yorker = answer(us, shipping=True, country="US", region="New York")
    assert yorker.rates == (TaxRate(name="Tax", percent=8),)
    with pytest.raises(TaxUndetermined) as caught:
        answer(us, shipping=True, country="US")
    assert (caught.value.missing, caught.value.line_id) == ("the region", "")


def test_rate_can_be_for_goods_or_shipping_alone() -> None:
    """A rate for goods is not taken from shipping, nor one for shipping from goods (TX-7)."""
    both = table(
        row("State", "4", "US"),
        row("City", "2", "US", applies_to="goods"),
        row("Freight", "1", "US", applies_to="shipping"),
        shipping=(ShippingTax(by=ShippingTaxedBy.OWN_RATES),),
    )
    assert rates(both, country="US") == ["City 2", "State 4"]
    shipping = answer(both, shipping=True, country="US")
    assert [rate.name for rate in shipping.rates] == ["Freight", "State"]


def test_exempt_contacts_and_goods_have_no_rate() -> None:
    """An exemption by tag, by class, or by both is told with its reason (TX-2, TX-7)."""
    shop = table(
        row("Tax", "8", "US"),
        exemptions=(
            TaxExemption(tax_class="exempt", reason="not taxable"),
            TaxExemption(contact_tag="Reseller", country="US", region="CO", reason="resale"),
            TaxExemption(contact_tag="school", tax_class="books", reason="school books"),
        ),
    )
    co = {"country": "US", "region": "CO"}
    assert answer(shop, **co, tax_class="Exempt").exempt == "not taxable"  # type: ignore[arg-type]
    assert answer(shop, **co, tags=("RESELLER",)).exempt == "resale"  # type: ignore[arg-type]
    assert answer(shop, **co, tags=("reseller",), shipping=True).exempt == "resale"  # type: ignore[arg-type]
    assert not answer(shop, country="US", region="TX", tags=("reseller",)).exempt
    assert answer(shop, **co, tags=("school",), tax_class="books").exempt == "school books"  # type: ignore[arg-type]
    assert not answer(shop, **co, tags=("school",)).exempt  # type: ignore[arg-type]
    assert not answer(shop, **co, tax_class="books").exempt  # type: ignore[arg-type]
    with pytest.raises(TaxUndetermined, match="without the region"):
        answer(shop, country="US", tags=("reseller",))


# --- what is refused ---


@pytest.mark.parametrize(
    ("fields", "field", "expected"),
    [
        ({"percent": "101"}, "percent", "a percentage from 0 to 100, such as 19 or '5.5'"),
        ({"percent": "-1"}, "percent", "a percentage from 0 to 100, such as 19 or '5.5'"),
        ({"percent": "NaN"}, "percent", "a percentage from 0 to 100, such as 19 or '5.5'"),
        ({"percent": 8.81}, "percent", "a percentage from 0 to 100, such as 19 or '5.5'"),
        ({"country": "XX"}, "country", "a code of ISO 3166-1, such as 'US', or '*' for every"),
        ({"country": ""}, "country", "a code of ISO 3166-1, such as 'US', or '*' for every"),
        ({"region": "Kolorado"}, "TaxRow.region", "a region of US as addresses have it (AA, A"),
        ({"country": "*", "city": "Denver"}, "TaxRow.city", "empty, unless country is more than"),
        ({"postal_code": "-"}, "TaxRow.postal_code", "a prefix such as 802, or a range such as"),
        ({"postal_code": "803..802"}, "TaxRow.postal_code", "a range from the lower code to the"),
        ({"postal_code": "80..802"}, "TaxRow.postal_code", "a range from the lower code to the"),
        ({"postal_code": "A1..B2"}, "TaxRow.postal_code", "a range from the lower code to the"),
        ({"postal_code": "000..999"}, "TaxRow.postal_code", "left out where a row is for all"),
        ({"postal_code": ".."}, "TaxRow.postal_code", "a prefix such as 802, or a range such as"),
        (
            {"country": "GB", "postal_code": "SE1..SE9"},
            "TaxRow.postal_code",
            "a prefix, because the codes of GB have no order",
        ),
        (
            {"valid_from": date(2026, 2, 1), "valid_until": date(2026, 1, 31)},
            "TaxRow.valid_until",
            "2026-02-01 or later, because the row is valid from then on",
        ),
        ({"valid_from": datetime(2026, 2, 1, tzinfo=UTC)}, "TaxRow.valid_from", "a date"),
        ({"applies_to": "services"}, "TaxRow.applies_to", "one of both, goods, shipping"),
    ],
)
def test_row_that_cannot_be_is_refused(fields: dict[str, Any], field: str, expected: str) -> None:
    """The refusal names the field and says what would be right (TX-7)."""
    with pytest.raises(InvalidField) as caught:
        TaxRow(**{"name": "Tax", "percent": "5", "country": "US"} | fields)
    assert caught.value.path == field
    assert caught.value.expected.startswith(expected)


ENDS = date(2026, 6, 30)
NEXT = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("rows", "at", "problem"),
    [
        (
            (row("VAT", 19, "DE"), row("vat", 16, "DE")),
            (1, 2),
            "both are for 'vat' on all other tax classes in DE on every day",
        ),
        (
            (
                row("Tax", 1, "US", region="CO", valid_until=NEXT),
                row("Other", 1, "US"),
                row("Tax", 2, "US", region="colorado", valid_from=NEXT),
            ),
            (1, 3),
            "both are for 'Tax' on all other tax classes in colorado US on 2026-07-01",
        ),
        (
            (row("Tax", 1, "US", postal_code="802"), row("Tax", 2, "US", postal_code="8020..8029")),
            (1, 2),
            "both are for 'Tax' on all other tax classes in 8020..8029 US on every day",
        ),
        (
            (
                row("Tax", 1, "US", postal_code="800..805"),
                row("Tax", 2, "US", postal_code="803..809"),
            ),
            (1, 2),
            (
                "their postal codes 800..805 and 803..809 have some in common, and neither range"
                " lies within the other"
            ),
        ),
        (
            (row("A", 1, "US"), row("B", 1, "US", valid_until=ENDS), row("C", 1, "US")),
            (2, 1),
            (
                "'B' on all other tax classes in US ends on 2026-06-30, and no row of 'B' follows"
                " on 2026-07-01, while another tax of the place goes on; if it was abolished, let a"
                " row of 0 % follow"
            ),
        ),
        (
            (
                row("VAT", 1, "DE", valid_until=ENDS),
                row("VAT", 2, "DE", valid_from=date(2026, 7, 2)),
            ),
            (1,),
            (
                "'VAT' on all other tax classes in DE ends on 2026-06-30, and no row of 'VAT'"
                " follows on 2026-07-01, but one comes later; if it was abolished,"
                " let a row of 0 % follow"
            ),
        ),
        (
            (
                row("VAT", 7, "DE", tax_class="books"),
                row("VAT", 5, "FR", tax_class="books"),
                row("VAT", 2, "FR", tax_class="food"),
            ),
            (1,),
            (
                "no row is for the tax class 'food' in DE, where other goods have one; add it, or"
                " one for all other tax classes (*)"
            ),
        ),
        (
            (
                row("VAT", 7, "DE", tax_class=""),
                row("VAT", 5, "DE", tax_class="books", valid_from=NEXT),
            ),
            (1, 2),
            (
                "no row is for the tax class 'books' in DE, where other goods have one; add it, or"
                " one for all other tax classes (*)"
            ),
        ),
        (
            # The class has a row in a city, and none in the state around it.
            (
                row("Tax", 3, "US", region="CO", tax_class="toys"),
                row("Tax", 2, "US", region="CO", city="Denver", tax_class="food"),
            ),
            (1,),
            (
                "no row is for the tax class 'food' in CO US, where other goods have one; add it,"
                " or one for all other tax classes (*)"
            ),
        ),
        (
            # A tax of the state ends, and one of the same name goes on in a city alone.
            (
                row("Tax", 3, "US", region="CO", valid_until=ENDS),
                row("Other", 1, "US"),
                row("Tax", 2, "US", region="CO", city="Denver", valid_from=NEXT),
            ),
            (1, 2),
            (
                "'Tax' on all other tax classes in CO US ends on 2026-06-30, and no row of 'Tax'"
                " follows on 2026-07-01, while another tax of the place goes on; if it was"
                " abolished, let a row of 0 % follow"
            ),
        ),
    ],
)
def test_rows_that_do_not_fit_together_are_refused(
    rows: tuple[TaxRow, ...], at: tuple[int, ...], problem: str
) -> None:
    """Overlaps and gaps are refused with the rows at fault (TX-7)."""
    with pytest.raises(InvalidTaxTable) as caught:
        TaxTable(rows=rows)
    assert caught.value.flaws == ((at, problem),)


@pytest.mark.parametrize(
    "rows",
    [
        # One after the other.
        (row("VAT", 1, "DE", valid_until=ENDS), row("VAT", 2, "DE", valid_from=NEXT)),
        # Likewise for one postal code of a country with another tax.
        (row("A", 1, "US", postal_code="80202", valid_until=ENDS), row("B", 1, "US"),
         row("A", 2, "US", postal_code="80202", valid_from=NEXT)),
        # All taxes of a place end: what is sold there later cannot be priced.
        (row("VAT", 1, "DE", valid_until=ENDS), row("VAT", 2, "FR")),
        # A tax that begins.
        (row("A", 1, "US"), row("B", 2, "US", valid_from=NEXT)),
        # What ends leaves a wider row of its name.
        (row("A", 6, "US", region="TX"), row("A", 0, "US", region="TX", tax_class="clothes",
             valid_from=NEXT, valid_until=NEXT)),
        (row("A", 6, "US"), row("A", 0, "US", region="TX", valid_until=NEXT)),
        # For goods and for shipping.
        (row("A", 1, "US", applies_to="goods"), row("A", 2, "US", applies_to="shipping")),
        # One range lies within the other.
        (row("A", 1, "US", postal_code="800..805"), row("A", 2, "US", postal_code="801..803")),
        # Ranges cross, in two states.
        (row("A", 1, "US", region="CO", postal_code="800..805"),
         row("A", 2, "US", region="WY", postal_code="803..809")),
        # A class is covered by the row of the country.
        (row("A", 1, "US"), row("A", 2, "US", region="CO", tax_class="food")),
        (row("A", 1, "US", tax_class=""), row("A", 1, "US", tax_class="food"),
         row("B", 2, "US", postal_code="80202", tax_class="")),
    ],
)  # fmt: skip
def test_rows_that_fit_together_are_taken(rows: tuple[TaxRow, ...]) -> None:
    """What only looks like an overlap or a gap is none (TX-7)."""
    assert TaxTable(rows=rows).rows == rows


def test_class_that_is_exempt_needs_no_row() -> None:
    """An exemption answers for a tax class as well as a row (TX-7)."""
    rows = (row("VAT", 7, "DE", tax_class="books"), row("VAT", 5, "FR", tax_class=""))
    exempt = (
        TaxExemption(tax_class="books", country="FR", reason="books are free of tax"),
        TaxExemption(tax_class="", contact_tag="embassy", reason="diplomats"),
    )
    with pytest.raises(InvalidTaxTable) as caught:
        TaxTable(rows=rows, exemptions=exempt)
    assert [at for at, _ in caught.value.flaws] == [(1,)]
    german = TaxExemption(tax_class="", contact_tag="x", reason="r", country="DE")
    with pytest.raises(InvalidTaxTable):
        TaxTable(rows=rows, exemptions=(*exempt, german))
    TaxTable(rows=(*rows, row("VAT", 19, "DE", tax_class="")), exemptions=exempt)


def test_many_flaws_are_told_in_one_sentence() -> None:
    """The first ten flaws are told, and how many more there are (TX-7)."""
    rows = [row(f"Tax {n}", 1, "DE") for n in range(12)]
    with pytest.raises(InvalidTaxTable) as caught:
        table(*rows, *rows)
    assert len(caught.value.flaws) == 12
    assert str(caught.value).startswith("the tax table cannot be used: rows 1, 13: both are for")
    assert str(caught.value).endswith("in DE on every day; and 2 more flaws")


def test_file_without_its_postal_codes_is_refused_at_once() -> None:
    """Thousands of rows that are all for one place are a flaw each, and not one for each pair."""
    with pytest.raises(InvalidTaxTable) as caught:
        table(*[row("Tax", 1, "US")] * 3000)
    assert [at for at, _ in caught.value.flaws] == [(1, n) for n in range(2, 3001)]


def test_table_says_one_thing_about_shipping_to_a_place() -> None:
    """No rows, or two answers for shipping to one place, are refused (TX-6, TX-7)."""
    with pytest.raises(InvalidField, match="at least one row"):
        table()
    twice = (
        ShippingTax(by=ShippingTaxedBy.GOODS, country="US", region="CO"),
        ShippingTax(by=ShippingTaxedBy.UNTAXED, country="us", region="Colorado"),
    )
    with pytest.raises(InvalidField, match="a list that has each place once, not 'CO US'"):
        table(row("A", 1, "US"), shipping=twice)
    with pytest.raises(InvalidField, match="empty, unless shipping is taxed by own_rates"):
        ShippingTax(by=ShippingTaxedBy.GOODS, tax_class="x")
    with pytest.raises(InvalidField, match="given, unless tax_class is"):
        TaxExemption(reason="all")
