"""Everything that the author of a plugin imports; the built-in types are written on it, too."""

from cartcore.cart import CartLine, CartShipment, Customer
from cartcore.contact import Address, country_codes
from cartcore.errors import InvalidField
from cartcore.fields import checked
from cartcore.money import show
from cartcore.offer import (
    ALL_LINES,
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    Selection,
    TiedItem,
    not_negative,
    percent,
    positive,
)
from cartcore.promotion import PromotionClass
from cartcore.rulebook import Rulebook
from cartcore.rules.hookspecs import hookimpl
from cartcore.rules.loading import load_rulebook
from cartcore.shipping import ShipmentRequest, ShippingSpeed
from cartcore.tax import TaxRate

__all__ = [
    "ALL_LINES",
    "Address",
    "CartLine",
    "CartShipment",
    "Customer",
    "Discount",
    "Ineligible",
    "InvalidField",
    "Offer",
    "PricingContext",
    "PromotionClass",
    "Rulebook",
    "Selection",
    "ShipmentRequest",
    "ShippingSpeed",
    "TaxRate",
    "TiedItem",
    "checked",
    "country_codes",
    "hookimpl",
    "load_rulebook",
    "not_negative",
    "percent",
    "positive",
    "show",
]
