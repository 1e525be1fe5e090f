from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.errors import (
    InvalidField,
    InvalidText,
    NotFound,
    OrderChangeNotAllowed,
)
from cartcore.orders.draft import Gift, ShipmentLine, Step
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.promotions.promotion import Usage
from tests.support.shop import BERLIN, DENVER, NOON, Shop, refused, usd

PROCESSING, COMPLETE, CANCELLED = OrderStatus


def order_with_two_shipments(shop: Shop, *, code: str = "") -> Order:
    """Two mugs, one each to Denver and Berlin; 15.00 + 4.90 + 30.00."""
    draft_id = shop.shipping({"MUG": 2})
    with shop.edit(draft_id) as edit:
        edit.use_multiple_addresses()
        away = edit.add_shipment(BERLIN)
        edit.assign("l1", {"s1": 1, away: 1})
        edit.mark_gift("l1", "Hi", shipment_id=away)
        edit.choose_speed("s1", "post")
        edit.choose_speed(away, "air")
        edit.go_to("review")
        if code:
            edit.enter_code(code)
    return shop.placed(draft_id)


class TestDetails:
    def test_everything_of_the_order(self, shop: Shop) -> None:
        """An order has number, contact, shipments, lines, adjustments, totals, history (OE-20)."""
        shop.promote("five")
        number = order_with_two_shipments(shop, code="FIVE").number

        order = shop.desk.order(number)

        assert "1001" == order.number
        assert ("Ann Lee", "ann@example.com") == (order.contact.name, order.contact.email)
        assert [
            ("s1", DENVER, (ShipmentLine(line_id="l1", quantity=1),), "post"),
            (
                "s2",
                BERLIN,
                (ShipmentLine(line_id="l1", quantity=1, gift=Gift(message="Hi")),),
                "air",
            ),
        ] == [(s.id, s.address, s.lines, s.speed.code) for s in order.shipments]
        assert [("MUG", 2, usd("7.50"), usd("15.00"), usd("14.25"))] == [
            (i.sku, i.quantity, i.unit_price, i.amount, i.total) for i in order.quote.lines
        ]
        assert [("5% off the order", "FIVE", usd("0.75"))] == [
            (a.promotion_name, a.promo_code, a.discount) for a in order.quote.adjustments
        ]
        assert usd("49.15") == order.total  # 15.00 - 0.75 + 4.90 + 30.00
        assert PROCESSING is order.status

    def test_history_has_status_time_actor_and_note(self, shop: Shop) -> None:
        """Each entry of the history has status, time, actor and note, in order (OE-20, OE-21)."""
        number = order_with_two_shipments(shop).number
        shop.clock.forward(hours=1)
        shop.desk.mark_shipped(number, "s2", actor="kim")
        shop.clock.forward(hours=1)
        shop.desk.add_note(number, " Called.\r\nAll well. ", actor="lou")
        shop.clock.forward(hours=1)
        shop.desk.mark_shipped(number, "s1", actor="kim", note="by hand")

        assert [
            (PROCESSING, NOON, "sam", "placed"),
            (
                PROCESSING,
                NOON + timedelta(hours=1),
                "kim",
                "shipped to Zoë Müller, Torstraße 7, Berlin",
            ),
            (PROCESSING, NOON + timedelta(hours=2), "lou", "Called.\nAll well."),
            (
                COMPLETE,
                NOON + timedelta(hours=3),
                "kim",
                "shipped to Ann Lee, 1 Main St, Denver: by hand",
            ),
        ] == [(h.status, h.at, h.actor, h.note) for h in shop.desk.order(number).history]

    def test_times_are_in_utc(self, shop: Shop) -> None:
        """Whatever time zone the clock is in, orders and history have UTC (OE-20)."""
        denver = timezone(timedelta(hours=-6))
        shop.clock.now = datetime(2026, 5, 4, 20, 0, tzinfo=denver)
        order = shop.placed(shop.reviewed({"MUG": 1}))
        order = shop.desk.mark_shipped(order.number, "s1", actor="kim")

        times = [order.placed_at, order.shipments[0].shipped_at, *(h.at for h in order.history)]
        assert [datetime(2026, 5, 5, 2, 0, tzinfo=UTC)] * 4 == times
        assert [UTC] * 4 == [time.tzinfo for time in times if time is not None]

    def test_clock_without_time_zone(self, shop: Shop) -> None:
        """A clock without a time zone is refused before anything is stored (OE-20)."""
        shop.clock.now = NOON.replace(tzinfo=None)

        with refused(shop, InvalidField):
            shop.desk.start(actor="sam")

    @pytest.mark.parametrize("number", ["1002", "", "1001 ", "x" * 10_000])
    def test_unknown_number(self, shop: Shop, number: str) -> None:
        """An order is opened by its number, and by nothing else (OE-20)."""
        order_with_two_shipments(shop)

        with refused(shop, NotFound):
            shop.desk.order(number)


