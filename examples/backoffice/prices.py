"""What is not in the catalogue: custom items, fees, and other prices of lines (HA-18)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moneyed import Money
from starlette.responses import Response

from backoffice.drafts import dialog, show_step
from backoffice.faults import with_all_faults
from backoffice.roles import check_discounts
from backoffice.visits import FieldFault, Trouble, Visit, whole
from cartcore.entry.editor import DraftEditor
from cartcore.errors import InvalidAmount, InvalidField, NotFound, PriceNotAllowed
from cartcore.orders.draft import Step
from cartcore.pricing.quote_parts import QuoteLine
from cartcore.values.money import show, unit_price

KINDS = {"sent": "Item that is sent", "kept": "Item or service that is not sent", "fee": "Fee"}


# --- items outside the catalogue, and fees ---


def new(visit: Visit) -> Response:
    """The dialog for a custom item, or for a line that is one."""
    return _custom_dialog(visit)


def save(visit: Visit) -> Response:
    """Add a custom item or a fee, or change the line that is one."""
    form, line_id = visit.form, visit.form.get("line", "")

    def do(edit: DraftEditor) -> None:
        if not line_id:
            add(edit, form, visit.session.name)
            return
        price, title, what = _price(form, edit), form.get("title", ""), _kind(form)
        with _told():
            edit.change_custom_item(
                line_id, title=title, price=price, **what, actor=visit.session.name
            )
        edit.set_quantity(line_id, whole(form.get("quantity", "")))  # type: ignore[arg-type]  # checked there

    def check(form: Mapping[str, str]) -> None:
        with visit.desk.preview(visit.path("draft_id")) as trial:
            add(trial, form, visit.session.name)

    def again(v: Visit, trouble: Trouble, changes: tuple[str, ...]) -> Response:
        return _custom_dialog(v, with_all_faults(trouble, check), changes)

    return _changed(visit, do, "custom", again)


def add(edit: DraftEditor, form: Mapping[str, str], actor: str) -> None:
    """Add what a form says."""
    price, title, what = _price(form, edit), form.get("title", ""), _kind(form)
    quantity = whole(form.get("quantity", ""))
    with _told():
        edit.add_custom_item(title, price, quantity=quantity, **what, actor=actor)  # type: ignore[arg-type]  # checked there


def as_form(line: QuoteLine) -> dict[str, str]:
    """A line that is a custom item, as the form has it; of any other line nothing."""
    item = line.custom
    if item is None:
        return {}
    return {
        "title": item.title,
        "price": f"{line.unit_price.amount:f}",
        "kind": "sent" if item.requires_shipping else "kept" if item.discountable else "fee",
        "quantity": f"{line.quantity}",
        "weight": f"{item.weight_grams}",
        "tax_class": item.tax_class,
    }


def _kind(form: Mapping[str, str]) -> dict[str, Any]:
    kind = form.get("kind", "")
    if kind not in KINDS:
        raise InvalidField("kind", kind, f"one of {', '.join(KINDS)}")
    weight = whole(form.get("weight", "").strip() or "0")
    if not isinstance(weight, int) or weight < 0:
        raise FieldFault("weight", "Enter whole grams.")
    return {
        "requires_shipping": kind == "sent",
        "discountable": kind != "fee",
        "weight_grams": weight if kind == "sent" else 0,
        "tax_class": form.get("tax_class", ""),
    }


def _custom_dialog(
    visit: Visit, trouble: Trouble | None = None, changes: tuple[str, ...] = ()
) -> Response:
    line_id = visit.form.get("line") or visit.query.get("line", "")
    stored = {"title": "", "price": "", "tax_class": ""}
    stored |= {"quantity": "1", "weight": "0", "kind": "sent"}
    if line_id:
        stored = as_form(_line(visit, line_id))
        if not stored:
            raise NotFound("custom item", line_id)
    return dialog(
        visit,
        "custom_item.html",
        trouble or Trouble(),
        changes,
        line_id=line_id,
        stored=stored,
        kinds=KINDS,
    )


# --- other prices ---


def ask(visit: Visit) -> Response:
    """The dialog for another price of a line."""
    return _price_dialog(visit)


def give(visit: Visit) -> Response:
    """Set the price of a line, with a reason."""
    form = visit.form

    def do(edit: DraftEditor) -> None:
        set_price(edit, form.get("line", ""), form, visit.session.name)
        check_discounts(visit.session.role, visit.session.name, edit.quote)

    return _changed(visit, do, "price", _price_dialog)


def set_price(edit: DraftEditor, line_id: str, form: Mapping[str, str], actor: str) -> None:
    """Set the price that a form says."""
    price = _price(form, edit)
    with _told():
        edit.set_price(line_id, price, reason=form.get("reason", ""), actor=actor)


def reset(visit: Visit) -> Response:
    """Go back to the catalogue's price."""
    line_id = visit.form.get("line", "")
    return _changed(visit, lambda edit: edit.reset_price(line_id), f"quantity-{line_id}", _page)


@contextmanager
def _told() -> Iterator[None]:
    """Tell at its field that a price is not allowed."""
    try:
        yield
    except PriceNotAllowed as error:
        raise FieldFault("price", f"{error}.") from None


def _price(form: Mapping[str, str], edit: DraftEditor) -> Money:
    try:
        return unit_price(form.get("price", "").strip(), edit.draft.currency)
    except InvalidAmount:
        raise FieldFault("price", "Enter a price such as 12.50.") from None


def _price_dialog(
    visit: Visit, trouble: Trouble | None = None, changes: tuple[str, ...] = ()
) -> Response:
    line = _line(visit, visit.form.get("line") or visit.query.get("line", ""))
    product = visit.desk.product(line.product_id)
    variant = product.by_sku(line.sku)
    if variant is None:
        raise NotFound("SKU", line.sku)
    lowest, highest = visit.desk.store.staff_prices.bounds(variant)
    return dialog(
        visit,
        "price.html",
        trouble or Trouble(),
        changes,
        line=line,
        catalogue=show(variant.price),
        lowest=show(lowest),
        highest=show(highest),
        fixed=lowest == highest,
    )


def _line(visit: Visit, line_id: str) -> QuoteLine:
    line = visit.view.quote.line(line_id)
    if line is None:
        raise NotFound("line", line_id)
    return line


def _page(visit: Visit, trouble: Trouble, changes: tuple[str, ...]) -> Response:
    return show_step(visit, Step.ITEMS, trouble, changes)


def _changed(
    visit: Visit,
    do: Callable[[DraftEditor], object],
    form: str,
    again: Callable[[Visit, Trouble, tuple[str, ...]], Response],
) -> Response:
    return visit.change(
        do,
        form=form,
        then=lambda: visit.go("drafts", visit.path("draft_id"), "items"),
        again=again,
    )
