"""The hooks of cartcore: what a plugin can register.

Hooks collect types; the engine then works with objects of those types. So the order in which
plugins are loaded never decides money. A plugin implements a hook with `cartcore.rules.hookimpl`.
"""

from collections.abc import Sequence

import pluggy

from cartcore.promotions.types import ConditionType, PromotionType, TaxCalculator
from cartcore.shop.speeds import SpeedProvider

PROJECT = "cartcore"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def cartcore_promotion_types() -> Sequence[type[PromotionType]]:  # type: ignore[empty-body]
    """Return the promotion types of this plugin: frozen attrs classes with a `type_name`."""


@hookspec
def cartcore_condition_types() -> Sequence[type[ConditionType]]:  # type: ignore[empty-body]
    """Return the condition types of this plugin: frozen attrs classes with a `type_name`."""


@hookspec
def cartcore_speed_providers() -> Sequence[type[SpeedProvider]]:  # type: ignore[empty-body]
    """Return the shipping-speed providers of this plugin: frozen attrs classes likewise."""


@hookspec
def cartcore_tax_calculators() -> Sequence[type[TaxCalculator]]:  # type: ignore[empty-body]
    """Return the tax calculators of this plugin: frozen attrs classes likewise."""