@pytest.fixture
def orders(shop: Shop) -> Shop:
    """The orders 1001 to 1004, a day apart from each other."""
    shop.promote("five")
    order_with_two_shipments(shop, code="FIVE")  # 49.15
    shop.clock.forward(days=1)
    shop.placed(shop.reviewed({"MUG": 1}, "zoe"))  # 12.40
    shop.clock.forward(days=1)
    shop.placed(shop.shipping({"CARD": 2}))  # 50.00
    shop.clock.forward(days=1)
    shop.desk.cancel(shop.placed(shop.reviewed({"SH-BK-S": 1, "PIN": 1})).number, actor="sam")
    return shop


class TestListing:
    def test_newest_first(self, orders: Shop) -> None:
        """Orders are listed with the newest first (OE-20)."""
        assert ["1004", "1003", "1002", "1001"] == [o.number for o in orders.desk.orders().items]

    def test_newest_first_at_one_instant(self, shop: Shop) -> None:
        """Of orders of the same instant the higher number is the newer one (OE-20)."""
        for _ in range(3):
            shop.placed(shop.shipping({"CARD": 1}))

        assert ["1003", "1002", "1001"] == [o.number for o in shop.desk.orders().items]

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (OrderFilter(), "1004 1003 1002 1001"),
            (OrderFilter(number="1003"), "1003"),
            (OrderFilter(number="100"), "1004 1003 1002 1001"),
            (OrderFilter(contact="mull"), "1002"),
            (OrderFilter(contact="LEE"), "1004 1003 1001"),
            (OrderFilter(contact_id="zoe"), "1002"),
            (OrderFilter(status=PROCESSING), "1002 1001"),
            (OrderFilter(status=COMPLETE), "1003"),
            (OrderFilter(status=CANCELLED), "1004"),
            (OrderFilter(placed_from=NOON + timedelta(days=2)), "1004 1003"),
            (OrderFilter(placed_before=NOON + timedelta(days=2)), "1002 1001"),
            (
                OrderFilter(
                    placed_from=NOON + timedelta(days=1), placed_before=NOON + timedelta(days=3)
                ),
                "1003 1002",
            ),
            (OrderFilter(total_min=usd("49.15")), "1003 1001"),
            (OrderFilter(total_min=usd("49.16")), "1003"),
            (OrderFilter(total_max=usd("27.90")), "1004 1002"),
            (OrderFilter(total_max=usd("27.89")), "1002"),
            (OrderFilter(total_min=usd("12.41"), total_max=usd("49.99")), "1004 1001"),
            (OrderFilter(total_min=Money("1.00", "EUR")), ""),
            (OrderFilter(promo_code="five "), "1001"),
            (OrderFilter(promo_code="FIV"), ""),
            (OrderFilter(sku="MUG"), "1002 1001"),
            (OrderFilter(sku="PIN"), "1004"),
            (OrderFilter(sku="mug"), ""),
            (OrderFilter(sku="MUG", status=PROCESSING, contact="zoe"), "1002"),
            (OrderFilter(contact="lee", status=COMPLETE, promo_code="FIVE"), ""),
        ],
    )
    def test_filters(self, orders: Shop, wanted: OrderFilter, found: str) -> None:
        """Orders are filtered by number, contact, status, dates, totals, code and SKU (OE-20)."""
        assert found.split() == [order.number for order in orders.desk.orders(wanted).items]

    def test_tied_lines_are_found(self, shop: Shop) -> None:
        """An order is found by the SKU of a line that a promotion added (OE-20)."""
        shop.promote("pin")
        shop.placed(shop.reviewed({"MUG": 3}))

        assert ["1001"] == [o.number for o in shop.desk.orders(OrderFilter(sku="PIN")).items]

    @pytest.mark.parametrize(
        "fields",
        [
            {"placed_from": datetime(2026, 5, 4)},  # noqa: DTZ001  (what is tried)
            {"total_min": 5},
            {"status": "processed"},
        ],
        ids="-".join,
    )
    def test_unusable_filter(self, fields: dict[str, Any]) -> None:
        """A filter that could match nothing by mistake is refused (OE-20)."""
        with pytest.raises(InvalidField):
            OrderFilter(**fields)

    def test_pages_follow_each_other(self, orders: Shop) -> None:
        """Pages go on by key: an order placed meanwhile shifts nothing (OE-20)."""
        first = orders.desk.orders(limit=2)
        orders.clock.forward(days=1)
        orders.placed(orders.shipping({"CARD": 1}))
        second = orders.desk.orders(page=first.next_page, limit=2)

        assert ["1004", "1003"] == [o.number for o in first.items]
        assert ["1002", "1001"] == [o.number for o in second.items]
        assert "" == second.next_page
        assert "1005" == orders.desk.orders(limit=1).items[0].number

    def test_pages_of_a_filtered_list(self, orders: Shop) -> None:
        """A filtered list is paged like any other (OE-20)."""
        lees = OrderFilter(contact="lee")
        first = orders.desk.orders(lees, limit=2)
        second = orders.desk.orders(lees, page=first.next_page, limit=2)

        assert [["1004", "1003"], ["1001"]] == [
            [order.number for order in page.items] for page in (first, second)
        ]

    def test_lists_show_what_is_opened(self, orders: Shop) -> None:
        """What a list shows of an order is what the opened one says (OE-20)."""
        listed = orders.desk.orders().items
        for shown, order in ((each, orders.desk.order(each.number)) for each in listed):
            assert (shown.id, shown.version) == (order.id, order.version)
            assert (shown.contact, shown.total) == (order.contact, order.quote.totals.total)
            assert (shown.placed_at, shown.placed_by) == (order.placed_at, order.placed_by)
            assert shown.status is order.history[-1].status
        assert 4 == len(listed)


