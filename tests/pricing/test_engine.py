from collections.abc import Sequence
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.cart import CartLine, CartShipment, Customer, ManualDiscount
from cartcore.documents.serializer import Serializer
from cartcore.errors import InvalidField, InvalidQuantity, PluginError
from cartcore.pricing.engine import price
from cartcore.pricing.policy import (
    OnPluginError,
    PricingPolicy,
    RoundingPoint,
    TaxPolicy,
    TaxRounding,
)
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Decision, Phase
from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Limits, Promotion, Trigger, Usage
from cartcore.promotions.types import ConditionType, PromotionType
from cartcore.rules import (
    Discount,
    Ineligible,
    Offer,
    PartTax,
    PricingContext,
    PromotionClass,
    Selection,
    TaxedBy,
    TaxRate,
    TaxRequest,
    TaxUndetermined,
    TiedItem,
    load_rulebook,
)
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    ContactTag,
    FreeShipping,
    MinQuantity,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
)
from cartcore.shop.product import Product, Variant
from cartcore.values import money
from cartcore.values.allocation import Rounding
from tests.support.carts import (
    AT,
    applied,
    by_code,
    cart,
    line,
    parcel,
    priced,
    product,
    promotion,
    speed,
    taken,
    usd,
    variant,
)


def decision_of(quote: Quote, promotion_id: str = "promo") -> Decision:
    found = quote.decision(promotion_id)
    assert found is not None
    return found


class TestPercentOff:
    @pytest.mark.parametrize(
        ("effect", "off"),
        [
            # 10 percent of 15.05 is 1.505, so 1.51; shares 1.003 and 0.507
            (PercentOff(percent="10"), {"mug": "1.00", "hat": "0.51"}),
            (PercentOff(percent="10", target=Selection(skus=("hat",))), {"hat": "0.51"}),
            (PercentOff(percent="100"), {"mug": "10.00", "hat": "5.05"}),
            (PercentOff(percent="0.01"), {}),  # 0.0015
            (PercentOff(percent="0.05"), {"mug": "0.01"}),  # 0.0075
            (PercentOff(percent="50", maximum=usd("1.00")), {"mug": "0.66", "hat": "0.34"}),
            (PercentOff(percent="10", maximum=usd("1.51")), {"mug": "1.00", "hat": "0.51"}),
            (PercentOff(percent="10", target=Selection(skus=("pen",))), {}),
        ],
        ids=str,
    )
    def test_figures(self, effect: PercentOff, off: dict[str, str]) -> None:
        """A percentage of the lines together, rounded once, then split (PR-3, PR-7)."""
        quote = priced(cart(line("mug", "5.00", 2), line("hat", "5.05")), promotion(effect))

        assert {("promo", target): figure for target, figure in off.items()} == taken(quote)

    def test_nothing_to_do(self) -> None:
        """Where nothing is selected, or too little to discount, the decision says so (PR-17)."""
        pens = PercentOff(percent="10", target=Selection(skus=("pen",)))
        none = priced(
            cart(line("mug", "5.00"), applied=(applied("promo", "PENS"),)),
            by_code(pens, "promo", "PENS"),
        )
        free = priced(cart(line("mug", "0.00")), promotion(PercentOff(percent="10")))

        assert ("nothing_selected", "no item of pen is in the cart") == (
            decision_of(none).reason,
            decision_of(none).message,
        )
        assert "nothing_to_discount" == decision_of(free).reason

    @pytest.mark.parametrize(
        ("target", "items"),
        [
            (Selection(categories=("Snowboards",)), "item of Snowboards"),
            (Selection(categories=("Glass",)), "item of Glass"),
            (Selection(skus=("SB-151", "SB-153")), "item of SB-151 or SB-153"),
            (Selection(price_to=Money("1.00", "USD")), "item up to 1.00 USD"),
        ],
    )
    def test_what_is_not_there_can_have_any_name(self, target: Selection, items: str) -> None:
        """Plurals, nouns without one, SKUs and prices all make a sentence (PR-17)."""
        effect = PercentOff(percent="10", target=target)
        quote = priced(
            cart(line("mug", "5.00"), applied=(applied("promo", "SALE"),)),
            by_code(effect, "promo", "SALE"),
        )

        assert f"no {items} is in the cart" == decision_of(quote).message

    def test_nobody_asked(self) -> None:
        """An automatic promotion of which the cart has no line is not considered (PR-23)."""
        pens = promotion(PercentOff(percent="10", target=Selection(skus=("pen",))))

        assert () == priced(cart(line("mug", "5.00")), pens).decisions


class TestAmountOff:
    @pytest.mark.parametrize(
        ("effect", "off", "cut"),
        [
            (AmountOff(amount=usd("5.00")), {"mug": "1.67", "hat": "3.33"}, None),
            (AmountOff(amount=usd("0.01")), {"hat": "0.01"}, None),
            (AmountOff(amount=usd("30.00")), {"mug": "10.00", "hat": "20.00"}, None),
            (AmountOff(amount=usd("30.01")), {"mug": "10.00", "hat": "20.00"}, "0.01"),
            (
                AmountOff(amount=usd("99.00"), target=Selection(skus=("mug",))),
                {"mug": "10.00"},
                "89.00",
            ),
            (
                AmountOff(amount=usd("99.00"), maximum=usd("3.00")),
                {"mug": "1.00", "hat": "2.00"},
                None,
            ),
            (
                AmountOff(amount=usd("99.00"), maximum=usd("40.00")),
                {"mug": "10.00", "hat": "20.00"},
                "10.00",
            ),
            (AmountOff(amount=usd("1.50"), per=Per.UNIT), {"mug": "3.00", "hat": "1.50"}, None),
            (AmountOff(amount=usd("6.00"), per=Per.UNIT), {"mug": "10.00", "hat": "6.00"}, "2.00"),
            (
                AmountOff(amount=usd("1.50"), per=Per.UNIT, maximum=usd("3.00")),
                {"mug": "2.00", "hat": "1.00"},
                None,
            ),
            (
                AmountOff(amount=usd("6.00"), per=Per.UNIT, maximum=usd("17.00")),
                {"mug": "10.00", "hat": "6.00"},
                "1.00",
            ),
            (
                AmountOff(amount=usd("6.00"), per=Per.UNIT, maximum=usd("16.00")),
                {"mug": "10.00", "hat": "6.00"},
                None,
            ),
        ],
        ids=str,
    )
    def test_figures(self, effect: AmountOff, off: dict[str, str], cut: str | None) -> None:
        """An amount across 2 × 5.00 and 20.00, or off each unit; more is cut and told (PR-6)."""
        quote = priced(cart(line("mug", "5.00", 2), line("hat", "20.00")), promotion(effect))

        assert {("promo", target): figure for target, figure in off.items()} == taken(quote)
        assert (usd(cut) if cut else None) == decision_of(quote).cut

    def test_units(self) -> None:
        """An adjustment says how many units of its line it used (PR-16)."""
        quote = priced(cart(line("mug", "5.00", 2)), promotion(AmountOff(amount=usd("1.00"))))

        assert [2] == [adjustment.units for adjustment in quote.adjustments]


