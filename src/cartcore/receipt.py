"""Reviews and orders as plain text, for a terminal, a mail or a log (OE-16, OE-20)."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

from moneyed import Money

from cartcore.entry.view import DraftView
from cartcore.orders.draft import Shipment
from cartcore.orders.order import Order, OrderShipment
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Adjustment, Phase, QuoteLine
from cartcore.shop.contact import Contact
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.arguments import check_arguments
from cartcore.values.money import from_minor, less, show
from cartcore.values.time_zones import show_time, zone_name

WIDTH = 72


@check_arguments
def review_receipt(view: DraftView) -> str:
    """Return the review of a draft: contact, lines, shipments, promotions, totals, problems."""
    parts = [_title("Order review"), _contact(view.contact), *_goods(view.quote)]
    for number, each in enumerate(view.shipments, 1):
        title = f"Shipment {number}"
        parts.append(_shipment(title, view.quote, each.shipment, each.speed))
    parts += [_totals(view.quote), *_not_applied(view.quote)]
    if view.problems:
        marks = {True: "! ", False: "· "}
        parts.append("\n".join(_wrapped(marks[p.blocking], p.message) for p in view.problems))
    return _joined(parts)


@check_arguments
def order_details(order: Order, *, timezone: str = "UTC") -> str:
    """Return the details of a placed order with its history, times as in a zone (OE-30).

    Raises:
        InvalidField: no zone has this name.
    """
    zone_name(timezone)
    parts = [
        _title(f"Order {order.number} · {order.status.value}"),
        _contact(order.contact),
        *_goods(order.quote),
    ]
    for number, shipment in enumerate(order.shipments, 1):
        title = f"Shipment {number}"
        if shipment.shipped_at:
            title += f" · shipped {show_time(shipment.shipped_at, timezone)}"
        parts.append(_shipment(title, order.quote, shipment, shipment.speed))
    history = ["History"]
    for entry in order.history:
        note = f" · {entry.note}" if entry.note else ""
        at = show_time(entry.at, timezone)
        text = f"{at} · {entry.status.value} · {entry.actor}{note}"
        history.append(_wrapped("  ", text))
    return _joined([*parts, _totals(order.quote), "\n".join(history)])


def _joined(parts: Sequence[str]) -> str:
    rule = "─" * WIDTH
    return f"\n{rule}\n".join(part for part in parts if part)


def _title(text: str) -> str:
    return text.center(WIDTH).rstrip()


def _wrapped(prefix: str, text: str) -> str:
    following = " " * len(prefix)
    lines = wrap(text, WIDTH, initial_indent=prefix, subsequent_indent=following)
    return "\n".join(lines)


def _row(label: str, amount: Money | None, *, indent: int = 0) -> str:
    figure = show(amount) if amount is not None else ""
    room = WIDTH - len(figure) - 1
    first, *more = wrap(
        label, room, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2)
    )
    rows = [first, *more]
    rows[-1] = f"{rows[-1]:<{room}} {figure}".rstrip()
    return "\n".join(rows)


def _contact(contact: Contact | None) -> str:
    if contact is None:
        return "No contact chosen yet"
    reach = " · ".join(text for text in (contact.email, contact.phone) if text)
    rows = [_wrapped("", f"{contact.name}{f' · {reach}' if reach else ''}")]
    if contact.primary_address is not None:
        rows.append(_wrapped("  ", str(contact.primary_address)))
    return "\n".join(rows)


def _goods(quote: Quote) -> list[str]:
    rows = []
    for line in quote.lines:
        rows.append(_row(f"{line.quantity} × {line.description}", line.amount))
        each = f"{show(line.unit_price)} each" if line.quantity > 1 else ""
        detail = ", ".join(part for part in (line.sku, each, line.price_note) if part)
        rows.append(_row(detail, None, indent=4))
        rows += [
            _taken_off(a)
            for a in quote.adjustments_of(line_id=line.line_id)
            if a.phase is Phase.ITEMS
        ]
    return ["\n".join(rows)] if rows else []


def _taken_off(adjustment: Adjustment) -> str:
    return _row(adjustment.label, _off(adjustment.discount), indent=4)


def _off(discount: Money) -> Money:
    """A discount as it stands in a column of amounts: below zero."""
    return less(from_minor(0, discount.currency), discount)


def _shipment(
    title: str,
    quote: Quote,
    shipment: Shipment | OrderShipment,
    speed: ShippingSpeed | None,
) -> str:
    by_id: Mapping[str, QuoteLine] = {line.line_id: line for line in quote.lines}
    rows = [title, _wrapped("  to ", str(shipment.address))]
    for line in shipment.lines:
        rows.append(_row(f"{line.quantity} × {by_id[line.line_id].description}", None, indent=4))
        if line.gift is not None:
            message = f": “{line.gift.message}”" if line.gift.message else ""
            rows.append(_wrapped("      gift", message) if message else "      gift")
    priced = next((s for s in quote.shipments if s.shipment_id == shipment.id), None)
    if speed is None or priced is None:
        rows.append("  shipping speed not chosen yet")
    else:
        rows.append(_row(f"by {speed.name}{_days(speed)}", priced.price, indent=2))
        rows += [_taken_off(a) for a in quote.adjustments_of(shipment_id=shipment.id)]
    return "\n".join(rows)


def _days(speed: ShippingSpeed) -> str:
    days = [d for d in (speed.days_from, speed.days_to) if d is not None]
    if not days:
        return ""
    span = "–".join(str(d) for d in dict.fromkeys(days))
    return f" ({span} {'day' if days[-1] == 1 else 'days'})"


def _totals(quote: Quote) -> str:
    totals = quote.totals
    rows = [_row("Items", totals.items)]
    if totals.item_discounts:
        rows.append(_row("Item discounts", _off(totals.item_discounts)))
    rows += [_row(label, amount) for label, amount in _order_discounts(quote)]
    if quote.shipments:
        rows.append(_row("Shipping", totals.shipping))
    if totals.shipping_discounts:
        rows.append(_row("Shipping discounts", _off(totals.shipping_discounts)))
    added, by_rate = quote.added_tax, quote.tax_rows()
    contained = added != totals.tax
    if quote.tax_undetermined:
        rows.append(_row("Tax: not known yet", None))
    elif contained and added:
        rows.append(_row(quote.added_label, added))
    elif not contained:
        rows += [_row(label, amount) for label, amount in by_rate]
    rows.append(_row("TOTAL", totals.total))
    if totals.payable != totals.total:
        rows.append(_row("TO PAY", totals.payable))
    if contained:
        rows.append(_row("Tax in it" if not added else "Tax in all", totals.tax))
        rows += [_row(label, amount, indent=2) for label, amount in by_rate]
    return "\n".join(rows)


def _order_discounts(quote: Quote) -> list[tuple[str, Money]]:
    sums: dict[str, tuple[str, Money]] = {}
    for a in quote.adjustments:
        if a.phase is Phase.ORDER:
            nothing = from_minor(0, a.discount.currency)
            _, so_far = sums.get(a.promotion_id, ("", nothing))
            sums[a.promotion_id] = (a.label, less(so_far, a.discount))
    return list(sums.values())


def _not_applied(quote: Quote) -> list[str]:
    rows = [
        _wrapped("  ", f"not applied: {d.promotion_name}: {d.message}")
        for d in quote.decisions
        if not d.applied
    ]
    return ["\n".join(rows)] if rows else []
