"""The built-in conditions: on their edges, in words, nested, and as JSON."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.documents.serializer import Serializer
from cartcore.errors import InvalidField, PluginError
from cartcore.pricing.engine import price
from cartcore.pricing.quote_parts import Decision
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.types import ConditionType
from cartcore.rules import (
    Ineligible,
    PricingContext,
    Selection,
    TiedItem,
    load_rulebook,
    nested_conditions,
)
from cartcore.rules.builtin import (
    AddProduct,
    AllOf,
    AnyOf,
    CartCurrency,
    ChosenSpeed,
    ContactTag,
    Destination,
    DistinctProducts,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    Not,
    NthOrder,
    OrderPercentOff,
    PercentOff,
    SalesChannel,
    TimeWindow,
    Weekday,
)
from tests.support.carts import (
    AT,
    applied,
    cart,
    line,
    priced,
    product,
    promotion,
    speed,
    usd,
    variant,
    why_not,
)

SERIALIZER = Serializer(load_rulebook())
KITCHEN = Selection(tags=("kitchen",))
GARDEN = Selection(tags=("garden",))

# 20.00 + 12.50 + 30.00 = 62.50; four units, of two products; of the kitchen 32.50 for three.
CART = attrs.evolve(
    cart(
        line("mug", "10.00", 2, product_id="mug", tags=("kitchen",)),
        line("mug-xl", "12.50", product_id="mug", tags=("kitchen",)),
        line("hat", "30.00"),
        customer=Customer(contact_id="ann", tags=("vip", "press"), orders_placed=2),
    ),
    channel="web",
)


def asked(condition: ConditionType, given: Cart = CART, *, at: datetime = AT) -> Decision:
    """The decision on a promotion with this condition, which staff picked."""
    offer = promotion(
        OrderPercentOff(percent="10"), trigger=Trigger.PICKED, conditions=(condition,)
    )
    quote = price(attrs.evolve(given, applied=(applied("promo"),)), [offer], at=at)
    decision = quote.decision("promo")
    assert decision is not None
    return decision


def sent(*shipments: tuple[str, str]) -> Cart:
    """A cart with shipments: (country, code of the speed or nothing) each."""
    return attrs.evolve(
        CART,
        shipments=tuple(
            CartShipment(
                id=f"S{n}", lines=(), country=country, speed=speed("5", code) if code else None
            )
            for n, (country, code) in enumerate(shipments)
        ),
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# One of each type, with every field other than its default.
EXAMPLES: tuple[ConditionType, ...] = (
    MinSubtotal(amount=usd("10.00"), target=KITCHEN, after_discounts=True),
    MaxSubtotal(amount=usd("10.00"), target=KITCHEN, after_discounts=True),
    MinQuantity(quantity=3, target=KITCHEN),
    DistinctProducts(count=3, target=KITCHEN),
    ContactTag(tags=("vip", "press")),
    NthOrder(n=3),
    SalesChannel(channels=("web", "app")),
    ChosenSpeed(speeds=("express", "night")),
    CartCurrency(currencies=("USD", "EUR")),
    Destination(countries=("US", "CA")),
    TimeWindow(
        weekdays=("friday", "saturday"),
        from_time="22:00",
        to_time="02:00",
        timezone="Europe/Berlin",
    ),
    AllOf(conditions=(MinQuantity(quantity=3), AnyOf(conditions=(NthOrder(n=1),)))),
    AnyOf(conditions=(NthOrder(n=1), Not(condition=ContactTag(tags=("vip",))))),
    Not(condition=SalesChannel(channels=("web",))),
)


@pytest.mark.parametrize("tag", ["VIP", "ｖｉｐ", "vip\u200b"])
def test_tags_are_compared_as_texts_are(tag: str) -> None:
    """A tag of a contact or a line is what it reads as, in conditions and selections (OE-27)."""
    line = CartLine(id="1", sku="a", quantity=1, unit_price=Money("1.00", "USD"), tags=(tag,))
    wanted = Selection(tags=("Vip",))

    assert wanted.matches(line)
    assert not Selection(tags=("vi",)).matches(line)
    assert wanted.keys is not None
    assert not wanted.keys.isdisjoint(line.keys)


class TestEdges:
    @pytest.mark.parametrize(
        "condition",
        [
            MinSubtotal(amount=usd("62.49")),
            MinSubtotal(amount=usd("62.50")),
            MinSubtotal(amount=usd("32.50"), target=KITCHEN),
            MaxSubtotal(amount=usd("62.50")),
            MaxSubtotal(amount=usd("62.51")),
            MaxSubtotal(amount=usd("32.50"), target=KITCHEN),
            MaxSubtotal(amount=usd("0.01"), target=GARDEN),
            MinQuantity(quantity=3),
            MinQuantity(quantity=4),
            MinQuantity(quantity=3, target=KITCHEN),
            DistinctProducts(count=1),
            DistinctProducts(count=2),
            DistinctProducts(count=1, target=KITCHEN),
            ContactTag(tags=("vip",)),
            ContactTag(tags=("staff", "press")),
            NthOrder(n=3),
            SalesChannel(channels=("app", "web")),
            CartCurrency(currencies=("EUR", "USD")),
        ],
        ids=str,
    )
    def test_holds(self, condition: ConditionType) -> None:
        """Exactly the threshold is enough, for a minimum and for a maximum (PR-9)."""
        assert "applied" == asked(condition).reason

    @pytest.mark.parametrize(
        ("condition", "message", "missing"),
        [
            (MinSubtotal(amount=usd("62.51")), "needs 0.01 USD more", usd("0.01")),
            (
                MinSubtotal(amount=usd("45.00"), target=KITCHEN),
                "needs 12.50 USD more of kitchen",
                usd("12.50"),
            ),
            (
                MaxSubtotal(amount=usd("62.49")),
                "only for orders up to 62.49 USD: this one is 0.01 USD over",
                None,
            ),
            (
                MaxSubtotal(amount=usd("30.00"), target=KITCHEN),
                "only for orders with up to 30.00 USD of kitchen: this one is 2.50 USD over",
                None,
            ),
            (MinQuantity(quantity=5), "needs 1 more item", 1),
            (MinQuantity(quantity=6, target=KITCHEN), "needs 3 more items of kitchen", 3),
            (MinQuantity(quantity=2, target=GARDEN), "needs 2 more items of garden", 2),
            (DistinctProducts(count=3), "needs 1 more different product", 1),
            (
                DistinctProducts(count=3, target=KITCHEN),
                "needs 2 more different products of kitchen",
                2,
            ),
            (ContactTag(tags=("staff", "VI")), "needs a contact tagged staff or VI", None),
            (
                NthOrder(n=2),
                "only for the customer's 2nd order; this would be the 3rd",
                None,
            ),
            (
                NthOrder(n=4),
                "only for the customer's 4th order; this would be the 3rd",
                None,
            ),
            (
                SalesChannel(channels=("app", "Web")),
                "only for orders from the sales channel app or Web",
                None,
            ),
            (SalesChannel(channels=()), "only for orders from no sales channel", None),
            (CartCurrency(currencies=("EUR", "JPY")), "only for orders in EUR or JPY", None),
        ],
        ids=str,
    )
    def test_does_not_hold(
        self, condition: ConditionType, message: str, missing: Money | int | None
    ) -> None:
        """Right beside the threshold the decision says what is missing (PR-9, PR-17)."""
        decision = asked(condition)

        assert condition.type_name == f"cartcore.{decision.reason}"
        assert message == decision.message
        assert (missing if isinstance(missing, Money) else None) == decision.missing_amount
        assert (missing if isinstance(missing, int) else None) == decision.missing_units

    @pytest.mark.parametrize(
        ("maximum", "after", "reason"),
        [
            ("56.25", True, "applied"),
            ("56.24", True, "max_subtotal"),
            ("56.25", False, "max_subtotal"),
            ("62.50", False, "applied"),
        ],
    )
    def test_a_maximum_after_discounts(self, maximum: str, after: bool, reason: str) -> None:  # noqa: FBT001
        """A maximum counts before discounts, or what the earlier ones left: 56.25 (PR-9)."""
        condition = MaxSubtotal(amount=usd(maximum), after_discounts=after)
        quote = priced(
            CART,
            promotion(PercentOff(percent="10"), "items"),
            promotion(OrderPercentOff(percent="10"), "order", conditions=(condition,)),
        )
        decision = quote.decision("order")

        assert decision is not None
        assert reason == decision.reason

    @pytest.mark.parametrize(
        "shipments",
        [
            (("US", "express"),),
            (("US", "standard"), ("", "night")),
        ],
    )
    def test_chosen_speed(self, shipments: tuple[tuple[str, str], ...]) -> None:
        """One shipment by one of the speeds is enough (PR-9)."""
        assert asked(ChosenSpeed(speeds=("express", "night")), sent(*shipments)).applied

    @pytest.mark.parametrize(
        ("shipments", "message"),
        [
            ((), "needs express or night shipping"),
            ((("US", ""),), "needs express or night shipping"),
            ((("US", "standard"),), "needs express or night shipping instead of Standard"),
            ((("US", "Express"),), "needs express or night shipping instead of Express"),
            (
                (("US", "standard"), ("CA", "van"), ("US", "standard")),
                "needs express or night shipping instead of Standard and Van",
            ),
        ],
    )
    def test_another_speed(self, shipments: tuple[tuple[str, str], ...], message: str) -> None:
        """The speeds that are chosen instead are told once each, by their names (PR-9, PR-17)."""
        decision = asked(ChosenSpeed(speeds=("express", "night")), sent(*shipments))

        assert ("chosen_speed", message) == (decision.reason, decision.message)

    @pytest.mark.parametrize(
        ("countries", "holds"),
        [
            ([], False),
            ([""], False),
            (["US"], True),
            (["US", "CA", ""], True),
            (["US", "MX"], False),
            (["MX"], False),
        ],
    )
    def test_destination(self, countries: list[str], *, holds: bool) -> None:
        """Every known destination has to be one of the countries, and one be known (PR-9)."""
        given = sent(*((country, "") for country in countries))
        decision = asked(Destination(countries=("us", "CA")), given)

        assert ("applied" if holds else "destination") == decision.reason
        if not holds:
            assert "only for orders delivered to US or CA" == decision.message

    def test_first_order(self) -> None:
        """The first order is that of a contact with none before (PR-9)."""
        new = attrs.evolve(CART, customer=Customer(contact_id="bob"))

        assert asked(NthOrder(n=1), new).applied
        assert not asked(NthOrder(n=1)).applied

    def test_another_currency(self) -> None:
        """A threshold in another currency than the cart's is no threshold of it (PR-9)."""
        assert "other_currency" == asked(MaxSubtotal(amount=Money("9", "EUR"))).reason


