"""The page of limits says what the code holds."""

import inspect
import re
from pathlib import Path

from cartcore import cart, storage
from cartcore.orders import order
from cartcore.promotions import conditions, promotion, selection
from cartcore.shop import product as catalog
from cartcore.storage import keys as kinds
from cartcore.values import money, readers
from cartcore.values.search import MOST_WORDS
from cartcore.values.text import clean, clean_message

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"

LIMITS = {
    "units of a line": cart.LARGEST_QUANTITY,
    "an amount, in minor units": money.LARGEST_AMOUNT,
    "digits of a unit price": money.FINER_DIGITS,
    "weight of a variant": catalog.LARGEST_WEIGHT,
    "characters of a short text": inspect.signature(clean).parameters["maximum"].default,
    "characters of a note": inspect.signature(clean_message).parameters["maximum"].default,
    "characters of a description": 100_000,
    "characters of the URL of a picture": 2048,
    "characters of a promo code": promotion._LONGEST_CODE,
    "values of a collection": readers.MOST_VALUES,
    "tags of a contact": kinds.MOST["tags"],
    "addresses of a contact": kinds.MOST["addresses"],
    "entries in the history": order.MOST_HISTORY,
    "records on a page": storage.LARGEST_PAGE,
    "words of a search": MOST_WORDS,
    "levels of selections": selection._DEEPEST,
    "selections or conditions nested": selection._MOST,
    "the highest order number": kinds.LAST_NUMBER,
    "seconds that a storage": storage.LONGEST_TIMEOUT,
}


def test_the_page_of_limits() -> None:
    """Each figure of the page is that of the code, and the page has them all (OE-28, ST-1)."""
    rows = re.findall(r"^\| (.+?) \| ([\d,]+) \|$", PAGE.read_text(), re.MULTILINE)
    told = {what: int(figure.replace(",", "")) for what, figure in rows}

    assert len(LIMITS) == len(told)
    for begins, most in LIMITS.items():
        (figure,) = [figure for what, figure in told.items() if what.startswith(begins)]
        assert most == figure, begins
    assert (selection._DEEPEST, selection._MOST) == (conditions._DEEPEST, conditions._MOST)
