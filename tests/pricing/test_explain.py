"""How one discount, and a whole quote, is explained (PR-26)."""

import attrs
import pytest

from cartcore.errors import NotFound
from cartcore.pricing.engine import price
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import AddProduct, MinSubtotal, OrderPercentOff, PercentOff
from tests.pricing.test_equal_ids import Vat
from tests.support.carts import AT, cart, line, parcel, product, promotion, speed, usd, variant

QUOTE = price(
    cart(line("mug", "10.00", 3)),
    [
        promotion(PercentOff(percent="10", target=Selection(skus=("mug",))), "tenth"),
        promotion(AddProduct(items=(TiedItem(key="p", product_id="pen"),), percent="0"), "pen"),
        promotion(
            OrderPercentOff(percent="5"),
            "large",
            conditions=(MinSubtotal(amount=usd("100.00")),),
        ),
    ],
    at=AT,
    products={"pen": product("pen", variant("PEN", "1.50"))},
)


def test_the_steps_of_a_discount() -> None:
    """The arithmetic first, and then what it took off which line: 10 % of 30.00 (PR-26)."""
    assert (
        "10 % of 30.00 USD = 3.00 USD, rounded half up\n  3.00 USD off 3 × mug"
    ) == QUOTE.explain("tenth")


def test_a_promotion_that_takes_nothing_off() -> None:
    """One that only adds goods has no steps: it is explained by what became of it."""
    decision = QUOTE.decision("pen")
    assert decision is not None
    assert decision.applied
    assert decision.message == QUOTE.explain("pen") != ""


def test_a_promotion_that_does_not_apply() -> None:
    """It says what is missing."""
    assert "not applied: needs 68.50 USD more" == QUOTE.explain("large")  # 30.00 + 1.50


def test_a_promotion_that_nobody_asked_for() -> None:
    """One that was not considered has no explanation."""
    with pytest.raises(NotFound):
        QUOTE.explain("other")


def test_the_whole() -> None:
    """From the items to the total: 31.50 less 3.00, with every promotion and its steps between."""
    told = QUOTE.explain().splitlines()

    assert ("Items 31.50 USD", "Total 28.50 USD") == (told[0], told[-1])
    assert "Shipping" not in QUOTE.explain()
    assert "    3.00 USD off 3 × mug" in told
    assert "large: not applied: needs 68.50 USD more" in told


@pytest.mark.parametrize(
    ("speeds", "shipping"),
    [
        (("4.95",), ["Shipping: Standard 4.95 USD"]),
        (("0.00",), ["Shipping: Standard 0.00 USD"]),
        (
            ("4.95", "3.00"),
            [
                "Shipping: shipment 1 by Standard 4.95 USD",
                "Shipping: to Bonn by Standard 3.00 USD",
            ],
        ),
        ((None, "3.00"), ["Shipping: to Bonn by Standard 3.00 USD"]),
        ((None,), []),
    ],
)
def test_shipping_is_told(speeds: tuple[str | None, ...], shipping: list[str]) -> None:
    """Each shipping price is told before what is taken off it: 30.00 with 4.95 is 34.95 (PR-26)."""
    sent = tuple(
        parcel(f"S{n}", ("mug", 1), by=speed(amount) if amount else None)
        for n, amount in enumerate(speeds, 1)
    )
    given = cart(line("mug", "10.00", 3), shipments=sent)
    told = price(given, at=AT).explain(shipments={"S2": "to Bonn"}).splitlines()

    assert ["Items 30.00 USD", *shipping, ""] == told[: len(shipping) + 2]


@pytest.mark.parametrize(
    ("includes", "told"),
    [
        (True, "Tax 4.79 USD, rounded half up for each rate, included in the prices"),
        (False, "Tax 5.70 USD, rounded half up for each rate"),
    ],
)
def test_whether_tax_is_added(includes: bool, told: str) -> None:  # noqa: FBT001
    """Tax that prices include is said to be included, as it is no part of the sum (TX-3, TX-8)."""
    given = attrs.evolve(cart(line("mug", "10.00", 3)), prices_include_tax=includes)

    assert told in price(given, at=AT, tax=Vat()).explain().splitlines()