class TestMissing:
    """A figure that is missing unlocks the promotion when it is added, and less does not."""

    @pytest.mark.parametrize(
        ("condition", "missing"),
        [
            (MinSubtotal(amount=usd("80.00")), "17.50"),
            (MinSubtotal(amount=usd("80.00"), target=KITCHEN), "47.50"),
            (MinSubtotal(amount=usd("80.00"), target=GARDEN), "80.00"),
            (
                AllOf(conditions=(MinSubtotal(amount=usd("80.00")), NthOrder(n=3))),
                "17.50",
            ),
            (
                AnyOf(
                    conditions=(
                        MinSubtotal(amount=usd("90.00")),
                        NthOrder(n=1),
                        MinSubtotal(amount=usd("80.00")),
                    )
                ),
                "17.50",
            ),
        ],
        ids=str,
    )
    def test_amount(self, condition: ConditionType, missing: str) -> None:
        """An amount of the lines meant, to the cent (PR-17)."""
        assert usd(missing) == asked(condition).missing_amount

        def with_more(amount: Money) -> Cart:
            more = line("more", amount, tags=("kitchen", "garden"))
            return attrs.evolve(CART, lines=(*CART.lines, more))

        assert asked(condition, with_more(usd(missing))).applied
        assert not asked(condition, with_more(usd(missing) - usd("0.01"))).applied

    @pytest.mark.parametrize(
        ("condition", "missing"),
        [
            (MinQuantity(quantity=7), 3),
            (MinQuantity(quantity=7, target=KITCHEN), 4),
            (DistinctProducts(count=4), 2),
            (DistinctProducts(count=4, target=KITCHEN), 3),
            (DistinctProducts(count=4, target=GARDEN), 4),
            (
                AllOf(conditions=(DistinctProducts(count=2), MinQuantity(quantity=7))),
                3,
            ),
            (
                AnyOf(conditions=(MinQuantity(quantity=9), DistinctProducts(count=4))),
                2,
            ),
        ],
        ids=str,
    )
    def test_units(self, condition: ConditionType, missing: int) -> None:
        """So many units of the lines meant, of products that are not there yet (PR-17)."""
        assert missing == asked(condition).missing_units

        def with_more(units: int) -> Cart:
            more = (line(f"new{n}", "1.00", tags=("kitchen", "garden")) for n in range(units))
            return attrs.evolve(CART, lines=(*CART.lines, *more))

        assert asked(condition, with_more(missing)).applied
        assert not asked(condition, with_more(missing - 1)).applied

    @pytest.mark.parametrize("more", [{"units": 3}, {"amount": "17.50"}], ids=str)
    def test_either_of_two_figures(self, more: dict[str, Any]) -> None:
        """Of alternatives, each figure by itself is enough (PR-17)."""
        either = AnyOf(conditions=(MinSubtotal(amount=usd("80.00")), MinQuantity(quantity=7)))
        decision = asked(either)
        figures = (decision.missing_amount, decision.missing_units)
        free = line("more", more.get("amount", "0.00"), more.get("units", 1))

        assert (usd("17.50"), 3) == figures
        assert asked(either, attrs.evolve(CART, lines=(*CART.lines, free))).applied

    @pytest.mark.parametrize(
        "condition",
        [
            AllOf(conditions=(MinQuantity(quantity=7), NthOrder(n=1))),
            AllOf(conditions=(NthOrder(n=1), MinQuantity(quantity=7))),
            AllOf(conditions=(MinQuantity(quantity=7), MinSubtotal(amount=usd("80.00")))),
            Not(condition=MinQuantity(quantity=3)),
        ],
        ids=str,
    )
    def test_no_figure_where_none_unlocks(self, condition: ConditionType) -> None:
        """A number that would not be enough by itself is not given as one (PR-17)."""
        decision = asked(condition)

        assert not decision.applied
        assert (None, None) == (decision.missing_amount, decision.missing_units)


