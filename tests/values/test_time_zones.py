"""The store's time zone: what clocks show, when days begin, and when promotions are on (OE-30)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cartcore.documents.serializer import Serializer
from cartcore.entry.store import Store
from cartcore.errors import CodeRejected, InvalidField, OrderChangeNotAllowed
from cartcore.orders.filters import OrderFilter
from cartcore.pricing.engine import price
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.receipt import order_details
from cartcore.rules import load_rulebook
from cartcore.rules.builtin import OrderPercentOff, TimeWindow
from cartcore.values.time_zones import day_begins, local_time, show_time
from tests.support.carts import cart, line
from tests.support.shop import STORE, Shop, refused

NEW_YORK = "America/New_York"
TENTH = OrderPercentOff(percent=10)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "zone", "shown"),
    [
        ("2026-06-01T04:00", NEW_YORK, "2026-06-01 00:00 EDT"),
        ("2026-06-01T04:00", "UTC", "2026-06-01 04:00 UTC"),
        ("2026-06-01T04:00", "Asia/Kathmandu", "2026-06-01 09:45 +0545"),
        # An hour that comes twice is told apart, one that is left out is never shown.
        ("2026-11-01T05:30", NEW_YORK, "2026-11-01 01:30 EDT"),
        ("2026-11-01T06:30", NEW_YORK, "2026-11-01 01:30 EST"),
        ("2026-03-08T06:59", NEW_YORK, "2026-03-08 01:59 EST"),
        ("2026-03-08T07:00", NEW_YORK, "2026-03-08 03:00 EDT"),
    ],
)
def test_clocks(instant: str, zone: str, shown: str) -> None:
    """Times are shown as the zone's clocks show them, with its abbreviation (OE-30)."""
    assert shown == show_time(at(instant), zone)


def test_the_edge_of_time_is_shown_in_utc() -> None:
    """Where the zone's clocks would show a year that no datetime has, it is UTC's (OE-30)."""
    first = datetime.min.replace(tzinfo=UTC)

    assert first == local_time(first, NEW_YORK)
    assert "UTC" == local_time(first, NEW_YORK).tzname()


@pytest.mark.parametrize(
    ("day", "zone", "begins"),
    [
        ("2026-06-01", NEW_YORK, "2026-06-01T04:00"),
        ("2026-03-08", NEW_YORK, "2026-03-08T05:00"),
        ("2026-03-09", NEW_YORK, "2026-03-09T04:00"),  # a day of 23 hours is over
        ("2026-11-01", NEW_YORK, "2026-11-01T04:00"),
        ("2026-11-02", NEW_YORK, "2026-11-02T05:00"),  # one of 25 hours
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00"),  # midnight is left out
        ("1919-03-31", "America/Toronto", "1919-03-31T04:30"),  # from 23:30 to 00:30
        ("2025-11-02", "America/Havana", "2025-11-02T04:00"),  # midnight comes twice
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00"),  # a day that never was
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00"),
        ("2026-06-01", "Pacific/Kiritimati", "2026-05-31T10:00"),
    ],
)
def test_days(day: str, zone: str, begins: str) -> None:
    """A day begins with its first instant, also where clocks are changed over midnight (OE-30)."""
    store = Store(currency="USD", timezone=zone)

    assert at(begins) == store.day_begins(date.fromisoformat(day))


zones = st.sampled_from(["UTC", NEW_YORK, "America/Havana", "America/Sao_Paulo", "Asia/Beirut"])


@example(date(2018, 11, 4), "America/Sao_Paulo")
@example(date(2021, 3, 28), "Asia/Beirut")
@given(st.dates(date(1990, 1, 1), date(2035, 1, 1)), zones)
def test_days_follow_each_other(day: date, zone: str) -> None:
    """The instant at which a day begins is on that day, and the one before it is not (OE-30)."""
    begins = day_begins(day, zone)

    assert day == local_time(begins, zone).date()
    assert day > local_time(begins - timedelta(microseconds=1), zone).date()


@pytest.mark.parametrize(
    "zone",
    [
        *("", "Mars/Base", "Europe", "../etc/passwd", "EDT+", None, 5),
        *("localtime", "posixrules", "right/Europe/Berlin"),
    ],
)
def test_unknown_zones_are_refused(zone: Any) -> None:
    """A store, a cart and a window have a zone that the IANA database knows (OE-30)."""
    with pytest.raises(InvalidField):
        Store(currency="USD", timezone=zone)
    with pytest.raises(InvalidField):
        attrs.evolve(cart(), timezone=zone)
    if zone != "":  # a window without one goes by the store's
        with pytest.raises(InvalidField):
            TimeWindow(from_time="09:00", timezone=zone)


