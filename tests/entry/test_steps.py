"""Which changes wait for a step that can be reached: a table of all that an editor can do."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.entry.editor import DraftEditor
from cartcore.errors import ContactNeedsAddress
from tests.support.shop import DENVER, FREE_HAND, Shop, refused, usd

Change = Callable[[DraftEditor], Any]

WHO: dict[str, Any] = {"actor": "kim"}
WHY: dict[str, Any] = {"reason": "Scratched", "actor": "kim"}
# l1 is a mug, l2 one with a price that staff set, l3 a custom item; s1 is where they go.
AFTER_THE_CONTACT: dict[str, Change] = {
    "add_item": lambda edit: edit.add_item("mug"),
    "add_sku": lambda edit: edit.add_sku("PIN"),
    "scan": lambda edit: edit.scan("PIN"),
    "set_quantity": lambda edit: edit.set_quantity("l1", 3),
    "set_options": lambda edit: edit.set_options("l2", {"Color": "Red"}),
    "set_line_attributes": lambda edit: edit.set_line_attributes("l1", {"engraved": "Ann"}),
    "remove_line": lambda edit: edit.remove_line("l1"),
    "add_custom_item": lambda edit: edit.add_custom_item("Engraving", usd("5.00"), **WHO),
    "add_fee": lambda edit: edit.add_fee("Rush", usd("5.00"), **WHO),
    "set_price": lambda edit: edit.set_price("l1", usd("7.00"), **WHY),
    "reset_price": lambda edit: edit.reset_price("l2"),
    "change_custom_item": lambda edit: edit.change_custom_item("l3", title="Box", **WHO),
    "save_items": lambda edit: edit.save_items(),
    "enter_code": lambda edit: edit.enter_code("FIVE"),
    "pick_promotion": lambda edit: edit.pick_promotion("mugs"),
    "discount_line": lambda edit: edit.discount_line("l1", percent=10, **WHY),
    "discount_order": lambda edit: edit.discount_order(percent=10, **WHY),
    "ship_to": lambda edit: edit.ship_to(DENVER),
    "use_multiple_addresses": lambda edit: edit.use_multiple_addresses(),
    "use_one_address": lambda edit: edit.use_one_address(),
    "add_shipment": lambda edit: edit.add_shipment(DENVER),
    "assign": lambda edit: edit.assign("l1", {"s1": 2}),
    "mark_gift": lambda edit: edit.mark_gift("l1"),
    "unmark_gift": lambda edit: edit.unmark_gift("l1"),
    "choose_speed": lambda edit: edit.choose_speed("s1", "post"),
    "go_to": lambda edit: edit.go_to("items"),
}
ALWAYS = {
    "choose_contact",
    "create_contact",
    "add_contact_address",
    "take_over",
    "restore",
    "remove_promotion",
    "remove_discount",
    "set_attributes",
    "set_shipment_attributes",
    "set_reference",
    "set_note",
}
"""What chooses a contact, takes something away, or is kept with the order whatever it has."""


class _Undone(Exception):
    """What ends an edit without storing it."""


@pytest.mark.parametrize("change", AFTER_THE_CONTACT)
def test_what_comes_after_the_contact_waits_for_an_address(change: str) -> None:
    """Nothing after the contact's step is changed while the contact has no address (OE-3, OE-23).

    With an address, the same change of the same draft is right.
    """
    shop = Shop(MemoryStorage())
    shop.desk = shop.desk_with(staff_prices=FREE_HAND)
    shop.promote("five", "mugs")
    draft_id = shop.reviewed({"MUG": 2, "CAP-BLUE": 1})
    with shop.edit(draft_id) as edit:
        edit.set_price("l2", usd("11.00"), **WHY)
        edit.add_custom_item("Wrapping", usd("2.00"), **WHO)
        edit.use_multiple_addresses()
        edit.mark_gift("l1")
        edit.go_to("review")
    with suppress(_Undone), shop.edit(draft_id) as edit:
        AFTER_THE_CONTACT[change](edit)
        raise _Undone
    with shop.edit(draft_id) as edit:
        edit.choose_contact("noah")

    with refused(shop, ContactNeedsAddress), shop.edit(draft_id) as edit:
        AFTER_THE_CONTACT[change](edit)


def test_the_table_has_all_changes() -> None:
    """Each method of an editor that changes a draft is told either to wait or never to (OE-23)."""
    others = {"view", "draft", "quote", "end", "store_contacts"}
    public = {name for name in vars(DraftEditor) if not name.startswith("_")}

    assert public - others == AFTER_THE_CONTACT.keys() | ALWAYS