class TestOrderDiscounts:
    @pytest.mark.parametrize(
        ("effect", "off"),
        [
            (OrderPercentOff(percent="10"), {"mug": "1.00", "hat": "2.00"}),
            (OrderPercentOff(percent="10", maximum=usd("1.50")), {"mug": "0.50", "hat": "1.00"}),
            (OrderPercentOff(percent="33.333"), {"mug": "3.33", "hat": "6.67"}),
            (OrderAmountOff(amount=usd("7.00")), {"mug": "2.33", "hat": "4.67"}),
            (OrderAmountOff(amount=usd("70.00")), {"mug": "10.00", "hat": "20.00"}),
        ],
        ids=str,
    )
    def test_figures(self, effect: PromotionType, off: dict[str, str]) -> None:
        """A discount of the order is split over all its lines (PR-3)."""
        quote = priced(cart(line("mug", "5.00", 2), line("hat", "20.00")), promotion(effect))

        assert {("promo", target): figure for target, figure in off.items()} == taken(quote)
        assert quote.totals.discounts == quote.totals.order_discounts

    @pytest.mark.parametrize(
        "effect", [OrderPercentOff(percent="10"), OrderAmountOff(amount=usd("1.00"))], ids=str
    )
    def test_empty_cart(self, effect: PromotionType) -> None:
        """Nothing can be taken off nothing, and the decision says so (PR-17)."""
        assert "empty_cart" == decision_of(priced(cart(), promotion(effect))).reason


class TestFreeShipping:
    @pytest.mark.parametrize(
        ("effect", "off"),
        [
            (FreeShipping(), {"S1": "5.00", "S2": "9.00"}),
            (FreeShipping(speeds=("express",)), {"S2": "9.00"}),
            (FreeShipping(speeds=("express", "standard")), {"S1": "5.00", "S2": "9.00"}),
            (FreeShipping(maximum=usd("7.00")), {"S1": "2.50", "S2": "4.50"}),
            (FreeShipping(maximum=usd("99.00")), {"S1": "5.00", "S2": "9.00"}),
            (FreeShipping(speeds=("standard",), maximum=usd("1.00")), {"S1": "1.00"}),
        ],
        ids=str,
    )
    def test_figures(self, effect: FreeShipping, off: dict[str, str]) -> None:
        """All speeds are free or those named, up to an amount for all together (PR-11)."""
        given = cart(
            line("mug", "5.00", 2),
            shipments=(
                parcel("S1", ("mug", 1), by=speed("5.00")),
                parcel("S2", ("mug", 1), by=speed("9.00", "express")),
                parcel("S3"),
            ),
        )
        quote = priced(given, promotion(effect))

        assert {("promo", target): figure for target, figure in off.items()} == taken(quote)
        assert quote.totals.discounts == quote.totals.shipping_discounts
        assert usd("10.00") == quote.totals.goods

    def test_reasons(self) -> None:
        """Without a speed, or with others, the decision says what is needed (PR-17)."""
        undecided = cart(line("mug", "5.00"), shipments=(parcel("S1", ("mug", 1)),))
        slow = cart(line("mug", "5.00"), shipments=(parcel("S1", by=speed("5.00")),))
        express = promotion(FreeShipping(speeds=("express", "night")))

        assert "no_speed_chosen" == decision_of(priced(undecided, express)).reason
        assert "other_speed" == decision_of(priced(slow, express)).reason
        assert "needs express or night shipping" == decision_of(priced(slow, express)).message


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "missing", "message"),
        [
            (MinSubtotal(amount=usd("30.00")), None, ""),
            (MinSubtotal(amount=usd("30.01")), "0.01", "needs 0.01 USD more"),
            (
                MinSubtotal(amount=usd("22.50"), target=Selection(skus=("mug",))),
                "12.50",
                "needs 12.50 USD more of mug",
            ),
            (MinSubtotal(amount=usd("10.00"), target=Selection(skus=("mug",))), None, ""),
            (MinQuantity(quantity=3), None, ""),
            (MinQuantity(quantity=4), 1, "needs 1 more item"),
            (
                MinQuantity(quantity=5, target=Selection(tags=("new",))),
                4,
                "needs 4 more items of new",
            ),
            (ContactTag(tags=("vip", "staff")), None, ""),
            (ContactTag(tags=("staff",)), "", "needs a contact tagged staff"),
            (ContactTag(tags=("VI",)), "", "needs a contact tagged VI"),
        ],
        ids=str,
    )
    def test_edges(self, condition: ConditionType, missing: str | int | None, message: str) -> None:
        """Exactly the threshold is enough; below it, the decision says what is missing (PR-17)."""
        given = cart(
            line("mug", "5.00", 2),
            line("hat", "20.00", tags=("new",)),
            customer=Customer(contact_id="c1", tags=("vip",)),
        )
        decision = decision_of(
            priced(given, promotion(PercentOff(percent="10"), conditions=(condition,)))
        )

        assert (missing is None) == decision.applied
        if missing is not None:
            assert message == decision.message
            assert condition.type_name == f"cartcore.{decision.reason}"
        assert (missing if isinstance(missing, int) else None) == decision.missing_units
        amount = usd(missing) if isinstance(missing, str) and missing else None
        assert amount == decision.missing_amount

    def test_all_must_hold(self) -> None:
        """The first condition that does not hold is the one that is told (PR-9)."""
        both = (MinQuantity(quantity=1), MinSubtotal(amount=usd("9.00")), ContactTag(tags=("x",)))
        quote = priced(
            cart(line("mug", "5.00")), promotion(PercentOff(percent="10"), conditions=both)
        )

        assert "min_subtotal" == decision_of(quote).reason

    def test_before_or_after_discounts(self) -> None:
        """A subtotal is taken before all discounts, or after the earlier ones (PR-9)."""
        items = promotion(PercentOff(percent="10"), "items")
        before = MinSubtotal(amount=usd("95.00"))
        after = attrs.evolve(before, after_discounts=True)
        given = cart(line("mug", "100.00"))

        order = OrderAmountOff(amount=usd("1.00"))
        quote = priced(given, items, promotion(order, conditions=(before,)))
        assert usd("89.00") == quote.total

        quote = priced(given, items, promotion(order, conditions=(after,)))
        assert usd("90.00") == quote.total
        assert usd("5.00") == decision_of(quote).missing_amount

    def test_a_discount_does_not_switch_itself_off(self) -> None:
        """A promotion's conditions look at the amounts before it (PR-25)."""
        half = promotion(
            PercentOff(percent="50"),
            conditions=(MinSubtotal(amount=usd("100.00"), after_discounts=True),),
        )

        assert usd("50.00") == priced(cart(line("mug", "100.00")), half).total


class TestSelections:
    @pytest.mark.parametrize(
        ("selection", "chosen"),
        [
            (Selection(), "abcd"),
            (Selection(skus=("a", "d")), "ad"),
            (Selection(products=("p1",)), "ab"),
            (Selection(categories=("Garden",)), "ab"),
            (Selection(categories=("Garden/Pots",)), "a"),
            (Selection(categories=("Gard",)), ""),
            (Selection(tags=("new", "eco")), "bc"),
            (Selection(products=("p1",), tags=("new",)), "b"),
            (Selection(exclude=Selection(products=("p1",))), "cd"),
            (Selection(products=("p1",), exclude=Selection(skus=("a",))), "b"),
            (Selection(exclude=Selection()), ""),
            (
                Selection(exclude=Selection(products=("p1",), exclude=Selection(skus=("a",)))),
                "acd",
            ),
        ],
        ids=str,
    )
    def test_what_is_meant(self, selection: Selection, chosen: str) -> None:
        """All criteria must match, each by one of its alternatives; exclusions win (PR-10)."""
        lines = (
            line("a", "1.00", product_id="p1", categories=("Garden/Pots",)),
            line("b", "1.00", product_id="p1", categories=("Garden",), tags=("new",)),
            line("c", "1.00", product_id="p2", categories=("Gardening",), tags=("eco", "red")),
            line("d", "1.00"),
        )
        quote = priced(cart(*lines), promotion(PercentOff(percent="100", target=selection)))

        assert chosen == "".join(target for _, target in taken(quote))


