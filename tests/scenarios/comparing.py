"""What a scenario expects, compared with what came of it."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from moneyed import Money

from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Adjustment, Phase, QuoteLine
from cartcore.values.allocation import allocate
from cartcore.values.money import from_minor, to_minor, total
from tests.scenarios.reading import Fields, Malformed
from tests.scenarios.running import Till, applied
from tests.scenarios.shipping import shipped

_TOTALS = ("items_total", "discount_total", "shipping_total", "shipping_discount", "total")
_TAXES = ("net_total", "tax_total", "gross_total", "shipping_tax")
_LINE_TAXES = ("net", "tax", "gross")
_SUMMED = {"sku", "quantity", "discount", "total", "by_promotion"}
_SWITCHED_OFF = {"unknown", "not_applicable"}  # what sources say of such a promotion
_COUNTS = ("line_count", "quantity", "units_with_discount", "units_without_discount")


class Outcome:
    """What came of a scenario: the quote of its cart, as the format asks for it."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.quote: Quote = till.quote()
        self.currency = till.currency
        till.check(self.quote)

    def amount(self, name: str) -> Money:
        """A sum of the whole cart."""
        totals = self.quote.totals
        charged = total((s.total for s in self.quote.shipments), self.currency)
        found = {
            "items_total": totals.items,
            "discount_total": totals.item_discounts + totals.order_discounts,
            "shipping_total": charged,
            "shipping_discount": totals.shipping_discounts,
            "total": totals.payable,
            "net_total": totals.net,
            "tax_total": totals.tax,
            "gross_total": totals.gross,
            "shipping_tax": self._sum(p.tax for p in self.quote.taxed_parts if not p.line_id),
        }
        return found[name]

    def _sum(self, amounts: Iterable[Money]) -> Money:
        return total(amounts, self.currency)

    def taxes_of(self, lines: Iterable[QuoteLine]) -> dict[str, Money]:
        """What some lines come to without tax, in tax, and together."""
        own = {line.line_id for line in lines}
        parts = [part for part in self.quote.taxed_parts if part.line_id in own]
        return {name: self._sum(getattr(part, name) for part in parts) for name in _LINE_TAXES}

    def tax_of(self, name: str, figure: str) -> Money | str:
        """The base or the amount of a tax."""
        rows = [row for row in self.quote.taxes_by_rate() if row.name == name]
        return self._sum(getattr(row, figure) for row in rows) if rows else "no such tax"

    def count(self, name: str) -> int:
        """A number of lines or units of the whole cart."""
        units = sum(line.quantity for line in self.quote.lines)
        if name == "line_count":
            return len(self.quote.lines)
        if name == "quantity":
            return units
        taking_part = sum(self._taking_part(line) for line in self.quote.lines)
        return taking_part if name == "units_with_discount" else units - taking_part

    def _taking_part(self, line: QuoteLine) -> int:
        """The units of a line that promotions used: bought so that others are reduced, or reduced.

        No two quantity promotions use the same unit (PR-13).
        """
        return min(line.quantity, sum(each.units for each in self._of(line)))

    def _of(self, line: QuoteLine) -> tuple[Adjustment, ...]:
        return tuple(
            each
            for each in self.quote.adjustments
            if each.line_id == line.line_id and each.phase in {Phase.ITEMS, Phase.ORDER}
        )

    def used_units(self, lines: Iterable[QuoteLine]) -> bool:
        """Whether a quantity promotion took units of some lines."""
        by_units = {
            promotion.id
            for promotion in self.till.book.promotions
            if getattr(promotion.effect, "uses_units", False)
        }
        return any(each.promotion_id in by_units for line in lines for each in self._of(line))

    def by_promotion(self, lines: Iterable[QuoteLine]) -> dict[str, Money]:
        """What each promotion takes off some lines, by its name."""
        found: dict[str, Money] = {}
        for each in (each for line in lines for each in self._of(line)):
            name = self.till.book.names[each.promotion_id]
            found[name] = found.get(name, from_minor(0, self.currency)) + each.discount
        return found

    def unit_discounts(self, lines: Iterable[QuoteLine]) -> list[Money]:
        """What is taken off each unit of some lines."""
        found = []
        for line in lines:
            units = [0] * line.quantity
            for each in self._of(line):
                parts = allocate(
                    to_minor(each.discount, self.currency),
                    [1] * each.units,
                    remainder=self.till.semantics.policy.remainder,
                )
                for place, part in enumerate(parts):
                    units[place] += part
            found += [from_minor(unit, self.currency) for unit in units]
        return found


