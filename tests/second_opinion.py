"""A second implementation of pricing, for the tests: simple, slow, and on fractions.

Written from docs/rules.md and the design of the rules, with the default policy only, for the
built-in promotion types. It shares no arithmetic with the engine: it reads the values of cart and
promotions, and knows nothing of minor units, `Discount`, `Offer` or `PricingContext`.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs
from moneyed import Money

from cartcore.cart import Cart, CartLine
from cartcore.catalog import Product, Variant
from cartcore.promotion import Promotion, Trigger
from cartcore.rules import Selection
from cartcore.rules.builtin.add_product import AddProduct
from cartcore.rules.builtin.amount_off import AmountOff
from cartcore.rules.builtin.contact_tag import ContactTag
from cartcore.rules.builtin.free_shipping import FreeShipping
from cartcore.rules.builtin.min_quantity import MinQuantity
from cartcore.rules.builtin.min_subtotal import MinSubtotal
from cartcore.rules.builtin.order_amount_off import OrderAmountOff
from cartcore.rules.builtin.order_percent_off import OrderPercentOff
from cartcore.rules.builtin.percent_off import PercentOff

CENTS = {"JPY": 1, "USD": 100, "KWD": 1000}

PHASES: tuple[tuple[type, ...], ...] = (
    (AddProduct, PercentOff, AmountOff),
    (OrderPercentOff, OrderAmountOff),
    (FreeShipping,),
)


@attrs.define
class Opinion:
    """What the cart costs, in the smallest coin, and how it came to that."""

    total: int = 0
    lines: dict[str, tuple[int, int]] = attrs.Factory(dict)
    taken: dict[tuple[str, str], int] = attrs.Factory(dict)
    cut: dict[str, int] = attrs.Factory(dict)
    applied: list[str] = attrs.Factory(list)
    missing: dict[str, int] = attrs.Factory(dict)


def half_up(exact: Fraction) -> int:
    """The nearest whole number, and the larger one of two."""
    return (exact + Fraction(1, 2)).__floor__()


def split(whole: int, proportions: Mapping[str, int]) -> dict[str, int]:
    """Whole coins in proportion; coins left over go to the largest remainders, earlier first."""
    together = sum(proportions.values())
    if not together:
        return dict.fromkeys(proportions, 0)
    exact = {name: Fraction(whole * part, together) for name, part in proportions.items()}
    coins = {name: share.__floor__() for name, share in exact.items()}
    waiting = sorted(exact, key=lambda name: coins[name] - exact[name])  # sorted() is stable
    for name in waiting[: whole - sum(coins.values())]:
        coins[name] += 1
    return coins


def meant(selection: Selection, line: CartLine) -> bool:
    if selection.exclude is not None and meant(selection.exclude, line):
        return False
    if selection.skus and line.sku not in selection.skus:
        return False
    if selection.products and line.product_id not in selection.products:
        return False
    if selection.tags and not set(selection.tags) & set(line.tags):
        return False
    shelves = {
        "/".join(path.split("/")[:depth])
        for path in line.categories
        for depth in range(1, len(path.split("/")) + 1)
    }
    return not selection.categories or bool(shelves & set(selection.categories))


class Till:
    """Adds up one cart, promotion by promotion."""

    def __init__(self, cart: Cart, products: Mapping[str, Product]) -> None:
        self.cart = cart
        self.products = products
        self.lines: dict[str, CartLine] = {}
        self.full: dict[str, int] = {}
        self.left: dict[str, int] = {}
        self.postage = {s.id: self.coins(s.speed.price) if s.speed else 0 for s in cart.shipments}
        self.opinion = Opinion()
        for line in cart.lines:
            self.put(line)

    def coins(self, money: Money) -> int:
        exact = Fraction(money.amount) * CENTS[self.cart.currency]
        assert exact.denominator == 1
        return exact.numerator

    def put(self, line: CartLine) -> None:
        exact = Fraction(line.unit_price.amount) * line.quantity * CENTS[self.cart.currency]
        self.lines[line.id] = line
        self.full[line.id] = self.left[line.id] = half_up(exact)

    def price(self, promotions: tuple[Promotion, ...]) -> Opinion:
        entered = [application.promotion_id for application in self.cart.applied]
        running = [
            p
            for p in promotions
            if p.enabled
            and p.id not in self.cart.refused
            and (p.trigger is Trigger.AUTOMATIC or p.id in entered)
        ]
        for phase in PHASES:
            due = [p for p in running if isinstance(p.effect, phase)]
            due.sort(key=lambda p: p.id)
            due.sort(key=lambda p: entered.index(p.id) if p.id in entered else -1)
            due.sort(key=lambda p: not isinstance(p.effect, AddProduct))
            due.sort(key=lambda p: -p.priority)
            for promotion in due:
                if all(self.holds(condition, promotion) for condition in promotion.conditions):
                    self.run(promotion)
        self.opinion.lines = {name: (self.full[name], self.left[name]) for name in self.lines}
        self.opinion.total = sum(self.left.values()) + sum(self.postage.values())
        return self.opinion

    def holds(self, condition: Any, promotion: Promotion) -> bool:
        if isinstance(condition, ContactTag):
            return bool(set(condition.tags) & set(self.cart.customer.tags))
        chosen = [line for line in self.lines.values() if meant(condition.target, line)]
        if isinstance(condition, MinQuantity):
            missing = condition.quantity - sum(line.quantity for line in chosen)
        else:
            assert isinstance(condition, MinSubtotal)
            figures = self.left if condition.after_discounts else self.full
            missing = self.coins(condition.amount) - sum(figures[line.id] for line in chosen)
        if missing > 0:
            self.opinion.missing[promotion.id] = missing
        return missing <= 0

    def run(self, promotion: Promotion) -> None:
        effect: Any = promotion.effect
        if isinstance(effect, AddProduct):
            if self.add(promotion, effect):
                names = [f"{promotion.id}:{item.key}" for item in effect.items]
                self.percent(promotion, self.left, names, effect.percent, None)
                if promotion.id not in self.opinion.applied:
                    self.opinion.applied.append(promotion.id)
        elif isinstance(effect, FreeShipping):
            names = [
                s.id
                for s in self.cart.shipments
                if s.speed and (s.speed.code in effect.speeds or not effect.speeds)
            ]
            self.percent(promotion, self.postage, names, 100, effect.maximum)
        else:
            target = getattr(effect, "target", Selection())
            names = [line.id for line in self.lines.values() if meant(target, line)]
            maximum = getattr(effect, "maximum", None)
            if isinstance(effect, (PercentOff, OrderPercentOff)):
                self.percent(promotion, self.left, names, effect.percent, maximum)
            else:
                self.amount(promotion, names, effect, maximum)

    def percent(
        self,
        promotion: Promotion,
        purse: dict[str, int],
        names: list[str],
        percent: Any,
        maximum: Money | None,
    ) -> None:
        room = {name: purse[name] for name in names}
        wanted = half_up(Fraction(percent) / 100 * sum(room.values()))
        self.take(promotion, purse, room, self.bounded(wanted, maximum))

    def amount(
        self, promotion: Promotion, names: list[str], effect: Any, maximum: Money | None
    ) -> None:
        amount = self.coins(effect.amount)
        room = {name: self.left[name] for name in names}
        if getattr(effect, "per", "total") == "unit":
            each = {name: amount * self.lines[name].quantity for name in names}
            room = {name: min(room[name], each[name]) for name in names}
            amount = sum(each.values())
        self.take(promotion, self.left, room, self.bounded(amount, maximum))

    def bounded(self, wanted: int, maximum: Money | None) -> int:
        return wanted if maximum is None else min(wanted, self.coins(maximum))

    def take(
        self, promotion: Promotion, purse: dict[str, int], room: dict[str, int], wanted: int
    ) -> None:
        possible = min(wanted, sum(room.values()))
        for name, coins in split(possible, room).items():
            purse[name] -= coins
            if coins:
                self.opinion.taken[promotion.id, name] = coins
        if possible:
            self.opinion.applied.append(promotion.id)
            if wanted > possible:
                self.opinion.cut[promotion.id] = wanted - possible

    def add(self, promotion: Promotion, effect: AddProduct) -> bool:
        choices = {
            key: sku
            for application in self.cart.applied
            if application.promotion_id == promotion.id
            for key, sku in application.choices
        }
        found: list[tuple[Product, Variant]] = []
        for item in effect.items:
            product = self.products.get(item.product_id)
            if product is None:
                return False
            fitting = [
                variant
                for variant in product.variants
                if product.published
                and variant.published
                and set(item.options) <= set(zip(product.options, variant.options, strict=True))
            ]
            if item.key in choices:
                fitting = [variant for variant in fitting if variant.sku == choices[item.key]]
            if len(fitting) != 1:
                return False
            found.append((product, fitting[0]))
        for item, (product, variant) in zip(effect.items, found, strict=True):
            name = f"{promotion.id}:{item.key}"
            self.put(CartLine.of(product, variant, item.quantity, line_id=name))
        return True
