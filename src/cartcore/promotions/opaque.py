"""Promotions that no plugin can read: kept as they were stored, and never applied (PK-5)."""

from typing import TypeVar, cast

import attrs

from cartcore.errors.sentences import listed
from cartcore.promotions import reasons
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Ineligible
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import PromotionClass
from cartcore.values.guard import FAULTS, PluginFault

T = TypeVar("T")


@attrs.frozen
class Opaque:
    """An effect or a condition that no plugin can read: its type is not installed, or fails.

    Attributes:
        type_name: The name of its type.
        document: Its configuration as JSON, as it was stored; it is written like that again.
        fault: What was wrong, if the plugin is installed.
        promotion_class: The class of its type, if the plugin is installed. It decides nothing, as
            the promotion does not apply.
    """

    type_name: str
    document: str
    fault: PluginFault | None = None
    promotion_class: PromotionClass = PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Ineligible:  # noqa: ARG002  (as of all types)
        """Say why it cannot be asked."""
        return not_asked((self,))

    def check(self, context: PricingContext) -> Ineligible:  # noqa: ARG002  (likewise)
        """Say why it cannot be asked."""
        return not_asked((self,))

    def __str__(self) -> str:
        why = "is not installed" if self.fault is None else "cannot read it"
        return f"a condition of the type {self.type_name}, whose plugin {why}"


@attrs.frozen
class NeverApplies:
    """What the engine asks in the place of an effect, if anything in the promotion is opaque.

    A condition that turns another one round would hold otherwise.
    """

    parts: tuple[Opaque, ...]

    def evaluate(self, context: PricingContext) -> Ineligible:  # noqa: ARG002  (likewise)
        """Say why it cannot be asked."""
        return not_asked(self.parts)

    @property
    def fault(self) -> PluginFault | None:
        """What a plugin that is installed did wrong, if that is why."""
        return next((each.fault for each in self.parts if each.fault is not None), None)


def not_asked(parts: tuple[Opaque, ...]) -> Ineligible:
    """Why a promotion with opaque parts does not apply: first of all what is not installed."""
    missing = sorted({each.type_name for each in parts if each.fault is None})
    if not missing:
        names = listed(sorted({each.type_name for each in parts}))
        message = f"the stored configuration of {names} cannot be read by its plugin"
        return Ineligible(reasons.CONFIGURATION_UNREADABLE, message)
    several = len(missing) > 1
    are = "plugins for the types" if several else "plugin for the type"
    message = f"the {are} {listed(missing)} {'are' if several else 'is'} not installed"
    return Ineligible(reasons.PLUGIN_MISSING, message)


def opaque_parts(*parts: object) -> tuple[Opaque, ...]:
    """What is opaque in effects and conditions, also inside others."""
    return _found(Opaque, parts)


def attributes_read(*parts: object) -> frozenset[str]:
    """The names of the attributes that selections in effects and conditions ask for (HA-8)."""
    return frozenset().union(*(selection.reads for selection in _found(Selection, parts)))


def _found(kind: type[T], value: object) -> tuple[T, ...]:
    """The objects of a class that stand in a value, but not inside one another."""
    own = type(value)
    if own is kind:
        return (cast("T", value),)
    parts = cast("tuple[object, ...]", value) if own is tuple else _parts(value, own)
    return tuple(each for part in parts for each in _found(kind, part))


def _parts(value: object, kind: type) -> list[object]:
    """What stands in the fields of an attrs class, which need not be that of a type itself.

    A value that cannot even be looked at was not read from a storage, so nothing opaque is in it.
    """
    try:
        fields = attrs.fields(kind) if attrs.has(kind) else ()
        return [getattr(value, field.name) for field in fields]
    except FAULTS:
        return []
