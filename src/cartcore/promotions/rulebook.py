"""The rulebook: the types that a set of plugins gave, by type name.

A value of its own: two shops in one process can have different ones. `cartcore.rules` builds it.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from cartcore.promotions.types import ConditionType, PromotionType, TaxCalculator
from cartcore.shop.speeds import SpeedProvider


@attrs.frozen(kw_only=True)
class Rulebook:
    """Everything that plugins registered.

    Attributes:
        promotion_types: The promotion types by type name.
        condition_types: The condition types by type name.
        speed_providers: The shipping-speed providers by type name.
        tax_calculators: The tax calculators by type name.
        origins: The name of the plugin that gave each type, by type name.
    """

    promotion_types: Mapping[str, type[PromotionType]] = MappingProxyType({})
    condition_types: Mapping[str, type[ConditionType]] = MappingProxyType({})
    speed_providers: Mapping[str, type[SpeedProvider]] = MappingProxyType({})
    tax_calculators: Mapping[str, type[TaxCalculator]] = MappingProxyType({})
    origins: Mapping[str, str] = MappingProxyType({})
