"""Back-office order entry: exact prices, explained discounts, orders that are never lost.

A name is imported with the module that it is made in, when it is first asked for: who prices carts
does not wait for storage and order entry. `__init__.pyi` tells type checkers of them.
"""

from importlib import import_module as _import

_NAMES = {
    "cart": ("AppliedPromotion", "Cart", "CartLine", "CartShipment", "Customer", "ManualDiscount"),
    "desk": ("OrderDesk",),
    "documents.serializer": ("Serializer",),
    "entry.hooks": ("OrderHooks",),
    "entry.problems": ("Problem",),
    "entry.similar_contacts": ("SimilarContact",),
    "entry.staff_prices": ("StaffPrices",),
    "entry.store": ("Store",),
    "entry.view": ("DraftView",),
    "errors": ("CartcoreError",),
    "orders.draft": ("Draft", "Step"),
    "orders.event": ("EventKind", "OrderEvent"),
    "orders.filters": ("DraftSort", "OrderFilter", "OrderSort"),
    "orders.order": ("Order", "OrderStatus", "OrderSummary"),
    "pricing.engine": ("price",),
    "pricing.policy": (
        "Combination",
        "CrossBorder",
        "ExemptPrices",
        "GrossPrices",
        "PricingPolicy",
        "RoundingPoint",
        "TaxPolicy",
        "TaxRounding",
    ),
    "pricing.promotion_set": ("PromotionSet",),
    "pricing.quote": ("Quote",),
    "promotions.promotion": ("Limits", "Promotion", "Trigger"),
    "promotions.selection": ("Selection",),
    "shop.address": ("Address", "Place"),
    "shop.contact": ("Contact", "ContactFilter"),
    "shop.product": ("Product", "Variant"),
    "shop.speeds": ("ShippingSpeed",),
    "storage.paging": ("Page",),
    "values.allocation": ("Rounding",),
}

_HOMES = {name: f"cartcore.{module}" for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOMES)  # noqa: PLE0605  (type checkers read the stub)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    value: object = getattr(_import(_HOMES[name]), name)
    globals()[name] = value  # asked for once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
