"""The regions of countries, by their names and abbreviations."""

import pytest

from cartcore.shop.regions import known_regions, region_key


@pytest.mark.parametrize(
    ("country", "written", "key"),
    [
        ("US", "Colorado", "CO"),
        ("US", " co ", "CO"),
        ("US", "Kolorado", ""),
        ("CA", "Québec", "QC"),
        ("CA", "quebec", "QC"),
        ("AU", "New South Wales", "NSW"),
        ("JP", "Tokyo", "東京都"),
        ("ES", "Las Palmas", "GC"),
        ("DE", " Bayern", "bayern"),
        ("US", "", ""),
    ],
)
def test_names_and_abbreviations_are_one_region(country: str, written: str, key: str) -> None:
    """A region is compared by its code, however it is written; elsewhere by its text (TX-7)."""
    assert region_key(country, written) == key


def test_countries_whose_regions_are_known() -> None:
    """The United States have their 50 states, the District of Columbia and what the post adds."""
    codes = {*known_regions("US").values()}
    assert {"CO", "DC", "PR", "AE"} <= codes
    assert len(codes) == 62
    assert known_regions("DE") == known_regions("XK") == {}
