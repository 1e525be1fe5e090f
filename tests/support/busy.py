"""A shop in which a lot has happened, for tests of what is kept of it."""

from cartcore.storage import Storage
from tests.support.shop import BOULDER, PROMOTIONS, Shop, usd


def busy_shop(storage: Storage) -> Shop:
    """The shop of `tests.support.shop`, all promotions, six orders in all states, and two drafts.

    1001 is shipped, with two codes; 1002 is split over two addresses, with a gift; 1003 is
    cancelled; 1004 needs no shipping; 1005 has discounts by hand; 1006 a note. The number 1007 was
    taken by nobody. Some records were changed since they were added.
    """
    shop = Shop(storage)
    shop.promote(*PROMOTIONS)

    shipped = shop.shipping({"SH-BK-S": 3, "MUG": 2})
    with shop.edit(shipped) as edit:
        edit.choose_speed("s1", "express")
        edit.go_to("items")
        edit.enter_code("wear10")
        edit.go_to("review")
        edit.enter_code("TAKE10")
    shop.placed(shipped, idempotency_key="shipped")
    shop.clock.forward(hours=1)
    shop.desk.mark_shipped("1001", "s1", actor="kim", note="by courier")

    split = shop.shipping({"CAP-RED": 2, "MUG": 1, "CARD": 1}, "zoe")
    with shop.edit(split) as edit:
        edit.use_multiple_addresses()
        away = edit.add_shipment(BOULDER)
        edit.assign("l1", {"s1": 1, away: 1})
        edit.mark_gift("l1", "For you", shipment_id=away)
        edit.choose_speed("s1", "air")
        edit.choose_speed(away, "post")
        edit.go_to("review")
    shop.placed(split)

    shop.placed(with_code(shop, "ONCE", "items"))
    shop.clock.forward(hours=1)
    shop.desk.cancel("1003", actor="kim", note="by phone")

    letter = shop.with_items({"CARD": 2}, "zoe")
    with shop.edit(letter) as edit:
        edit.save_items()
    shop.placed(letter)

    by_hand = shop.reviewed({"SH-BK-L": 1, "PIN": 1})
    with shop.edit(by_hand) as edit:
        edit.go_to("items")
        edit.discount_line("l1", percent=10, reason="Stain", actor="kim")
        edit.go_to("review")
        edit.discount_order(amount=usd("1.00"), reason="Late", actor="kim")
    shop.placed(by_hand)

    shop.placed(with_code(shop, "FIRST", "items"))
    shop.desk.add_note("1006", "called", actor="kim")

    shop.with_items({"CAP-BLUE": 4})
    shop.reviewed({"MUG": 5}, "zoe", "air")
    shop.change_contact("noah", name="Noah Leeds-Ørsted", addresses=(BOULDER,))
    shop.change_product("mug", title="Big mug")
    shop.change_promotion("off", priority=3)
    with storage.write() as work:
        work.orders.next_number()
        work.commit()
    return shop


def with_code(shop: Shop, promo_code: str, step: str, contact_id: str = "ann") -> str:
    """A shirt on review, with one promo code."""
    draft_id = shop.reviewed({"SH-BK-S": 1}, contact_id)
    with shop.edit(draft_id) as edit:
        edit.go_to(step)
        edit.enter_code(promo_code)
        edit.go_to("review")
    return draft_id