class TestShipping:
    def test_completes_with_the_last_shipment(self, shop: Shop) -> None:
        """Shipments are marked one by one; the order completes with the last (OE-21)."""
        number = order_with_two_shipments(shop).number
        shop.clock.forward(hours=1)

        first = shop.desk.mark_shipped(number, "s2", actor="kim")
        assert (PROCESSING, [None, shop.clock.now]) == (
            first.status,
            [s.shipped_at for s in first.shipments],
        )
        shop.clock.forward(hours=1)
        second = shop.desk.mark_shipped(number, "s1", actor="kim")
        assert COMPLETE is second.status
        assert second == shop.desk.order(number)

    def test_nothing_else_changes(self, shop: Shop) -> None:
        """Shipping touches shipments, status and history, and nothing else (OE-19, OE-21)."""
        order = order_with_two_shipments(shop)
        shipped = shop.desk.mark_shipped(order.number, "s1", actor="kim")

        assert order == attrs.evolve(
            shipped, shipments=order.shipments, history=order.history, version=order.version
        )

    def test_twice(self, shop: Shop) -> None:
        """A shipment is shipped once; the error lists what can be done instead (OE-21)."""
        number = order_with_two_shipments(shop).number
        shop.desk.mark_shipped(number, "s1", actor="kim")

        with refused(shop, OrderChangeNotAllowed) as caught:
            shop.desk.mark_shipped(number, "s1", actor="kim")

        assert (
            "add a note",
            "mark the shipment to Zoë Müller, Torstraße 7, Berlin as shipped",
        ) == caught.value.allowed
        assert "it was sent at 2026-05-04 12:00 UTC" in str(caught.value)

    @pytest.mark.parametrize("shipment_id", ["s3", "", "S1"])
    def test_unknown_shipment(self, shop: Shop, shipment_id: str) -> None:
        """Only a shipment of this order can be marked as shipped (OE-21)."""
        number = order_with_two_shipments(shop).number

        with refused(shop, NotFound):
            shop.desk.mark_shipped(number, shipment_id, actor="kim")

    def test_unknown_order(self, shop: Shop) -> None:
        """An order that does not exist is not changed (OE-21)."""
        with refused(shop, NotFound):
            shop.desk.mark_shipped("1001", "s1", actor="kim")
        with refused(shop, NotFound):
            shop.desk.add_note("1001", "Hi", actor="kim")
        with refused(shop, NotFound):
            shop.desk.cancel("1001", actor="kim")

    def test_order_with_nothing_to_ship(self, shop: Shop) -> None:
        """An order that is complete from the start has no shipment to mark (OE-21)."""
        number = shop.placed(shop.shipping({"CARD": 1})).number

        with refused(shop, NotFound):
            shop.desk.mark_shipped(number, "s1", actor="kim")
        assert ("add a note", "cancel") == shop.desk.order(number).allowed_changes()