WEEKEND_NIGHTS = TimeWindow(
    weekdays=("friday",), from_time="22:00", to_time="02:00", timezone="Europe/Berlin"
)
SUNDAY_NIGHT = TimeWindow(weekdays=("sunday",), from_time="23:00", to_time="01:00")
MORNING = TimeWindow(from_time="09:00", to_time="12:00")
LATE = TimeWindow(from_time="22:00")
LATE_UNTIL_MIDNIGHT = TimeWindow(from_time="22:00", to_time="00:00")
EARLY = TimeWindow(to_time="10:00")
MONDAY = TimeWindow(weekdays=("monday",), timezone="Pacific/Kiritimati")
KATHMANDU = TimeWindow(from_time="09:00", timezone="Asia/Kathmandu")
LEFT_OUT = TimeWindow(from_time="02:15", to_time="02:45", timezone="America/New_York")
ACROSS = TimeWindow(from_time="01:30", to_time="03:30", timezone="America/New_York")
REPEATED = TimeWindow(from_time="01:15", to_time="01:45", timezone="America/New_York")


class TestTimeWindow:
    @pytest.mark.parametrize(
        ("window", "instant", "holds"),
        [
            (MORNING, "2026-06-01T08:59:59.999999Z", False),
            (MORNING, "2026-06-01T09:00Z", True),
            (MORNING, "2026-06-01T11:59:59.999999Z", True),
            (MORNING, "2026-06-01T12:00Z", False),
            (MORNING, "2026-06-01T12:00+02:00", True),
            (LATE, "2026-06-01T21:59:59Z", False),
            (LATE, "2026-06-01T23:59:59.999999Z", True),
            (LATE, "2026-06-02T00:00Z", False),
            (LATE_UNTIL_MIDNIGHT, "2026-06-01T23:59:59.999999Z", True),
            (LATE_UNTIL_MIDNIGHT, "2026-06-02T00:00Z", False),
            (EARLY, "2026-06-01T00:00Z", True),
            (EARLY, "2026-06-01T10:00Z", False),
            # In Berlin it is two hours later in summer: Friday, June 5, from 20:00 to 24:00 UTC.
            (WEEKEND_NIGHTS, "2026-06-05T19:59:59Z", False),
            (WEEKEND_NIGHTS, "2026-06-05T20:00Z", True),
            (WEEKEND_NIGHTS, "2026-06-05T23:59:59Z", True),
            (WEEKEND_NIGHTS, "2026-06-06T00:00Z", False),
            (WEEKEND_NIGHTS, "2026-06-04T23:00Z", False),  # Friday, 01:00: Thursday's night
            (WEEKEND_NIGHTS, "2026-06-06T20:30Z", False),  # Saturday, 22:30
            # And one hour later in winter.
            (WEEKEND_NIGHTS, "2026-01-02T20:59:59Z", False),
            (WEEKEND_NIGHTS, "2026-01-02T21:00Z", True),
            (SUNDAY_NIGHT, "2026-06-07T23:00Z", True),
            (SUNDAY_NIGHT, "2026-06-08T00:59Z", True),
            (SUNDAY_NIGHT, "2026-06-07T00:30Z", False),
            # On Kiritimati it is fourteen hours later.
            (MONDAY, "2026-06-07T09:59:59Z", False),
            (MONDAY, "2026-06-07T10:00Z", True),
            (MONDAY, "2026-06-08T10:00Z", False),
            (KATHMANDU, "2026-06-01T03:14:59Z", False),
            (KATHMANDU, "2026-06-01T03:15Z", True),
            # On March 8, 2026, in New York, 03:00 follows 01:59, at 07:00 UTC.
            (LEFT_OUT, "2026-03-08T06:59Z", False),
            (LEFT_OUT, "2026-03-08T07:00Z", False),
            (LEFT_OUT, "2026-03-08T07:30Z", False),
            (LEFT_OUT, "2026-03-09T06:30Z", True),
            (ACROSS, "2026-03-08T06:30Z", True),
            (ACROSS, "2026-03-08T07:29Z", True),
            (ACROSS, "2026-03-08T07:30Z", False),
            # On November 1, 2026, 01:00 follows 01:59, at 06:00 UTC.
            (REPEATED, "2026-11-01T05:30Z", True),
            (REPEATED, "2026-11-01T05:50Z", False),
            (REPEATED, "2026-11-01T06:14Z", False),
            (REPEATED, "2026-11-01T06:15Z", True),
            (REPEATED, "2026-11-01T06:45Z", False),
        ],
        ids=str,
    )
    def test_edges(self, window: TimeWindow, instant: str, *, holds: bool) -> None:
        """From the first minute until right before the last, on the clocks of its zone (PR-9)."""
        assert ("applied" if holds else "time_window") == asked(window, at=at(instant)).reason

    @given(
        days=st.sets(st.sampled_from(Weekday), max_size=3),
        begin=st.times(),
        minutes=st.integers(1, 24 * 60 - 1),
        zone=st.sampled_from(
            ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
        ),
        instant=st.integers(-(10**8), 10**8).map(lambda n: AT + timedelta(seconds=n)),
    )
    def test_against_days_written_out(
        self, days: set[Weekday], begin: time, minutes: int, zone: str, instant: datetime
    ) -> None:
        """It holds if the local time is in the window that began today or yesterday (PR-9)."""
        begin = begin.replace(second=0, microsecond=0)
        local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

        def on(day: date) -> bool:
            began = datetime.combine(day, begin)
            ends = began + timedelta(minutes=minutes)
            return began <= local < ends and (not days or list(Weekday)[day.weekday()] in days)

        ends = datetime.combine(local.date(), begin) + timedelta(minutes=minutes)
        window = TimeWindow(
            weekdays=days, from_time=f"{begin:%H:%M}", to_time=f"{ends:%H:%M}", timezone=zone
        )

        today = local.date()
        assert (on(today) or on(today - timedelta(days=1))) == asked(window, at=instant).applied

    @pytest.mark.parametrize(
        ("window", "words"),
        [
            (MORNING, "orders from 09:00 until 12:00"),
            (LATE, "orders from 22:00"),
            (EARLY, "orders until 10:00"),
            (MONDAY, "orders on Monday (Pacific/Kiritimati)"),
            (EXAMPLES[10], "orders on Friday or Saturday from 22:00 until 02:00 (Europe/Berlin)"),
        ],
    )
    def test_words(self, window: TimeWindow, words: str) -> None:
        """Days, times and zone are told (PR-17)."""
        assert words == str(window)

    def test_message(self) -> None:
        """Outside of the window the sentence says when it is (PR-17)."""
        message = asked(MORNING, at=at("2026-06-01T12:00Z")).message

        assert "only for orders from 09:00 until 12:00" == message


