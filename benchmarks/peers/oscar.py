"""django-oscar: every rule is a conditional offer on a range of one category, or of all products.

What differs: offers are loaded from the database each time, as Oscar does. Thresholds are compared
with prices before the discounts of other offers. "Cheapest free" takes one unit of a line at most
each, and percentages are not rounded line by line. So the totals may differ, and are shown as they
are. Offers are not exclusive, as the rules are not.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from oscar import defaults

from benchmarks.peers import SETTINGS, serve
from benchmarks.workloads import Rule, Workload

settings.configure(
    **SETTINGS,
    **{name: getattr(defaults, name) for name in dir(defaults) if name.startswith("OSCAR")},
    HAYSTACK_CONNECTIONS={
        "default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"},
    },
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.sites",
        "django.contrib.flatpages",
        "oscar.apps.analytics.apps.AnalyticsConfig",
        "oscar.apps.checkout.apps.CheckoutConfig",
        "oscar.apps.address.apps.AddressConfig",
        "oscar.apps.shipping.apps.ShippingConfig",
        "oscar.apps.catalogue.apps.CatalogueConfig",
        "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
        "oscar.apps.communication.apps.CommunicationConfig",
        "oscar.apps.partner.apps.PartnerConfig",
        "oscar.apps.basket.apps.BasketConfig",
        "oscar.apps.payment.apps.PaymentConfig",
        "oscar.apps.offer.apps.OfferConfig",
        "oscar.apps.order.apps.OrderConfig",
        "oscar.apps.customer.apps.CustomerConfig",
        "oscar.apps.search.apps.SearchConfig",
        "oscar.apps.voucher.apps.VoucherConfig",
        "oscar.apps.wishlists.apps.WishlistsConfig",
        "treebeard",
        "haystack",
    ],
    MIDDLEWARE=[],
    SITE_ID=1,
)
django.setup()
call_command("migrate", verbosity=0)

from oscar.apps.offer.applicator import Applicator  # noqa: E402  (once Django is set up)
from oscar.core.loading import get_class, get_model  # noqa: E402

Basket = get_model("basket", "Basket")
Benefit = get_model("offer", "Benefit")
Category = get_model("catalogue", "Category")
Condition = get_model("offer", "Condition")
ConditionalOffer = get_model("offer", "ConditionalOffer")
Partner = get_model("partner", "Partner")
Product = get_model("catalogue", "Product")
ProductClass = get_model("catalogue", "ProductClass")
Range = get_model("offer", "Range")
StockRecord = get_model("partner", "StockRecord")
Default = get_class("partner.strategy", "Default")

CENT = Decimal("0.01")


def money(cents: int) -> Decimal:
    """An amount as Oscar has it."""
    return Decimal(cents).scaleb(-2)


def _category(name: str) -> Any:
    return Category.objects.filter(name=name).first() or Category.add_root(name=name)


def _range(category: str) -> Any:
    found, made = Range.objects.get_or_create(
        name=category or "all", defaults={"includes_all_products": not category}
    )
    if made and category:
        found.included_categories.add(_category(category))
    return found


def _offer(rule: Rule, priority: int) -> None:
    of = _range(rule.category)
    count, value = Condition.COUNT, Condition.VALUE
    condition, benefit = {
        "percent": ((count, 1), (Benefit.PERCENTAGE, rule.percent)),
        "buy_x_get_y": ((count, rule.buy + rule.get), (Benefit.MULTIBUY, None)),
        "cheapest": ((count, rule.buy), (Benefit.MULTIBUY, None)),
        "order_amount": ((value, money(rule.threshold)), (Benefit.FIXED, money(rule.off))),
        "free_shipping": ((value, money(rule.threshold)), (Benefit.SHIPPING_PERCENTAGE, 100)),
    }[rule.kind]
    ships = rule.kind == "free_shipping"
    ConditionalOffer.objects.create(
        name=rule.id,
        exclusive=False,
        priority=priority,
        condition=Condition.objects.create(range=of, type=condition[0], value=condition[1]),
        benefit=Benefit.objects.create(
            range=None if ships else of, type=benefit[0], value=benefit[1]
        ),
        max_basket_applications=None if rule.kind == "buy_x_get_y" else 1,
    )


def _basket(work: Workload, count: int, products: list[Any]) -> Any:
    basket = Basket.objects.create()
    basket.strategy = Default()
    for line, product in zip(work.lines[:count], products, strict=False):
        basket.add_product(product, line.quantity)
    return basket


def _products(work: Workload) -> list[Any]:
    partner, _ = Partner.objects.get_or_create(name="partner")
    kind, _ = ProductClass.objects.get_or_create(
        name="kind", defaults={"track_stock": False, "requires_shipping": True}
    )
    found = []
    for line in work.lines:
        product = Product.objects.create(product_class=kind, title=line.sku)
        product.categories.add(_category(line.category))
        StockRecord.objects.create(
            product=product,
            partner=partner,
            partner_sku=f"{product.pk}",
            price_currency="USD",
            price=money(line.unit),
        )
        found.append(product)
    return found


def prepare(work: Workload) -> Callable[[], int]:
    """Return what applies the offers to a basket that is loaded already."""
    ConditionalOffer.objects.all().delete()
    for place, rule in enumerate(sorted(work.rules, key=lambda rule: not rule.category)):
        _offer(rule, -place)
    basket = _basket(work, len(work.lines), _products(work))
    basket.all_lines()

    def price() -> int:
        basket.reset_offer_applications()
        Applicator().apply(basket)
        left = basket.total_incl_tax.quantize(CENT, ROUND_HALF_UP)
        ships_free = bool(basket.offer_applications.shipping_discounts)
        return int(left * 100) + (0 if ships_free else work.shipping)

    return price


if __name__ == "__main__":
    serve(prepare)
