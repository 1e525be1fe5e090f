"""django-salesman: every rule is a basket modifier, and every modifier sees every item.

It has no promotions of its own, so what the rules do is written here, as its modifiers are meant to
be: the figures are the floor's, on `Decimal`. It knows neither a trace nor a split of what is taken
off the order. The category stands in the `extra` of an item: asking its product takes ten times as
long. Items are loaded from the database before the clock starts.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

from benchmarks.peers import SETTINGS, serve
from benchmarks.workloads import Rule, Workload

settings.configure(
    **SETTINGS,
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "salesman.core",
        "salesman.basket",
        "salesman.checkout",
        "salesman.orders",
        "benchmarks.peers",
    ],
    SALESMAN_PRODUCT_TYPES={},
)
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)

from django.http import HttpRequest  # noqa: E402  (once Django is set up)
from salesman.basket.models import Basket  # noqa: E402
from salesman.basket.modifiers import BasketModifier, basket_modifiers_pool  # noqa: E402

from benchmarks.peers.models import Article  # noqa: E402

CENT = Decimal("0.01")


def money(cents: int) -> Decimal:
    """An amount as salesman has it."""
    return Decimal(cents).scaleb(-2)


class Percent(BasketModifier):
    """A percentage off each item of a category."""

    def __init__(self, rule: Rule) -> None:
        self.identifier, self.rule = rule.id, rule

    def process_item(self, item: Any, request: HttpRequest) -> None:
        """Take it off."""
        if item.extra["category"] == self.rule.category:
            off = (item.total * self.rule.percent / 100).quantize(CENT, ROUND_HALF_UP)
            self.add_extra_row(item, request, "off", -off)


class Cheapest(BasketModifier):
    """Some of the cheapest units of a category free."""

    def __init__(self, rule: Rule) -> None:
        self.identifier, self.rule = rule.id, rule

    def process_basket(self, basket: Any, request: HttpRequest) -> None:
        """Take them off."""
        rule = self.rule
        own = [i for i in basket.get_items() if i.extra["category"] == rule.category]
        if not own:
            return
        units = sum(item.quantity for item in own)
        free = int(units >= rule.buy)
        if rule.kind == "buy_x_get_y":
            free = units // (rule.buy + rule.get) * rule.get
        off = Decimal(0)
        for item in sorted(own, key=lambda item: item.unit_price):
            taken = min(free, item.quantity)
            off += taken * item.unit_price
            free -= taken
        if off:
            self.add_extra_row(basket, request, "free", -off)


class OrderAmount(BasketModifier):
    """An amount off the order, from a threshold on."""

    def __init__(self, rule: Rule) -> None:
        self.identifier, self.rule = rule.id, rule
        self.threshold, self.off = money(rule.threshold), money(rule.off)

    def process_basket(self, basket: Any, request: HttpRequest) -> None:
        """Take it off."""
        if basket.total >= self.threshold:
            self.add_extra_row(basket, request, "off", -self.off)


class FreeShipping(BasketModifier):
    """No charge for shipping, from a threshold on."""

    def __init__(self, rule: Rule) -> None:
        self.identifier, self.rule = rule.id, rule
        self.threshold = money(rule.threshold)

    def process_basket(self, basket: Any, request: HttpRequest) -> None:
        """Say so: shipping is charged at the end."""
        basket.ships_free |= basket.total >= self.threshold


class Shipping(BasketModifier):
    """The charge for shipping."""

    identifier = "shipping"

    def __init__(self, cents: int) -> None:
        self.charge = money(cents)

    def setup_basket(self, basket: Any, request: HttpRequest) -> None:
        """Nothing is free yet."""
        basket.ships_free = False

    def process_basket(self, basket: Any, request: HttpRequest) -> None:
        """Charge it."""
        if not basket.ships_free:
            self.add_extra_row(basket, request, "shipping", self.charge)


MODIFIERS = {
    "percent": Percent,
    "buy_x_get_y": Cheapest,
    "cheapest": Cheapest,
    "order_amount": OrderAmount,
    "free_shipping": FreeShipping,
}


def prepare(work: Workload) -> Callable[[], int]:
    """Return what prices a basket, or, of one that grows, each of its sizes."""
    basket = Basket.objects.create()
    for line in work.lines:
        article = Article.objects.create(name=line.sku, code=line.sku, price=money(line.unit))
        basket.add(article, line.quantity, ref=line.id, extra={"category": line.category})
    items = sorted(basket.get_items(), key=lambda item: item.pk)
    rules = sorted(work.rules, key=lambda rule: not rule.category)
    modifiers = [*(MODIFIERS[rule.kind](rule) for rule in rules), Shipping(work.shipping)]
    request = HttpRequest()

    def price(count: int) -> int:
        basket_modifiers_pool._modifiers = modifiers  # noqa: SLF001  (only classes can be set)
        basket._cached_items = items[:count]  # noqa: SLF001  (only that of the database is public)
        basket.update(request)
        return int(basket.total * 100)

    def grow() -> int:
        return [price(count) for count in range(1, len(items) + 1)][-1]

    return grow if work.grown else lambda: price(len(items))


if __name__ == "__main__":
    serve(prepare)
