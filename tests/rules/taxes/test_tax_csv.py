"""Tax tables from CSV: as spreadsheets write them, and what is refused with the row at fault."""

from datetime import date

import pytest

from cartcore.errors import InvalidField, InvalidTaxTable
from cartcore.rules.builtin import AppliesTo, ShippingTax, TaxExemption, TaxRow, TaxTable

HEADINGS = "country,region,city,postal_code,tax_class,name,percent\n"
GERMAN = TaxRow(name="USt", percent="7.5", country="DE", tax_class="*")


def test_every_column() -> None:
    """The columns are the fields of a row, in any order and case; an empty cell is the default."""
    text = (
        "Name,Percent,Country,Region,City,Postal code,Tax class,Applies to,Compound,Valid from,"
        "VALID_UNTIL\n"
        "City,4.81, us ,Colorado,Denver,802..803,*,goods,TRUE,2026-01-01,\n"
        "\n"
        ",,,,,,,,,,\n"
        '"Sales, state",2.9,US,CO,,,*,,false,,\n'
    )
    assert TaxTable.from_csv(text).rows == (
        TaxRow(
            name="City",
            percent="4.81",
            country="US",
            region="Colorado",
            city="Denver",
            postal_code="802..803",
            tax_class="*",
            applies_to=AppliesTo.GOODS,
            compound=True,
            valid_from=date(2026, 1, 1),
        ),
        TaxRow(name="Sales, state", percent="2.9", country="US", region="CO", tax_class="*"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffcountry,name,percent,tax_class\r\nDE,USt,7.5,*\r\n",
        "country;name;percent;tax_class\nDE;USt;7,5;*\n",
        '"country"\t"name"\t"percent"\t"tax_class"\nDE\tUSt\t7,5\t*',
        'country,name,percent,tax_class\nde,USt,"7.5",*',
        "country,name,percent,tax_class,,\nDE,USt,7.5,*,,\n,,,,,\n",
        "sep=;\r\ncountry;name;percent;tax_class\r\nDE;USt;7,5;*\r\n",
        "country;name;percent;tax_class\nDE;USt;7.5;*\n",
    ],
)
def test_as_spreadsheets_write_it(text: str) -> None:
    """A byte order mark, other separators, and decimal commas where commas separate no cells."""
    assert TaxTable.from_csv(text).rows == (GERMAN,)


def test_shipping_and_exemptions_are_given_beside() -> None:
    """What a table says of shipping and of customers stands in no CSV (TX-7)."""
    how = (ShippingTax(by="untaxed"),)  # type: ignore[arg-type]
    who = (TaxExemption(reason="resale", contact_tag="reseller"),)
    text = "country,name,percent,tax_class\nDE,USt,7.5,*\n"
    read = TaxTable.from_csv(text, shipping=how, exemptions=who)
    assert read == TaxTable(rows=(GERMAN,), shipping=how, exemptions=who)


@pytest.mark.parametrize(
    ("rows", "at", "problem"),
    [
        (
            "DE,,,,*,VAT,101",
            2,
            "percent must be a percentage from 0 to 100, such as 19 or '5.5', not '101'",
        ),
        (
            "DE,,,,*,VAT,NaN",
            2,
            "percent must be a percentage from 0 to 100, such as 19 or '5.5', not 'NaN'",
        ),
        (
            "DE,,,,*,VAT,",
            2,
            "percent must be a percentage from 0 to 100, such as 19 or '5.5', not ''",
        ),
        (
            "DE,,,,*,VAT,7 %",
            2,
            "percent must be a percentage from 0 to 100, such as 19 or '5.5', not '7 %'",
        ),
        (
            'DE,,,,*,VAT,"7,5"',
            2,
            "percent must be a percentage from 0 to 100, such as 19 or '5.5', not '7,5'",
        ),
        ("DE,,,,*,VAT,7,5", 2, "a cell after the last column must be empty, not '5'"),
        ("DE,,,,*,VAT,19\n\nDE,,,,*,,7", 4, "name must be filled in, not ''"),
        ("DE", 2, "name must be filled in, not ''"),
        ('DE,,,,*,"VAT\n2",19', 2, "name must be free of control characters"),
        ('DE,,,,*,"VAT,19\nFR,,,,*,VAT,20', 2, "it is not CSV (unexpected end of data)"),
        ("DE,,,,*,VAT,19\nFR,,,,*,VAT,20\nDE,,,,*,VAT,19", (2, 4), "both are for 'VAT' on all"),
        ("", 1, "no rows follow the headings"),
    ],
)
def test_row_at_fault_is_told(rows: str, at: int | tuple[int, int], problem: str) -> None:
    """A fault is told with the row as a spreadsheet numbers it, the headings being row 1 (TX-7)."""
    with pytest.raises(InvalidTaxTable) as caught:
        TaxTable.from_csv(HEADINGS + rows)
    ((numbers, said),) = caught.value.flaws
    assert numbers == ((at,) if isinstance(at, int) else at)
    assert said.startswith(problem)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (",,01.07.2026", "valid_from must be a date, such as 2026-01-31, not '01.07.2026'"),
        (",,2026-02-30", "valid_from must be a date, such as 2026-01-31, not '2026-02-30'"),
        (",yes,", "compound must be true, false or empty, not 'yes'"),
        ("services,,", "TaxRow.applies_to must be one of both, goods, shipping, not 'services'"),
    ],
)
def test_cell_that_cannot_be_read_is_told(cell: str, problem: str) -> None:
    """Dates, flags and choices have one written form (TX-7)."""
    with pytest.raises(InvalidTaxTable) as caught:
        TaxTable.from_csv(f"country,name,percent,applies_to,compound,valid_from\nDE,VAT,1,{cell}")
    assert caught.value.flaws == (((2,), problem),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the headings lack country, name, percent; the first row names the columns"),
        ("state,rate\nCO,2.9\n", "the headings lack country, name, percent; the first row names"),
        ("PK\x03\x04\x00\x00", "the headings lack country, name, percent; the first row names"),
        ("country,name,percent,zip\nUS,T,1,8\n", "a heading must be name, percent, country, reg"),
        ("country,,name,percent\nUS,8,T,1\n", "a heading must be name, percent, country, reg"),
        ("country,name,percent,Name\nUS,T,1,8\n", "two columns are named name: remove one of"),
    ],
)
def test_wrong_columns_are_refused(text: str, problem: str) -> None:
    """A file without the columns of a tax table is refused with those that there are (TX-7)."""
    with pytest.raises(InvalidTaxTable) as caught:
        TaxTable.from_csv(text)
    ((numbers, said),) = caught.value.flaws
    assert numbers == (1,)
    assert said.startswith(problem)


def test_all_faults_are_told_at_once() -> None:
    """Whoever mends a file sees all rows that cannot be read, not one after the other (TX-7)."""
    with pytest.raises(InvalidTaxTable) as caught:
        TaxTable.from_csv(HEADINGS + "XX,,,,*,VAT,1\nDE,,,,*,VAT,19\nDE,,,,*,VAT,-1\n")
    assert [at for at, _ in caught.value.flaws] == [(2,), (4,)]


def test_bytes_are_no_text() -> None:
    """Whoever passes the bytes of a file is told how to read it as text."""
    with pytest.raises(InvalidField, match="a text: read the file with encoding='utf-8-sig'"):
        TaxTable.from_csv(b"country,name,percent\n")  # type: ignore[arg-type]
