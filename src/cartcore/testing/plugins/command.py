"""Trying all the types of a plugin by its name: `python -m cartcore check-plugin` (PK-6)."""

import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import attrs

from cartcore.errors import PluginError
from cartcore.rules import load_rulebook
from cartcore.testing.plugins.checking import EXAMPLES, Checked, NoCase, check
from cartcore.testing.plugins.elsewhere import module_from

GROUP = "cartcore"
"""The group of entry points under which plugins are found."""

_FAULTS = (Exception, SystemExit)


@attrs.frozen
class Told:
    """What is said of one type, and whether anything is wrong with it."""

    text: str
    wrong: bool = False


def find_plugin(name: str) -> Any:
    """The plugin with a name: an installed entry point, a file, or the path of a module.

    Raises:
        PluginError: there is none, or it cannot be imported.
    """
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    installed = [*entry_points(group=GROUP, name=name)]
    file = Path(name)
    try:
        if installed:
            return installed[0].load()
        if file.suffix == ".py":
            sys.path.insert(0, str(file.resolve().parent))
            return module_from(file.resolve(), file.stem)
        return import_module(name)
    except FileNotFoundError as error:
        raise PluginError(name, "its import", f"there is no file {error.filename}") from error
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise PluginError(name, "its import", f"importing it raised {error!r}") from error
        problem = f"no entry point of the group {GROUP!r}, no module and no file has this name"
        raise PluginError(name, "its import", problem) from error
    except _FAULTS as error:
        raise PluginError(name, "its import", f"importing it raised {error!r}") from error


def types_of(plugin: Any) -> list[Any]:
    """The types that a plugin gives. Raises PluginError."""
    built_in, found = load_rulebook().origins, load_rulebook(plugin)
    kinds = (
        found.promotion_types,
        found.condition_types,
        found.speed_providers,
        found.tax_calculators,
    )
    return [kind for types in kinds for name, kind in types.items() if name not in built_in]


def check_plugin(name: str, *, examples: int = EXAMPLES) -> Iterator[Told]:
    """Try each type of a plugin, and tell what came of it.

    Raises:
        PluginError: it cannot be found or loaded, or gives no types.
    """
    plugin = find_plugin(name)
    kinds = types_of(plugin)
    if not kinds:
        raise PluginError(name, "its hooks", "it gives no types, and only types can be tried")
    for kind in kinds:
        yield from _tell(kind, examples)


def _tell(kind: Any, examples: int) -> Iterator[Told]:
    try:
        checked = check(kind, examples=examples)
    except (ImportError, NoCase) as error:
        yield Told(f"{kind.type_name} could not be tried: {error}", wrong=True)
        return
    for each in checked.broken:
        yield Told(f"{each.told}\n", wrong=True)
    if checked.vacuous:
        yield Told(checked.vacuous, wrong=True)
    if not checked.broken and not checked.vacuous:
        yield Told(_all_well(checked))


def _all_well(checked: Checked) -> str:
    return (
        f"{checked.type_name}: {len(checked.laws)} laws hold in {checked.cases} cases; it applied"
        f" in {checked.applied} of them"
    )
