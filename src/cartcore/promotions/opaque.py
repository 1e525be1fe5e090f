"""Promotions whose plugin is missing: kept as they were stored, and never applied (PK-5)."""

from collections.abc import Iterator
from typing import cast

import attrs

from cartcore.errors.sentences import listed
from cartcore.promotions import reasons
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Ineligible
from cartcore.promotions.types import PromotionClass
from cartcore.values.guard import FAULTS


@attrs.frozen
class Opaque:
    """An effect or a condition of a type that no installed plugin has.

    Attributes:
        type_name: The name of its type.
        document: Its configuration as JSON, as it was stored; it is written like that again.
    """

    type_name: str
    document: str

    @property
    def promotion_class(self) -> PromotionClass:
        """A class has to be told. It decides nothing, as the promotion does not apply."""
        return PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Ineligible:  # noqa: ARG002  (as of all types)
        """Say that the plugin is not installed."""
        return not_installed((self.type_name,))

    def check(self, context: PricingContext) -> Ineligible:  # noqa: ARG002  (likewise)
        """Say that the plugin is not installed."""
        return not_installed((self.type_name,))

    def __str__(self) -> str:
        return f"a condition of the type {self.type_name}, whose plugin is not installed"


@attrs.frozen
class NeverApplies:
    """What the engine asks in the place of an effect, if anything in the promotion is opaque.

    A condition that turns another one round would hold otherwise.
    """

    type_names: tuple[str, ...]

    def evaluate(self, context: PricingContext) -> Ineligible:  # noqa: ARG002  (likewise)
        """Say which plugins are not installed."""
        return not_installed(self.type_names)


def not_installed(type_names: tuple[str, ...]) -> Ineligible:
    """The plugins of some types are not installed."""
    several = len(type_names) > 1
    are = "plugins for the types" if several else "plugin for the type"
    message = f"the {are} {listed(type_names)} {'are' if several else 'is'} not installed"
    return Ineligible(reasons.PLUGIN_MISSING, message)


def opaque_types(*parts: object) -> tuple[str, ...]:
    """The names of the opaque types in effects and conditions, also of those inside others."""
    return tuple(sorted({each.type_name for part in parts for each in _opaque(part)}))


def _opaque(value: object) -> Iterator[Opaque]:
    kind = type(value)
    if kind is Opaque:
        yield cast("Opaque", value)
        return
    for part in value if kind is tuple else _parts(value, kind):  # type: ignore[attr-defined]
        yield from _opaque(part)


def _parts(value: object, kind: type) -> list[object]:
    """What stands in the fields of an attrs class, which need not be that of a type itself.

    A value that cannot even be looked at was not read from a storage, so nothing opaque is in it.
    """
    try:
        fields = attrs.fields(kind) if attrs.has(kind) else ()
        return [getattr(value, field.name) for field in fields]
    except FAULTS:
        return []
