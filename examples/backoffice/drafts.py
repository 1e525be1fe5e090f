"""Orders being entered: beginning, finding, leaving and dropping them (OE-1, OE-22)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import attrs
from starlette.responses import Response

from backoffice.fields import form_of, take
from backoffice.paging import columns, paging, sort_in, sorted_by
from backoffice.visits import NO_TROUBLE, Trouble, Visit
from cartcore.entry.editor import DraftEditor
from cartcore.errors import CartcoreError, NotFound, StaleDraft
from cartcore.orders.draft import Draft, Step
from cartcore.orders.filters import DraftFilter, DraftSort
from cartcore.storage import Page

SHOWN = 25
FILTERS = ("name", "reference", "email", "phone", "recipient", "address")
SORTS = {
    DraftSort.LATEST_CHANGE: "Latest change first",
    DraftSort.EARLIEST_CHANGE: "Earliest change first",
}
PAGES = {
    Step.CONTACT: "contact.html",
    Step.ITEMS: "items.html",
    Step.SHIPPING: "shipping.html",
    Step.REVIEW: "review.html",
}


def listing(visit: Visit) -> Response:
    """The drafts that match the filters: all, or those of whoever looks, by when they changed."""
    mine = {"mine": "yes"} if "mine" in visit.query else {}
    sort = sort_in(visit.query.get("sort", ""), SORTS)
    typed = {name: visit.query.get(name, "") for name in FILTERS}
    sought: dict[str, Any] = {name: text for name, text in typed.items() if text.strip()}
    trouble, found = Trouble(form="filters", typed=typed), Page[Draft](())
    try:
        wanted = DraftFilter(actor=visit.session.name if mine else "", **sought)
        here = visit.query.get("page", "")
        found = visit.administration.find_drafts(wanted, sort=sort, page=here, limit=SHOWN)
    except CartcoreError as error:
        trouble = Trouble.of(error, "filters", typed)
        if "page" in visit.query and not trouble.field:
            raise
    given = sought | mine
    return visit.render(
        "drafts.html",
        trouble=trouble,
        drafts=found,
        names=names_in(visit, found),
        sought=sought,
        mine=mine,
        kept=sorted_by(mine, sort, SORTS),
        around=paging(visit, "/drafts", found.next_page, sorted_by(given, sort, SORTS)),
        by=columns("/drafts", given, sort, SORTS),
    )


def names_in(visit: Visit, drafts: Page[Draft]) -> dict[str, str]:
    """The names of the contacts of drafts, by their ids."""
    names: dict[str, str] = {}
    with visit.desk.storage.read() as work:
        for contact_id in {draft.contact_id for draft in drafts.items} - {""}:
            with suppress(NotFound):
                names[contact_id] = work.contacts.get(contact_id).name
    return names


def resume(visit: Visit) -> Response:
    """Go on where the draft was left; with one that is not begun, at its beginning."""
    return visit.go("drafts", visit.path("draft_id"), visit.view.step.value)


def discard(visit: Visit) -> Response:
    """Throw a draft away, unless somebody just changed it."""
    draft_id = visit.path("draft_id")
    try:
        visit.desk.discard(draft_id, version=visit.version)
    except StaleDraft:
        trouble = Trouble(form="discard", message=f"{visit.meanwhile} It was not discarded.")
        return show_step(visit, visit.view.step, trouble, visit.changes())
    return visit.go("drafts")


def set_note(visit: Visit) -> Response:
    """Keep a note and a reference with the draft."""
    step = visit.view.step

    def change(edit: DraftEditor) -> None:
        edit.set_note(visit.form.get("note", ""))
        edit.set_reference(visit.form.get("reference", edit.draft.reference))

    return visit.change(
        change,
        form="note",
        then=lambda: visit.go("drafts", visit.path("draft_id"), step.value),
        again=lambda v, trouble, changes: show_step(v, v.view.step, trouble, changes),
    )


def go_to(visit: Visit) -> Response:
    """Go to a step, forward or back, with what the fields of this one show."""
    here = visit.form.get("from", "")
    step = Step(here) if here in PAGES else visit.view.step
    return go_on(visit, step, "step", lambda edit: edit.go_to(visit.form.get("step", "")))


def go_on(
    visit: Visit,
    step: Step,
    form: str = "",
    on: Callable[[DraftEditor], object] | None = None,
    *,
    query: str = "",
) -> Response:
    """Take what fields of a step show, and go `on` or stay; without scripts a button can ask to."""
    if "stay" in visit.form:
        on = None

    def do(edit: DraftEditor) -> None:
        take(edit, visit.form, step)
        if on is not None:
            on(edit)

    return visit.change(
        do,
        form=form or form_of(visit.form),
        then=lambda: visit.go(
            "drafts", visit.path("draft_id"), *([] if on else [step.value]), query=query
        ),
        again=lambda v, trouble, changes: show_step(v, step, trouble, changes),
    )


def show_step(
    visit: Visit,
    step: Step,
    trouble: Trouble = NO_TROUBLE,
    changes: tuple[str, ...] = (),
    **more: object,
) -> Response:
    """Answer with the page of a step; with that of an earlier one if it cannot be reached."""
    view = visit.view
    shown = step if step in view.reachable else view.step
    if shown is not step:
        if not trouble.message:
            return visit.go("drafts", view.draft.id, shown.value)
        trouble = attrs.evolve(trouble, form="step", field="")  # its form is not on this page
    return visit.render(
        PAGES[shown],
        trouble=trouble,
        status=409 if changes else 200,
        view=view,
        step=shown,
        changes=changes,
        token=visit.token,
        pictures=visit.pictures(view.quote),
        **{"matches": None, "typed": "", "archived": ()} | more,
    )


def dialog(
    visit: Visit,
    template: str,
    trouble: Trouble = NO_TROUBLE,
    changes: tuple[str, ...] = (),
    **more: object,
) -> Response:
    """Answer with a dialog for the page of a draft; alone it is a page, too."""
    view = visit.view
    return visit.render(
        template,
        trouble=trouble,
        status=409 if changes else 200,
        view=view,
        changes=changes,
        token=visit.token,
        **more,
    )
