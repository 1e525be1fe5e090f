import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.values.phones import e164, looks_like_phone, phone_digits, sought_digits


@pytest.mark.parametrize(
    ("phone", "digits"),
    [
        ("+44 (0)20 7946-0018", ("442079460018",)),
        ("020 7946 0018", ("2079460018",)),
        ("0044 20 7946 0018", ("442079460018",)),
        ("303-555-0147 ext. 12", ("3035550147",)),
        ("303-555-0147x12", ("3035550147",)),
        ("303-555-0147 #12", ("3035550147",)),
        ("tel:+1-303-555-0147;ext=12", ("13035550147",)),
        ("303-555-0147 / 303-555-0199", ("3035550147", "3035550199")),
        ("303-555-0147, +1 303 555 0199", ("3035550147", "13035550199")),
        ("+13035550147+13035550199", ("13035550147", "13035550199")),
        ("303-555-0147; 303-555-0147", ("3035550147",)),
        ("030/901820", ("30901820",)),
        ("0171/1234567", ("1711234567",)),
        ("０３－１２３４－５６７８", ("312345678",)),
        ("٠٥٠١٢٣٤٥٦٧", ("501234567",)),
        ("\u202a+1 303 555 0147\u202c", ("13035550147",)),
        ("none", ()),
        ("000", ()),
        ("", ()),
    ],
)
def test_digits_that_are_kept(phone: str, digits: tuple[str, ...]) -> None:
    """What is stored needs no region: digits of each number, no extension, no zeros (OE-29)."""
    assert digits == phone_digits(phone)


@pytest.mark.parametrize(
    ("asked", "region", "digits"),
    [
        ("+44 20 7946 0018", "", ("2079460018",)),
        ("442079460018", "GB", ("2079460018",)),
        ("442079460018", "", ("442079460018",)),
        ("1 303 555 0147", "US", ("3035550147",)),
        ("8 495 123 45 67", "RU", ("4951234567",)),
        ("011 44 20 7946 0018", "US", ("2079460018",)),
        ("0044 20 7946 0018", "", ("2079460018",)),
        ("+39 06 1234 5678", "", ("612345678",)),
        ("0147", "US", ("0147",)),
        ("0003", "US", ("0003",)),
        ("00 00", "", ("0000",)),
        ("010 003", "DE", ("010003",)),
        ("+1 303", "US", ("1303",)),
        ("+1 3035", "US", ("3035",)),
        ("n/a", "US", ()),
        ("0", "GB", ()),
    ],
)
def test_digits_that_are_looked_for(asked: str, region: str, digits: tuple[str, ...]) -> None:
    """A number is looked for by its national digits, read for a region (OE-29)."""
    assert digits == sought_digits(asked, region)


@pytest.mark.parametrize(
    ("one", "other", "region"),
    [
        ("+44 (0)20 7946 0018", "020 7946 0018", "GB"),
        ("(303) 555-0147", "+1 303 555 0147 ext. 9", "US"),
        ("030/901820", "+49 30 901820", "DE"),
        ("06 1234 5678", "+39 06 1234 5678", "IT"),
    ],
)
def test_numbers_that_are_the_same(one: str, other: str, region: str) -> None:
    """Two ways to write a number are one number in the form of E.164 (OE-29)."""
    assert 1 == len(e164(one, region)) == len(e164(one, region) | e164(other, region))


def test_numbers_that_cannot_exist() -> None:
    """What is too short, or no number, has no form in E.164 (OE-29)."""
    assert frozenset() == e164("0147", "US") | e164("n/a", "US") | e164("303-555-0147")


@pytest.mark.parametrize(
    ("text", "it_does"),
    [
        ("0147", "yes"),
        ("+1 (303) 555-0147", "yes"),
        ("٠٥٠١", "yes"),
        ("+44 20 7946 0018 ext. 12", "yes"),
        ("tel:+442079460018;ext=5", "yes"),
        ("020 7946 0018 or 020 7946 0019", "yes"),
        ("0147 or ann", "no"),
        ("x12", "no"),
        ("147", "no"),
        ("ann 0147", "no"),
        ("", "no"),
        ("+ () -", "no"),
    ],
)
def test_texts_that_look_like_numbers(text: str, it_does: str) -> None:
    """Four digits, what numbers and extensions are written with, and nothing else (OE-31)."""
    assert it_does == ("yes" if looks_like_phone(text) else "no")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["", "US", "IT", "XK"]))
def test_any_text_can_be_looked_for(text: str, region: str) -> None:
    """Whatever is typed is digits or nothing, never an error (OE-28)."""
    for found in (phone_digits(text), sought_digits(text, region)):
        assert all(each.isascii() and each.isdecimal() for each in found)
