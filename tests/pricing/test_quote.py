import pickle
import re
from copy import deepcopy
from decimal import ROUND_DOWN, localcontext
from html.parser import HTMLParser
from typing import ClassVar

import attrs
import pytest

from cartcore.cart import Cart
from cartcore.documents.serializer import Serializer
from cartcore.pricing.engine import price
from cartcore.pricing.quote import Quote
from cartcore.promotions.types import PromotionClass
from cartcore.rules import ALL_LINES, Discount, Offer, PricingContext, load_rulebook
from cartcore.rules.builtin import (
    FirstAndFurtherOff,
    FreeShipping,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
)
from tests.support.carts import (
    AT,
    applied,
    by_code,
    cart,
    line,
    parcel,
    priced,
    promotion,
    speed,
    usd,
)

CART = cart(
    line("mug", "8.00", 3, title="Mug"),
    line("hat", "20.00", title="Hat", options=(("Size", "L"),)),
    shipments=(parcel("S1", ("mug", 3), ("hat", 1), by=speed("5.00")),),
    applied=(applied("spring", "SPRING"),),
)
PROMOTIONS = (
    promotion(PercentOff(percent="25"), "mugs"),
    by_code(OrderAmountOff(amount=usd("3.00")), "spring", "SPRING"),
    promotion(FreeShipping(maximum=usd("2.00")), "post"),
    promotion(
        OrderPercentOff(percent="50"), "big", conditions=(MinSubtotal(amount=usd("100.00")),)
    ),
)


def quoted(given: Cart = CART) -> Quote:
    return priced(given, *PROMOTIONS)


class TestTotals:
    def test_figures(self) -> None:
        """44.00, less 11.00, less 3.00, and 5.00 of shipping less 2.00 (PR-4, PR-15)."""
        totals = quoted().totals

        assert [usd(x) for x in ("44.00", "11.00", "3.00", "5.00", "2.00", "0.00", "33.00")] == [
            totals.items,
            totals.item_discounts,
            totals.order_discounts,
            totals.shipping,
            totals.shipping_discounts,
            totals.tax,
            totals.total,
        ]
        assert (usd("30.00"), usd("16.00")) == (totals.goods, totals.discounts)

    def test_lookups(self) -> None:
        """A quote finds a line, a decision and the adjustments of a target by id (PR-16)."""
        quote = quoted()
        mug = quote.line("mug")

        assert mug is not None
        assert (usd("24.00"), usd("7.64"), usd("16.36")) == (mug.amount, mug.discount, mug.total)
        assert ["mugs", "spring"] == [a.promotion_id for a in quote.adjustments_of(line_id="mug")]
        assert ["post"] == [a.promotion_id for a in quote.adjustments_of(shipment_id="S1")]
        assert () == quote.adjustments_of(line_id="S1", shipment_id="mug")
        assert () == quote.adjustments_of()
        assert quote.line("elsewhere") is None
        assert quote.decision("elsewhere") is None

    def test_derived_sums_do_not_depend_on_the_decimal_context(self) -> None:
        """An application's own decimal context never reaches what a quote shows (PR-15)."""
        given = cart(line("a", "12345.67"), line("b", "0.04"))
        quote = priced(given, promotion(OrderPercentOff(percent="10")))

        with localcontext(prec=3, rounding=ROUND_DOWN):
            goods, discounts, rows = quote.totals.goods, quote.totals.discounts, quote.rows()

        assert usd("11111.14") == goods
        assert usd("1234.57") == discounts
        assert ("promo", usd("-1234.57")) in rows


class TestJson:
    def test_round_trip(self) -> None:
        """A quote comes back from JSON unchanged, and writes the same text again (PR-18)."""
        serializer = Serializer(load_rulebook())
        text = serializer.dumps(quoted())
        back = serializer.loads(text, Quote)

        assert quoted() == back
        assert text == serializer.dumps(back)

    def test_the_text_is_settled(self) -> None:
        """Times in UTC, money as text: nothing that another JSON reader could bend (PR-18)."""
        data = Serializer().dump(quoted())

        assert "2026-06-01T12:00:00+00:00" == data["at"]
        assert {"amount": "33.00", "currency": "USD"} == data["totals"]["total"]


class TestText:
    def test_breakdown(self) -> None:
        """A quote prints as a receipt, and says what did not apply and why (PR-17, PR-18)."""
        expected = """\
3 × Mug              24.00 USD
1 × Hat (L)          20.00 USD
Items                44.00 USD
mugs                -11.00 USD
spring [SPRING]      -3.00 USD
Shipping: Standard    5.00 USD
post                 -2.00 USD
Total                33.00 USD
  not applied: big: needs 56.00 USD more"""

        assert expected == str(quoted())

    def test_empty_cart(self) -> None:
        """Nothing costs nothing, and prints."""
        assert "Items  0.00 USD\nTotal  0.00 USD" == str(priced(cart()))

    def test_rows_add_up(self) -> None:
        """What is printed between items and total leads from one to the other (PR-15)."""
        rows = quoted().rows()
        items = [label for label, _ in rows].index("Items")
        minor = [int(money.amount * 100) for _, money in rows]

        assert sum(minor[:items]) == minor[items]
        assert sum(minor[items:-1]) == minor[-1]


