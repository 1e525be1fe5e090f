"""Values in a notebook: a table, and one line of text beside it."""

from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore import Cart, CartLine, Limits, Promotion, PromotionSet, price
from cartcore.rules import Selection
from cartcore.rules.builtin import (
    BuyXGetY,
    FreeShipping,
    MinSubtotal,
    OrderAmountOff,
    PercentOff,
    PercentTier,
    TieredPercentOff,
)
from cartcore.scenarios import Scenario, carts_from, simulate
from tests.support.notebooks import displayed
from tests.support.shop import Shop

AT = datetime(2026, 5, 1, tzinfo=UTC)
NASTY = "<script>alert('&')</script>"
PROMOTIONS = [
    Promotion(id="ten", name=NASTY, effect=PercentOff(percent="10")),
    Promotion(
        id="more",
        name="More",
        effect=OrderAmountOff(amount=Money("5.00", "USD")),
        conditions=(MinSubtotal(amount=Money("1000.00", "USD")),),
    ),
]
MUGS = CartLine(id="1", sku="MUG", title=NASTY, quantity=3, unit_price=Money("9.99", "USD"))
CART = Cart(currency="USD", lines=tuple(attrs.evolve(MUGS, id=f"{n}") for n in range(200)))


class Cells(HTMLParser):
    """The texts of a table, row by row, and the names of its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.rows[-1][-1] += data


def cells(value: Any) -> list[list[str]]:
    parser = Cells()
    parser.feed(value._repr_html_())
    assert parser.tags <= {"table", "tr", "td", "br"}
    return parser.rows


def simulated() -> Any:
    rows = [{"o": NASTY, "s": "A", "n": 1, "p": 5}]
    carts = carts_from(rows, order="o", sku="s", quantity="n", unit_price="p", currency="USD")
    return simulate(carts, [Scenario(name=NASTY)], at=AT, progress=False)


@pytest.fixture
def shown(shop: Shop) -> dict[str, Any]:
    """One value of each kind, with texts that would do harm if they were no texts."""
    shop.change_product("mug", title=NASTY)
    draft_id = shop.reviewed({"MUG": 1})
    return {
        "Cart": CART,
        "Quote": price(CART, PROMOTIONS, at=AT),
        "Promotion": PROMOTIONS[0],
        "PromotionSet": PromotionSet(PROMOTIONS),
        "Run": simulated(),
        "DraftView": shop.view(draft_id),
        "Order": shop.placed(draft_id),
    }


def test_values_are_one_short_line_beside_their_table(shown: dict[str, Any]) -> None:
    """What IPython keeps beside the table is short, however large the value is (SC-10)."""
    for name, value in shown.items():
        table, text = displayed(value)
        assert table == value._repr_html_()
        assert text.startswith(f"{name}(")
        assert len(text) < 120
        assert "\\n" not in text


def test_tables_are_escaped(shown: dict[str, Any]) -> None:
    """Texts of people are texts in the table, and no tags of it (SC-10)."""
    for name, value in shown.items():
        rows = cells(value)
        assert rows, name
        assert NASTY not in value._repr_html_()
        if name not in {"DraftView", "Order"}:  # theirs name no goods
            assert escape(NASTY) in value._repr_html_()


def test_quote_says_what_was_not_applied_and_why() -> None:
    """Under the figures stands each promotion that did not apply, with its reason (SC-10)."""
    quote = price(attrs.evolve(CART, lines=(MUGS,)), PROMOTIONS, at=AT)
    rows = cells(quote)

    assert ["Total", "26.97 USD"] in rows
    (last,) = rows[-1]
    assert last.startswith("not applied: More: needs")


USD5 = Money("5.00", "USD")
TIERS = (PercentTier(percent="5"), PercentTier(percent="10", from_quantity=6))
MUG = Selection(skus=("MUG",), exclude=Selection(tags=("new",)))


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (FreeShipping(), "Free shipping"),
        (PercentOff(percent="7.5", maximum=USD5), "Percent off: percent 7.5, maximum 5.00 USD"),
        (
            TieredPercentOff(tiers=TIERS),
            "Tiered percent off: tiers (percent 5) and (percent 10, from quantity 6)",
        ),
        (BuyXGetY(buy=2, get_from=MUG), "Buy x get y: buy 2, get from MUG except new"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_promotion_is_told_in_words(effect: Any, words: str) -> None:
    """What is not as it is by default stands in the table, of its limits as well (SC-10)."""
    limits = Limits(total=3, budget=USD5)
    promotion = Promotion(id="a", name="A", effect=effect, limits=limits)

    assert [
        ["Promotion", "A (a)"],
        ["Effect", words],
        ["Limits", "total 3, budget 5.00 USD"],
    ] == cells(promotion)
    assert ["A", words] == cells(Scenario(name="s", promotions=(promotion,)))[1]


class Unequal:
    """Fails where it is compared."""

    def __ne__(self, other: object) -> bool:
        raise ValueError

    __hash__ = None  # type: ignore[assignment]


UNEQUAL = Unequal()


@attrs.frozen(kw_only=True, eq=False)
class Odd(PercentOff):
    """A type with a field that cannot be compared."""

    odd: Any = UNEQUAL


def test_a_type_that_cannot_be_told_in_words_costs_no_table() -> None:
    """Whatever an author's class does, its promotion has a table (SC-10, PK-13)."""
    promotion = Promotion(id="a", name="A", effect=Odd(percent="10"))
    assert ["Effect", "<Odd that cannot be shown>"] == cells(promotion)[1]
