"""Conditions of promotions: condition types, active windows, limits and what was used of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
from moneyed import Money

from cartcore.cart import Customer
from cartcore.promotions.promotion import Limits, Usage, normalize_code
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.promotions.types import ConditionType
from cartcore.rules.builtin import (
    ChosenSpeed,
    ContactTag,
    DistinctProducts,
    MaxSubtotal,
    MinQuantity,
    MinSubtotal,
    Not,
    NthOrder,
    SalesChannel,
)
from cartcore.values.money import from_minor
from tests.scenarios.reading import Fields, Malformed, NotOffered
from tests.scenarios.selecting import both, selection
from tests.scenarios.taxes import TAX_EXEMPT

NEVER = SalesChannel(channels=())
_STAFF = "staff"
_LAST_INSTANT = timedelta(microseconds=1)  # a window's end belongs to it here, and not in cartcore


@attrs.frozen(kw_only=True)
class Buyer:
    """The customer as pricing sees them, and the codes of their orders: (code, cancelled)."""

    customer: Customer = attrs.field(factory=Customer)
    codes: tuple[tuple[str, bool], ...] = ()

    def used(self, code: str, *, count_cancelled: bool) -> int:
        """How many orders were placed with a code."""
        return sum(
            own == code and (count_cancelled or not cancelled) for own, cancelled in self.codes
        )


def buyer(fields: Fields) -> Buyer:
    """Translate a customer."""
    with fields:
        groups = fields.texts("groups") if "groups" in fields else ()
        if fields.flag("tax_exempt", default=False):
            groups = (*groups, TAX_EXEMPT)
        email = fields.text("email") if "email" in fields else "customer"
        placed = 0
        codes: list[tuple[str, bool]] = []
        if isinstance(fields.raw("prior_orders") if "prior_orders" in fields else 0, int):
            placed = fields.whole("prior_orders") if "prior_orders" in fields else 0
        else:
            for order in fields.each("prior_orders"):
                with order:
                    cancelled = order.choice("status", "placed", "cancelled") == "cancelled"
                    placed += not cancelled
                    own = order.texts("codes") if "codes" in order else ()
                    codes += [(normalize_code(code), cancelled) for code in own]
        customer = Customer(contact_id=email, tags=groups, orders_placed=placed)
        return Buyer(customer=customer, codes=tuple(codes))


@attrs.define(kw_only=True)
class Terms:
    """What has to hold for a promotion; `units` are those that its conditions count."""

    conditions: list[ConditionType] = attrs.field(factory=list)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    limits: Limits = attrs.field(factory=Limits)
    usage: Usage = attrs.field(factory=Usage)
    units: Selection = ALL_LINES


@attrs.frozen(kw_only=True)
class Translator:
    """Translates the conditions of one promotion.

    `code` is its own, in the form in which codes are compared, empty if it has none; `timed` says
    that the scenario has a current time.
    """

    currency: str
    code: str
    buyer: Buyer
    after_discounts: bool
    timed: bool

    def terms(self, conditions: Sequence[Fields]) -> Terms:
        """Translate all conditions together."""
        terms = Terms()
        for fields in conditions:
            with fields:
                self._add(fields, fields.text("kind"), terms)
        return terms

    def _add(self, fields: Fields, kind: str, terms: Terms) -> None:
        match kind:
            case "window":
                self._add_window(fields, terms)
            case "usage_limit" | "usage_limit_per_customer" | "budget":
                self._add_limit(fields, kind, terms)
            case _:
                terms.conditions += self._conditions(fields, kind)
                if "of" in fields:
                    terms.units = both(terms.units, self._of(fields))

    def _conditions(self, fields: Fields, kind: str) -> list[ConditionType]:
        match kind:
            case "min_subtotal":
                return self._bound(fields, at_least)
            case "max_subtotal":
                return self._bound(fields, at_most)
            case "subtotal_equals":
                amount = fields.money("amount", self.currency)
                basis: dict[str, Any] = {"after_discounts": self.after_discounts}
                return [*at_least(amount, **basis), *at_most(amount, **basis)]
            case "min_quantity":
                quantity = fields.whole("quantity")
                of = self._of(fields)
                return [MinQuantity(quantity=quantity, target=of)] if quantity else []
            case "contains":
                fields.raw("of")
                return [MinQuantity(quantity=1, target=self._of(fields))]
            case "distinct_products":
                count = fields.whole("count")
                of = self._of(fields)
                return [DistinctProducts(count=count, target=of)] if count else []
            case "customer_group":
                groups = fields.texts("groups")
                return [ContactTag(tags=groups) if groups else NEVER]
            case "staff_only":
                return [ContactTag(tags=(_STAFF,))]
            case "nth_order":
                return [NthOrder(n=fields.whole("n"))]
            case "channel":
                return [SalesChannel(channels=fields.texts("channels"))]
            case "shipping_method":
                methods = fields.texts("methods")
                return [ChosenSpeed(speeds=methods) if methods else NEVER]
            case _:
                raise NotOffered(f"{fields.what}: the kind {kind!r}")

    def _of(self, fields: Fields) -> Selection:
        if "of" not in fields:
            return ALL_LINES
        return selection(fields.raw("of"), f"{fields.what}: of", self.currency)

    def _bound(self, fields: Fields, bound: Any) -> list[ConditionType]:
        amount = fields.money("amount", self.currency)
        basis: dict[str, Any] = {
            "target": self._of(fields),
            "after_discounts": is_after(fields, default=self.after_discounts),
        }
        if fields.flag("inclusive", default=True):
            found: list[ConditionType] = bound(amount, **basis)
            return found
        # Over the amount is what is not at most that much.
        opposite = at_most if bound is at_least else at_least
        return [Not(condition=each) for each in opposite(amount, **basis)] or [NEVER]

    def _add_window(self, fields: Fields, terms: Terms) -> None:
        if not self.timed:
            raise NotOffered(f"{fields.what}: a window in a scenario without a current time")
        starts = fields.time("starts") if "starts" in fields else None
        ends = fields.time("ends") + _LAST_INSTANT if "ends" in fields else None
        terms.starts_at = max(filter(None, (terms.starts_at, starts)), default=None)
        terms.ends_at = min(filter(None, (terms.ends_at, ends)), default=None)
        if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
            raise Malformed(f"{fields.what}: the window ends before it starts")

    def _add_limit(self, fields: Fields, kind: str, terms: Terms) -> None:
        limits, usage = terms.limits, terms.usage
        match kind:
            case "usage_limit" if limits.total is None:
                most, times = self._redemptions(fields, "total")
                terms.limits = attrs.evolve(limits, total=most)
                terms.usage = attrs.evolve(usage, total=times)
            case "usage_limit_per_customer" if limits.per_contact is None:
                most, times = self._redemptions(fields, "limit")
                terms.limits = attrs.evolve(limits, per_contact=most)
                terms.usage = attrs.evolve(usage, by_contact=times)
            case "budget" if limits.budget is None:
                limit = fields.money("limit", self.currency)
                used = from_minor(0, self.currency)
                if "used" in fields:
                    used = fields.money("used", self.currency)
                # A budget of nothing is one of a minor unit that is spent.
                least = from_minor(1, self.currency)
                terms.limits = attrs.evolve(limits, budget=limit or least)
                terms.usage = attrs.evolve(usage, discounts=(used if limit else least,))
            case _:
                raise NotOffered(f"{fields.what}: a second limit of this kind")

    def _redemptions(self, fields: Fields, limit: str) -> tuple[int, int]:
        """How many are allowed, and how many there were."""
        most = fields.whole(limit)
        count_cancelled = fields.flag("count_cancelled", default=False)
        times = self.buyer.used(self.code, count_cancelled=count_cancelled) if self.code else 0
        if "used" in fields:
            times = fields.whole("used")
        # A limit of none is one that is used up.
        return (most, times) if most else (1, 1)


def is_after(fields: Fields, *, default: bool) -> bool:
    """Whether a condition sees what earlier promotions left."""
    basis = fields.choice(
        "basis",
        "before_discounts",
        "after_discounts",
        default="after_discounts" if default else "before_discounts",
    )
    return basis == "after_discounts"


def at_least(amount: Money, **basis: Any) -> list[ConditionType]:
    """The condition that lines cost so much or more; none for nothing, which they always do."""
    return [MinSubtotal(amount=amount, **basis)] if amount else []


def at_most(amount: Money, **basis: Any) -> list[ConditionType]:
    """The condition that lines cost so much or less."""
    if amount:
        return [MaxSubtotal(amount=amount, **basis)]
    return [Not(condition=MinSubtotal(amount=from_minor(1, amount.currency), **basis))]
