"""The shipping step: addresses, how units are spread, gifts and speeds (OE-11 to OE-14)."""

from collections.abc import Callable

from starlette.responses import Response

from backoffice.contacts import address_of
from backoffice.doubts import check_doubts
from backoffice.drafts import dialog, show_step
from backoffice.visits import Trouble, Visit, whole
from cartcore.entry.editor import DraftEditor
from cartcore.errors import NotFound
from cartcore.orders.draft import Step
from cartcore.shop.address import Address

UNITS = "units/"


def show(visit: Visit) -> Response:
    """The page of the shipments."""
    return show_step(visit, Step.SHIPPING)


def ship_to(visit: Visit) -> Response:
    """Send everything to one of the contact's addresses, or add it to those there are."""
    wanted = visit.form.get("address", "")

    def do(edit: DraftEditor) -> None:
        contact = edit.view.contact
        addresses = contact.addresses if contact else ()
        number = whole(wanted)
        if not isinstance(number, int) or not 0 <= number < len(addresses):
            raise NotFound("address of the contact", wanted)
        _send(edit, addresses[number], save=False)

    return _changed(visit, do, "ship-to")


def new_address(visit: Visit) -> Response:
    """The dialog for an address of this order."""
    return dialog(visit, "shipping_address.html")


def add_address(visit: Visit) -> Response:
    """Send to a new address, for this order alone or kept for the contact."""

    def do(edit: DraftEditor) -> None:
        check_doubts(visit.form, visit.desk.store.country)
        _send(edit, address_of(visit), save="save" in visit.form)

    def again(v: Visit, trouble: Trouble, changes: tuple[str, ...]) -> Response:
        return dialog(v, "shipping_address.html", trouble, changes)

    return _changed(visit, do, "address", again)


def _send(edit: DraftEditor, address: Address, *, save: bool) -> None:
    if edit.draft.multiple_addresses:
        edit.add_shipment(address, save_to_contact=save)
    else:
        edit.ship_to(address, save_to_contact=save)


def several(visit: Visit) -> Response:
    """Ship to multiple addresses, or to one again."""
    wanted = visit.form.get("several") == "yes"
    return _changed(
        visit,
        lambda edit: edit.use_multiple_addresses() if wanted else edit.use_one_address(),
        "several",
    )


def assign(visit: Visit) -> Response:
    """Spread the units of a line over the shipments."""
    line_id = visit.form.get("line", "")

    def do(edit: DraftEditor) -> None:
        parts = {
            name.removeprefix(UNITS): whole(value.strip() or "0")
            for name, value in visit.form.items()
            if name.startswith(UNITS)
        }
        edit.assign(line_id, parts)  # type: ignore[arg-type]  # checked there

    return _changed(visit, do, f"assign-{line_id}")


def split(visit: Visit) -> Response:
    """Take all splits as they are typed, and go on to what goes to each address."""
    changed = _changed_splits(visit)
    form = f"assign-{next(iter(changed))}" if len(changed) == 1 else "save"
    return _changed(visit, lambda edit: _assign(edit, changed), form)


def gift(visit: Visit) -> Response:
    """Mark units as a gift, with a message, or take the mark away."""
    line_id, shipment_id = visit.form.get("line", ""), visit.form.get("shipment", "")

    def do(edit: DraftEditor) -> None:
        if "gift" in visit.form:
            message = visit.form.get("gift_message", "")
            edit.mark_gift(line_id, message, shipment_id=shipment_id)
        else:
            edit.unmark_gift(line_id, shipment_id=shipment_id)

    return _changed(visit, do, f"gift-{line_id}-{shipment_id}")


def speed(visit: Visit) -> Response:
    """Choose the speed of a shipment."""
    shipment_id, wanted = visit.form.get("shipment", ""), visit.form.get("speed", "")
    return _changed(
        visit, lambda edit: edit.choose_speed(shipment_id, wanted), f"speed-{shipment_id}"
    )


def save(visit: Visit) -> Response:
    """Go on to review; a split that was typed and not assigned is assigned first."""
    changed = _changed_splits(visit)

    def do(edit: DraftEditor) -> None:
        _assign(edit, changed)
        # A split may bring an address of which no speed is chosen: it is kept all the same.
        if not changed or Step.REVIEW in edit.view.reachable:
            edit.go_to(Step.REVIEW)

    return visit.change(
        do,
        form=f"assign-{next(iter(changed))}" if len(changed) == 1 else "save",
        then=lambda: visit.go("drafts", visit.path("draft_id"), "review"),
        again=_page,
    )


Splits = dict[str, dict[str, int | str]]
"""Units by line and shipment."""


def _assign(edit: DraftEditor, splits: Splits) -> None:
    for line_id, parts in splits.items():
        edit.assign(line_id, parts)  # type: ignore[arg-type]  # checked there


def _changed_splits(visit: Visit) -> Splits:
    """The splits that stand in the fields and are not assigned."""
    shipments = visit.view.draft.shipments
    stored = {i: {s.id: s.quantity_of(i) for s in shipments} for i in _typed_splits(visit)}
    return {i: parts for i, parts in _typed_splits(visit).items() if parts != stored[i]}


def _typed_splits(visit: Visit) -> Splits:
    """The units by line and shipment that stand in the fields, assigned or not."""
    typed: Splits = {}
    for name, value in visit.form.items():
        if name.startswith(UNITS) and name.count("/") == 2:  # noqa: PLR2004  (units/LINE/SHIPMENT)
            _, line_id, shipment_id = name.split("/")
            typed.setdefault(line_id, {})[shipment_id] = whole(value.strip() or "0")
    return typed


def _page(visit: Visit, trouble: Trouble, changes: tuple[str, ...]) -> Response:
    return show_step(visit, Step.SHIPPING, trouble, changes)


def _changed(
    visit: Visit,
    do: Callable[[DraftEditor], object],
    form: str,
    again: Callable[[Visit, Trouble, tuple[str, ...]], Response] = _page,
) -> Response:
    return visit.change(
        do,
        form=form,
        then=lambda: visit.go("drafts", visit.path("draft_id"), "shipping"),
        again=again,
    )
