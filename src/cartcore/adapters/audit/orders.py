"""What must hold in the document of an order, whatever else is stored: done again, by itself.

All functions take the JSON document of an order and give the faults they find. A document that
lacks something raises `KeyError`, `TypeError` or `ValueError`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

import attrs

from cartcore.adapters.audit.finding import Fault
from cartcore.errors import CartcoreError
from cartcore.errors.sentences import counted, times
from cartcore.promotions.promotion import normalize_code
from cartcore.values.money import minor_digits

Document = Mapping[str, Any]
Faults = Iterator[tuple[Fault, str]]
_KEPT = "kept"  # prices that include tax are what is paid


@attrs.frozen
class Amounts:
    """Reads the amounts of one currency as whole minor units."""

    currency: str
    digits: int

    @classmethod
    def of(cls, currency: str) -> "Amounts":
        """Return a reader for a currency."""
        return cls(currency, minor_digits(currency))

    def exact(self, money: Document) -> Fraction:
        """Return an amount in minor units, however fine it is."""
        if money["currency"] != self.currency:
            message = f"{money['amount']} {money['currency']} in an order in {self.currency}"
            raise ValueError(message)
        in_units: Fraction = Fraction(Decimal(money["amount"])) * 10**self.digits
        return in_units

    def minor(self, money: Document) -> int:
        """Return an amount in whole minor units."""
        found = self.exact(money)
        if found.denominator != 1:
            message = f"{money['amount']} is finer than {self.currency} is"
            raise ValueError(message)
        return found.numerator

    def show(self, minor: int) -> str:
        """Write minor units for people."""
        sign, digits = ("-" if minor < 0 else ""), f"{abs(minor):0{self.digits + 1}}"
        whole, rest = digits[: len(digits) - self.digits], digits[len(digits) - self.digits :]
        return f"{sign}{whole}{'.' if rest else ''}{rest} {self.currency}"


def faults(order: Document) -> Faults:
    """Everything that is wrong in an order's document."""
    yield from _totals(order)
    yield from _shipments(order)
    yield from _history(order)
    yield from _redemptions(order)


# --- Totals -----------------------------------------------------------------------------------


def _totals(order: Document) -> Faults:
    quote = order["quote"]
    amounts = Amounts.of(quote["currency"])
    minor = amounts.minor
    totals = {name: minor(money) for name, money in quote["totals"].items()}
    by_phase: Counter[str] = Counter()
    by_target: Counter[str] = Counter()
    by_promotion: Counter[str] = Counter()
    for adjustment in quote["adjustments"]:
        discount = minor(adjustment["discount"])
        shipping = bool(adjustment.get("shipment_id"))
        by_phase[adjustment["phase"]] += discount
        by_target[_shipment(adjustment) if shipping else _line(adjustment)] += discount
        by_promotion[adjustment["promotion_id"]] += discount

    differing = partial(_differing, amounts=amounts)
    for line in quote["lines"]:
        name = _line(line)
        amount, discount = minor(line["amount"]), minor(line["discount"])
        exact = amounts.exact(line["unit_price"]) * line["quantity"]
        if abs(amount - exact) >= 1:  # it was rounded, by a rule that the order does not know
            yield from differing(f"{name}: its amount", amount, round(exact))
        yield from differing(f"{name}: its discount", discount, by_target.pop(name, 0))
        yield from differing(f"{name}: its total", minor(line["total"]), amount - discount)
        if not 0 <= discount <= amount:
            yield Fault.TOTALS, f"{name}: {_off(amounts, discount, amount)}"
    for shipment in quote["shipments"]:
        name = _shipment(shipment)
        price, discount = minor(shipment["price"]), minor(shipment["discount"])
        goods = sum(minor(part["total"]) for part in shipment["lines"])
        speed = shipment.get("speed")
        yield from differing(f"{name}: its price", price, minor(speed["price"]) if speed else 0)
        yield from differing(f"{name}: its goods", minor(shipment["goods"]), goods)
        yield from differing(f"{name}: its discount", discount, by_target.pop(name, 0))
        yield from differing(f"{name}: its total", minor(shipment["total"]), price - discount)
        if not 0 <= discount <= price:
            yield Fault.TOTALS, f"{name}: {_off(amounts, discount, price)}"
    for target in by_target:
        yield Fault.TOTALS, f"a discount is taken off {target}, which is not in the order"
    given = {
        decision["promotion_id"]: minor(decision["discount"])
        for decision in quote["decisions"]
        if decision["applied"]
    }
    for promotion in sorted(given.keys() | by_promotion.keys()):
        what = f"what promotion {promotion} gave"
        yield from differing(what, given.get(promotion, 0), by_promotion[promotion])
    sums = {
        "items": sum(minor(line["amount"]) for line in quote["lines"]),
        "item_discounts": by_phase["items"],
        "order_discounts": by_phase["order"],
        "shipping": sum(minor(shipment["price"]) for shipment in quote["shipments"]),
        "shipping_discounts": by_phase["shipping"],
        "tax": sum(minor(charge["amount"]) for charge in quote["taxes"]),
    }
    taken = sums["item_discounts"] + sums["order_discounts"] + sums["shipping_discounts"]
    left = sums["items"] + sums["shipping"] - taken
    for name, found in (*sums.items(), *_with_tax(quote, totals, left, amounts).items()):
        yield from differing(f"the total {name!r}", totals[name], found)
    yield from _parts(quote, amounts)


