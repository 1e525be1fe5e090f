from datetime import timedelta

import attrs
import pytest
from moneyed import Money

from cartcore.adapters.memory import MemoryStorage
from cartcore.receipt import WIDTH, order_details, review_receipt
from cartcore.shop.address import Address
from cartcore.storage import Storage
from tests.support.shop import BERLIN, STORE, Shop, usd

# 44.00 + 22.50 + 25.00 + 12.00, less 4.40, 3.00 and 6.00, is 90.10; 5% of it, rounded, 4.51.
GOODS = """\
2 × Shirt (Black / L)                                          44.00 USD
    SH-BK-L, 22.00 USD each
    10% off clothing [WEAR10]                                  -4.40 USD
3 × Mug                                                        22.50 USD
    MUG, 7.50 USD each
    1.00 off each mug                                          -3.00 USD
1 × Gift card                                                  25.00 USD
    CARD
1 × Cap (Blue)                                                 12.00 USD
    CAP-BLUE
    A cap at half price                                        -6.00 USD
"""
TOTALS = """\
Items                                                         103.50 USD
Item discounts                                                -13.40 USD
5% off the order [FIVE]                                        -4.51 USD
Shipping                                                       34.90 USD
Shipping discounts                                             -4.90 USD
TOTAL                                                         115.59 USD
"""
RULE = "─" * 72 + "\n"
CONTACT = """\
Ann Lee · ann@example.com · +1 303 555 0100
  Ann Lee, 1 Main St, Denver CO 80202, United States
"""
SHIPMENTS = """\
Shipment 1
  to Ann Lee, 1 Main St, Denver CO 80202, United States
    1 × Shirt (Black / L)
    3 × Mug
    1 × Cap (Blue)
  by Post (2–5 days)                                            4.90 USD
    Free post [SHIPFREE]                                       -4.90 USD
────────────────────────────────────────────────────────────────────────
Shipment 2
  to Zoë Müller, Torstraße 7, 10119 Berlin, Germany
    1 × Shirt (Black / L)
      gift: “Happy birthday, dear Zoë! May it fit, and may you wear it
          often. Ann”
  by Air mail                                                  30.00 USD
"""
PROBLEMS = """\
· no shipping speed from zone rates for Ann Lee, 1 Main St, Denver
· no shipping speed from pickup for Zoë Müller, Torstraße 7, Berlin
"""


@pytest.fixture
def storage() -> Storage:
    """Memory alone: what is tested here is decided before anything is stored."""
    return MemoryStorage()


def with_everything(shop: Shop) -> str:
    """A draft on review with something of everything that a receipt can show."""
    shop.promote("clothing", "mugs", "cap", "five", "free-post")
    draft_id = shop.with_items({"SH-BK-L": 2, "MUG": 3, "CARD": 1})
    with shop.edit(draft_id) as edit:
        edit.enter_code("wear10")
        edit.pick_promotion("cap", {"cap": {"Color": "Blue"}})
        edit.save_items()
        edit.use_multiple_addresses()
        away = edit.add_shipment(BERLIN)
        edit.assign("l1", {"s1": 1, away: 1})
        edit.mark_gift(
            "l1",
            "Happy birthday, dear Zoë!\nMay it fit, and may you wear it often.\nAnn",
            shipment_id=away,
        )
        edit.choose_speed("s1", "post")
        edit.choose_speed(away, "air")
        edit.go_to("review")
        edit.enter_code("FIVE")
        edit.enter_code("SHIPFREE")
    return draft_id


class TestReview:
    def test_with_everything_in_it(self, shop: Shop) -> None:
        """Review as text has all that review shows, in its order, to the cent (OE-16)."""
        view = shop.view(with_everything(shop))

        expected = RULE.join(
            [f"{'Order review':>42}\n", CONTACT, GOODS, SHIPMENTS, TOTALS, PROBLEMS]
        )
        assert expected == review_receipt(view) + "\n"

    def test_empty_draft(self, shop: Shop) -> None:
        """A draft with nothing in it has a review, too: of what is missing (OE-16, OE-23)."""
        view = shop.view(shop.desk.start(actor="sam").id)

        assert review_receipt(view).splitlines() == [
            "                              Order review",
            RULE.strip(),
            "No contact chosen yet",
            RULE.strip(),
            "Items                                                           0.00 USD",
            "TOTAL                                                           0.00 USD",
            RULE.strip(),
            "! choose a contact first",
            "! the order has no items: add one first",
        ]

    def test_what_did_not_apply(self, shop: Shop) -> None:
        """Review says of each promotion that did not apply why not (OE-16)."""
        shop.promote("pin")
        text = review_receipt(shop.view(shop.reviewed({"MUG": 1})))

        assert "  not applied: A free pin with three items: needs 2 more items\n" in text

    def test_shipment_without_speed(self, shop: Shop) -> None:
        """A shipment whose speed is still to be chosen says so (OE-13, OE-16)."""
        text = review_receipt(shop.view(shop.shipping({"MUG": 1})))

        assert "  shipping speed not chosen yet\n" in text
        assert "! choose a shipping speed for Ann Lee, 1 Main St, Denver" in text