class Cells(HTMLParser):
    """Collects the tags and the text of a table."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


class TestHtml:
    def test_titles_and_names_are_escaped(self) -> None:
        """What somebody typed is shown in a notebook and not run (PR-18)."""
        nasty = '<script>alert("x")</script>&amp;'
        given = cart(
            line("a", "10.00", title=nasty),
            shipments=(parcel("S1", by=attrs.evolve(speed("1.00"), name=nasty)),),
            applied=(applied("promo", nasty),),
        )
        quote = priced(
            given, attrs.evolve(by_code(PercentOff(percent="1"), "promo", nasty), name=nasty)
        )
        cells = Cells()
        cells.feed(quote._repr_html_())

        assert {"table", "tr", "td"} == set(cells.tags)
        assert 4 == len(re.findall(re.escape(nasty), cells.text))


class TestDifferences:
    def test_none(self) -> None:
        """The same offer at another time is no difference that a customer notices (OE-18)."""
        later = price(CART, PROMOTIONS, at=AT.replace(hour=13))

        assert () == quoted().differences(later)

    @pytest.mark.parametrize(
        ("after", "told"),
        [
            (
                {"lines": (line("mug", "8.00", 4, title="Mug"), CART.lines[1])},
                "3 × Mug became 4 × Mug",
            ),
            ({"lines": (CART.lines[0],), "shipments": ()}, "1 × Hat (L) is gone"),
            ({"lines": (*CART.lines, line("pen", "1.00", title="Pen"))}, "1 × Pen was added"),
            (
                {"lines": (line("mug", "9.00", 3, title="Mug"), CART.lines[1])},
                "Mug costs 18.53 USD instead of 16.36 USD",
            ),
            ({"shipments": ()}, "shipping is 0.00 USD instead of 5.00 USD"),
            ({"shipments": ()}, "total is 30.00 USD instead of 33.00 USD"),
            (
                {"shipments": (parcel("S1", ("mug", 3), ("hat", 1), by=speed("5.00", "slow")),)},
                "the shipments or their shipping speeds have changed",
            ),
            (
                {"shipments": (parcel("S1", ("mug", 3), by=speed("5.00")),)},
                "the shipments or their shipping speeds have changed",
            ),
            (
                {"refused": ("spring",)},
                "spring no longer applies: staff removed it from this order",
            ),
        ],
        ids=str,
    )
    def test_told(self, after: dict[str, object], told: str) -> None:
        """Everything that a customer would notice is a sentence of its own (OE-18)."""
        changed = quoted(attrs.evolve(CART, **after))  # type: ignore[arg-type]

        assert told in quoted().differences(changed)

    def test_a_price_that_changed_under_a_discount_is_told_in_full(self) -> None:
        """No sentence says that something costs 8.00 instead of 8.00 (OE-18)."""
        before = priced(cart(line("mug", "10.00")), promotion(OrderAmountOff(amount=usd("2.00"))))
        after = priced(cart(line("mug", "12.00")), promotion(OrderAmountOff(amount=usd("4.00"))))

        assert usd("8.00") == before.total == after.total
        assert ("mug costs 12.00 USD before discounts instead of 10.00 USD",) == before.differences(
            after
        )


@attrs.frozen
class Twice:
    """10 % off, and then 10 % of what is left."""

    type_name: ClassVar[str] = "tests.twice"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Offer:
        return Offer(discounts=(Discount(lines=ALL_LINES, percent="10"),) * 2)


class TestUnitsOfAnAdjustment:
    """PR-16: an adjustment names the units it used."""

    def test_discounts_of_different_units_count_together(self) -> None:
        """5 off the first and 1 off the second are of two units (PR-16)."""
        first = FirstAndFurtherOff(first=usd("5.00"), further=usd("1.00"))
        (found,) = priced(cart(line("l1", "10.00", 2)), promotion(first)).adjustments
        assert (found.units, found.discount) == (2, usd("6.00"))

    def test_discounts_of_the_same_units_count_once(self) -> None:
        """Two discounts of one promotion off the same three units are of three (PR-16)."""
        (found,) = priced(cart(line("l1", "10.00", 3)), promotion(Twice())).adjustments
        assert (found.units, found.discount) == (3, usd("5.70"))


class TestReading:
    """PR-15 … PR-18: a quote is written when it is read, and says the same however that is done."""

    SHARED = tuple(promotion(OrderAmountOff(amount=usd("1.01")), f"shared {i}") for i in range(3))

    def fresh(self) -> Quote:
        return priced(CART, *PROMOTIONS, *self.SHARED)

    @pytest.mark.parametrize("first", [field.name for field in attrs.fields(Quote)])
    def test_whatever_is_read_first(self, first: str) -> None:
        """PR-3, PR-16: 18.00 and 15.00 share 1.01 thrice, 0.55 and 0.46, then 3.00."""
        quote = self.fresh()
        getattr(quote, first)
        assert quote == self.fresh()
        assert [usd("14.71"), usd("12.26")] == [line.total for line in quote.lines]
        assert usd("29.97") == quote.total

    def test_a_copy_before_anything_was_read(self) -> None:
        """PR-18: copied and pickled, it is the same value."""
        assert self.fresh() == pickle.loads(pickle.dumps(self.fresh()))  # noqa: S301
        assert self.fresh() == deepcopy(self.fresh())