def _parts(quote: Document, amounts: Amounts) -> Faults:
    minor = amounts.minor
    for part in quote.get("taxed_parts", ()):
        name = (
            f"the tax on {part['line_id'] or 'shipping'} in {part['shipment_id'] or 'no shipment'}"
        )
        said, found = minor(part["gross"]), minor(part["net"]) + minor(part["tax"])
        yield from _differing(f"{name}: gross", said, found, amounts)


def _differing(what: str, said: int, found: int, amounts: Amounts) -> Faults:
    if said != found:
        problem = f"{what} is {amounts.show(said)}, but should be {amounts.show(found)}"
        yield Fault.TOTALS, problem


def _with_tax(
    quote: Document, totals: Mapping[str, int], left: int, amounts: Amounts
) -> dict[str, int]:
    """What the totals with tax should be, where discounts leave so much of goods and shipping."""
    parts = quote.get("taxed_parts")
    if not parts:  # without a tax, or from before it was kept by part
        return {"total": left + totals["tax"]}
    names = ("net", "tax", "gross", "paid_by_third_party")
    sums = {name: sum(amounts.minor(part[name]) for part in parts) for name in names}
    total = sums["gross"] - sums["paid_by_third_party"]
    if quote["tax_policy"]["gross"] == _KEPT:  # else prices change with the tax in them
        added = (part["tax"] for part in parts if not part["price_includes_tax"])
        total = left + sum(map(amounts.minor, added))
        sums["gross"] = total + sums["paid_by_third_party"]
    return {**sums, "total": total}


def _off(amounts: Amounts, discount: int, amount: int) -> str:
    return f"its discount is {amounts.show(discount)}, off {amounts.show(amount)}"


def _line(part: Document) -> str:
    return f"line {part['line_id']}"


def _shipment(part: Document) -> str:
    return f"shipment {part['shipment_id']}"


# --- Shipments --------------------------------------------------------------------------------


def _shipments(order: Document) -> Faults:
    quote = order["quote"]
    priced = {s["shipment_id"]: _units(s["lines"]) for s in quote["shipments"] if s.get("speed")}
    kept = {s["id"]: _units(s["lines"]) for s in order["shipments"]}
    for name in sorted(priced.keys() | kept.keys()):
        if priced.get(name) != kept.get(name):
            yield Fault.SHIPMENTS, f"shipment {name} is not the one that was priced"
    speeds = {s["id"]: s["speed"] for s in order["shipments"]}
    for shipment in quote["shipments"]:
        name = shipment["shipment_id"]
        if name in speeds and _chosen(speeds[name], quote) != _chosen(shipment.get("speed"), quote):
            yield Fault.SHIPMENTS, f"shipment {name} goes by another speed than was priced"
    if not kept:
        return
    amounts = Amounts.of(quote["currency"])
    sent: Counter[str] = Counter()
    shares: Counter[str] = Counter()
    for shipment in quote["shipments"]:
        for part in shipment["lines"]:
            sent[part["line_id"]] += part["quantity"]
            shares[part["line_id"]] += amounts.minor(part["total"])
    for line in quote["lines"]:
        name, quantity = line["line_id"], line["quantity"]
        units, share = sent.pop(name, 0), shares[name]
        if units != (quantity if line["requires_shipping"] else 0):
            problem = f"line {name} has {counted(quantity, 'unit')}, but {units} in shipments"
            yield Fault.SHIPMENTS, problem
        elif units and share != amounts.minor(line["total"]):
            problem = f"line {name} costs {amounts.show(amounts.minor(line['total']))}, but its "
            yield Fault.TOTALS, f"{problem}parts in shipments cost {amounts.show(share)}"
    for name in sent:
        yield Fault.SHIPMENTS, f"line {name} is in a shipment, but not in the order"


def _chosen(speed: Document | None, quote: Document) -> Document | None:
    """A speed as far as it has to be the one that was chosen.

    Where there is a tax, its price may have been restated for another country.
    """
    if speed is None or not quote.get("taxed_parts"):
        return speed
    return {name: value for name, value in speed.items() if name != "price"}