class TestOrder:
    def test_with_everything_in_it(self, shop: Shop) -> None:
        """Details as text have all of the order and its history (OE-20)."""
        order = shop.placed(with_everything(shop))
        shop.clock.forward(days=1, minutes=30)
        shop.desk.mark_shipped(order.number, "s1", actor="kim", note="by hand")
        order = shop.desk.add_note(order.number, "Called.\nAll well.", actor="lou")

        shipped = "Shipment 1 · shipped 2026-05-05 12:30 UTC\n"
        history = (
            "History\n"
            "  2026-05-04 12:00 UTC · processing · sam · placed\n"
            "  2026-05-05 12:30 UTC · processing · kim · shipped to Ann Lee, 1 Main\n"
            "  St, Denver: by hand\n"
            "  2026-05-05 12:30 UTC · processing · lou · Called. All well.\n"
        )
        shipments = SHIPMENTS.replace("Shipment 1\n", shipped)
        title = f"{'Order 1001 · processing':>47}\n"
        expected = RULE.join([title, CONTACT, GOODS, shipments, TOTALS, history])
        assert expected == order_details(order) + "\n"

    def test_nothing_to_ship(self, shop: Shop) -> None:
        """An order with nothing to ship shows neither shipments nor shipping (OE-19, OE-20)."""
        text = order_details(shop.placed(shop.shipping({"CARD": 1})))

        assert "hip" not in text
        assert "TOTAL                                                          25.00 USD" in text

    def test_cancelled(self, shop: Shop) -> None:
        """A cancelled order says so in its title and its history (OE-20, OE-21)."""
        order = shop.placed(shop.reviewed({"MUG": 1}))
        shop.clock.forward(hours=1)
        text = order_details(shop.desk.cancel(order.number, actor="kim", note="twice"))

        assert "Order 1001 · cancelled\n" in text
        assert text.endswith("  2026-05-04 13:00 UTC · cancelled · kim · twice")


class TestLayout:
    def texts(self, shop: Shop, draft_id: str) -> list[str]:
        review = review_receipt(shop.view(draft_id))
        return [review, order_details(shop.placed(draft_id))]

    @pytest.mark.parametrize("title", ["W" * 255, "very long words " * 15, "a", "“—”"])
    def test_long_texts_stay_within_the_page(self, shop: Shop, title: str) -> None:
        """No line is longer than the page, whatever the texts are like (OE-16, OE-20)."""
        shop.change_product("mug", title=title)
        shop.change_contact("ann", name=title[:200])
        draft_id = shop.shipping({"MUG": 12})
        with shop.edit(draft_id) as edit:
            edit.ship_to(Address(name="N" * 200, line1="1 " * 90, country="US"))
            edit.choose_speed("s1", "post")
            edit.go_to("review")

        for text in self.texts(shop, draft_id):
            assert WIDTH >= max(len(line) for line in text.splitlines())
            assert "90.00 USD" in text

    def test_currency_without_digits(self, storage: Storage) -> None:
        """Amounts have as many digits as their currency (OE-16)."""
        shop = Shop(storage, attrs.evolve(STORE, currency="JPY", speeds=()))
        shop.change_variant("CARD", price=Money("2500", "JPY"))
        text = review_receipt(shop.view(shop.shipping({"CARD": 3})))

        assert "TOTAL                                                           7500 JPY" in text

    def test_price_finer_than_the_minor_unit(self, shop: Shop) -> None:
        """A wholesale price is shown as it is, the line's amount in whole cents (OE-16)."""
        shop.change_variant("PIN", price=usd("0.0125"))
        text = review_receipt(shop.view(shop.reviewed({"PIN": 100})))

        assert "100 × Pin                                                       1.25 USD" in text
        assert "PIN, 0.0125 USD each" in text

    def test_receipts_do_not_age(self, shop: Shop) -> None:
        """The details of an order are the same text for ever (OE-19)."""
        order = shop.placed(shop.reviewed({"MUG": 1}))
        text = order_details(order)
        shop.clock.now += timedelta(days=900)
        shop.change_product("mug", title="Cup")

        assert text == order_details(shop.desk.order(order.number))
