"""What a coffee roastery sells by: a plugin of cartcore.

The module is the plugin: cartcore finds it by the entry point in pyproject.toml, and asks the
functions that are marked with `hookimpl` for its types.
"""

from acme_roastery.courier import BikeCourier
from acme_roastery.mix import Mix
from acme_roastery.weight import MinWeight
from cartcore.rules import hookimpl

__all__ = ["BikeCourier", "MinWeight", "Mix"]


@hookimpl
def cartcore_promotion_types() -> list[type[Mix]]:
    """Register the promotion type."""
    return [Mix]


@hookimpl
def cartcore_condition_types() -> list[type[MinWeight]]:
    """Register the condition."""
    return [MinWeight]


@hookimpl
def cartcore_speed_providers() -> list[type[BikeCourier]]:
    """Register the shipping-speed provider."""
    return [BikeCourier]
