"""Manual discounts, on a line or on the order, with a reason (PR-28)."""

from starlette.responses import Response

from backoffice.drafts import dialog, show_step
from backoffice.roles import check_discounts
from backoffice.visits import FieldFault, Trouble, Visit
from cartcore.entry.editor import DraftEditor
from cartcore.errors import InvalidAmount, InvalidField
from cartcore.values.money import amount

KINDS = {"percent": "Percentage", "amount": "Amount off", "price": "Fixed price"}


def new(visit: Visit) -> Response:
    """The dialog for a discount."""
    return _dialog(visit)


def give(visit: Visit) -> Response:
    """Give it: on a line, or without one on the order."""
    form, line_id = visit.form, visit.form.get("line", "")

    def do(edit: DraftEditor) -> None:
        kind, figure = form.get("kind", ""), form.get("figure", "").strip()
        if kind not in KINDS:
            raise InvalidField("kind", kind, f"one of {', '.join(KINDS)}")
        by = {"reason": form.get("reason", ""), "actor": visit.session.name}
        try:
            given = figure if kind == "percent" else amount(figure, edit.draft.currency)
            if line_id:
                edit.discount_line(line_id, **{kind: given}, **by)  # type: ignore[arg-type]
            else:
                edit.discount_order(**{kind: given}, **by)  # type: ignore[arg-type]
        except (InvalidAmount, InvalidField):
            percentage = "a percentage over 0 and up to 100, such as 10 or 12.5"
            money = f"an amount in {edit.draft.currency} with a point, such as 12.50"
            expected = percentage if kind == "percent" else money
            raise FieldFault("figure", f"Enter {expected}.") from None
        check_discounts(visit.session.role, visit.session.name, edit.quote)

    return visit.change(
        do,
        form="discount",
        then=lambda: visit.go("drafts", visit.path("draft_id"), "items" if line_id else "review"),
        again=_dialog,
    )


def remove(visit: Visit) -> Response:
    """Remove a manual discount."""
    step = visit.view.step
    return visit.change(
        lambda edit: edit.remove_discount(visit.form.get("discount", "")),
        form="promotions",
        then=lambda: visit.go("drafts", visit.path("draft_id"), visit.form.get("back", "items")),
        again=lambda v, trouble, changes: show_step(v, step, trouble, changes),
    )


def _dialog(
    visit: Visit, trouble: Trouble | None = None, changes: tuple[str, ...] = ()
) -> Response:
    line_id = visit.form.get("line") or visit.query.get("line", "")
    line = visit.view.quote.line(line_id) if line_id else None
    what = line.description if line else "the order"
    return dialog(
        visit,
        "discount_new.html",
        trouble or Trouble(),
        changes,
        line_id=line_id,
        what=what,
        kinds=KINDS,
        several=line is not None and line.quantity > 1,
    )