class TestSequence:
    def test_percentages_apply_to_what_is_left(self) -> None:
        """10 percent and 10 percent of 20.00 are 2.00 and 1.80 (PR-5)."""
        quote = priced(
            cart(line("mug", "20.00")),
            promotion(PercentOff(percent="10"), "a"),
            promotion(PercentOff(percent="10"), "b"),
        )

        assert {("a", "mug"): "2.00", ("b", "mug"): "1.80"} == taken(quote)

    @pytest.mark.parametrize(
        ("priorities", "off"),
        [
            ((1, 0), {("percent", "mug"): "2.00", ("amount", "mug"): "5.00"}),
            ((0, 1), {("amount", "mug"): "5.00", ("percent", "mug"): "1.50"}),
            ((0, 0), {("amount", "mug"): "5.00", ("percent", "mug"): "1.50"}),  # by id
            ((-1, -2), {("percent", "mug"): "2.00", ("amount", "mug"): "5.00"}),
        ],
    )
    def test_priority_then_id(
        self, priorities: tuple[int, int], off: dict[tuple[str, str], str]
    ) -> None:
        """Higher priority first, then by id; not by the order in which they are given (PR-5)."""
        percent = promotion(PercentOff(percent="10"), "percent", priority=priorities[0])
        amount = promotion(AmountOff(amount=usd("5.00")), "amount", priority=priorities[1])
        given = cart(line("mug", "20.00"))

        assert off == taken(priced(given, percent, amount))
        assert priced(given, percent, amount) == priced(given, amount, percent)
        assert list(off) == [
            (a.promotion_id, a.line_id) for a in priced(given, amount, percent).adjustments
        ]

    def test_order_of_application(self) -> None:
        """Codes apply in the order in which they were entered, after automatic ones (PR-5)."""
        percent = by_code(PercentOff(percent="10"), "a", "TEN")
        amount = by_code(AmountOff(amount=usd("5.00")), "b", "FIVE")
        automatic = promotion(PercentOff(percent="50"), "z")
        mug = line("mug", "40.00")

        entered = cart(mug, applied=(applied("b", "five"), applied("a", "ten")))
        assert {("z", "mug"): "20.00", ("b", "mug"): "5.00", ("a", "mug"): "1.50"} == taken(
            priced(entered, percent, amount, automatic)
        )
        otherwise = cart(mug, applied=(applied("a", "ten"), applied("b", "five")))
        assert {("z", "mug"): "20.00", ("a", "mug"): "2.00", ("b", "mug"): "5.00"} == taken(
            priced(otherwise, percent, amount, automatic)
        )

    def test_gifts_before_other_item_discounts(self) -> None:
        """A product promotion goes first in its phase, unless the other has priority (PR-5)."""
        shop = {"pen": product("pen", variant("PEN", "4.00"))}
        gift = promotion(
            AddProduct(items=(TiedItem(key="g", product_id="pen"),), percent="50"), "z"
        )
        off = promotion(PercentOff(percent="10"), "a")
        given = cart(line("mug", "10.00"))

        quote = price(given, [off, gift], at=AT, products=shop)
        assert {("z", "z:g"): "2.00", ("a", "mug"): "1.00", ("a", "z:g"): "0.20"} == taken(quote)

        picked = attrs.evolve(gift, trigger=Trigger.PICKED)
        code = attrs.evolve(off, trigger=Trigger.CODE, codes=("X",))
        entered = attrs.evolve(given, applied=(applied("a", "x"), applied("z")))
        quote = price(entered, [code, picked], at=AT, products=shop)
        assert {("z", "z:g"): "2.00", ("a", "mug"): "1.00", ("a", "z:g"): "0.20"} == taken(quote)

        first = attrs.evolve(off, priority=1)
        quote = price(given, [first, gift], at=AT, products=shop)
        assert {("a", "mug"): "1.00", ("z", "z:g"): "2.00"} == taken(quote)

    def test_phases(self) -> None:
        """Items, then the order, then shipping, whatever the priorities (PR-4).

        10 percent off mugs of 100.00 leave 90.00; 10 percent of 90.00 + 50.00 is 14.00; the
        shipping of 8.00 is free if 126.00 are left, and not if 126.01 are needed.
        """
        promotions = (
            promotion(
                FreeShipping(),
                "post",
                priority=9,
                conditions=(MinSubtotal(amount=usd("126.00"), after_discounts=True),),
            ),
            promotion(OrderPercentOff(percent="10"), "order", priority=5),
            promotion(PercentOff(percent="10", target=Selection(skus=("mug",))), "items"),
        )
        given = cart(
            line("mug", "10.00", 10),
            line("hat", "50.00"),
            shipments=(parcel("S1", ("mug", 10), ("hat", 1), by=speed("8.00")),),
        )
        quote = priced(given, *promotions)

        assert ["items", "order", "post"] == [d.promotion_id for d in quote.decisions]
        assert [usd("10.00"), usd("14.00"), usd("8.00"), usd("126.00")] == [
            quote.totals.item_discounts,
            quote.totals.order_discounts,
            quote.totals.shipping_discounts,
            quote.total,
        ]

        dearer = attrs.evolve(
            promotions[0],
            conditions=(MinSubtotal(amount=usd("126.01"), after_discounts=True),),
        )
        quote = priced(given, dearer, *promotions[1:])
        assert usd("134.00") == quote.total
        assert usd("0.01") == decision_of(quote, "post").missing_amount


class TestRounding:
    @pytest.mark.parametrize(
        ("lines", "figures"),
        [
            (  # 5 percent of 3 × 0.35 and of 0.25: 5.25 + 1.25 cents, and 3 × 1.75 + 1.25
                (line("a", "0.35", 3), line("b", "0.25")),
                {"promotion": (7, 6, 7, 6, 6), "line": (6, 6, 8, 6, 6), "unit": (7, 7, 8, 4, 7)},
            ),
            (  # 5 percent of 2 × 0.50: 5 cents, 2.5 for a unit
                (line("a", "0.50", 2),),
                {"promotion": (5, 5, 5, 5, 5), "line": (5, 5, 5, 5, 5), "unit": (6, 4, 6, 4, 4)},
            ),
            (  # the same in two lines
                (line("a", "0.50"), line("b", "0.50")),
                {"promotion": (5, 5, 5, 5, 5), "line": (6, 4, 6, 4, 4), "unit": (6, 4, 6, 4, 4)},
            ),
            (  # 3 × 0.3333 is 1.00, of which a unit is 0.34 or 0.33; rounded down it is 0.99
                (line("a", "0.3333", 3),),
                {"promotion": (5, 5, 5, 4, 5), "line": (5, 5, 5, 4, 5), "unit": (6, 6, 6, 3, 6)},
            ),
        ],
        ids=str,
    )
    def test_points_and_modes(
        self, lines: tuple[CartLine, ...], figures: dict[str, tuple[int, ...]]
    ) -> None:
        """Once per promotion, line or unit; half-up, half-even, up, down, half-down (PR-7)."""
        for point in RoundingPoint:
            for mode, cents in zip(Rounding, figures[point], strict=True):
                policy = PricingPolicy(rounding=mode, rounding_point=point)
                quote = price(
                    cart(*lines), [promotion(PercentOff(percent="5"))], at=AT, policy=policy
                )

                assert cents == int(quote.totals.discounts.amount * 100), (point, mode)

    @pytest.mark.parametrize(
        ("code", "unit_price", "off", "total"),
        [
            ("JPY", "1005", "101", "904"),
            ("KWD", "1.005", "0.101", "0.904"),
            ("USD", "10.05", "1.01", "9.04"),
        ],
    )
    def test_currencies(self, code: str, unit_price: str, off: str, total: str) -> None:
        """10 percent, rounded to what the currency has (PR-1)."""
        given = cart(line("a", Money(unit_price, code)), currency=code)
        quote = priced(given, promotion(OrderPercentOff(percent="10")))

        assert (Money(off, code), Money(total, code)) == (quote.totals.discounts, quote.total)

    @pytest.mark.parametrize(
        ("unit_price", "quantity", "amounts"),
        [
            ("0.0125", 1000, ("12.50", "12.50", "12.50", "12.50", "12.50")),
            ("0.0125", 3, ("0.04", "0.04", "0.04", "0.03", "0.04")),
            ("0.0125", 2, ("0.03", "0.02", "0.03", "0.02", "0.02")),
            ("0.00000001", 1_000_000, ("0.01", "0.01", "0.01", "0.01", "0.01")),
            ("0.00000001", 499_999, ("0.00", "0.00", "0.01", "0.00", "0.00")),
            ("0.00000001", 500_000, ("0.01", "0.00", "0.01", "0.00", "0.00")),
        ],
    )
    def test_fine_prices(self, unit_price: str, quantity: int, amounts: tuple[str, ...]) -> None:
        """Unit price × quantity is rounded once, and whole cents after that (PR-2)."""
        for mode, amount in zip(Rounding, amounts, strict=True):
            policy = PricingPolicy(rounding=mode)
            quote = price(cart(line("a", unit_price, quantity)), at=AT, policy=policy)

            assert usd(amount) == quote.total == quote.lines[0].amount
            assert usd(unit_price) == quote.lines[0].unit_price


