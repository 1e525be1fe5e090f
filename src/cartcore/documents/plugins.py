"""The plugins of a rulebook: as plain data, and as a text for people (PK-9)."""

from collections.abc import Iterator
from typing import Any

from cartcore.documents.schema import config_schema
from cartcore.errors.sentences import counted
from cartcore.promotions.rulebook import Plugin, PluginSource, Rulebook
from cartcore.values.arguments import check_arguments
from cartcore.values.labels import display_name

Described = dict[str, Any]


def _kinds(rulebook: Rulebook) -> Iterator[tuple[str, str, type]]:
    for kind, types in (
        ("promotion type", rulebook.promotion_types),
        ("condition", rulebook.condition_types),
        ("shipping-speed provider", rulebook.speed_providers),
        ("tax calculator", rulebook.tax_calculators),
    ):
        yield from ((kind, name, types[name]) for name in sorted(types))


@check_arguments
def described(rulebook: Rulebook) -> Described:
    """Return what `python -m cartcore plugins --json` writes.

    Each plugin with its fields, those of `Plugin`; each type with its plugin, what kind it is, its
    name for people, and the JSON Schema of its configuration.
    """
    return {
        "plugins": [_described(plugin) for plugin in rulebook.plugins],
        "types": [
            {
                "type_name": name,
                "plugin": rulebook.origins.get(name, ""),
                "kind": kind,
                "title": display_name(cls),
                "schema": config_schema(cls, rulebook),
            }
            for kind, name, cls in _kinds(rulebook)
        ],
    }


def _described(plugin: Plugin) -> Described:
    return {
        "name": plugin.name,
        "source": plugin.source.value,
        "module": plugin.module,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "types": list(plugin.type_names),
        "hooks": list(plugin.hooks),
        "blocked": plugin.blocked,
        "faults": [{"subject": f.subject, "problem": f.problem} for f in plugin.faults],
    }


@check_arguments
def listing(rulebook: Rulebook) -> str:
    """Return the plugins as lines of text: where each is from, its types and hooks, and its faults.

    Those that are built in are one entry.
    """
    kinds = {name: (kind, display_name(cls)) for kind, name, cls in _kinds(rulebook)}
    built_in = [p for p in rulebook.plugins if p.source is PluginSource.BUILT_IN and p.loaded]
    own = sorted(name for plugin in built_in for name in plugin.type_names)
    lines = [f"cartcore (built in): {counted(len(own), 'type')}", *_types(own, kinds)]
    for plugin in rulebook.plugins:
        if plugin not in built_in:
            lines += ["", f"{plugin.name} ({_origin(plugin)}): {_state(plugin)}"]
            lines += [f"  {fault.subject}: {fault.problem}" for fault in plugin.faults]
            if plugin.loaded:
                lines += [
                    *_types(plugin.type_names, kinds),
                    *(f"  {hook}" for hook in plugin.hooks),
                ]
    return "\n".join(lines)


def _origin(plugin: Plugin) -> str:
    installed = f"{plugin.distribution} {plugin.version}".strip()
    return f"{plugin.source}, {installed or plugin.module}"


def _state(plugin: Plugin) -> str:
    if plugin.blocked:
        return "blocked"
    if plugin.faults:
        return f"left out, {counted(len(plugin.faults), 'fault')}"
    types, hooks = len(plugin.type_names), len(plugin.hooks)
    given = [counted(types, "type")] * (types > 0 or not hooks)
    return ", ".join([*given, *[counted(hooks, "order hook")] * (hooks > 0)])


def _types(names: tuple[str, ...] | list[str], kinds: dict[str, tuple[str, str]]) -> Iterator[str]:
    widest = max(map(len, names), default=0)
    for name in names:
        kind, title = kinds[name]
        yield f"  {name:{widest}}  {kind}: {title}"