@pytest.mark.parametrize("day", ["2026-06-01", None, at("2026-06-01"), date.min])
def test_what_is_no_day_is_refused(day: Any) -> None:
    """A text, a time, and days that no instant can be in are InvalidField (OE-30)."""
    store = Store(currency="USD", timezone="Asia/Tokyo")
    with pytest.raises(InvalidField):
        store.day_begins(day)


def holds(window: TimeWindow, instant: str, zone: str) -> bool:
    promotion = Promotion(id="p", name="P", effect=TENTH, conditions=(window,))
    given_in = attrs.evolve(cart(line("a", "10.00")), timezone=zone)
    [decision] = price(given_in, [promotion], at=at(instant)).decisions
    return decision.applied


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        ("2026-06-01T13:30", NEW_YORK, True),  # 09:30 on Monday
        ("2026-06-01T13:30", "UTC", False),
        ("2026-06-01T09:30", "UTC", True),
        ("2026-05-31T23:30", "Asia/Tokyo", False),  # 08:30 on Monday
        ("2026-06-01T00:30", "Asia/Tokyo", True),
    ],
)
def test_windows_go_by_the_store(instant: str, zone: str, *, expected: bool) -> None:
    """A window of time without a zone of its own goes by the store's clocks (OE-30, PR-9)."""
    window = TimeWindow(weekdays=("monday",), from_time="09:00", to_time="10:00")

    assert expected is holds(window, instant, zone)
    assert "orders on Monday from 09:00 until 10:00" == str(window)


@pytest.mark.parametrize("zone", ["UTC", NEW_YORK, "Asia/Tokyo"])
def test_a_window_with_a_zone_keeps_it(zone: str) -> None:
    """One with a zone of its own, as all that were stored before, goes by that (OE-30)."""
    window = TimeWindow(from_time="09:00", to_time="10:00", timezone="UTC")

    assert holds(window, "2026-06-01T09:30", zone)
    assert not holds(window, "2026-06-01T13:30", zone)


def test_stored_windows_are_read_as_they_were_meant() -> None:
    """Windows were always stored with a zone; one without is the store's, and stays so (ST-4)."""
    serializer = Serializer(load_rulebook())
    promotion = Promotion(
        id="p",
        name="P",
        effect=TENTH,
        conditions=(TimeWindow(from_time="09:00"), TimeWindow(from_time="09:00", timezone="UTC")),
    )

    assert promotion == serializer.loads(serializer.dumps(promotion), Promotion)


def test_windows_of_promotions_are_told_in_the_store(shop: Shop) -> None:
    """An offer that ended at midnight in New York is told to have done so (OE-17, OE-30)."""
    desk = shop.desk_with(timezone=NEW_YORK)
    with shop.storage.write() as work:
        coded = Promotion(id="o", name="O", effect=TENTH, trigger=Trigger.CODE, codes=("over",))
        work.promotions.add(attrs.evolve(coded, ends_at=at("2026-05-04T04:00")))
        begins = at("2026-05-05T04:00")
        work.promotions.add(attrs.evolve(coded, id="n", codes=("to come",), starts_at=begins))
        work.commit()
    draft_id = shop.reviewed({"MUG": 1})
    for code, told in (
        ("over", "it ended at 2026-05-04 00:00 EDT"),
        ("to come", "it starts at 2026-05-05 00:00 EDT"),
    ):
        with refused(shop, CodeRejected) as caught, desk.edit(draft_id) as edit:
            edit.enter_code(code)
        assert told == caught.value.message


def test_orders_are_shown_and_filtered_in_the_store(shop: Shop) -> None:
    """Receipts have the store's times, and its days are what orders are filtered by (OE-20)."""
    store = attrs.evolve(STORE, timezone=NEW_YORK)
    desk = shop.another_desk(store)
    numbers = []
    for instant in ("2026-06-01T03:59", "2026-06-01T04:00", "2026-06-02T03:59", "2026-06-02T04:00"):
        shop.clock.now = at(instant)
        numbers.append(shop.placed(shop.reviewed({"MUG": 1})).number)
    first, last = store.day_begins(date(2026, 6, 1)), store.day_begins(date(2026, 6, 2))
    found = desk.orders(OrderFilter(placed_from=first, placed_before=last))

    assert numbers[1:3] == sorted(order.number for order in found.items)
    desk.mark_shipped(numbers[0], "s1", actor="kim")
    receipt = order_details(desk.order(numbers[0]), timezone=store.timezone)
    assert "2026-05-31 23:59 EDT · processing · sam · placed" in receipt
    assert "shipped 2026-06-02 00:00 EDT" in receipt
    with pytest.raises(OrderChangeNotAllowed, match="sent at 2026-06-02 00:00 EDT"):
        desk.mark_shipped(numbers[0], "s1", actor="kim")
