from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.errors import PluginError
from cartcore.rules import (
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    hookimpl,
    load_rulebook,
)


@attrs.frozen(kw_only=True)
class EveryThird:
    """A promotion type as a stranger would write it."""

    type_name: ClassVar[str] = "acme.every_third"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        lines = tuple(line.id for line in context.lines if line.quantity >= 3)
        if not lines:
            return Ineligible("too_few", "no line has three units")
        return Offer(discounts=(Discount(lines=lines, percent=10),))


def plugin(hook: str, answer: Callable[..., Any]) -> ModuleType:
    """A module named "acme" with one hook."""
    module = ModuleType("acme")
    setattr(module, hook, hookimpl(answer))
    return module


def gives(*kinds: object) -> ModuleType:
    return plugin("cartcore_promotion_types", lambda: list(kinds))


class WithoutAttrs:
    type_name = "acme.plain"


@attrs.frozen
class WithoutName:
    def evaluate(self, context: PricingContext) -> Offer:
        return Offer()


@attrs.frozen
class WithoutNamespace(EveryThird):
    type_name: ClassVar[str] = "every_third"


@attrs.frozen
class TakesABuiltInName(EveryThird):
    type_name: ClassVar[str] = "cartcore.percent_off"


@attrs.frozen
class WithoutMethod:
    type_name: ClassVar[str] = "acme.idle"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM


@attrs.frozen
class WithoutClass:
    type_name: ClassVar[str] = "acme.classless"

    def evaluate(self, context: PricingContext) -> Offer:
        return Offer()


@attrs.frozen
class WithWrongClass(EveryThird):
    type_name: ClassVar[str] = "acme.wrong_class"
    promotion_class: ClassVar[Any] = "item"


@attrs.frozen(kw_only=True)
class WithFieldNamedType(EveryThird):
    type_name: ClassVar[str] = "acme.type"

    type: str = ""


@attrs.define
class Mutable:
    type_name: ClassVar[str] = "acme.mutable"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Offer:
        return Offer()


def fails() -> Sequence[type]:
    message = "no licence"
    raise OSError(message)


def wants_an_argument(price: int) -> Sequence[type]:
    return [EveryThird]


class TestBrokenPlugins:
    @pytest.mark.parametrize(
        ("broken", "problem"),
        [
            (plugin("cartcore_promotion_kinds", lambda: [EveryThird]), "cartcore_promotion_kinds"),
            (plugin("cartcore_promotion_types", wants_an_argument), "price"),
            (plugin("cartcore_promotion_types", lambda: None), "None"),
            (plugin("cartcore_promotion_types", lambda: EveryThird), "EveryThird"),
            (plugin("cartcore_promotion_types", fails), "no licence"),
            (gives(WithoutAttrs), "WithoutAttrs"),
            (gives(EveryThird()), "EveryThird"),
            (gives(WithoutName), "type_name"),
            (gives(WithoutNamespace), "every_third"),
            (gives(TakesABuiltInName), "percent_off"),
            (gives(EveryThird, EveryThird), "acme"),
            (gives(WithoutMethod), "evaluate"),
            (gives(WithoutClass), "promotion_class"),
            (gives(WithWrongClass), "promotion_class"),
            (gives(WithFieldNamedType), "type"),
            (gives(Mutable), "frozen"),
        ],
        ids=[
            "unknown hook",
            "wrong signature",
            "forgotten return",
            "a class instead of a list",
            "a hook that raises",
            "not attrs",
            "an object",
            "no type name",
            "no namespace",
            "a built-in's name",
            "the same type twice",
            "no method",
            "no promotion class",
            "a wrong promotion class",
            "a field that would hide the type name",
            "not frozen",
        ],
    )
    def test_the_error_names_plugin_and_problem(self, broken: ModuleType, problem: str) -> None:
        """A plugin that cannot be used is refused when it is loaded (PR-19)."""
        with pytest.raises(PluginError, match=problem) as caught:
            load_rulebook(broken)

        assert "acme" == caught.value.plugin
        assert "'acme'" in str(caught.value)

    def test_a_plugin_given_twice(self) -> None:
        """The same plugin twice is a mistake that is named (PR-19)."""
        twice = gives(EveryThird)

        with pytest.raises(PluginError, match="acme"):
            load_rulebook(twice, twice)

    def test_an_object_is_named_by_its_class(self) -> None:
        """A plugin that is an object and no module has a readable name, too (PR-19)."""

        class AcmeRules:
            @hookimpl
            def cartcore_promotion_types(self) -> None:
                return None

        with pytest.raises(PluginError) as caught:
            load_rulebook(AcmeRules())

        assert "AcmeRules" == caught.value.plugin