class TestNotes:
    def test_note_changes_no_status(self, shop: Shop) -> None:
        """A note is kept in the history of an order in any state (OE-21)."""
        order = order_with_two_shipments(shop)
        shop.desk.cancel(order.number, actor="sam")

        noted = shop.desk.add_note(order.number, "Why?", actor="kim")

        assert (CANCELLED, "kim", "Why?") == (
            noted.history[-1].status,
            noted.history[-1].actor,
            noted.history[-1].note,
        )
        assert CANCELLED is noted.status

    @pytest.mark.parametrize("note", ["n" * 1_001, "a\x00b", None])
    def test_unusable_note(self, shop: Shop, note: Any) -> None:
        """A note is a usable text (OE-21)."""
        number = order_with_two_shipments(shop).number

        with refused(shop, InvalidText):
            shop.desk.add_note(number, note, actor="kim")
        with refused(shop, InvalidText):
            shop.desk.cancel(number, note=note, actor="kim")

    @pytest.mark.parametrize("actor", ["", " ", "a\x00b"])
    def test_actor_is_needed(self, shop: Shop, actor: str) -> None:
        """Every change of an order says who made it (OE-20, OE-21)."""
        number = order_with_two_shipments(shop).number

        with refused(shop, InvalidText):
            shop.desk.add_note(number, "Hi", actor=actor)
        with refused(shop, InvalidText):
            shop.desk.mark_shipped(number, "s1", actor=actor)
        with refused(shop, InvalidText):
            shop.desk.cancel(number, actor=actor)


class TestCancelling:
    def test_cancelled(self, shop: Shop) -> None:
        """An order of which nothing was shipped can be cancelled, with a note (OE-21)."""
        number = order_with_two_shipments(shop).number
        shop.clock.forward(hours=1)

        order = shop.desk.cancel(number, actor="kim", note="twice the same")

        assert CANCELLED is order.status
        assert (CANCELLED, NOON + timedelta(hours=1), "kim", "twice the same") == (
            order.history[-1].status,
            order.history[-1].at,
            order.history[-1].actor,
            order.history[-1].note,
        )
        assert order == shop.desk.order(number)

    @pytest.mark.parametrize("shipped", [("s1",), ("s1", "s2")])
    def test_not_after_shipping(self, shop: Shop, shipped: tuple[str, ...]) -> None:
        """An order of which anything was shipped cannot be cancelled (OE-21)."""
        number = order_with_two_shipments(shop).number
        for shipment_id in shipped:
            shop.desk.mark_shipped(number, shipment_id, actor="kim")

        with refused(shop, OrderChangeNotAllowed) as caught:
            shop.desk.cancel(number, actor="kim")

        assert "cancel" not in caught.value.allowed
        assert "add a note" in caught.value.allowed

    def test_not_twice(self, shop: Shop) -> None:
        """A cancelled order is neither cancelled again nor shipped (OE-21)."""
        number = order_with_two_shipments(shop).number
        shop.desk.cancel(number, actor="kim")

        with refused(shop, OrderChangeNotAllowed) as caught:
            shop.desk.cancel(number, actor="kim")
        assert ("add a note",) == caught.value.allowed
        with refused(shop, OrderChangeNotAllowed) as caught:
            shop.desk.mark_shipped(number, "s1", actor="kim")
        assert ("add a note",) == caught.value.allowed

    def test_redemptions_are_given_back(self, shop: Shop) -> None:
        """Cancelling gives back what the order redeemed, once (OE-21)."""
        shop.promote("first", "once", "mugs")

        def usage(contact_id: str) -> dict[str, Usage]:
            with shop.storage.read() as work:
                return dict(work.promotions.usage(["first", "once", "mugs"], contact_id))

        def code_ordered() -> Order:
            draft_id = shop.reviewed({"MUG": 1})
            with shop.edit(draft_id) as edit:
                edit.go_to("items")
                edit.enter_code("FIRST")
                edit.enter_code("ONCE")
                edit.go_to("review")
            return shop.placed(draft_id)

        number = code_ordered().number
        # 7.50 - 1.00 is 6.50; half of that is 3.25, and 20% of the other half 0.65
        assert {
            "first": Usage(total=1, by_contact=1, discounts=(usd("3.25"),)),
            "once": Usage(total=1, by_contact=1, discounts=(usd("0.65"),)),
            "mugs": Usage(total=1, by_contact=1, discounts=(usd("1.00"),)),
        } == usage("ann")
        assert Usage(total=1, discounts=(usd("3.25"),)) == usage("zoe")["first"]

        shop.desk.cancel(number, actor="sam")

        assert {Usage()} == set(usage("ann").values())
        assert "1002" == code_ordered().number

    def test_order_stays_as_it_was(self, shop: Shop) -> None:
        """A cancelled order keeps what was ordered at which price (OE-19, OE-21)."""
        shop.promote("five")
        order = order_with_two_shipments(shop, code="FIVE")
        cancelled = shop.desk.cancel(order.number, actor="kim")

        assert (order.quote, order.shipments, order.contact) == (
            cancelled.quote,
            cancelled.shipments,
            cancelled.contact,
        )

    def test_cancelled_order_is_found_by_its_code(self, shop: Shop) -> None:
        """A cancelled order still shows the codes it was placed with (OE-19, OE-20)."""
        shop.promote("five")
        order = order_with_two_shipments(shop, code="FIVE")
        cancelled = shop.desk.cancel(order.number, actor="kim")

        assert ("FIVE",) == cancelled.promo_codes
        [found] = shop.desk.orders(OrderFilter(promo_code="five")).items
        assert OrderSummary.of(cancelled) == found

    def test_new_order_counts_orders_that_stand(self, shop: Shop) -> None:
        """Cancelled orders do not count as orders that the contact has placed (OE-21)."""
        first, second = (shop.placed(shop.shipping({"CARD": 1})) for _ in range(2))
        shop.desk.cancel(first.number, actor="sam")

        with shop.storage.read() as work:
            assert 1 == work.orders.placed_by_contact("ann")
        assert PROCESSING is not second.status