class Expectations:
    """What a scenario expects; made first of all, as it may ask for what is not offered."""

    def __init__(self, fields: Fields, currency: str, *, taxed: bool) -> None:
        self.currency = currency
        taxes = _TAXES if taxed else ()
        self._of_lines = ("discount", "total", *(_LINE_TAXES if taxed else ()))
        self.differences: list[str] = []
        if not fields.names:
            raise Malformed("expect is empty: anything would pass")
        with fields:
            self.amounts = self._money(fields, (*_TOTALS, *taxes))
            self.counts = {name: fields.whole(name) for name in _COUNTS if name in fields}
            self.lines = [self._line(line) for line in fields.each("lines")]
            self.taxes = []
            for row in fields.each("tax_by_rate") if taxed else ():
                with row:
                    figures = self._money(row, ("base", "amount"))
                    self.taxes.append((row.text("name"), figures))
            self.line_discounts = self._moneys(fields, "line_discounts_any_order")
            self.prices = {}
            for price in fields.each("prices"):
                with price:
                    self.prices[price.text("sku")] = price.money("price", currency)
            self.applied = fields.texts("applied") if "applied" in fields else None
            self.refusal = fields.text("rejected_code") if "rejected_code" in fields else None
            self.required = (
                fields.flag("shipping_required", default=True)
                if "shipping_required" in fields
                else None
            )
            self.offered = (
                fields.texts("shipping_available") if "shipping_available" in fields else None
            )
            self.charges = []
            for charge in fields.each("shipping_charges"):
                with charge:
                    figures = self._money(charge, ("discount", "price", "total"))
                    self.charges.append((charge.text("code"), figures))

    def _money(self, fields: Fields, names: Iterable[str]) -> dict[str, Money]:
        return {name: fields.money(name, self.currency) for name in names if name in fields}

    def _moneys(self, fields: Fields, name: str) -> list[Money] | None:
        if name not in fields:
            return None
        listed = Fields({str(i): value for i, value in enumerate(fields.raws(name))}, fields.what)
        return [listed.money(each, self.currency) for each in listed.names]

    def _line(self, fields: Fields) -> dict[str, Any]:
        with fields:
            found: dict[str, Any] = {"sku": fields.text("sku")}
            if "quantity" in fields:
                found["quantity"] = fields.whole("quantity")
            if "gift" in fields:
                found["gift"] = fields.flag("gift", default=False)
            if "ship_to" in fields:
                found["ship_to"] = fields.text("ship_to")
            found |= self._money(fields, self._of_lines)
            if "unit_price" in fields:
                found["unit_price"] = fields.number("unit_price")
            if "unit_discounts" in fields:
                found["unit_discounts"] = self._moneys(fields, "unit_discounts")
            if "by_promotion" in fields:
                by_promotion = fields.inner("by_promotion")
                found["by_promotion"] = self._money(by_promotion, by_promotion.names)
        return found

    # --- comparing ---

    def compare(self, outcome: Outcome) -> list[str]:
        """What differs, in words."""
        self.differences = []
        for name, wanted in self.amounts.items():
            self._check(name, wanted, outcome.amount(name))
        for name, count in self.counts.items():
            self._check(name, count, outcome.count(name))
        self._compare_lines(outcome)
        for name, figures in self.taxes:
            for figure, amount in figures.items():
                self._check(f"{figure} of {name}", amount, outcome.tax_of(name, figure))
        if self.line_discounts is not None:
            found = sorted(line.discount for line in outcome.quote.lines)
            self._check("line_discounts_any_order", sorted(self.line_discounts), found)
        for sku, price in self.prices.items():
            self._check(f"price of {sku}", price, outcome.till.catalogue_price(sku))
        if self.applied is not None:
            names = applied(outcome.quote.decisions, outcome.till.book.names)
            self._check("applied", sorted(set(self.applied)), names)
        if self.refusal is not None:
            refusal = outcome.till.refusal or "accepted"
            if refusal == "disabled" and self.refusal in _SWITCHED_OFF:
                refusal = self.refusal
            self._check("rejected_code", self.refusal, refusal)
        self._compare_shipping(outcome)
        return self.differences

    def _compare_shipping(self, outcome: Outcome) -> None:
        quote, till = outcome.quote, outcome.till
        if self.required is not None:
            self._check("shipping_required", self.required, bool(shipped(quote)))
        if self.offered is not None:
            offers = till.shipping.offers(quote, till.catalogue).speeds
            self._check(
                "shipping_available", sorted(self.offered), sorted(each.code for each in offers)
            )
        charged = {s.speed.code: s for s in quote.shipments if s.speed is not None}
        for code, figures in self.charges:
            for name, wanted in figures.items():
                found = getattr(charged[code], name) if code in charged else "no such charge"
                self._check(f"{name} of {code}", wanted, found)

    def _compare_lines(self, outcome: Outcome) -> None:
        left, ship_to = list(outcome.quote.lines), outcome.till.ship_to
        found: list[tuple[dict[str, Any], list[QuoteLine]]] = []
        for wanted in self.lines:
            sku = wanted["sku"]
            lines = [
                line
                for line in left
                if line.sku == sku
                and wanted.get("gift", bool(line.tied_to)) == bool(line.tied_to)
                and wanted.get("ship_to", ship_to.get(line.line_id)) == ship_to.get(line.line_id)
            ]
            # Listed once, all lines of a SKU are meant together; listed twice, each is one of them.
            if sum(each["sku"] == sku for each in self.lines) > 1:
                lines = sorted(lines, key=lambda line: self._misses(wanted, [line], outcome))[:1]
                left = [line for line in left if line not in lines]
            if not lines:
                if wanted.get("quantity") != 0:
                    self.differences.append(f"{sku}: no such line")
                continue
            found.append((wanted, lines))
        for own in _interchangeable(found, outcome):
            differences = [d for each in own for d in self._line_differences(*each, outcome)]
            if differences and len(own) > 1:
                together = _summed([wanted for wanted, _ in own])
                lines = [line for _, lines in own for line in lines]
                differences = self._line_differences(together, lines, outcome)
            self.differences += differences

    def _misses(self, wanted: dict[str, Any], lines: list[QuoteLine], outcome: Outcome) -> int:
        return len(self._line_differences(wanted, lines, outcome))

    def _line_differences(
        self, wanted: dict[str, Any], lines: Sequence[QuoteLine], outcome: Outcome
    ) -> list[str]:
        units = sum(line.quantity for line in lines)
        cost = total((line.total for line in lines), self.currency)
        differences: list[str] = []
        for name, expected in wanted.items():
            found: Any
            match name:
                case "quantity":
                    found = units
                case "discount":
                    found = total((line.discount for line in lines), self.currency)
                case "total":
                    found = cost
                case "net" | "tax" | "gross":
                    found = outcome.taxes_of(lines)[name]
                case "unit_price":
                    # As it is shown: as fine as the minor unit, or finer if the source is.
                    shown = expected + from_minor(0, self.currency).amount
                    found = (cost.amount / units).quantize(shown, ROUND_HALF_UP)
                case "unit_discounts":
                    found = outcome.unit_discounts(lines)
                case "by_promotion":
                    taken = outcome.by_promotion(lines)
                    nothing = from_minor(0, self.currency)
                    found = {each: taken.get(each, nothing) for each in expected}
                case _:  # which lines are meant
                    continue
            if found != expected:
                label = f"{wanted['sku']}: {name}"
                differences.append(f"{label}: expected {_told(expected)}, got {_told(found)}")
        return differences

    def _check(self, name: str, expected: object, found: object) -> None:
        if expected != found:
            self.differences.append(f"{name}: expected {_told(expected)}, got {_told(found)}")


