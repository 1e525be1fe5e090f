"""Loading plugins into a rulebook."""

from collections.abc import Sequence
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Any

import attrs
import pluggy

from cartcore.errors import PluginError
from cartcore.promotions.rulebook import Rulebook
from cartcore.promotions.types import PromotionClass
from cartcore.rules import hookspecs

# By its name, as any other package of plugins could be: it imports cartcore.rules, as they do.
_BUILT_IN = "cartcore.rules.builtin"

# Which hook gives what, and the method that its types must have.
_KINDS = {
    "cartcore_promotion_types": ("promotion_types", "evaluate"),
    "cartcore_condition_types": ("condition_types", "check"),
    "cartcore_speed_providers": ("speed_providers", "speeds"),
    "cartcore_tax_calculators": ("tax_calculators", "taxes"),
}


def load_rulebook(*plugins: ModuleType | object) -> Rulebook:
    """Return a new rulebook with the built-in types and those of the plugins given.

    Raises:
        PluginError: a plugin with an unknown hook, a wrong signature or a type that cannot be
            used; it names the plugin and what is wrong.
    """
    built_in = import_module(_BUILT_IN).PLUGINS
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for plugin in (*built_in, *plugins):
        try:
            manager.register(plugin)
            manager.check_pending()
            hooks = manager.get_hookcallers(plugin)
        except Exception as error:  # of pluggy, also if it is given twice, or of the plugin itself
            raise PluginError(_plugin_name(plugin), "its hooks", str(error)) from error
        if not hooks:
            raise PluginError(_plugin_name(plugin), "its hooks", "it has none of cartcore")
    origins: dict[str, str] = {}
    found = {
        field: MappingProxyType(_collect(manager, hook, method, origins))
        for hook, (field, method) in _KINDS.items()
    }
    return Rulebook(**found, origins=MappingProxyType(origins))


def _plugin_name(plugin: object) -> str:
    """The name of a module, or of an object's class: pluggy would call an object by a number."""
    return str(getattr(plugin, "__name__", type(plugin).__name__))


def _collect(
    manager: pluggy.PluginManager, hook: str, method: str, origins: dict[str, str]
) -> dict[str, type[Any]]:
    types: dict[str, type[Any]] = {}
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        plugin = _plugin_name(implementation.plugin)
        try:
            answer = implementation.function()
        except Exception as error:
            raise PluginError(plugin, hook, f"it raised {error!r}") from error
        if not isinstance(answer, Sequence):
            raise PluginError(plugin, hook, f"it returned {answer!r}, not a list of types")
        for kind in answer:
            name = _checked_name(plugin, hook, kind, method)
            if name in origins:
                raise PluginError(plugin, name, f"{origins[name]} has this type name already")
            types[name] = kind
            origins[name] = plugin
    return types


def _checked_name(plugin: str, hook: str, kind: object, method: str) -> str:
    if not isinstance(kind, type) or not attrs.has(kind):
        raise PluginError(plugin, hook, f"{kind!r} is not an attrs class")
    name = getattr(kind, "type_name", None)
    if not isinstance(name, str) or "." not in name.strip("."):
        raise PluginError(
            plugin,
            kind.__name__,
            f"its type_name is {name!r}, not a text such as 'acme.every_third'",
        )
    problem = _unusable(kind, method)
    if problem:
        raise PluginError(plugin, name, problem)
    return name


def _unusable(kind: type[Any], method: str) -> str:
    """What keeps a type from being used, or nothing."""
    if kind.__hash__ is None:
        return "it is not frozen: use @attrs.frozen"
    if not callable(getattr(kind, method, None)):
        return f"it has no method {method}()"
    if method == "evaluate" and not isinstance(
        getattr(kind, "promotion_class", None), PromotionClass
    ):
        return "its promotion_class is no PromotionClass"
    if "type" in attrs.fields_dict(kind):
        return "it has a field named type, under which its type name is written"
    return ""
