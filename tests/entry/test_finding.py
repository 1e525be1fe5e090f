"""How staff find orders and drafts again, by what a customer can tell them (HA-11)."""

from typing import Any

import pytest

from cartcore.orders.filters import OrderFilter
from tests.support.shop import Shop


@pytest.mark.parametrize(
    "told",
    [
        {"number": "1001"},
        {"number": "#1001"},
        {"email": "ann@"},
        {"phone": "0100"},
        {"recipient": "lee"},
        {"address": "main"},
        {"address": "80202"},
        {"address": "denv"},
    ],
    ids=str,
)
def test_an_order_by_what_people_tell(shop: Shop, told: dict[str, Any]) -> None:
    """By number, e-mail, phone, recipient and each part of the address, and no other (HA-11)."""
    wanted = shop.placed(shop.reviewed({"MUG": 1}))
    shop.placed(shop.reviewed({"PIN": 1}, contact_id="zoe"))

    assert [wanted.number] == [each.number for each in shop.desk.orders(OrderFilter(**told)).items]


def test_drafts_by_contact_and_by_who_began_them(shop: Shop) -> None:
    """Drafts are those of a contact, of a member of staff in any case, or of both (HA-11)."""
    ann, zoe = shop.started("ann"), shop.started("zoe")
    kims = shop.desk.start(actor="Kim").id

    def found(**wanted: Any) -> set[str]:
        return {draft.id for draft in shop.desk.drafts(**wanted).items}

    assert {ann, zoe, kims} == found()
    assert ({ann}, {kims}) == (found(contact_id="ann"), found(actor="kim"))
    assert set() == found(contact_id="ann", actor="kim")