class TestStanding:
    SPRING = by_code(PercentOff(percent="10"), "spring", "SPRING")
    CART = cart(line("mug", "10.00"), applied=(applied("spring", "Spring"),))

    @pytest.mark.parametrize(
        ("fields", "used", "reason", "message"),
        [
            ({"enabled": False}, Usage(), "disabled", "it is switched off"),
            (
                {"starts_at": AT + timedelta(microseconds=1)},
                Usage(),
                "not_started",
                "it starts at 2026-06-01 12:00 UTC",
            ),
            ({"ends_at": AT}, Usage(), "expired", "it ended at 2026-06-01 12:00 UTC"),
            (
                {"limits": Limits(total=5)},
                Usage(total=5),
                "used_up",
                "all 5 redemptions are used up",
            ),
            (
                {"limits": Limits(total=5, per_contact=2)},
                Usage(total=4, by_contact=2),
                "used_up_by_contact",
                "this contact has already used it twice, which is the limit",
            ),
            (
                {"limits": Limits(total=9, per_code=1)},
                Usage(total=4, by_code=1),
                "code_used_up",
                "this code has already been used once, which is its limit",
            ),
            (
                {"limits": Limits(per_code=3)},
                Usage(total=4, by_code=3),
                "code_used_up",
                "this code has already been used 3 times, which is its limit",
            ),
        ],
        ids=str,
    )
    def test_reasons(self, fields: dict[str, Any], used: Usage, reason: str, message: str) -> None:
        """Each thing that keeps a promotion out has a reason code and a sentence (PR-8, PR-17)."""
        spring = attrs.evolve(self.SPRING, **fields)
        quote = price(self.CART, [spring], at=AT, usage={"spring": used})
        decision = decision_of(quote, "spring")

        assert (False, reason, message) == (decision.applied, decision.reason, decision.message)
        assert ("Spring", usd("0.00")) == (decision.promo_code, decision.discount)
        assert usd("10.00") == quote.total

    @pytest.mark.parametrize(
        ("fields", "used"),
        [
            ({"starts_at": AT}, Usage()),
            ({"ends_at": AT + timedelta(microseconds=1)}, Usage()),
            ({"limits": Limits(total=5, per_contact=2)}, Usage(total=4, by_contact=1)),
            ({"limits": Limits(per_code=2)}, Usage(total=9, by_contact=9, by_code=1)),
            ({}, Usage(total=1000, by_contact=1000, by_code=1000)),
        ],
        ids=str,
    )
    def test_edges(self, fields: dict[str, Any], used: Usage) -> None:
        """A window includes its start and not its end; the last redemption counts (PR-8, PR-12)."""
        spring = attrs.evolve(self.SPRING, **fields)
        quote = price(self.CART, [spring], at=AT, usage={"spring": used})

        assert usd("9.00") == quote.total
        assert ("applied", "takes 1.00 USD off") == (
            decision_of(quote, "spring").reason,
            decision_of(quote, "spring").message,
        )

    def test_the_instant_counts_and_not_the_clock(self) -> None:
        """The same instant in another zone gives the same quote (PR-8)."""
        spring = attrs.evolve(self.SPRING, starts_at=AT)
        there = AT.astimezone(timezone(timedelta(hours=9)))

        assert price(self.CART, [spring], at=AT) == price(self.CART, [spring], at=there)

    def test_refused(self) -> None:
        """What staff removed does not come back by itself (OE-25)."""
        given = cart(line("mug", "10.00"), refused=("promo",))
        quote = priced(given, promotion(PercentOff(percent="10")))

        assert usd("10.00") == quote.total
        assert "refused" == decision_of(quote).reason

    def test_unknown(self) -> None:
        """An application whose promotion is gone has a decision, with its code (PR-17)."""
        quote = priced(self.CART)
        decision = decision_of(quote, "spring")

        assert ("unknown", "Spring", False) == (
            decision.reason,
            decision.promo_code,
            decision.applied,
        )

    @pytest.mark.parametrize("trigger", [Trigger.CODE, Trigger.PICKED])
    def test_not_applied_by_anyone(self, trigger: Trigger) -> None:
        """A code or a pick counts only if staff entered it; else it is not considered (PR-8)."""
        codes = ("X",) if trigger is Trigger.CODE else ()
        other = promotion(PercentOff(percent="10"), trigger=trigger, codes=codes)
        quote = priced(cart(line("mug", "10.00")), other)

        assert usd("10.00") == quote.total
        assert () == quote.decisions

    def test_adjustments_name_the_code(self) -> None:
        """What was entered stands with what it did (PR-16)."""
        (adjustment,) = priced(self.CART, self.SPRING).adjustments

        assert ("spring", "spring", "Spring", Phase.ITEMS, "mug", "", usd("1.00")) == (
            adjustment.promotion_id,
            adjustment.promotion_name,
            adjustment.promo_code,
            adjustment.phase,
            adjustment.line_id,
            adjustment.shipment_id,
            adjustment.discount,
        )


SHIRT = product(
    "shirt",
    variant("S-BLK-M", "10.00", "Black", "M"),
    variant("S-BLK-L", "12.00", "Black", "L"),
    variant("S-WHT-M", "11.00", "White", "M"),
    variant("S-WHT-L", "99.00", "White", "L", published=False),
    options=("Color", "Size"),
    categories=("Clothes",),
)
PEN = product("pen", variant("PEN", "3.00", weight_grams=20))


