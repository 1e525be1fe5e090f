"""What laws are about: a cart with its promotion, or a shipment that speeds are asked for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import attrs

from cartcore.cart import Cart
from cartcore.documents.serializer import Serializer
from cartcore.pricing.policy import PricingPolicy
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.rulebook import Rulebook
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


Case = PricingCase | SpeedCase


def subject(case: Case) -> Any:
    """The object of the type that is being looked at: a condition, an effect or a provider."""
    if isinstance(case, SpeedCase):
        return case.provider
    promotion = case.promotions[0]
    return promotion.conditions[0] if promotion.conditions else promotion.effect


def with_subject(case: Case, changed: Any) -> Case:
    """The case with another object in place of that which is being looked at."""
    if isinstance(case, SpeedCase):
        return attrs.evolve(case, provider=changed)
    first, *others = case.promotions
    if first.conditions:
        first = attrs.evolve(first, conditions=(changed, *first.conditions[1:]))
    else:
        first = attrs.evolve(first, effect=changed)
    return case.but(promotions=(first, *others))


def method_of(kind: type) -> str:
    """The name of the method that a type is asked by."""
    return next(name for name in ("evaluate", "check", "speeds") if hasattr(kind, name))


def currency_of(case: Case) -> str:
    """The currency of the cart, or of the shipment."""
    return case.request.currency if isinstance(case, SpeedCase) else case.cart.currency


def outcome(case: Case) -> Any:
    """The quote, or the speeds."""
    return tuple(case.ask()) if isinstance(case, SpeedCase) else case.price()


# --- types that are not built in ---


@attrs.frozen
class Types:
    """A plugin that registers the types that it is made with."""

    promotion_types: tuple[type, ...] = ()
    condition_types: tuple[type, ...] = ()
    speed_providers: tuple[type, ...] = ()

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


_KINDS = {"evaluate": "promotion_types", "check": "condition_types", "speeds": "speed_providers"}


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


@cache
def rulebook_of(*types: type) -> Rulebook:
    """The built-in types, and these. Raises PluginError where one cannot be loaded."""
    built_in = load_rulebook()
    known = {
        *built_in.promotion_types.values(),
        *built_in.condition_types.values(),
        *built_in.speed_providers.values(),
    }
    new = [each for each in dict.fromkeys(types) if each not in known]
    if not new:
        return built_in
    return load_rulebook(
        Types(
            **{
                field: tuple(each for each in new if hasattr(each, method))
                for method, field in _KINDS.items()
            }
        )
    )


# --- written, to be read elsewhere ---


@attrs.frozen(kw_only=True)
class WrittenPrice:
    """A pricing case as it is sent to another process."""

    cart: Cart
    promotions: tuple[Promotion, ...]
    products: tuple[Product, ...]
    policy: PricingPolicy
    at: datetime


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
    return serializer_for(*dict.fromkeys(types_in(parts(case))))


@cache
def serializer_for(*types: type) -> Serializer:
    """What reads and writes these types; to make one takes longer than to price a hundred carts."""
    return Serializer(rulebook_of(*types))


def parts(case: Case) -> tuple[object, ...]:
    """Where types of plugins stand in a case."""
    return (case.provider,) if isinstance(case, SpeedCase) else case.promotions


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
    return PricingCase(
        cart=found.cart,
        promotions=found.promotions,
        products=products,
        policy=found.policy,
        at=found.at,
    )


def written_outcome(case: Case, serializer: Serializer) -> str:
    """The quote, or the speeds, as JSON."""
    found = outcome(case)
    return serializer.dumps(WrittenAnswer(found) if isinstance(case, SpeedCase) else found)