HOLDS, FAILS = ContactTag(tags=("vip",)), ContactTag(tags=("staff",))


@attrs.frozen(kw_only=True)
class TwoOf:
    """A stranger's condition that is made of others."""

    type_name: ClassVar[str] = "acme.two_of"

    conditions: tuple[ConditionType, ...] = attrs.field(converter=nested_conditions)

    def check(self, context: PricingContext) -> Ineligible | None:
        unmet = [each.check(context) for each in self.conditions]
        return None if unmet.count(None) >= 2 else Ineligible("two_of", "needs two of them")


@attrs.frozen(kw_only=True)
class Answers:
    """A stranger's condition that answers what it is told to, or raises it."""

    type_name: ClassVar[str] = "acme.answers"

    answer: Any

    def check(self, context: PricingContext) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def trees() -> st.SearchStrategy[tuple[ConditionType, bool]]:
    """Conditions nested in any way, and whether they hold by the rules of logic."""

    def joined(
        kind: type, rule: Callable[[list[bool]], bool], inner: Any
    ) -> st.SearchStrategy[Any]:
        return st.lists(inner, min_size=1, max_size=3).map(
            lambda parts: (
                kind(conditions=tuple(c for c, _ in parts)),
                rule([truth for _, truth in parts]),
            )
        )

    def grown(inner: Any) -> st.SearchStrategy[Any]:
        return st.one_of(
            joined(AllOf, all, inner),
            joined(AnyOf, any, inner),
            inner.map(lambda part: (Not(condition=part[0]), not part[1])),
        )

    return st.recursive(
        st.sampled_from(
            [(HOLDS, True), (FAILS, False), (MinQuantity(quantity=5), False), (NthOrder(n=3), True)]
        ),
        grown,
        max_leaves=12,
    )


