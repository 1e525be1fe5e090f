"""The review step: order and shipping codes, everything at a glance, placing (OE-16 to OE-19)."""

from contextlib import suppress

import attrs
from starlette.responses import Response

from backoffice.drafts import go_on, show_step
from backoffice.fields import note_waits
from backoffice.items import without_promotion
from backoffice.roles import NotAllowed, check_discounts
from backoffice.visits import Trouble, Visit
from cartcore.entry.editor import DraftEditor
from cartcore.errors import CartcoreError, DraftPlaced, InvalidField, QuoteChanged, StaleDraft
from cartcore.orders.draft import Step


def show(visit: Visit) -> Response:
    """The review. It is what placing refers to, so the draft has to have been taken to it."""
    if visit.view.step is not Step.REVIEW:
        return visit.go("drafts", visit.path("draft_id"), visit.view.step.value)
    return show_step(visit, Step.REVIEW)


def enter_code(visit: Visit) -> Response:
    """Apply a code for the order or its shipping."""

    def do(edit: DraftEditor) -> None:
        edit.go_to(Step.REVIEW)
        edit.enter_code(visit.form.get("promo_code", ""))

    return visit.change(
        do,
        form="code",
        then=lambda: visit.go("drafts", visit.path("draft_id"), "review"),
        again=_page,
    )


def remove_promotion(visit: Visit) -> Response:
    """Take a promotion away, with its lines."""
    return without_promotion(visit, Step.REVIEW, _page)


def place(visit: Visit) -> Response:
    """Place the order that was seen: once, however often this is sent."""
    draft_id, token = visit.path("draft_id"), visit.form.get("seen", "")
    typed = visit.form.get("promo_code", "").strip()
    if typed or "stay" in visit.form or note_waits(visit.form, visit.view.draft):
        # It is taken, and the order looked at with it before it is placed, which is said.
        query = "" if "stay" in visit.form else "?taken=yes"
        return go_on(visit, Step.REVIEW, "place", query=query)
    shown = visit.seen.recall(visit.session.name, draft_id, token)
    try:
        # Goods may have gone since a discount was given: it is looked at as it is now.
        current = visit.desk.view(draft_id).quote
        check_discounts(visit.session.role, visit.session.name, current)
        order = visit.desk.place(
            draft_id, seen=shown or token, actor=visit.session.name, idempotency_key=token
        )
    except DraftPlaced:
        raise
    except (QuoteChanged, StaleDraft, InvalidField):  # the last: no token at all
        again = "Look through the order once more, then place it."
        sentence = "Not placed: this order is no longer as you saw it." if shown else again
        changes = visit.changes() if shown else ()
        return _page(visit, Trouble(form="place", message=sentence), changes)
    except (CartcoreError, NotAllowed) as error:
        return _page(visit, Trouble.of(error, "place", visit.form), ())
    return visit.go("orders", order.number, query="?placed=1")


def _page(visit: Visit, trouble: Trouble, changes: tuple[str, ...]) -> Response:
    view = visit.view
    if view.step is not Step.REVIEW and Step.REVIEW in view.reachable:
        # Somebody took it back a step. What is reviewed here can be placed from here.
        actor, version = visit.session.name, view.draft.version
        with (
            suppress(StaleDraft),
            visit.desk.edit(view.draft.id, version=version, actor=actor) as edit,
        ):
            edit.go_to(Step.REVIEW)
        visit = attrs.evolve(visit)  # which looks at the order anew
    return show_step(visit, Step.REVIEW, trouble, changes)
