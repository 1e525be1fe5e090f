"""The shipping step: addresses, how units are spread, gifts and speeds (OE-11 to OE-14)."""

from collections.abc import Callable
from functools import partial

from starlette.responses import Response

from backoffice.contacts import address_of, check_address
from backoffice.doubts import check_doubts
from backoffice.drafts import dialog, go_on, show_step
from backoffice.faults import with_all_faults
from backoffice.fields import send_to
from backoffice.visits import Trouble, Visit
from cartcore.entry.editor import DraftEditor
from cartcore.orders.draft import Step


def show(visit: Visit) -> Response:
    """The page of the shipments."""
    return show_step(visit, Step.SHIPPING)


def change(visit: Visit) -> Response:
    """Take what some fields show: where all goes, a split, a gift mark, a speed."""
    return go_on(visit, Step.SHIPPING)


def new_address(visit: Visit) -> Response:
    """The dialog for an address of this order."""
    return dialog(visit, "shipping_address.html")


def add_address(visit: Visit) -> Response:
    """Send to a new address, for this order alone or kept for the contact."""

    def do(edit: DraftEditor) -> None:
        check_doubts(visit.form, visit.desk.store.country)
        send_to(edit, address_of(visit.form), save="save" in visit.form)

    def again(v: Visit, trouble: Trouble, changes: tuple[str, ...]) -> Response:
        check = partial(check_address, country=v.desk.store.country)
        return dialog(v, "shipping_address.html", with_all_faults(trouble, check), changes)

    return _changed(visit, do, "address", again)


def save(visit: Visit) -> Response:
    """Go on to review, with all that was typed."""

    def on(edit: DraftEditor) -> None:
        # A split may bring an address of which no speed is chosen: it is kept all the same.
        same = edit.draft.shipments == visit.view.draft.shipments
        if same or Step.REVIEW in edit.view.reachable:
            edit.go_to(Step.REVIEW)

    return go_on(visit, Step.SHIPPING, "save", on)


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