class TestDuplicates:
    def test_contact_and_items_at_todays_prices(self, shop: Shop) -> None:
        """A new order begins with contact and items of a placed one, without its promotions."""
        shop.promote("cap")
        draft_id = shop.with_items({"MUG": 2, "CARD": 1})
        with shop.edit(draft_id) as edit:
            edit.pick_promotion("cap", {"cap": {"Color": "Blue"}})
            edit.save_items()
            edit.choose_speed("s1", "post")
            edit.go_to("review")
        order = shop.placed(draft_id)
        shop.change_variant("MUG", price=usd("8.00"))

        again = shop.desk.duplicate(order.number, actor="kim")

        assert ("ann", "kim", Step.ITEMS, ()) == (
            again.contact_id,
            again.created_by,
            again.step,
            again.cleared,
        )
        assert [("MUG", 2), ("CARD", 1)] == [(line.sku, line.quantity) for line in again.lines]
        assert ((), usd("41.00")) == (again.applied, shop.total(again.id))
        assert order == shop.desk.order(order.number)

    def test_what_cannot_be_had_again_is_told(self, shop: Shop) -> None:
        """A product off sale is left out, and the new draft says which (OE-15)."""
        order = shop.placed(shop.reviewed({"MUG": 2, "PIN": 1}))
        shop.change_product("mug", published=False)

        again = shop.desk.duplicate(order.number, actor="kim")

        assert ["PIN"] == [line.sku for line in again.lines]
        assert ["2 × Mug can no longer be ordered"] == [str(each) for each in again.cleared]

    def test_unknown_order(self, shop: Shop) -> None:
        """Only an order that exists can be duplicated; nothing is begun."""
        with refused(shop, NotFound):
            shop.desk.duplicate("1001", actor="kim")


class TestNotesOfDrafts:
    def test_note_of_a_draft_is_in_the_history(self, shop: Shop) -> None:
        """What staff noted on the draft is told with the order, by who placed it (OE-20)."""
        draft_id = shop.reviewed({"MUG": 1})
        with shop.edit(draft_id) as edit:
            edit.set_note(" Leave it at the door.\r\nRing twice. ")

        order = shop.placed(draft_id)

        assert [("sam", "placed"), ("sam", "Leave it at the door.\nRing twice.")] == [
            (entry.actor, entry.note) for entry in order.history
        ]

    def test_note_changes_no_price_and_no_step(self, shop: Shop) -> None:
        """A note leaves price and step as they are; an empty one takes it away."""
        draft_id = shop.reviewed({"MUG": 1})
        before = shop.view(draft_id)
        for note in ("Call first", ""):
            with shop.edit(draft_id) as edit:
                edit.set_note(note)
            after = shop.view(draft_id)
            assert (before.quote, before.step, note) == (after.quote, after.step, after.draft.note)
        with refused(shop, InvalidText), shop.edit(draft_id) as edit:
            edit.set_note("a\x00b")
