"""What laws are about: a cart with its promotion or its taxes, or a shipment to be sent."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import attrs

from cartcore.cart import Cart
from cartcore.documents.serializer import Serializer
from cartcore.errors import TaxUndetermined
from cartcore.pricing.policy import PricingPolicy
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.rulebook import Rulebook
from cartcore.promotions.types import TaxCalculator
from cartcore.rules import hookimpl, load_rulebook
from cartcore.shop.product import Product
from cartcore.shop.speeds import ShipmentRequest, ShippingSpeed, SpeedProvider
from cartcore.testing.pricing.cases import PricingCase


@attrs.frozen(kw_only=True)
class SpeedCase:
    """A configured shipping-speed provider, and a shipment that it is asked for."""

    provider: SpeedProvider
    request: ShipmentRequest

    def ask(self) -> Sequence[ShippingSpeed]:
        """What the provider answers, as it is."""
        return self.provider.speeds(self.request)


@attrs.frozen(kw_only=True)
class TaxCase(PricingCase):
    """A case of pricing that is about its tax calculator, and not about its promotions."""


@attrs.frozen
class Undetermined:
    """What stands in place of a quote where the calculator cannot tell a tax (TX-9)."""

    told: str


Case = PricingCase | SpeedCase


def subject(case: Case) -> Any:
    """The object of the type that is being looked at: a promotion's, a provider, a calculator."""
    if isinstance(case, SpeedCase):
        return case.provider
    if isinstance(case, TaxCase):
        return case.tax
    promotion = case.promotions[0]
    return promotion.conditions[0] if promotion.conditions else promotion.effect


def method_of(kind: type) -> str:
    """The name of the method that a type is asked by."""
    return next(name for name in _KINDS if hasattr(kind, name))


def currency_of(case: Case) -> str:
    """The currency of the cart, or of the shipment."""
    return case.request.currency if isinstance(case, SpeedCase) else case.cart.currency


def outcome(case: Case) -> Any:
    """The quote, or the speeds; of a case of taxes, also what cannot be told."""
    if isinstance(case, SpeedCase):
        return tuple(case.ask())
    if not isinstance(case, TaxCase):
        return case.price()
    try:
        return case.price()
    except TaxUndetermined as error:
        return Undetermined(str(error))


# --- types that are not built in ---


@attrs.frozen
class Types:
    """A plugin that registers the types that it is made with."""

    promotion_types: tuple[type, ...] = ()
    condition_types: tuple[type, ...] = ()
    speed_providers: tuple[type, ...] = ()
    tax_calculators: tuple[type, ...] = ()

    @hookimpl
    def cartcore_promotion_types(self) -> Sequence[type]:
        """Return the promotion types."""
        return self.promotion_types

    @hookimpl
    def cartcore_condition_types(self) -> Sequence[type]:
        """Return the conditions."""
        return self.condition_types

    @hookimpl
    def cartcore_speed_providers(self) -> Sequence[type]:
        """Return the providers of shipping speeds."""
        return self.speed_providers

    @hookimpl
    def cartcore_tax_calculators(self) -> Sequence[type]:
        """Return the tax calculators."""
        return self.tax_calculators


_KINDS = {
    "evaluate": "promotion_types",
    "check": "condition_types",
    "speeds": "speed_providers",
    "taxes": "tax_calculators",
}


def types_in(value: Any) -> Iterator[Any]:
    """The types of plugins that a value is made of, itself among them."""
    if isinstance(value, (tuple, list)):
        for each in value:
            yield from types_in(each)
    elif attrs.has(type(value)):
        if isinstance(getattr(type(value), "type_name", None), str):
            yield type(value)
        for field in attrs.fields(type(value)):
            yield from types_in(getattr(value, field.name, None))


def rulebook_of(*types: type) -> Rulebook:
    """The built-in types, and these. Raises PluginError where one cannot be loaded."""
    return _rulebook_with(own_types(types))


def own_types(types: Iterable[type]) -> tuple[type, ...]:
    """Those of the types that are not built in, each once."""
    known = _built_in_types()
    return tuple(each for each in dict.fromkeys(types) if each not in known)


@cache
def _built_in_types() -> frozenset[type]:
    built_in = _rulebook_with(())
    return frozenset(
        kind for field in _KINDS.values() for kind in getattr(built_in, field).values()
    )


@cache
def _rulebook_with(types: tuple[type, ...]) -> Rulebook:
    given = {
        field: tuple(each for each in types if hasattr(each, method))
        for method, field in _KINDS.items()
    }
    return load_rulebook(Types(**given)) if types else load_rulebook()


# --- written, to be read elsewhere ---


@attrs.frozen(kw_only=True)
class WrittenPrice:
    """A pricing case as it is sent to another process."""

    cart: Cart
    promotions: tuple[Promotion, ...]
    products: tuple[Product, ...]
    policy: PricingPolicy
    at: datetime
    tax: TaxCalculator | None = None


@attrs.frozen(kw_only=True)
class WrittenSpeeds:
    """A case of speeds as it is sent to another process."""

    provider: SpeedProvider
    request: ShipmentRequest


@attrs.frozen
class WrittenAnswer:
    """Some speeds as they are sent back."""

    speeds: tuple[ShippingSpeed, ...]


def serializer_of(case: Case) -> Serializer:
    """What reads and writes the case, its types included."""
    return serializer_for(*own_types(types_in(parts(case))))


@cache
def serializer_for(*types: type) -> Serializer:
    """What reads and writes these types; to make one takes longer than to price a hundred carts."""
    return Serializer(rulebook_of(*types))


def parts(case: Case) -> tuple[object, ...]:
    """Where types of plugins stand in a case."""
    return (case.provider,) if isinstance(case, SpeedCase) else (*case.promotions, case.tax)


def record_of(case: Case) -> WrittenPrice | WrittenSpeeds:
    """The case as a record that can be written."""
    if isinstance(case, SpeedCase):
        return WrittenSpeeds(provider=case.provider, request=case.request)
    return WrittenPrice(
        cart=case.cart,
        promotions=case.promotions,
        products=tuple(case.products.values()),
        policy=case.policy,
        at=case.at,
        tax=case.tax,
    )


def written(case: Case) -> str:
    """The case as JSON."""
    return serializer_of(case).dumps(record_of(case))


def read(text: str, serializer: Serializer, *, speeds: bool) -> Case:
    """The case that was written."""
    if speeds:
        asked = serializer.loads(text, WrittenSpeeds)
        return SpeedCase(provider=asked.provider, request=asked.request)
    found = serializer.loads(text, WrittenPrice)
    products = {each.id: each for each in found.products}
    kind = PricingCase if found.tax is None else TaxCase
    return kind(
        cart=found.cart,
        promotions=found.promotions,
        products=products,
        policy=found.policy,
        at=found.at,
        tax=found.tax,
    )


def written_outcome(case: Case, serializer: Serializer) -> str:
    """The outcome as JSON."""
    found = outcome(case)
    return serializer.dumps(WrittenAnswer(found) if isinstance(case, SpeedCase) else found)
