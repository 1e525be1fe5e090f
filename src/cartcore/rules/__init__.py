"""Everything that the author of a plugin imports; the built-in types are written on it, too."""

from cartcore.cart import LARGEST_QUANTITY, CartLine, CartShipment, Customer, speed_names
from cartcore.errors import (
    CurrencyMismatch,
    InvalidField,
    InvalidTaxTable,
    PluginError,
    TaxUndetermined,
)
from cartcore.errors.sentences import alternatives, counted, ordinal, shown, times
from cartcore.promotions.conditions import a_condition, ask, some_conditions
from cartcore.promotions.context import PricingContext, UnitGroup
from cartcore.promotions.offer import Discount, Ineligible, Offer, Per, TiedItem, Which
from cartcore.promotions.rulebook import Rulebook
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy, TaxRate, TaxRequest
from cartcore.promotions.types import (
    AtMost,
    ConditionType,
    LeastLeft,
    Needs,
    PromotionClass,
    PromotionType,
    StaysUnmet,
    TaxCalculator,
    Upgrades,
    UsesUnits,
)
from cartcore.rules.claims import most_expensive_first, most_off_unit
from cartcore.rules.hookspecs import hookimpl
from cartcore.rules.loading import load_rulebook
from cartcore.shop.address import Address, Place, country_codes
from cartcore.shop.product import OpenOptions
from cartcore.shop.regions import known_regions, region_key
from cartcore.shop.speeds import RequestedLine, ShipmentRequest, ShippingSpeed, SpeedProvider
from cartcore.values.attributes import Attributes
from cartcore.values.converters import (
    from_one,
    not_negative,
    one_currency,
    percent,
    positive,
    tax_percent,
)
from cartcore.values.money import FINER, LARGEST_AMOUNT, currency_code, show
from cartcore.values.postal_codes import postal_code_starts, postal_prefix, postal_prefixes
from cartcore.values.records import REQUIRED, checked
from cartcore.values.text import normal
from cartcore.values.time_zones import local_time, zone_name

__all__ = [
    "ALL_LINES",
    "FINER",
    "LARGEST_AMOUNT",
    "LARGEST_QUANTITY",
    "REQUIRED",
    "Address",
    "AtMost",
    "Attributes",
    "CartLine",
    "CartShipment",
    "ConditionType",
    "CurrencyMismatch",
    "Customer",
    "Discount",
    "Ineligible",
    "InvalidField",
    "InvalidTaxTable",
    "LeastLeft",
    "Needs",
    "Offer",
    "OpenOptions",
    "PartTax",
    "Per",
    "Place",
    "PluginError",
    "PricingContext",
    "PromotionClass",
    "PromotionType",
    "RequestedLine",
    "Rulebook",
    "Selection",
    "ShipmentRequest",
    "ShippingSpeed",
    "SpeedProvider",
    "StaysUnmet",
    "TaxCalculator",
    "TaxRate",
    "TaxRequest",
    "TaxUndetermined",
    "TaxablePart",
    "TaxedBy",
    "TiedItem",
    "UnitGroup",
    "Upgrades",
    "UsesUnits",
    "Which",
    "a_condition",
    "alternatives",
    "ask",
    "checked",
    "counted",
    "country_codes",
    "currency_code",
    "from_one",
    "hookimpl",
    "known_regions",
    "load_rulebook",
    "local_time",
    "most_expensive_first",
    "most_off_unit",
    "normal",
    "not_negative",
    "one_currency",
    "ordinal",
    "percent",
    "positive",
    "postal_code_starts",
    "postal_prefix",
    "postal_prefixes",
    "region_key",
    "show",
    "shown",
    "some_conditions",
    "speed_names",
    "tax_percent",
    "times",
    "zone_name",
]