def nested(levels: int, kind: Any = Not) -> ConditionType:
    """A condition of so many levels."""
    condition: ConditionType = HOLDS
    for _ in range(levels - 1):
        condition = Not(condition=condition) if kind is Not else kind(conditions=(condition,))
    return condition


class TestLogic:
    @given(tree=trees())
    def test_is_logic(self, tree: tuple[ConditionType, bool]) -> None:
        """All, any and not of conditions hold as in logic, however they are nested (PR-9)."""
        condition, holds = tree
        decision = asked(condition)

        assert holds == decision.applied
        assert holds or condition.type_name == f"cartcore.{decision.reason}"

    @pytest.mark.parametrize(
        ("condition", "message"),
        [
            (AllOf(conditions=(HOLDS, FAILS)), "needs a contact tagged staff"),
            (
                AllOf(conditions=(FAILS, MinQuantity(quantity=6))),
                "needs a contact tagged staff",
            ),
            (
                AllOf(conditions=(MinQuantity(quantity=6), FAILS)),
                "needs 2 more items and a contact tagged staff",
            ),
            (
                AllOf(
                    conditions=(
                        CartCurrency(currencies=("EUR",)),
                        MinSubtotal(amount=Money("9.00", "EUR")),
                    )
                ),
                "only for orders in EUR",
            ),
            (
                AllOf(conditions=(MinQuantity(quantity=6), MinSubtotal(amount=usd("80.00")))),
                "needs 2 more items and 17.50 USD more",
            ),
            (
                AnyOf(conditions=(MinQuantity(quantity=6), FAILS)),
                "needs one of: 2 more items; a contact tagged staff",
            ),
            (
                AnyOf(
                    conditions=(AllOf(conditions=(MinQuantity(quantity=6), FAILS)), NthOrder(n=1))
                ),
                ("needs one of: 2 more items and a contact tagged staff; the customer's 1st order"),
            ),
            (
                AllOf(
                    conditions=(
                        AnyOf(conditions=(MinQuantity(quantity=6), FAILS)),
                        MinQuantity(quantity=9, target=KITCHEN),
                    )
                ),
                ("needs 6 more items of kitchen, and one of: 2 more items; a contact tagged staff"),
            ),
            (
                AnyOf(
                    conditions=(
                        CartCurrency(currencies=("EUR",)),
                        AnyOf(conditions=(FAILS, MinQuantity(quantity=5))),
                    )
                ),
                "needs one of: orders in EUR; a contact tagged staff; 1 more item",
            ),
            (
                AllOf(
                    conditions=(
                        MinQuantity(quantity=6),
                        MinSubtotal(amount=usd("80.00")),
                        NthOrder(n=1),
                    )
                ),
                (
                    "needs 2 more items and 17.50 USD more; "
                    "only for the customer's 1st order; this would be the 3rd"
                ),
            ),
            (
                AnyOf(
                    conditions=(
                        AllOf(conditions=(MinQuantity(quantity=6), HOLDS)),
                        MinQuantity(quantity=9, target=KITCHEN),
                    )
                ),
                "needs one of: 2 more items; 6 more items of kitchen",
            ),
            (Not(condition=HOLDS), "not available to contacts tagged vip"),
            (
                Not(condition=AllOf(conditions=(HOLDS, MinQuantity(quantity=2, target=KITCHEN)))),
                (
                    "not available to contacts tagged vip "
                    "and orders with at least 2 items of kitchen at the same time"
                ),
            ),
            (
                Not(condition=AnyOf(conditions=(HOLDS, FAILS))),
                "not available to contacts tagged vip or contacts tagged staff",
            ),
            (
                Not(condition=Not(condition=FAILS)),
                "not available to anything but contacts tagged staff",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_sentences(self, condition: ConditionType, message: str) -> None:
        """What is not met is told, and what belongs together stands together (PR-17)."""
        assert message == asked(condition).message

    @pytest.mark.parametrize(
        ("condition", "words"),
        [
            *zip(
                EXAMPLES,
                (
                    "orders with at least 10.00 USD of kitchen",
                    "orders with up to 10.00 USD of kitchen",
                    "orders with at least 3 items of kitchen",
                    "orders with at least 3 different products of kitchen",
                    "contacts tagged vip or press",
                    "the customer's 3rd order",
                    "orders from the sales channel web or app",
                    "orders with express or night shipping",
                    "orders in USD or EUR",
                    "orders delivered to US or CA",
                    "orders on Friday or Saturday from 22:00 until 02:00 (Europe/Berlin)",
                    "orders with at least 3 items and the customer's 1st order at the same time",
                    "the customer's 1st order or anything but contacts tagged vip",
                    "anything but orders from the sales channel web",
                ),
                strict=True,
            )
        ],
    )
    def test_words(self, condition: ConditionType, words: str) -> None:
        """Each condition says in words what it asks for (PR-17)."""
        assert words == str(condition)

    @pytest.mark.parametrize(
        ("code", "reason"),
        [("USD", "applied"), ("EUR", "any_of"), ("JPY", "other_currency")],
        ids=str,
    )
    def test_alternatives_in_several_currencies(self, code: str, reason: str) -> None:
        """Of thresholds in several currencies, the one in the cart's counts (PR-9, PR-17)."""
        either = AnyOf(
            conditions=(
                MinSubtotal(amount=Money("65.00", "EUR")),
                AllOf(conditions=(MinSubtotal(amount=usd("62.50")),)),
            )
        )
        lines = tuple(
            attrs.evolve(each, unit_price=Money(round(each.unit_price.amount), code))
            if code != "USD"
            else each
            for each in CART.lines
        )
        decision = asked(either, attrs.evolve(CART, currency=code, lines=lines))

        assert reason == decision.reason
        if reason == "any_of":
            assert "needs 3.00 EUR more" == decision.message

    @pytest.mark.parametrize("around", [AllOf, AnyOf, Not])
    @pytest.mark.parametrize(
        ("answer", "problem"),
        [
            (False, "it answered False, not an Ineligible or None"),
            (OSError("no licence"), r"it raised OSError\('no licence'\)"),
        ],
        ids=str,
    )
    def test_a_plugin_at_fault_is_named(self, around: Any, answer: object, problem: str) -> None:
        """Within other conditions, too, the one that broke its contract is named (PR-20)."""
        broken = Answers(answer=answer)
        condition = Not(condition=broken) if around is Not else around(conditions=(broken,))
        with pytest.raises(PluginError, match=problem) as caught:
            asked(condition)

        assert ("acme.answers", "promotion 'promo'") == (caught.value.plugin, caught.value.subject)

    @pytest.mark.parametrize("kind", [Not, AllOf, AnyOf, TwoOf])
    def test_twenty_levels(self, kind: Any) -> None:
        """Twenty levels may be nested, and no more; a stranger's count, too (PR-9)."""
        deepest = nested(20, kind)

        for around in (AllOf, AnyOf):
            with pytest.raises(InvalidField, match="at most 20 levels"):
                around(conditions=(HOLDS, deepest))
        with pytest.raises(InvalidField, match="at most 20 levels"):
            Not(condition=deepest)

    def test_the_same_condition_in_many_places(self) -> None:
        """One that stands in two places at every level is asked twice as often at each (PR-9).

        So 10,000 may be nested in one, counted as often as they stand there: 2 + 4 + … + 2^12.
        """
        condition: ConditionType = HOLDS
        for _ in range(12):
            condition = AllOf(conditions=(condition, condition))
        assert asked(condition) == asked(HOLDS)

        larger = AllOf(conditions=(condition,))
        with pytest.raises(InvalidField, match="at most 10000 conditions"):
            AllOf(conditions=(larger, larger))

    def test_the_same_selection_in_many_places(self) -> None:
        """Selections likewise, whose keys are looked up again at every level (PR-10)."""
        selection = Selection(skus=("MUG",))
        for _ in range(12):
            selection = Selection(any_of=(selection, selection))
        assert selection.size == 2**13 - 1

        with pytest.raises(InvalidField, match="at most 10000 selections"):
            Selection(any_of=(selection,), exclude=selection)

    @pytest.mark.parametrize("kind", [AllOf, AnyOf])
    @pytest.mark.parametrize("given", [(), [], None, 5, "vip", ("vip",), (HOLDS, MinQuantity)])
    def test_made_of_conditions(self, kind: Any, given: object) -> None:
        """Something else, or nothing, is refused (PR-9)."""
        with pytest.raises(InvalidField) as caught:
            kind(conditions=given)

        assert "conditions" == caught.value.path

    @pytest.mark.parametrize("given", [None, "vip", MinQuantity, (HOLDS,)])
    def test_not_of_a_condition(self, given: Any) -> None:
        """Something else is refused (PR-9)."""
        with pytest.raises(InvalidField) as caught:
            Not(condition=given)

        assert "condition" == caught.value.path


class TestOwnEffect:
    """A promotion's own effect does not count for its conditions."""

    @pytest.mark.parametrize(
        ("condition", "reason"),
        [
            (MinQuantity(quantity=2), "min_quantity"),
            (DistinctProducts(count=2), "distinct_products"),
            (MinSubtotal(amount=usd("10.01")), "min_subtotal"),
            (MaxSubtotal(amount=usd("10.00")), "applied"),
            (Not(condition=DistinctProducts(count=2)), "applied"),
            (
                AllOf(conditions=(MinQuantity(quantity=1), MaxSubtotal(amount=usd("10.00")))),
                "applied",
            ),
            (AnyOf(conditions=(MinQuantity(quantity=2), FAILS)), "any_of"),
        ],
        ids=str,
    )
    def test_tied_lines(self, condition: ConditionType, reason: str) -> None:
        """A line that a promotion adds neither unlocks it nor locks it again (PR-25)."""
        pen = product("pen", variant("PEN", "5.00"))
        gift = AddProduct(items=(TiedItem(key="a", product_id="pen"),), percent=100)
        quote = price(
            cart(line("mug", "10.00")),
            [promotion(gift, conditions=(condition,))],
            at=AT,
            products={"pen": pen},
        )
        decision = quote.decision("promo")

        assert decision is not None
        assert reason == decision.reason
        assert usd("10.00") == quote.total

    @pytest.mark.parametrize("within", [AllOf, AnyOf])
    def test_discounts(self, within: Any) -> None:
        """A discount that takes the cart below its own threshold stays (PR-25)."""
        threshold = MinSubtotal(amount=usd("62.50"), after_discounts=True)
        half = promotion(PercentOff(percent="50"), conditions=(within(conditions=(threshold,)),))

        assert usd("31.25") == priced(CART, half).total


class TestNeeds:
    @pytest.mark.parametrize(
        ("condition", "needs"),
        [
            (MinSubtotal(amount=usd("1.00"), target=KITCHEN), (KITCHEN,)),
            (MinQuantity(quantity=1, target=KITCHEN), (KITCHEN,)),
            (DistinctProducts(count=1, target=KITCHEN), (KITCHEN,)),
            (MinSubtotal(amount=usd("1.00")), (Selection(),)),
            (MinQuantity(quantity=1), (Selection(),)),
            (DistinctProducts(count=1), (Selection(),)),
            (
                AllOf(
                    conditions=(
                        MinQuantity(quantity=1, target=KITCHEN),
                        HOLDS,
                        AllOf(conditions=(DistinctProducts(count=1, target=GARDEN),)),
                    )
                ),
                (KITCHEN, GARDEN),
            ),
        ],
        ids=str,
    )
    def test_lines_without_which_it_cannot_hold(
        self, condition: Any, needs: tuple[Selection, ...]
    ) -> None:
        """A threshold needs a line of its target; of all conditions, each does (PR-23)."""
        assert needs == condition.needs

    @pytest.mark.parametrize(
        "condition",
        [MinSubtotal(amount=usd("1.00")), MinQuantity(quantity=1), DistinctProducts(count=1)],
        ids=str,
    )
    def test_any_line(self, condition: ConditionType) -> None:
        """A promotion that needs any line says so even of an empty cart (PR-17, PR-23)."""
        quote = priced(cart(), promotion(OrderPercentOff(percent="10"), conditions=(condition,)))

        assert condition.type_name == f"cartcore.{why_not(quote)[0]}"

    @pytest.mark.parametrize(
        ("condition", "considered"),
        [
            (MinQuantity(quantity=1, target=GARDEN), False),
            (AllOf(conditions=(HOLDS, MinQuantity(quantity=1, target=GARDEN))), False),
            (AnyOf(conditions=(HOLDS, MinQuantity(quantity=1, target=GARDEN))), True),
            (Not(condition=MinQuantity(quantity=1, target=GARDEN)), True),
            (MaxSubtotal(amount=usd("1.00"), target=GARDEN), True),
        ],
        ids=str,
    )
    def test_automatic_promotions(self, condition: ConditionType, *, considered: bool) -> None:
        """One that could not apply without a line of the garden is not even asked (PR-23)."""
        quote = priced(CART, promotion(OrderPercentOff(percent="10"), conditions=(condition,)))

        assert considered == bool(quote.decisions)
        assert considered == bool(quote.totals.discounts)


def document(condition: object) -> dict[str, Any]:
    """A promotion as it is stored, with one condition."""
    effect = {"type": "cartcore.order_percent_off", "percent": "10"}
    return {"format": 1, "id": "p", "name": "P", "effect": effect, "conditions": [condition]}


def typed(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"cartcore.{name}", **fields}


class TestJson:
    def test_examples_are_of_every_type(self) -> None:
        """No built-in condition is forgotten by the tests that follow (PR-22)."""
        assert set(load_rulebook().condition_types) == {each.type_name for each in EXAMPLES}

    @pytest.mark.parametrize("condition", EXAMPLES, ids=lambda each: each.type_name)
    def test_round_trip(self, condition: ConditionType) -> None:
        """A condition comes back equal from JSON, and writes the same again (PR-22)."""
        sale = promotion(OrderPercentOff(percent="10"), conditions=(condition,))
        text = SERIALIZER.dumps(sale)
        loaded = SERIALIZER.loads(text, Promotion)

        assert sale == loaded
        assert hash(condition) == hash(loaded.conditions[0])
        assert text == SERIALIZER.dumps(loaded)

    def test_written_form(self) -> None:
        """Conditions within conditions are written with their type, like the outer ones (PR-22)."""
        inner = AnyOf(conditions=(NthOrder(n=1), WEEKEND_NIGHTS))
        written = SERIALIZER.dump(
            promotion(OrderPercentOff(percent="10"), conditions=(Not(condition=inner),))
        )

        assert [
            typed(
                "not",
                condition=typed(
                    "any_of",
                    conditions=[
                        typed("nth_order", n=1),
                        typed(
                            "time_window",
                            weekdays=["friday"],
                            from_time="22:00",
                            to_time="02:00",
                            timezone="Europe/Berlin",
                        ),
                    ],
                ),
            )
        ] == json.loads(json.dumps(written["conditions"]))

    @pytest.mark.parametrize(
        ("condition", "path", "expected"),
        [
            (typed("max_subtotal"), "amount", "given"),
            (typed("distinct_products", count=0), "count", "a whole number of at least 1"),
            (typed("distinct_products", count="2"), "count", "a whole number"),
            (typed("nth_order", n=0), "n", "a whole number of at least 1"),
            (typed("sales_channel"), "channels", "given"),
            (typed("sales_channel", channels="web"), "channels", "a list"),
            (typed("chosen_speed", speeds=[]), "speeds", "at least one speed"),
            (typed("chosen_speed", speeds=[1]), "speeds[0]", "a text"),
            (
                typed("cart_currency", currencies=[]),
                "currencies",
                "at least one currency",
            ),
            (
                typed("cart_currency", currencies=["USD", "usd"]),
                "currencies",
                "a code of ISO 4217, such as 'USD'",
            ),
            (typed("destination", countries=[]), "countries", "at least one country"),
            (
                typed("destination", countries=["US", "XX"]),
                "countries",
                "codes of ISO 3166-1, such as ('US', 'CA')",
            ),
            (
                typed("time_window", weekdays=["monday", "Friday"]),
                "weekdays[1]",
                "one of monday, tuesday, wednesday, thursday, friday, saturday, sunday",
            ),
            (
                typed("time_window", from_time="9:00"),
                "from_time",
                'a time of day, such as "09:30"',
            ),
            (
                typed("time_window", to_time="24:00"),
                "to_time",
                'a time of day, such as "09:30"',
            ),
            (
                typed("time_window", from_time="08:00", to_time="08:00"),
                "to_time",
                "another time than from_time",
            ),
            (
                typed("time_window", weekdays=["monday"], to_time="00:00"),
                "to_time",
                "another time than from_time",
            ),
            (typed("time_window"), "weekdays", "given, unless a time of day is"),
            *(
                (
                    typed("time_window", from_time="08:00", timezone=zone),
                    "timezone",
                    "a time zone of the IANA database, such as 'Europe/Berlin'",
                )
                for zone in (" ", "Berlin", "Europe", "../UTC", "/etc/passwd", "A" * 200, "+02:00")
            ),
            (typed("all_of"), "conditions", "given"),
            (typed("all_of", conditions=[]), "conditions", "at least one condition"),
            (
                typed("any_of", conditions=[typed("nth_order", n=1), typed("nth_order", n=0)]),
                "conditions[1].n",
                "a whole number of at least 1",
            ),
            (
                typed("not", condition=typed("not", condition=typed("min_quantity", quantity=0))),
                "condition.condition.quantity",
                "a whole number of at least 1",
            ),
            (
                typed("not", condition=typed("nth_order", n=1), n=1),
                "n",
                "left out (there is no such field)",
            ),
        ],
        ids=str,
    )
    def test_bad_config(self, condition: dict[str, Any], path: str, expected: str) -> None:
        """The path of the field is named, and what was expected there (PR-22)."""
        with pytest.raises(InvalidField) as caught:
            SERIALIZER.load(document(condition), Promotion)

        where = f"Promotion.conditions[0].{path}".rstrip(".")
        assert (where, expected) == (caught.value.path, caught.value.expected)

    @pytest.mark.parametrize("given", ["all", [typed("nth_order", n=1)], typed("nth"), None])
    def test_what_is_no_condition(self, given: object) -> None:
        """Within conditions, too, the type that is unknown is named (PR-22)."""
        with pytest.raises(InvalidField) as caught:
            SERIALIZER.load(document(typed("not", condition=given)), Promotion)

        assert "Promotion.conditions[0].condition.type" == caught.value.path

    @pytest.mark.parametrize("levels", [21, 60, 500, 5_000])
    def test_nested_too_deeply(self, levels: int) -> None:
        """However deep a document is, it is refused in a sentence and not crashed on (PR-22)."""
        condition: Any = typed("nth_order", n=1)
        for _ in range(levels - 1):
            condition = typed("all_of", conditions=[condition])
        with pytest.raises(InvalidField) as caught:
            SERIALIZER.load(document(condition), Promotion)

        assert caught.value.expected in {"at most 20 levels of conditions", "nested less deeply"}

    def test_as_deep_as_may_be(self) -> None:
        """Twenty levels come back from JSON and are priced (PR-22)."""
        sale = promotion(OrderPercentOff(percent="10"), conditions=(nested(20, AllOf),))
        loaded = SERIALIZER.loads(SERIALIZER.dumps(sale), Promotion)

        assert usd("56.25") == priced(CART, loaded).total


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weekdays", "monday"),
        ("weekdays", ("Monday",)),
        ("weekdays", (0,)),
        ("weekdays", None),
        ("from_time", "24:00"),
        ("from_time", "12:60"),
        ("from_time", "12:00:00"),
        ("from_time", "١٢:00"),
        ("timezone", "Mars/Olympus"),
    ],
)
def test_a_window_that_cannot_be(field: str, value: Any) -> None:
    """A window is checked when it is made, and the error names the field (PR-9)."""
    with pytest.raises(InvalidField) as caught:
        TimeWindow(**({"from_time": "08:00", field: value}))

    assert field == caught.value.path


@pytest.mark.parametrize("value", ["US", 5, None, (), ("USA",), (5,)])
def test_countries_that_cannot_be(value: Any) -> None:
    """Countries are checked when the condition is made (PR-9)."""
    with pytest.raises(InvalidField) as caught:
        Destination(countries=value)

    assert "countries" == caught.value.path
