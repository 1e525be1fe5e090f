import ast
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from decimal import Decimal
from types import ModuleType
from typing import Any, ClassVar

import attrs
import pytest
from moneyed import Money

from cartcore.documents.serializer import Serializer
from cartcore.errors import PluginError
from cartcore.pricing.engine import price
from cartcore.promotions.promotion import Promotion
from cartcore.rules import (
    Discount,
    Ineligible,
    Offer,
    PartTax,
    PricingContext,
    PromotionClass,
    ShipmentRequest,
    ShippingSpeed,
    TaxRate,
    TaxRequest,
    builtin,
    hookimpl,
    load_rulebook,
)
from cartcore.shop.speeds import RequestedLine, ask_providers
from tests.support.carts import AT, address, cart, line, parcel, usd


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


@attrs.frozen
class WithNothing:
    type_name: ClassVar[str] = "other.nothing"

    def check(self, context: PricingContext) -> None:
        return None


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


@attrs.frozen(kw_only=True)
class OnlyIn:
    """A stranger's condition."""

    type_name: ClassVar[str] = "acme.only_in"

    country: str

    def check(self, context: PricingContext) -> Ineligible | None:
        if any(shipment.country == self.country for shipment in context.shipments):
            return None
        return Ineligible("other_country", f"it is for {self.country}")


@attrs.frozen(kw_only=True)
class Vat:
    """A stranger's tax."""

    type_name: ClassVar[str] = "acme.vat"

    percent: Decimal

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=self.percent)
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


@attrs.frozen(kw_only=True)
class ByUnits:
    """A stranger's shipping speed."""

    type_name: ClassVar[str] = "acme.by_units"

    each: Money

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        price = self.each * request.quantity
        return [ShippingSpeed(code="bike", name="Bike", price=price)]


class Acme:
    """A plugin with a type of every kind."""

    @hookimpl
    def cartcore_promotion_types(self) -> Sequence[type]:
        return [EveryThird]

    @hookimpl
    def cartcore_condition_types(self) -> Sequence[type]:
        return [OnlyIn]

    @hookimpl
    def cartcore_tax_calculators(self) -> Sequence[type]:
        return (Vat,)

    @hookimpl
    def cartcore_speed_providers(self) -> Sequence[type]:
        return [ByUnits]


class TestRulebook:
    def test_a_stranger_s_plugin_works_end_to_end(self) -> None:
        """Types of a plugin are loaded, read from JSON and priced like built-in ones (PR-19).

        Three mugs of 10.00 less 10 percent are 27.00, the bike is 1.50 for three units, and VAT
        of 20 percent on both is 5.70.
        """
        rulebook = load_rulebook(Acme())
        serializer = Serializer(rulebook)
        text = serializer.dumps(
            Promotion(id="p", name="P", effect=EveryThird(), conditions=(OnlyIn(country="US"),))
        )
        loaded = serializer.loads(text, Promotion)

        asked = RequestedLine(
            line_id="mug", sku="mug", quantity=3, weight_grams=1, amount=usd("27.00")
        )
        wanted = ShipmentRequest(
            shipment_id="S1", address=address(), lines=(asked,), subtotal=usd("27.00")
        )
        bike = ask_providers([ByUnits(each=usd("0.50"))], wanted).by_code("bike")
        given = cart(line("mug", "10.00", 3), shipments=(parcel("S1", ("mug", 3), by=bike),))
        quote = price(given, [loaded], at=AT, tax=Vat(percent=Decimal(20)))

        assert usd("3.00") == quote.totals.item_discounts
        assert usd("1.50") == quote.totals.shipping
        assert usd("5.70") == quote.totals.tax
        assert usd("34.20") == quote.total

        unmet = attrs.evolve(loaded, conditions=(OnlyIn(country="CA"),))
        decision = price(given, [unmet], at=AT).decision("p")
        assert decision is not None
        assert ("other_country", "it is for CA") == (decision.reason, decision.message)

    def test_what_is_loaded(self) -> None:
        """A rulebook says which types there are and where each came from (PR-19)."""
        rulebook = load_rulebook(Acme())

        assert EveryThird is rulebook.promotion_types["acme.every_third"]
        assert OnlyIn is rulebook.condition_types["acme.only_in"]
        assert Vat is rulebook.tax_calculators["acme.vat"]
        assert ByUnits is rulebook.speed_providers["acme.by_units"]
        assert "Acme" == rulebook.origins["acme.vat"]
        assert (
            "cartcore.rules.builtin.effects.percent_off" == rulebook.origins["cartcore.percent_off"]
        )

    def test_rulebooks_are_apart(self) -> None:
        """Two shops in one process can have different plugins; no book changes (PR-19, PK-3)."""
        with_plugin, without = load_rulebook(Acme()), load_rulebook()

        assert "acme.vat" in with_plugin.tax_calculators
        assert "acme.vat" not in without.tax_calculators
        with pytest.raises(TypeError):
            without.promotion_types["x"] = EveryThird  # type: ignore[index]

    def test_the_order_of_plugins_does_not_decide(self) -> None:
        """Hooks collect types: in whatever order, the same rulebook (PR-19, PK-1)."""
        other = plugin("cartcore_condition_types", lambda: [WithNothing])

        assert load_rulebook(Acme(), other) == load_rulebook(other, Acme())


PARTS = {
    f"cartcore.rules.builtin.taxes.{name}"
    for name in ("flaws", "matching", "postal_area", "tax_csv", "tax_row")
}
"""What the tax table is made of."""


class TestBuiltIns:
    @pytest.mark.parametrize("module", builtin.PLUGINS, ids=lambda module: module.__name__)
    def test_use_the_public_surface_alone(self, module: ModuleType) -> None:
        """A built-in type imports of cartcore only cartcore.rules, so it can be copied (PR-19).

        One that has a folder for its parts is copied with it.
        """
        tree = ast.parse(inspect.getsource(module))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        }

        assert {"cartcore.rules"} == {
            name
            for name in imported
            if name is not None and name.startswith("cartcore") and name not in PARTS
        }

    def test_all_are_loaded(self) -> None:
        """Each module of built-in types is a plugin in the list, and gives something (PR-19)."""
        modules = {
            module.name
            for module in pkgutil.walk_packages(builtin.__path__, f"{builtin.__name__}.")
            if not module.ispkg and module.name not in PARTS
        }

        assert modules == {module.__name__ for module in builtin.PLUGINS}
        assert modules == set(load_rulebook().origins.values())


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