def _units(lines: Sequence[Document]) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line["line_id"]] += line["quantity"]
    return units


# --- History ----------------------------------------------------------------------------------

_AFTER = {
    "processing": {"processing", "complete", "cancelled"},
    "complete": {"complete", "cancelled"},
    "cancelled": {"cancelled"},
}


def _history(order: Document) -> Faults:
    history, status = order["history"], order["status"]
    if not history:
        yield Fault.HISTORY, "it is empty"
        return
    first = history[0]
    if (_time(first["at"]), first["actor"]) != (_time(order["placed_at"]), order["placed_by"]):
        yield Fault.HISTORY, "it does not begin with who placed the order and when"
    begun = "processing" if order["shipments"] else "complete"
    if first["status"] != begun:
        yield Fault.HISTORY, f"it begins with {first['status']}, not with {begun}"
    for before, after in pairwise(history):
        if after["status"] not in _AFTER[before["status"]]:
            yield Fault.HISTORY, f"{after['status']} cannot follow {before['status']}"
    if history[-1]["status"] != status:
        problem = f"the order is {status}, but its history ends with {history[-1]['status']}"
        yield Fault.HISTORY, problem
    # Beside being placed and each change later on, what staff gave by hand is recorded (PR-28), and
    # each price that they set (HA-18).
    by_hand = sum(bool(decision.get("actor")) for decision in order["quote"]["decisions"])
    lines = order["quote"]["lines"]
    by_hand += sum(bool(line.get("override") or line.get("custom")) for line in lines)
    if len(history) != order["version"] + by_hand:
        stored = f"the order was stored {times(order['version'])}"
        given = counted(
            by_hand, "discount or price given by hand", "discounts or prices given by hand"
        )
        entries = counted(len(history), "entry", "entries")
        yield Fault.HISTORY, f"{stored} and has {given}, but its history has {entries}"
    moments = {_time(entry["at"]) for entry in history}
    for shipment in order["shipments"]:
        if shipment.get("shipped_at") and _time(shipment["shipped_at"]) not in moments:
            yield Fault.HISTORY, f"shipment {shipment['id']} was shipped, but it does not say so"
    shipped = [bool(shipment.get("shipped_at")) for shipment in order["shipments"]]
    if status == "cancelled" and any(shipped):
        yield Fault.HISTORY, "the order is cancelled, but part of it was shipped"
    if status in {"processing", "complete"} and all(shipped) != (status == "complete"):
        sent = f"{sum(shipped)} of {counted(len(shipped), 'shipment')}"
        yield Fault.HISTORY, f"the order is {status}, but {sent} went out"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- Redemptions ------------------------------------------------------------------------------


def redemptions(order: Document) -> list[tuple[str, str, str, int | None, str | None]]:
    """The redemptions as rows: promotion, contact, code, discount and currency of each."""
    # In the first format only the quote knows what they gave.
    given = {d["promotion_id"]: d["discount"] for d in order["quote"]["decisions"]}
    old = order["format"] == 1
    found = []
    for each in order["redemptions"]:
        promotion = each["promotion_id"]
        money = given.get(promotion) if old else each.get("discount")
        minor = None if money is None else Amounts.of(money["currency"]).minor(money)
        currency = None if money is None else money["currency"]
        found.append((promotion, each["contact_id"], _code(each["promo_code"]), minor, currency))
    return found


def _code(promo_code: str) -> str:
    """A code as it is compared; one that nobody can enter any more as it is."""
    try:
        return normalize_code(promo_code)
    except CartcoreError:
        return promo_code


def _redemptions(order: Document) -> Faults:
    contact, quote = order["contact"]["id"], order["quote"]
    amounts = Amounts.of(quote["currency"])
    # What staff gave by hand is no promotion, and cancelling gives all back.
    used = [
        (d["promotion_id"], contact, _code(d["promo_code"]), amounts.minor(d["discount"]))
        for d in quote["decisions"]
        if d["applied"] and not d.get("actor") and order["status"] != "cancelled"
    ]
    redeemed = [row[:4] for row in redemptions(order)]
    for promotion, *_ in sorted({*used} ^ {*redeemed}):
        if promotion not in {row[0] for row in redeemed}:
            yield Fault.REDEMPTIONS, f"promotion {promotion} was used but is not redeemed"
        elif promotion not in {row[0] for row in used}:
            yield Fault.REDEMPTIONS, f"promotion {promotion} is redeemed but was not used"
        else:
            yield Fault.REDEMPTIONS, f"promotion {promotion} is not redeemed as it was used"
    if len(redeemed) > len({*redeemed}):
        yield Fault.REDEMPTIONS, "a promotion is redeemed twice"