class TestTiedLines:
    def gift(self, *items: TiedItem, percent: str = "100", **fields: Any) -> Promotion:
        return promotion(
            AddProduct(items=items, percent=percent), "gift", trigger=Trigger.PICKED, **fields
        )

    def quoted(
        self, gift: Promotion, *others: Promotion, products: Any = None, **choices: str
    ) -> Quote:
        given = cart(line("mug", "20.00"), applied=(applied("gift", **choices),))
        shop = {"shirt": SHIRT, "pen": PEN} if products is None else products
        return price(given, [gift, *others], at=AT, products=shop)

    def test_added_with_a_discount(self) -> None:
        """The product stands as a line of its own, tied to the promotion, and reduced (OE-7)."""
        quote = self.quoted(
            self.gift(TiedItem(key="p", product_id="pen", quantity=2), percent="50")
        )
        pen = quote.line("gift:p")

        assert pen is not None
        assert ("PEN", "pen", 2, "gift") == (pen.sku, pen.product_id, pen.quantity, pen.tied_to)
        assert [usd("6.00"), usd("3.00"), usd("3.00")] == [pen.amount, pen.discount, pen.total]
        assert usd("23.00") == quote.total
        assert ["mug", "gift:p"] == [each.line_id for each in quote.lines]

    def test_several_items_are_rounded_together(self) -> None:
        """12.5 percent of 6.00 and 10.00 is 2.00 (PR-7)."""
        quote = self.quoted(
            self.gift(
                TiedItem(key="a", product_id="pen", quantity=2),
                TiedItem(key="b", product_id="shirt", options=(("Color", "Black"), ("Size", "M"))),
                percent="12.5",
            )
        )

        assert {("gift", "gift:a"): "0.75", ("gift", "gift:b"): "1.25"} == taken(quote)

    def test_open_options(self) -> None:
        """A product with options left open is not added; the decision lists them (OE-7)."""
        fixed = (("Color", "Black"),)
        quote = self.quoted(self.gift(TiedItem(key="s", product_id="shirt", options=fixed)))
        decision = decision_of(quote, "gift")

        assert usd("20.00") == quote.total
        assert "options_required" == decision.reason
        (listed,) = decision.open_options
        assert ("s", "shirt", ("Size",)) == (listed.key, listed.product_id, listed.options)
        assert (("M",), ("L",)) == listed.combinations
        assert "Shirt: Size (M; L)" in decision.message

    def test_all_open_options_are_told_at_once(self) -> None:
        """Two products to choose for are two entries of one decision (OE-7)."""
        items = (TiedItem(key="a", product_id="shirt"), TiedItem(key="b", product_id="shirt"))
        decision = decision_of(self.quoted(self.gift(*items), a="S-BLK-M"), "gift")

        assert ["b"] == [each.key for each in decision.open_options]
        decision = decision_of(self.quoted(self.gift(*items)), "gift")
        assert ["a", "b"] == [each.key for each in decision.open_options]

    def test_the_choice_is_honoured(self) -> None:
        """The variant that staff chose is the one that is added, at its price (OE-7)."""
        quote = self.quoted(
            self.gift(TiedItem(key="s", product_id="shirt"), percent="50"), s="S-WHT-M"
        )
        shirt = quote.line("gift:s")

        assert shirt is not None
        assert ("S-WHT-M", "Shirt (White / M)") == (shirt.sku, shirt.description)
        assert {("gift", "gift:s"): "5.50"} == taken(quote)

    def test_one_variant_left_needs_no_choice(self) -> None:
        """Where what is fixed leaves one published variant, it is taken (OE-7)."""
        item = TiedItem(key="s", product_id="shirt", options=(("Color", "White"),))
        shirt = self.quoted(self.gift(item)).line("gift:s")

        assert shirt is not None
        assert "S-WHT-M" == shirt.sku

    @pytest.mark.parametrize(
        ("item", "choice", "products", "reason"),
        [
            ({"product_id": "shirt"}, "S-WHT-L", None, "tied_product_not_available"),
            ({"product_id": "shirt"}, "PEN", None, "tied_product_not_available"),
            (
                {"product_id": "shirt", "options": (("Color", "White"),)},
                "S-BLK-M",
                None,
                "tied_product_not_available",
            ),
            (
                {"product_id": "shirt", "options": (("Color", "Pink"),)},
                None,
                None,
                "tied_product_not_available",
            ),
            (
                {"product_id": "pen", "options": (("Color", "Blue"),)},
                None,
                None,
                "tied_product_not_available",
            ),
            ({"product_id": "pen"}, None, {}, "tied_product_missing"),
            (
                {"product_id": "pen"},
                None,
                {"pen": attrs.evolve(PEN, published=False)},
                "tied_product_not_available",
            ),
            (
                {"product_id": "pen"},
                None,
                {
                    "pen": Product(
                        id="pen", title="Pen", variants=(Variant(sku="x", price=Money(1, "EUR")),)
                    )
                },
                "other_currency",
            ),
        ],
        ids=[
            "unpublished",
            "another product's",
            "not what is fixed",
            "no such option",
            "an option it does not have",
            "no such product",
            "unpublished product",
            "another currency",
        ],
    )
    def test_not_to_be_had(
        self, item: dict[str, Any], choice: str | None, products: Any, reason: str
    ) -> None:
        """A product that cannot be added leaves the cart alone, with its reason (OE-5, PR-17)."""
        gift = self.gift(TiedItem(key="k", **item))
        choices = {"k": choice} if choice else {}
        quote = self.quoted(gift, products=products, **choices)

        assert usd("20.00") == quote.total
        assert ["mug"] == [each.line_id for each in quote.lines]
        assert reason == decision_of(quote, "gift").reason
        assert 10 < len(decision_of(quote, "gift").message)

    def test_do_not_count_towards_their_own_conditions(self) -> None:
        """A promotion cannot reach its threshold with what it adds itself (PR-25)."""
        item = TiedItem(key="p", product_id="pen")
        own = self.gift(item, conditions=(MinQuantity(quantity=2),))
        decision = decision_of(self.quoted(own), "gift")

        assert ("min_quantity", 1) == (decision.reason, decision.missing_units)

    def test_count_for_promotions_that_come_later(self) -> None:
        """To every other promotion a tied line is a line like any (PR-4)."""
        gift = self.gift(TiedItem(key="p", product_id="pen"), percent="50")
        two = promotion(
            OrderAmountOff(amount=usd("1.00")), "two", conditions=(MinQuantity(quantity=2),)
        )

        assert usd("20.50") == self.quoted(gift, two).total

    def test_a_promotion_that_is_free_anyway_still_applies(self) -> None:
        """Adding a line is an effect, even if there is nothing to take off it (PR-17)."""
        free = {"pen": product("pen", variant("PEN", "0.00"))}
        quote = self.quoted(self.gift(TiedItem(key="p", product_id="pen")), products=free)

        assert decision_of(quote, "gift").applied
        assert quote.line("gift:p") is not None

    def test_can_be_shipped(self) -> None:
        """A tied line has an id that shipments can refer to (OE-12)."""
        given = cart(
            line("mug", "20.00"),
            shipments=(parcel("S1", ("mug", 1), ("gift:p", 1), by=speed("5.00")),),
            applied=(applied("gift"),),
        )
        gift = self.gift(TiedItem(key="p", product_id="pen"), percent="50")
        quote = price(given, [gift], at=AT, products={"pen": PEN})

        assert usd("21.50") == quote.shipments[0].goods


