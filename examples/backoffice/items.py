"""The items step: products, quantities, codes and product promotions (OE-4 to OE-10)."""

from collections.abc import Callable

from starlette.responses import Response

from backoffice import fields
from backoffice.drafts import PAGES, dialog, go_on, show_step
from backoffice.options import choices_in, chosen
from backoffice.roles import check_discounts
from backoffice.visits import FieldFault, Trouble, Visit, whole
from cartcore.entry.editor import DraftEditor
from cartcore.errors import CartcoreError, NotFound
from cartcore.orders.draft import Step
from cartcore.pricing.quote_parts import QuoteLine
from cartcore.shop.product import Product
from cartcore.storage import Page

SHOWN = 12


def show(visit: Visit) -> Response:
    """The page of the items."""
    return show_step(visit, Step.ITEMS)


# --- adding ---


def new(visit: Visit) -> Response:
    """The Add Item dialog: a search, and then the product with its options."""
    return _item_dialog(visit)


def products(visit: Visit) -> Response:
    """What the typed part of a title or SKU finds."""
    typed = visit.query.get("q", "")
    found = _search(visit, typed)
    return visit.render(
        "item_products.html", draft_id=visit.path("draft_id"), found=found, typed=typed
    )


def _search(visit: Visit, typed: str) -> Page[Product]:
    try:
        return visit.desk.find_products(typed, limit=SHOWN)
    except CartcoreError:  # no product is called this
        return Page(())


def add(visit: Visit) -> Response:
    """Add units of the chosen product."""

    def do(edit: DraftEditor) -> None:
        options = chosen(visit.form.get("options", ""))
        quantity = whole(visit.form.get("quantity", ""))
        edit.add_item(visit.form.get("product", ""), options, quantity=quantity)  # type: ignore[arg-type]  # checked there

    return _changed(visit, do, "add", _item_dialog)


def _item_dialog(visit: Visit, *of: object) -> Response:
    wanted = visit.form.get("product") or visit.query.get("product", "")
    product = visit.desk.product(wanted) if wanted else None
    typed = visit.query.get("q", "")
    found = None if product else _search(visit, typed)
    return dialog(visit, "item_new.html", *of, product=product, found=found, typed=typed)  # type: ignore[arg-type]


def scan(visit: Visit) -> Response:
    """Add a unit by its SKU or barcode."""
    return _changed(visit, lambda edit: fields.scan(edit, visit.form.get("sku", "")), "scan")


# --- lines ---


def set_quantity(visit: Visit) -> Response:
    """Change how many units a line has."""
    return go_on(visit, Step.ITEMS)


def remove(visit: Visit) -> Response:
    """Remove a line; the page then offers to take that back."""
    line_id = _line_id(visit)
    line = visit.view.quote.line(line_id)
    return visit.remove(
        lambda edit: edit.remove_line(line_id),
        form=f"quantity-{line_id}",
        step=Step.ITEMS,
        gone=line.description if line else "",
        again=_page,
    )


def undo(visit: Visit) -> Response:
    """Take back what was removed or cleared just now, with all that went along."""

    def do(edit: DraftEditor) -> None:
        before = visit.seen.kept(visit.session.name, edit.draft.id, edit.draft.version - 1)
        if before is None:
            raise FieldFault("", "What was removed is not known any more: enter it again.")
        edit.restore(before)
        check_discounts(visit.session.role, visit.session.name, edit.quote)

    back = visit.form.get("back", "")
    step = back if back in PAGES else Step.ITEMS.value
    return visit.change(
        do,
        form="promotions",
        then=lambda: visit.go("drafts", visit.path("draft_id"), step),
        again=lambda v, trouble, changes: show_step(v, v.view.step, trouble, changes),
    )


def edit(visit: Visit) -> Response:
    """The dialog for a line's options and quantity."""
    return _edit_dialog(visit)


def save_line(visit: Visit) -> Response:
    """Change a line's options and quantity; of a tied line only the options."""
    line_id, form = _line_id(visit), visit.form

    def do(edit: DraftEditor) -> None:
        if "quantity" in form:
            edit.set_quantity(line_id, whole(form["quantity"]))  # type: ignore[arg-type]  # checked there
        if "options" in form:
            edit.set_options(line_id, chosen(form["options"]))

    return _changed(visit, do, "edit", _edit_dialog)


def _edit_dialog(visit: Visit, *of: object) -> Response:
    line = _line(visit)
    product = visit.desk.product(line.product_id)
    variant = product.by_sku(line.sku)
    now = dict(zip(product.options, variant.options, strict=True)) if variant else {}
    return dialog(visit, "item_edit.html", *of, line=line, product=product, now=now)  # type: ignore[arg-type]


def _line_id(visit: Visit) -> str:
    return visit.form.get("line") or visit.query.get("line", "")


def _line(visit: Visit) -> QuoteLine:
    line = visit.view.quote.line(_line_id(visit))
    if line is None:
        raise NotFound("line", _line_id(visit))
    return line


# --- promotions ---


def enter_code(visit: Visit) -> Response:
    """Apply a code of the items step; what it brings may have options to choose."""

    def do(edit: DraftEditor) -> None:
        edit.go_to(Step.ITEMS)
        edit.enter_code(visit.form.get("promo_code", ""), choices_in(visit.form))

    return _changed(visit, do, "code")


def promotions(visit: Visit) -> Response:
    """The dialog with the promotions that this cart and contact can have."""
    return _promotions_dialog(visit)


def pick(visit: Visit) -> Response:
    """Apply a promotion from the list."""
    promotion_id = visit.form.get("promotion", "")

    def do(edit: DraftEditor) -> None:
        edit.pick_promotion(promotion_id, choices_in(visit.form))

    return _changed(visit, do, f"pick-{promotion_id}", _promotions_dialog)


def _promotions_dialog(visit: Visit, *of: object) -> Response:
    available = visit.desk.available_promotions(visit.path("draft_id"), unearned=True)
    with visit.desk.storage.read() as work:
        refused = tuple(work.promotions.many(visit.view.draft.refused).values())
    return dialog(visit, "item_promotions.html", *of, available=available, refused=refused)  # type: ignore[arg-type]


def remove_promotion(visit: Visit) -> Response:
    """Take a promotion away, with its lines; the page then offers to take that back."""
    return without_promotion(visit, Step.ITEMS, _page)


def without_promotion(
    visit: Visit, step: Step, again: Callable[[Visit, Trouble, tuple[str, ...]], Response]
) -> Response:
    """Take a promotion away on one of the steps that list them."""
    promotion_id = visit.form.get("promotion", "")
    decision = visit.view.quote.decision(promotion_id)
    return visit.remove(
        lambda edit: edit.remove_promotion(promotion_id),
        form="promotions",
        step=step,
        gone=decision.promotion_name if decision else "",
        again=again,
    )


# --- going on ---


def save(visit: Visit) -> Response:
    """Go on to shipping, or straight to review if nothing ships, with all that was typed."""
    return go_on(visit, Step.ITEMS, "save", lambda edit: edit.save_items())


def _page(visit: Visit, trouble: Trouble, changes: tuple[str, ...]) -> Response:
    return show_step(visit, Step.ITEMS, trouble, changes)


def _changed(
    visit: Visit,
    do: Callable[[DraftEditor], object],
    form: str,
    again: Callable[[Visit, Trouble, tuple[str, ...]], Response] = _page,
) -> Response:
    return visit.change(
        do,
        form=form,
        then=lambda: visit.go("drafts", visit.path("draft_id"), "items"),
        again=again,
    )
