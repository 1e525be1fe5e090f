from cartcore.cart import (
    AppliedPromotion,
    Cart,
    CartLine,
    CartShipment,
    Customer,
    ManualDiscount,
)
from cartcore.desk import OrderDesk
from cartcore.documents.serializer import Serializer
from cartcore.entry.hooks import OrderHooks
from cartcore.entry.problems import Problem
from cartcore.entry.similar_contacts import SimilarContact
from cartcore.entry.staff_prices import StaffPrices
from cartcore.entry.store import Store
from cartcore.entry.view import DraftView
from cartcore.errors import CartcoreError
from cartcore.orders.draft import Draft, Step
from cartcore.orders.event import EventKind, OrderEvent
from cartcore.orders.filters import DraftSort, OrderFilter, OrderSort
from cartcore.orders.order import Order, OrderStatus, OrderSummary
from cartcore.pricing.engine import price
from cartcore.pricing.policy import (
    Combination,
    CrossBorder,
    ExemptPrices,
    GrossPrices,
    PricingPolicy,
    RoundingPoint,
    TaxPolicy,
    TaxRounding,
)
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.promotions.selection import Selection
from cartcore.shop.address import Address, Place
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import ShippingSpeed
from cartcore.storage.paging import Page
from cartcore.values.allocation import Rounding

__all__ = [
    "Address",
    "AppliedPromotion",
    "Cart",
    "CartLine",
    "CartShipment",
    "CartcoreError",
    "Combination",
    "Contact",
    "ContactFilter",
    "CrossBorder",
    "Customer",
    "Draft",
    "DraftSort",
    "DraftView",
    "EventKind",
    "ExemptPrices",
    "GrossPrices",
    "Limits",
    "ManualDiscount",
    "Order",
    "OrderDesk",
    "OrderEvent",
    "OrderFilter",
    "OrderHooks",
    "OrderSort",
    "OrderStatus",
    "OrderSummary",
    "Page",
    "Place",
    "PricingPolicy",
    "Problem",
    "Product",
    "Promotion",
    "PromotionSet",
    "Quote",
    "Rounding",
    "RoundingPoint",
    "Selection",
    "Serializer",
    "ShippingSpeed",
    "SimilarContact",
    "StaffPrices",
    "Step",
    "Store",
    "TaxPolicy",
    "TaxRounding",
    "Trigger",
    "Variant",
    "price",
]