class TestSplitOverShipments:
    def test_exact_shares(self) -> None:
        """A line's total is split by units, and the cents go to the earlier parts (PR-3)."""
        given = cart(
            line("mug", "3.34", 3),  # 10.02, less 0.02
            shipments=(
                parcel("S1", ("mug", 1)),
                parcel("S2", ("mug", 1)),
                parcel("S3", ("mug", 1)),
            ),
        )
        quote = priced(given, promotion(AmountOff(amount=usd("0.02"))))

        assert [usd("3.34"), usd("3.33"), usd("3.33")] == [each.goods for each in quote.shipments]

    def test_units_without_an_address_keep_their_share(self) -> None:
        """Two of three units are assigned: their share is exact, the rest waits (PR-3)."""
        given = cart(line("mug", "3.33", 3), shipments=(parcel("S1", ("mug", 2)),))

        assert usd("6.66") == priced(given).shipments[0].goods

    @pytest.mark.parametrize(
        "parcels",
        [
            (parcel("S1", ("mug", 3), ("hat", 2), by=speed("5.00")),),
            (parcel("S1", ("mug", 3)), parcel("S2", ("hat", 2), by=speed("5.00"))),
            (
                parcel("S1", ("hat", 1), ("mug", 1), by=speed("2.00")),
                parcel("S2", ("mug", 2), by=speed("2.00")),
                parcel("S3", ("hat", 1), by=speed("1.00")),
            ),
        ],
        ids=len,
    )
    def test_addresses_change_no_discount(self, parcels: tuple[CartShipment, ...]) -> None:
        """Promotions are decided over the whole order, however it is split (OE-26)."""
        promotions = (
            promotion(PercentOff(percent="7"), "a"),
            promotion(
                OrderAmountOff(amount=usd("3.00")), "b", conditions=(MinQuantity(quantity=5),)
            ),
            promotion(FreeShipping(maximum=usd("4.00")), "c"),
        )
        lines = (line("mug", "3.33", 3), line("hat", "7.77", 2))
        whole = priced(cart(*lines, shipments=(parcel("S", by=speed("5.00")),)), *promotions)
        split = priced(cart(*lines, shipments=parcels), *promotions)

        assert whole.totals == split.totals
        assert whole.lines == split.lines
        assert split.totals.goods == money.total((each.goods for each in split.shipments), "USD")
        assert usd("4.00") == money.total((each.discount for each in split.shipments), "USD")

    @pytest.mark.parametrize(
        ("parcels", "problem"),
        [
            ((parcel("S1", ("pen", 1)),), "of lines in the cart"),
            ((parcel("S1", ("mug", 2)), parcel("S2", ("mug", 2))), "more units"),
        ],
        ids=["unknown line", "too many units"],
    )
    def test_impossible_shipments(self, parcels: tuple[CartShipment, ...], problem: str) -> None:
        """A shipment of units that are not there is refused (OE-12)."""
        with pytest.raises(InvalidField, match=problem):
            priced(cart(line("mug", "1.00", 3), shipments=parcels))


@attrs.frozen
class Rates:
    """A tax calculator that answers whatever the test wants."""

    type_name: ClassVar[str] = "acme.rates"

    answer: Any

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        answer: Any = self.answer
        found: Sequence[tuple[str, PartTax]] = answer(request) if callable(answer) else answer
        return found


FULL = TaxRate(name="full", percent=Decimal(19))
REDUCED = TaxRate(name="reduced", percent=Decimal("7.0"))


def _mixed(request: TaxRequest) -> list[tuple[str, PartTax]]:
    """19 percent, but 7 on the line c."""
    return [
        (part.id, PartTax(rates=(REDUCED if part.line_id == "c" else FULL,)))
        for part in request.parts
    ]


class TestTax:
    GIVEN = cart(
        line("a", "10.00"),
        line("b", "5.00"),
        line("c", "0.35"),
        shipments=(parcel("S1", ("a", 1), ("b", 1), ("c", 1), by=speed("4.00")),),
    )

    def test_none_by_default(self) -> None:
        """Without a plugin there is no tax (PR-4)."""
        assert () == priced(self.GIVEN).taxes

    def test_on_what_is_left(self) -> None:
        """Tax comes last, on what all discounts left, and is split exactly (PR-3, PR-4).

        10 percent of 15.35 is 1.54, which leaves 9.00, 4.50 and 0.31. 19 percent of 9.00 + 4.50
        + 4.00 is 3.325, so 3.33; 7 percent of 0.31 is 0.0217.
        """
        off = promotion(OrderPercentOff(percent="10"))
        quote = price(self.GIVEN, [off], at=AT, tax=Rates(_mixed))

        assert [usd("9.00"), usd("4.50"), usd("0.31")] == [each.total for each in quote.lines]
        assert [
            ("full", "19", "a", "S1", usd("9.00"), usd("1.71")),
            ("full", "19", "b", "S1", usd("4.50"), usd("0.86")),
            ("reduced", "7.0", "c", "S1", usd("0.31"), usd("0.02")),
            ("full", "19", "", "S1", usd("4.00"), usd("0.76")),
        ] == [(t.name, t.percent, t.line_id, t.shipment_id, t.base, t.amount) for t in quote.taxes]
        assert usd("3.35") == quote.totals.tax
        assert usd("21.16") == quote.total

    def test_of_nothing(self) -> None:
        """Tax on what is free is zero, and no division by it (PR-4)."""
        free = cart(line("a", "0.00"))

        assert usd("0.00") == price(free, at=AT, tax=Rates(_mixed)).total

    def test_a_price_that_includes_tax(self) -> None:
        """Tax is taken out of what is left: net and tax are what is paid, for each part (TX-3).

        9.00 + 4.50 + 4.00 contain 19 percent: 2.794, so 2.79; 0.31 contain 7 percent: 0.02.
        """
        off = promotion(OrderPercentOff(percent="10"))
        given = attrs.evolve(self.GIVEN, prices_include_tax=True)
        quote = price(given, [off], at=AT, tax=Rates(_mixed))

        assert usd("17.81") == quote.total == quote.totals.gross == quote.totals.payable
        assert [("full", usd("14.71"), usd("2.79")), ("reduced", usd("0.29"), usd("0.02"))] == [
            (each.name, each.base, each.amount) for each in quote.taxes_by_rate()
        ]
        assert (usd("15.00"), usd("2.81")) == (quote.totals.net, quote.totals.tax)
        assert [usd("9.00"), usd("4.50"), usd("0.31"), usd("4.00")] == [
            part.gross for part in quote.taxed_parts
        ]
        assert "Tax" not in dict(quote.rows())

    def test_a_line_for_two_countries(self) -> None:
        """Units of one line are taxed where they go: 10 in one country, 20 in the other (TX-1)."""
        parcels = (
            attrs.evolve(parcel("S1", ("a", 1)), country="DE"),
            attrs.evolve(parcel("S2", ("a", 2)), country="AT"),
        )
        percents = {"DE": 10, "AT": 20}

        def by_country(request: TaxRequest) -> list[tuple[str, PartTax]]:
            rates = {code: TaxRate(name=code, percent=percents[code]) for code in percents}
            return [(p.id, PartTax(rates=(rates[p.place.country],))) for p in request.parts]

        given = cart(line("a", "5.00", 3), shipments=parcels)
        quote = price(given, at=AT, tax=Rates(by_country))

        assert {"": usd("2.50"), "S1": usd("0.50"), "S2": usd("2.00")} == {
            "": quote.totals.tax,
            **{each.shipment_id: each.tax for each in quote.taxed_parts if each.line_id},
        }

    def test_a_discount_that_a_third_party_pays(self) -> None:
        """The tax is on the price before it; the customer pays less (TX-5)."""
        off = attrs.evolve(promotion(AmountOff(amount=usd("4.00"))), paid_by_third_party=True)
        quote = price(cart(line("a", "10.00")), [off], at=AT, tax=Rates(_mixed))

        assert (usd("10.00"), usd("1.90"), usd("4.00"), usd("7.90")) == (
            quote.totals.net,
            quote.totals.tax,
            quote.totals.paid_by_third_party,
            quote.total,
        )

    def test_shipping_is_taxed_as_its_goods(self) -> None:
        """In proportion to their value: 8.00 and 2.00 of 10.00 (TX-6)."""

        def with_goods(request: TaxRequest) -> list[tuple[str, PartTax]]:
            return [
                answer if part.line_id else (part.id, PartTax(by=TaxedBy.GOODS))
                for part, answer in zip(request.parts, _mixed(request), strict=True)
            ]

        goods = (line("a", "80.00"), line("c", "20.00"))
        sent = (parcel("S1", ("a", 1), ("c", 1), by=speed("10.00")),)
        quote = price(cart(*goods, shipments=sent), at=AT, tax=Rates(with_goods))

        assert {("full", usd("8.00"), usd("1.52")), ("reduced", usd("2.00"), usd("0.14"))} == {
            (each.name, each.base, each.amount) for each in quote.taxes if not each.line_id
        }

    def test_what_is_exempt_says_why(self) -> None:
        """A zero is never silent: the quote keeps the reason (TX-2, TX-9)."""

        def exempt(request: TaxRequest) -> list[tuple[str, PartTax]]:
            return [(part.id, PartTax(exempt="resale")) for part in request.parts]

        quote = price(cart(line("a", "10.00")), at=AT, tax=Rates(exempt))

        assert ["resale"] == [part.exempt for part in quote.taxed_parts]
        assert usd("10.00") == quote.total

    def test_tax_that_cannot_be_determined(self) -> None:
        """It is an error of its own, and no failure of the plugin (TX-9)."""

        def unknown(request: TaxRequest) -> list[tuple[str, PartTax]]:
            raise TaxUndetermined("the region", "US", request.parts[0].line_id, "")

        with pytest.raises(TaxUndetermined, match="without the region"):
            price(cart(line("a", "10.00")), at=AT, tax=Rates(unknown))

    @pytest.mark.parametrize(
        ("rounding", "tax"),
        [("unit", "0.06"), ("line", "0.06"), ("rate", "0.05"), ("order", "0.05")],
    )
    def test_what_is_rounded(self, rounding: str, tax: str) -> None:
        """10 percent of 2 and of 4 units of 0.09: 6 × 0.009, 0.018 + 0.036, or 0.054 (TX-4)."""
        tenth = TaxRate(name="VAT", percent=10)

        def rates(request: TaxRequest) -> list[tuple[str, PartTax]]:
            return [(part.id, PartTax(rates=(tenth,))) for part in request.parts]

        given = cart(line("a", "0.09", 2), line("b", "0.09", 4))
        policy = PricingPolicy(tax=TaxPolicy(rounding=TaxRounding(rounding)))

        assert usd(tax) == price(given, at=AT, tax=Rates(rates), policy=policy).totals.tax

    def test_cash(self) -> None:
        """The amount to pay is rounded to coins; taxes and the total are not touched (TX-4)."""
        policy = PricingPolicy(tax=TaxPolicy(cash_step=Decimal("0.05")))
        quote = price(cart(line("c", "10.02")), at=AT, tax=Rates(_mixed), policy=policy)

        assert (usd("10.72"), usd("10.70")) == (quote.total, quote.totals.payable)


