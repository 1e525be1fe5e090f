"""Back-office order entry: exact prices, explained discounts, orders that are never lost."""

from cartcore.cart import (
    AppliedPromotion,
    Cart,
    CartLine,
    CartShipment,
    Customer,
    ManualDiscount,
)
from cartcore.catalog import Product, Variant
from cartcore.contact import Address, Contact, ContactFilter
from cartcore.desk import OrderDesk
from cartcore.draft import Draft, Step
from cartcore.errors import CartcoreError
from cartcore.money import Rounding
from cartcore.order import Order, OrderFilter, OrderStatus, OrderSummary
from cartcore.policy import Combination, PricingPolicy, RoundingPoint
from cartcore.pricing import price
from cartcore.promotion import Limits, Promotion, Trigger
from cartcore.promotion_set import PromotionSet
from cartcore.quote import Quote
from cartcore.selection import Selection
from cartcore.serialization import Serializer
from cartcore.shipping import ShippingSpeed
from cartcore.similar import SimilarContact
from cartcore.storage import Page
from cartcore.store import Store
from cartcore.view import DraftView

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
    "Customer",
    "Draft",
    "DraftView",
    "Limits",
    "ManualDiscount",
    "Order",
    "OrderDesk",
    "OrderFilter",
    "OrderStatus",
    "OrderSummary",
    "Page",
    "PricingPolicy",
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
    "Step",
    "Store",
    "Trigger",
    "Variant",
    "price",
]
