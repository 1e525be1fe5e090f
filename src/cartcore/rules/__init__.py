"""Everything that the author of a plugin imports; the built-in types are written on it, too."""

from cartcore.cart import LARGEST_QUANTITY, CartLine, CartShipment, Customer
from cartcore.conditions import a_condition, ask, some_conditions
from cartcore.contact import Address, country_codes
from cartcore.context import PricingContext, UnitGroup
from cartcore.errors import CurrencyMismatch, InvalidField
from cartcore.fields import checked
from cartcore.figures import from_one, not_negative, one_currency, percent, positive, tax_percent
from cartcore.money import FINER, LARGEST_AMOUNT, currency_code, show
from cartcore.offer import Discount, Ineligible, Offer, Per, TiedItem, Which
from cartcore.postal import postal_code_starts
from cartcore.promotion import ConditionType, PromotionClass
from cartcore.rulebook import Rulebook
from cartcore.rules.hookspecs import hookimpl
from cartcore.rules.loading import load_rulebook
from cartcore.selection import ALL_LINES, Selection
from cartcore.shipping import RequestedLine, ShipmentRequest, ShippingSpeed, SpeedProvider
from cartcore.tax import TaxRate
from cartcore.text import normal
from cartcore.zones import local_time, zone_name

__all__ = [
    "ALL_LINES",
    "FINER",
    "LARGEST_AMOUNT",
    "LARGEST_QUANTITY",
    "Address",
    "CartLine",
    "CartShipment",
    "ConditionType",
    "CurrencyMismatch",
    "Customer",
    "Discount",
    "Ineligible",
    "InvalidField",
    "Offer",
    "Per",
    "PricingContext",
    "PromotionClass",
    "RequestedLine",
    "Rulebook",
    "Selection",
    "ShipmentRequest",
    "ShippingSpeed",
    "SpeedProvider",
    "TaxRate",
    "TiedItem",
    "UnitGroup",
    "Which",
    "a_condition",
    "ask",
    "checked",
    "country_codes",
    "currency_code",
    "from_one",
    "hookimpl",
    "load_rulebook",
    "local_time",
    "normal",
    "not_negative",
    "one_currency",
    "percent",
    "positive",
    "postal_code_starts",
    "show",
    "some_conditions",
    "tax_percent",
    "zone_name",
]