class TestInput:
    def test_an_instant_without_a_zone(self) -> None:
        """A time that could mean several instants is refused (PR-8)."""
        with pytest.raises(InvalidField, match="time zone"):
            price(cart(), at=AT.replace(tzinfo=None))

    def test_two_promotions_with_one_id(self) -> None:
        """Which of the two would be meant, nobody could say (PR-5)."""
        twice = promotion(PercentOff(percent="10"))
        with pytest.raises(InvalidField, match="unique by id, not 'promo'"):
            priced(cart(), twice, twice)

    def test_a_discount_by_hand_with_the_id_of_a_promotion(self) -> None:
        """An adjustment could be of either (PR-16, PR-28)."""
        by_hand = ManualDiscount(id="sale", percent=Decimal(5), reason="Dent", actor="kim")
        given = attrs.evolve(cart(line("l1", "10.00")), manual=(by_hand,))
        with pytest.raises(InvalidField, match="one whose id no promotion has"):
            priced(given, promotion(PercentOff(percent="10"), "sale"))

    def test_nothing_is_changed_or_kept(self) -> None:
        """Pricing is a function: the same twice, also from a generator of promotions."""
        given = cart(line("mug", "10.00"))
        off = promotion(PercentOff(percent="10"))

        assert price(given, iter([off]), at=AT) == price(given, (off,), at=AT)
        assert cart(line("mug", "10.00")) == given


class TestLargeAmounts:
    def test_sums_may_be_larger_than_any_single_amount(self) -> None:
        """A million units at the largest price can be discounted and kept (PR-15, PR-18)."""
        dear = Money("10000000000000.00", "USD")  # 10**15 minor units
        quote = priced(
            cart(line("a", dear, 1_000_000), line("b", dear, 1_000_000)),
            promotion(OrderPercentOff(percent="10")),
        )

        assert Money("20000000000000000000.00", "USD") == quote.totals.items
        assert Money("2000000000000000000.00", "USD") == quote.totals.order_discounts
        assert Money("18000000000000000000.00", "USD") == quote.total
        assert quote.total == money.total((each.total for each in quote.lines), "USD")

        serializer = Serializer(load_rulebook())

        assert quote == serializer.loads(serializer.dumps(quote), Quote)


class TestCut:
    def test_each_unit_can_give_no_more_than_it_costs(self) -> None:
        """An amount off each unit that is more than the unit's price is cut, and says so (PR-6)."""
        mugs, hats = line("mug", "4.00", 3), line("hat", "9.00", 1)
        quote = priced(cart(mugs, hats), promotion(AmountOff(amount=usd("5.00"), per=Per.UNIT)))
        decision = quote.decision("promo")

        assert {("promo", "mug"): "12.00", ("promo", "hat"): "5.00"} == taken(quote)
        assert decision is not None
        assert usd("17.00") == decision.discount
        assert usd("3.00") == decision.cut


class TestMaximum:
    def test_a_bounded_discount_is_split_once(self) -> None:
        """A maximum is split like any whole: in proportion to what is left (PR-3, PR-7).

        25 percent of 0.32 is 0.08, bounded to 0.07: exact shares of 1.53 for each of the first
        three and 2.41 for the last; the two remaining cents go to the two earliest.
        """
        lines = [line("a", "0.07"), line("b", "0.07"), line("c", "0.07"), line("d", "0.11")]
        quote = priced(cart(*lines), promotion(PercentOff(percent="25", maximum=usd("0.07"))))

        assert {
            ("promo", "a"): "0.02",
            ("promo", "b"): "0.02",
            ("promo", "c"): "0.01",
            ("promo", "d"): "0.02",
        } == taken(quote)


class TestShipments:
    def test_a_line_may_stand_twice_in_one_shipment(self) -> None:
        """Units that are gifts and units that are not share a shipment, and add up (PR-3)."""
        quote = priced(cart(line("a", "0.10", 3), shipments=(parcel("S1", ("a", 1), ("a", 2)),)))

        assert [usd("0.10"), usd("0.20")] == [part.total for part in quote.shipments[0].lines]
        assert usd("0.30") == quote.shipments[0].goods

    @pytest.mark.parametrize("quantity", [0, -1, 1.0, True, "1"])
    def test_a_shipment_has_whole_units(self, quantity: int) -> None:
        """Units in a shipment are counted like units of a line (OE-5, OE-12)."""
        with pytest.raises(InvalidQuantity):
            parcel("S1", ("a", quantity))


class TestOtherCurrency:
    @pytest.mark.parametrize(
        "effect",
        [
            AmountOff(amount=Money(5, "EUR")),
            AmountOff(amount=Money(5, "EUR"), per=Per.UNIT),
            AmountOff(amount=Money(5, "EUR"), maximum=Money(5, "EUR")),
            PercentOff(percent="5", maximum=Money(5, "EUR")),
            OrderAmountOff(amount=Money(5, "EUR")),
            OrderPercentOff(percent="5", maximum=Money(5, "EUR")),
            FreeShipping(maximum=Money(5, "EUR")),
        ],
        ids=repr,
    )
    def test_a_promotion_in_another_currency_does_not_apply(self, effect: PromotionType) -> None:
        """A shop with promotions for several currencies can price a cart in one (PR-1, PR-17)."""
        given = cart(line("a", "10.00"), shipments=(parcel("S1", ("a", 1), by=speed("5.00")),))
        quote = priced(given, promotion(effect))
        decision = quote.decision("promo")

        assert usd("15.00") == quote.total
        assert decision is not None
        assert "other_currency" == decision.reason
        assert "EUR" in decision.message
        assert "USD" in decision.message


