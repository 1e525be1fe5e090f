"""What the fields of a step show, made the order: nothing that was typed is dropped (WB-7).

Each field has a name that no other field of its page has, so that one form can hold all of them.
Without scripts that is the form of Save. With scripts each field changes the order by itself, and
Save sends all of them once more: what was refused, or never arrived, is not passed over. What a
field shows already is in the order is left alone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from backoffice.options import choices_in
from backoffice.roles import NotAllowed
from backoffice.visits import EMPTY, FieldFault, Refused, whole
from cartcore.entry.editor import DraftEditor
from cartcore.errors import (
    AmbiguousBarcode,
    CartcoreError,
    InvalidText,
    NotFound,
    NotPublished,
)
from cartcore.orders.draft import Draft, Shipment, Step
from cartcore.shop.address import Address
from cartcore.values.text import clean_message

Form = Mapping[str, str]


def take(edit: DraftEditor, form: Form, step: Step) -> None:
    """Change what the fields of a step's page show otherwise than the order has it.

    Raises:
        Refused: one of them cannot be taken; it says which.
    """
    _quantities(edit, form)
    if form.get("sku", "").strip():
        with _at("scan"):
            scan(edit, form["sku"])
    _shipping(edit, form)
    if form.get("promo_code", "").strip():
        with _at("code"):
            edit.go_to(step)
            edit.enter_code(form["promo_code"], choices_in(form))
    if note_waits(form, edit.draft):
        with _at("note"):
            edit.set_note(form.get("note", edit.draft.note))
            edit.set_reference(form.get("reference", edit.draft.reference))


def form_of(form: Form) -> str:
    """The form that stands around the first of the fields."""
    for name in form:
        kind, _, rest = name.partition("/")
        if kind in {"quantity", "speed", "gift"}:
            return f"{kind}-{rest.replace('/', '-')}"
        if kind == "units":
            return f"assign-{rest.rpartition('/')[0]}"
        if kind in {"address", "several"}:
            return {"address": "ship-to"}.get(kind, kind)
    return "save"


@contextmanager
def _at(form: str, **typed: str) -> Iterator[None]:
    """Say of which form a field is refused, and what was typed there by the names it knows."""
    try:
        yield
    except (CartcoreError, NotAllowed) as error:
        raise Refused(form, error, typed) from error


def _named(form: Form, kind: str) -> Iterator[tuple[str, str]]:
    """The fields of a kind: what stands behind the slash in the name, and what was typed."""
    for name, typed in form.items():
        if name.startswith(f"{kind}/"):
            yield name.removeprefix(f"{kind}/"), typed


# --- items ---


def _quantities(edit: DraftEditor, form: Form) -> None:
    now = {line.id: line.quantity for line in edit.draft.lines}
    for line_id, typed in _named(form, "quantity"):
        quantity = whole(typed)
        if quantity != now.get(line_id):
            with _at(f"quantity-{line_id}", quantity=typed):
                edit.set_quantity(line_id, quantity)  # type: ignore[arg-type]  # checked there


def scan(edit: DraftEditor, typed: str) -> None:
    """Add a unit by its SKU or barcode: what a scanner types, and who knows SKUs by heart."""
    typed = typed.strip()
    try:
        edit.scan(typed)
    except (NotFound, InvalidText):
        none = f"No product has the SKU or barcode “{typed}”: + Add Item finds titles, too."
        raise FieldFault("sku", none if typed else EMPTY["sku"]) from None
    except (NotPublished, AmbiguousBarcode) as error:
        raise FieldFault("sku", f"{error}.") from None


# --- shipping ---


def _shipping(edit: DraftEditor, form: Form) -> None:
    before = edit.draft  # as the page had it: what is typed is compared with that
    if "several" in form and (form["several"] == "yes") != before.multiple_addresses:
        with _at("several"):
            edit.use_one_address() if before.multiple_addresses else edit.use_multiple_addresses()
    if "address" in form:
        with _at("ship-to"):
            _ship_to(edit, form["address"])
    _splits(edit, form, before)
    _gifts(edit, form, before)
    for shipment_id, speed in _named(form, "speed"):
        if speed != _shipment(before, shipment_id).speed:
            with _at(f"speed-{shipment_id}"):
                edit.choose_speed(shipment_id, speed)


def _shipment(draft: Draft, shipment_id: str) -> Shipment:
    shipment = draft.shipment(shipment_id)
    if shipment is None:
        raise NotFound("shipment", shipment_id)
    return shipment


def _ship_to(edit: DraftEditor, wanted: str) -> None:
    """Send everything to one of the contact's addresses, or add it to those there are."""
    contact = edit.view.contact
    addresses = contact.addresses if contact else ()
    number = whole(wanted)
    if not isinstance(number, int) or not 0 <= number < len(addresses):
        raise NotFound("address of the contact", wanted)
    if addresses[number].key not in {each.address.key for each in edit.draft.shipments}:
        send_to(edit, addresses[number], save=False)


def send_to(edit: DraftEditor, address: Address, *, save: bool) -> None:
    """Send to an address, too, or to it alone."""
    if edit.draft.multiple_addresses:
        edit.add_shipment(address, save_to_contact=save)
    else:
        edit.ship_to(address, save_to_contact=save)


def _splits(edit: DraftEditor, form: Form, before: Draft) -> None:
    splits: dict[str, dict[str, int | str]] = {}
    for name, typed in _named(form, "units"):
        line_id, _, shipment_id = name.rpartition("/")
        splits.setdefault(line_id, {})[shipment_id] = whole(typed.strip() or "0")
    for line_id, parts in splits.items():
        if parts != {each: _shipment(before, each).quantity_of(line_id) for each in parts}:
            with _at(f"assign-{line_id}"):
                edit.assign(line_id, parts)  # type: ignore[arg-type]  # checked there


def _gifts(edit: DraftEditor, form: Form, before: Draft) -> None:
    for name, wanted in _named(form, "gift"):
        line_id, _, shipment_id = name.rpartition("/")
        lines = _shipment(before, shipment_id).lines
        now = next((line.gift for line in lines if line.line_id == line_id), None)
        message = form.get(f"gift_message/{name}", now.message if now else "")
        if (now.message if now else None) == (message if wanted == "yes" else None):
            continue
        with _at(f"gift-{line_id}-{shipment_id}", gift_message=message):
            if wanted == "yes":
                edit.mark_gift(line_id, message, shipment_id=shipment_id)
            else:
                edit.unmark_gift(line_id, shipment_id=shipment_id)


# --- every step ---


def note_waits(form: Form, draft: Draft) -> bool:
    """Whether note or reference are not those of the draft."""
    try:
        note = clean_message(form.get("note", draft.note), "note")
    except InvalidText:
        return True
    return (note, form.get("reference", draft.reference).strip()) != (draft.note, draft.reference)
