import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.values.postal_codes import (
    postal_code_starts,
    postal_key,
    postal_prefix,
    postal_prefixes,
)


@pytest.mark.parametrize(
    ("prefix", "code", "country", "covered"),
    [
        ("NG1 5", "NG15DJ", "GB", "yes"),
        ("NG15", "NG1 5DJ", "GB", "no"),
        ("NG1 5DJ", "ng15dj", "GB", "yes"),
        ("SE1", "SE1 7PB", "GB", "yes"),
        ("SE1", "SE17PB", "GB", "yes"),
        ("SE1", "SE1P 5LX", "GB", "yes"),
        ("SE1", "SE10 9NF", "GB", "no"),
        ("SE1 ", "SE109NF", "GB", "no"),
        ("SE1", "SE1", "GB", "yes"),
        ("SE1", "SE10", "GB", "no"),
        ("SW1", "SW1A 1AA", "GB", "yes"),
        ("SE", "SE10 9NF", "GB", "yes"),
        ("KA2", "KA27 8DL", "GB", "no"),
        ("KA27", "KA27 8DL", "GB", "yes"),
        ("JE2", "JE2 3XX", "JE", "yes"),
        ("H0H 0", "h0h0h0", "CA", "yes"),
        ("00-9", "00950", "PL", "yes"),
        ("009", "00-950", "PL", "yes"),
        ("1050", "LV-1050", "LV", "yes"),
        ("LV-10", "1050", "LV", "yes"),
        ("80", "D-80331", "DE", "yes"),
        ("80", "DE 80331", "DE", "yes"),
        ("80", "D-80331", "AT", "no"),
        ("AD5", "AD500", "AD", "yes"),
        ("5", "AD500", "AD", "yes"),
        ("100", "１００-0001", "JP", "yes"),
        ("10", "\u0661\u0660\u0661", "EG", "yes"),
        ("PA67", "PA6 7LN", "GB", "no"),
        ("1", "", "US", "no"),
        ("-", "12345", "US", "no"),
        ("\u200b", "12345", "GB", "no"),
    ],
)
def test_what_a_prefix_covers(prefix: str, code: str, country: str, covered: str) -> None:
    """Prefixes are of characters, without blanks and hyphens; British numbers end (OE-29)."""
    assert covered == ("yes" if postal_code_starts(code, prefix, country) else "no")


@given(st.text(), st.text(), st.sampled_from(["GB", "DE", "US", "LV"]))
def test_any_text_is_a_code_or_not(code: str, prefix: str, country: str) -> None:
    """Whatever is typed, the answer is yes or no, and a whole code is covered by itself (OE-29)."""
    postal_code_starts(code, prefix, country)

    assert postal_code_starts(code, code, country) == bool(postal_key(code))


CODES = st.from_regex(r"(LV|D|F|SE)?[- ]?([0-9A-Z]{1,2}[ -]?){1,5}", fullmatch=True)


@given(CODES, st.integers(0, 9), CODES, st.sampled_from(["US", "GB", "LV", "DE", "CA", "SE"]))
def test_beginnings_that_are_looked_up_are_those_that_are_compared(
    code: str, length: int, other: str, country: str
) -> None:
    """A code begins with a prefix exactly if that is among its beginnings (OE-29, TX-7)."""
    for prefix in (code[:length], other):
        if code != prefix and not postal_key(prefix, country):
            continue
        found = postal_prefix(prefix, country) in postal_prefixes(code, country)
        assert found == postal_code_starts(code, prefix, country), prefix