@attrs.frozen
class Answer:
    """A plugin's promotion type that answers whatever the test wants."""

    type_name: ClassVar[str] = "acme.answer"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    answer: Any

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        answer: Offer | Ineligible = self.answer
        return answer


@attrs.frozen
class GiftAnswer(Answer):
    promotion_class: ClassVar[PromotionClass] = PromotionClass.PRODUCT


@attrs.frozen
class OrderAnswer(Answer):
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER


@attrs.frozen
class ShippingAnswer(Answer):
    promotion_class: ClassVar[PromotionClass] = PromotionClass.SHIPPING


@attrs.frozen
class Says:
    """A plugin's condition that answers whatever the test wants."""

    type_name: ClassVar[str] = "acme.says"

    answer: Any

    def check(self, context: PricingContext) -> Ineligible | None:
        answer: Ineligible | None = self.answer
        return answer


def off(*lines: str, percent: int = 10, **fields: Any) -> Offer:
    return Offer(discounts=(Discount(lines=lines, percent=Decimal(percent), **fields),))


SHIPPED_CART = cart(
    line("a", "10.00"),
    line("b", "5.00"),
    shipments=(parcel("S1", ("a", 1), ("b", 1), by=speed("4.00")),),
)
SHIPPING_OFF = Offer(discounts=(Discount(shipments=("S1",), percent=Decimal(50)),))


class TestPluginAnswers:
    @pytest.mark.parametrize(
        "effect",
        [
            Answer(off("elsewhere")),
            Answer(off("a", "a")),
            Answer(Offer(discounts=(Discount(shipments=("a",), percent=Decimal(10)),))),
            Answer(None),
            Answer(Decimal(5)),
            Answer(SHIPPING_OFF),
            OrderAnswer(SHIPPING_OFF),
            ShippingAnswer(off("a")),
            Answer(
                Offer(
                    tied_items=(
                        TiedItem(key="x", product_id="mug"),
                        TiedItem(key="x", product_id="mug"),
                    )
                )
            ),
        ],
        ids=[
            "a line that is not there",
            "a line twice",
            "a shipment that is not there",
            "nothing",
            "a number",
            "an item promotion on shipping",
            "an order promotion on shipping",
            "a shipping promotion on lines",
            "two lines under one key",
        ],
    )
    def test_an_answer_that_breaks_the_contract_is_named(self, effect: Answer) -> None:
        """A plugin cannot break the sums: the error names it and the promotion (PR-16, PR-19)."""
        mugs = {"mug": product("mug", variant("mug", "3.00"))}

        with pytest.raises(PluginError, match=r"acme\.answer.*'odd'"):
            price(SHIPPED_CART, [promotion(effect, "odd")], at=AT, products=mugs)

    @pytest.mark.parametrize("answer", [True, False, "no", SHIPPING_OFF], ids=repr)
    def test_a_condition_answers_why_not_or_nothing(self, answer: object) -> None:
        """A condition that answers anything else is named with its promotion (PR-19)."""
        odd = promotion(Answer(off("a")), "odd", conditions=(Says(answer),))

        with pytest.raises(PluginError, match=r"acme\.says.*'odd'"):
            priced(SHIPPED_CART, odd)

    def test_a_tied_line_never_takes_the_place_of_another(self) -> None:
        """Two items of one key are the plugin's error, not a line that disappears (PR-16)."""
        item = TiedItem(key="b", product_id="mug")
        mugs = {"mug": product("mug", variant("mug", "3.00"))}
        twice = promotion(GiftAnswer(Offer(tied_items=(item, item))), "a")

        with pytest.raises(PluginError, match="a:b"):
            price(cart(line("cap", "1.00")), [twice], at=AT, products=mugs)

    @pytest.mark.parametrize("skips", OnPluginError)
    def test_the_id_of_a_tied_line_is_not_for_others(self, skips: OnPluginError) -> None:
        """A line of the cart that has it is the caller's error, and no plugin's (PR-16, PR-20)."""
        offer = Offer(tied_items=(TiedItem(key="b", product_id="mug"),))
        mugs = {"mug": product("mug", variant("mug", "3.00"))}
        policy = PricingPolicy(on_plugin_error=skips)

        with pytest.raises(InvalidField, match="a:b") as caught:
            price(
                cart(line("a:b", "1.00")),
                [promotion(GiftAnswer(offer), "a")],
                at=AT,
                products=mugs,
                policy=policy,
            )
        assert ("lines", "a:b") == (caught.value.path, caught.value.value)


def changed(value: Any, **fields: object) -> Any:
    """A frozen value that somebody changed all the same."""
    for name, field in fields.items():
        object.__setattr__(value, name, field)
    return value


def changed_rate(percent: str) -> TaxRate:
    rate: TaxRate = changed(TaxRate(name="full", percent=19), percent=Decimal(percent))
    return rate


class Unequal:
    """Something that cannot be compared."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, _: object) -> bool:
        raise RuntimeError


class TestTaxAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            None,
            5,
            ("VAT",),
            (),
            lambda request: [*_mixed(request), ("elsewhere", PartTax(rates=(FULL,)))],
            lambda request: _mixed(request)[1:],
            lambda request: [*_mixed(request), *_mixed(request)],
            lambda request: [(p.id, PartTax(by=TaxedBy.GOODS)) for p in request.parts],
            lambda request: [(p.id, PartTax(rates=(FULL, FULL))) for p in request.parts],
            lambda request: [(each, changed(tax, rates=())) for each, tax in _mixed(request)],
            lambda request: [(each, changed(tax, exempt="why")) for each, tax in _mixed(request)],
            lambda request: [(each, changed(tax, exempt=None)) for each, tax in _mixed(request)],
            lambda request: [(each, changed(tax, by="goods")) for each, tax in _mixed(request)],
            lambda request: [(Unequal(), tax) for _, tax in _mixed(request)],
            lambda request: [(p.id, PartTax((changed_rate("NaN"),))) for p in request.parts],
            lambda request: [(p.id, PartTax((changed_rate("-50"),))) for p in request.parts],
        ],
        ids=[
            *("nothing", "a number", "a text", "none", "stranger", "one missing", "twice", "goods"),
            *("a rate twice", "a silent zero", "both", "no reason", "no choice", "unequal"),
            *("no number", "below zero"),
        ],
    )
    def test_an_answer_that_breaks_the_contract_is_named(self, answer: object) -> None:
        """A tax calculator answers once for each part that it was asked for (TX-9, PR-19)."""
        with pytest.raises(PluginError, match=r"acme\.rates"):
            price(SHIPPED_CART, at=AT, tax=Rates(answer))


class TestRoundingPointOfShipping:
    @pytest.mark.parametrize("point", RoundingPoint)
    def test_a_shipment_is_not_taken_for_a_line(self, point: RoundingPoint) -> None:
        """Shipping is rounded once, also where a line has the same id as a shipment (PR-7)."""
        given = cart(
            line("1", "10.00", 3),
            line("2", "10.00", 3),
            shipments=(parcel("1", by=speed("0.05")), parcel("2", by=speed("0.05"))),
        )
        offer = Offer(discounts=(Discount(shipments=("1", "2"), percent=Decimal(10)),))
        policy = PricingPolicy(rounding_point=point)
        quote = price(given, [promotion(ShippingAnswer(offer))], at=AT, policy=policy)

        assert usd("0.01") == quote.totals.shipping_discounts  # not 0.01 for each, and not 0.00
