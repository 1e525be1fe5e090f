"""The rulebook: what a set of plugins gave, the types by type name.

A value of its own: two shops in one process can have different ones. `cartcore.rules` builds it.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import attrs

from cartcore.promotions.types import ConditionType, PromotionType, TaxCalculator
from cartcore.shop.speeds import SpeedProvider
from cartcore.values.guard import PluginFault


class PluginSource(StrEnum):
    """Where a plugin comes from (PK-3).

    Attributes:
        BUILT_IN: It is part of cartcore.
        GIVEN: It was given to `load_rulebook`.
        DISCOVERED: An installed distribution names it, in the entry-point group `cartcore`.
    """

    BUILT_IN = "built in"
    GIVEN = "given"
    DISCOVERED = "discovered"


@attrs.frozen(kw_only=True)
class Plugin:
    """A plugin that a rulebook was made with, or that was left out of it (PK-9).

    Attributes:
        name: What it is called, and can be blocked by: the name of its entry point; of one that was
            given, the name of the module, or of the object's class.
        source: Where it comes from.
        module: The module that it stands in.
        distribution: The installed distribution of one that was discovered; empty otherwise.
        version: The version of that distribution.
        type_names: The names of the types that it gave, sorted.
        hooks: The hooks of orders that it has a function for, sorted (HA-5, HA-7).
        blocked: True if it was not loaded because its name is blocked.
        faults: What is wrong with it; it was left out if there is anything.
    """

    name: str
    source: PluginSource
    module: str = ""
    distribution: str = ""
    version: str = ""
    type_names: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    blocked: bool = False
    faults: tuple[PluginFault, ...] = ()

    @property
    def loaded(self) -> bool:
        """Whether its types and functions are in the rulebook."""
        return not (self.blocked or self.faults)


@attrs.frozen(kw_only=True)
class Rulebook:
    """Everything that plugins registered.

    Attributes:
        promotion_types: The promotion types by type name.
        condition_types: The condition types by type name.
        speed_providers: The shipping-speed providers by type name.
        tax_calculators: The tax calculators by type name.
        origins: The name of the plugin that gave each type, by type name.
        plugins: The plugins, those left out as well, sorted by source and name.
        order_hooks: The functions that are told of orders, or asked about them, by the name of the
            hook, each after the name of its plugin; `OrderHooks.of` gives them to a desk.
    """

    promotion_types: Mapping[str, type[PromotionType]] = MappingProxyType({})
    condition_types: Mapping[str, type[ConditionType]] = MappingProxyType({})
    speed_providers: Mapping[str, type[SpeedProvider]] = MappingProxyType({})
    tax_calculators: Mapping[str, type[TaxCalculator]] = MappingProxyType({})
    origins: Mapping[str, str] = MappingProxyType({})
    plugins: tuple[Plugin, ...] = ()
    order_hooks: Mapping[str, tuple[tuple[str, Callable[..., Any]], ...]] = MappingProxyType({})