def _interchangeable(
    found: Sequence[tuple[dict[str, Any], list[QuoteLine]]], outcome: Outcome
) -> list[list[tuple[dict[str, Any], list[QuoteLine]]]]:
    """The lines expected, together where a quantity promotion took units of one price from several.

    From which of equally priced lines it takes them, no rule says. Only what is expected in sums,
    by the same names, can be told of several lines together.
    """
    groups: dict[object, list[tuple[dict[str, Any], list[QuoteLine]]]] = {}
    for i, (wanted, lines) in enumerate(found):
        prices = {line.unit_price for line in lines}
        key: object = i
        if len(prices) == 1 and set(wanted) <= _SUMMED and outcome.used_units(lines):
            key = (prices.pop(), frozenset(wanted))
        groups.setdefault(key, []).append((wanted, lines))
    return list(groups.values())


def _summed(wanted: Sequence[dict[str, Any]]) -> dict[str, Any]:
    summed: dict[str, Any] = {}
    for name in wanted[0]:
        values = [each[name] for each in wanted]
        if name == "sku":
            summed[name] = " and ".join(values)
        elif name == "by_promotion":
            keys = dict.fromkeys(key for each in values for key in each)
            summed[name] = {key: _sum([e[key] for e in values if key in e]) for key in keys}
        else:
            summed[name] = _sum(values)
    return summed


def _sum(values: Sequence[Any]) -> Any:
    return sum(values[1:], values[0])


def _told(value: object) -> str:
    match value:
        case Money():
            return f"{value.amount:f}"
        case Decimal():
            return f"{value:f}"
        case list() | tuple():
            return f"[{', '.join(_told(each) for each in value)}]"
        case dict():
            return ", ".join(f"{name} {_told(each)}" for name, each in value.items())
        case _:
            return str(value)
