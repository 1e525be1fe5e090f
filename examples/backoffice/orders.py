"""Placed orders: found, looked at, and followed until they are sent (OE-20, OE-21)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from moneyed import Money
from starlette.responses import Response

from backoffice.paging import columns, paging, sort_in, sorted_by
from backoffice.roles import check_cancels, check_sees
from backoffice.visits import NO_TROUBLE, FieldFault, Trouble, Visit
from cartcore.entry.items import sku_as_written
from cartcore.entry.store import Store
from cartcore.errors import CartcoreError, Conflict, InvalidAmount, InvalidField, NotFound
from cartcore.orders.filters import OrderFilter, OrderSort
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.storage import Page
from cartcore.values.money import amount

SHOWN = 25
JUST_PLACED = timedelta(minutes=2)
PRINTS = {"packing-slip": "Packing slip", "invoice": "Invoice"}
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")  # as pages show amounts
FILTERS = (
    "number",
    "contact",
    "status",
    "placed_from",
    "placed_to",
    "total_min",
    "total_max",
    "recipient",
    "address",
    "promo_code",
    "sku",
)
SORTS = {
    OrderSort.NEWEST: "Newest first",
    OrderSort.OLDEST: "Oldest first",
    OrderSort.HIGHEST_TOTAL: "Highest total first",
    OrderSort.LOWEST_TOTAL: "Lowest total first",
}


def listing(visit: Visit) -> Response:
    """Orders that match the filters, sorted, one page after the other."""
    typed = {name: visit.query.get(name, "") for name in (*FILTERS, "sort")}
    given = {name: typed[name] for name in FILTERS if typed[name].strip()}
    trouble, found = Trouble(form="filters", typed=typed), Page[OrderSummary](())
    sort = OrderSort.NEWEST
    try:
        sort = sort_in(typed["sort"], SORTS)
        if "sku" in given:
            given["sku"] = _sku(visit, given["sku"])
        wanted = _wanted(given, visit.desk.store, visit.whose_orders)
        found = visit.desk.orders(wanted, sort=sort, page=visit.query.get("page", ""), limit=SHOWN)
    except CartcoreError as error:
        trouble = Trouble.of(error, "filters", typed)
        if "page" in visit.query and not trouble.field:
            raise
    return visit.render(
        "orders.html",
        trouble=trouble,
        orders=found,
        statuses=[status.value for status in OrderStatus],
        given=given,
        sort=sort,
        sorts=SORTS,
        around=paging(visit, "/orders", found.next_page, sorted_by(given, sort, SORTS)),
        by=columns("/orders", given, sort, SORTS),
    )


def _wanted(given: dict[str, str], store: Store, placed_by: str) -> OrderFilter:
    status = given.get("status")
    until = _day("placed_to", given)
    since = _day("placed_from", given)
    return OrderFilter(
        number=given.get("number", ""),
        contact=given.get("contact", ""),
        placed_by=placed_by,
        status=_status(status) if status else None,
        placed_from=store.day_begins(since) if since else None,
        placed_before=store.day_begins(until + timedelta(days=1)) if until else None,
        total_min=_total("total_min", given, store.currency),
        total_max=_total("total_max", given, store.currency),
        recipient=given.get("recipient", ""),
        address=given.get("address", ""),
        promo_code=given.get("promo_code", ""),
        sku=given.get("sku", ""),
    )


def _sku(visit: Visit, typed: str) -> str:
    """A SKU as the catalogue writes it: that of an order is looked for as it is."""
    with visit.desk.storage.read() as work:
        return sku_as_written(work.products, typed.strip())


def _status(text: str) -> OrderStatus:
    try:
        return OrderStatus(text)
    except ValueError:
        raise InvalidField("status", text, f"one of {', '.join(OrderStatus)}") from None


def _day(name: str, given: dict[str, str]) -> date | None:
    if name not in given:
        return None
    try:
        day = date.fromisoformat(given[name])
    except ValueError:
        raise FieldFault(name, "Enter a date such as 2026-05-31.") from None
    # In the first and the last year not every day begins at a time that there is.
    return day if date.min.year < day.year < date.max.year else None


def _total(name: str, given: dict[str, str], currency: str) -> Money | None:
    if name not in given:
        return None
    text = given[name].strip()
    try:
        return amount(text.replace(",", "") if _GROUPED.fullmatch(text) else text, currency)
    except InvalidAmount:
        raise FieldFault(name, "Enter an amount such as 1000.00.") from None


def not_found(visit: Visit) -> Response:
    """An address that leads nowhere."""
    return visit.render("sorry.html", status=404, message="There is no such page.")


def back_to_order(visit: Visit) -> Response:
    """The address of a form of an order leads to that order."""
    return visit.go("orders", _order(visit).number)


def shortcuts(visit: Visit) -> Response:
    """The dialog that lists the shortcuts."""
    return visit.render("shortcuts.html")


def details(visit: Visit) -> Response:
    """One order with its history."""
    return _details(visit)


def _details(visit: Visit, trouble: Trouble = NO_TROUBLE, *, status: int = 200) -> Response:
    order = _order(visit)
    placed = "placed" in visit.query and datetime.now(UTC) - order.placed_at < JUST_PLACED
    return visit.render(
        "order.html",
        trouble=trouble,
        status=status,
        order=order,
        placed=placed,
        late="late" in visit.query,
        pictures=visit.pictures(order.quote),
    )


def printed(visit: Visit) -> Response:
    """One order on paper: a packing slip without prices for each shipment, or an invoice."""
    what = visit.query.get("what", "")
    if what not in PRINTS:
        raise NotFound("page to print", what)
    order = _order(visit)
    return visit.render("print.html", order=order, what=what, title=PRINTS[what])


def duplicate(visit: Visit) -> Response:
    """Begin a new order with the contact and the items of this one."""
    draft = visit.desk.duplicate(_order(visit).number, actor=visit.session.name)
    return visit.go("drafts", draft.id)


def mark_shipped(visit: Visit) -> Response:
    """Record that a shipment was sent."""
    shipment_id, note = visit.form.get("shipment", ""), visit.form.get("note", "")
    tracking = visit.form.get("tracking", "")
    return _changed(
        visit,
        f"ship-{shipment_id}",
        lambda number, who, version: visit.desk.mark_shipped(
            number, shipment_id, actor=who, tracking=tracking, note=note, version=version
        ),
    )


def add_note(visit: Visit) -> Response:
    """Add a note to the history."""
    note = visit.form.get("note", "")
    return _changed(
        visit,
        "note",
        lambda number, who, version: visit.desk.add_note(number, note, actor=who, version=version),
    )


def cancel(visit: Visit) -> Response:
    """Cancel the order, for who has the right to."""
    check_cancels(visit.session.role)
    note = visit.form.get("note", "")
    return _changed(
        visit,
        "cancel",
        lambda number, who, version: visit.desk.cancel(
            number, actor=who, note=note, version=version
        ),
    )


def _order(visit: Visit) -> Order:
    """The order of the address, for those who may see it."""
    order = visit.desk.order(visit.path("number"))
    check_sees(visit.session.role, visit.session.name, order)
    return order


def _changed(visit: Visit, form: str, do: Callable[[str, str, int], Order]) -> Response:
    number = _order(visit).number
    try:
        do(number, visit.session.name, visit.version)
    except Conflict:
        last = _order(visit).history[-1]
        sentence = (
            f"{visit.changed(last.actor, last.at)} Your change was not saved: see the history."
        )
        trouble = Trouble(form=form, message=sentence, typed=visit.form)
        return _details(visit, trouble, status=409)
    except CartcoreError as error:
        return _details(visit, Trouble.of(error, form, visit.form))
    return visit.go("orders", number)
