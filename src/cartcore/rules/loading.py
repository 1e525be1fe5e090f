"""Loading plugins into a rulebook (PK-3, PK-4).

Everything is checked before any type is used. What is wrong with plugins that were given is raised
together; one that was discovered must not stop the shop, and is left out.
"""

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from importlib import import_module
from operator import itemgetter
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any, Final

import attrs
import pluggy

from cartcore.errors import InvalidPlugins, PluginError
from cartcore.errors.sentences import alternatives, shown
from cartcore.promotions.rulebook import Plugin, PluginSource, Rulebook
from cartcore.rules import hookspecs
from cartcore.rules.type_faults import RESERVED, type_faults, type_name
from cartcore.values.calls import is_asynchronous, runs_when_called
from cartcore.values.guard import FAULTS, LOGGER, PluginFault, guarded, kind_of, said
from cartcore.values.readers import tuple_of

ENTRY_POINTS: Final = "cartcore"
"""The group of entry points in which distributions name their plugins."""

# By its name, as any other package of plugins could be: it imports cartcore.rules, as they do.
_BUILT_IN = "cartcore.rules.builtin"

# The hooks of orders stand in a layer above this one.
_SPECS = ("cartcore.rules.hookspecs", "cartcore.entry.hookspecs")

# Which hook gives what, and the method that its types must have.
_KINDS = {
    "cartcore_promotion_types": ("promotion_types", "evaluate"),
    "cartcore_condition_types": ("condition_types", "check"),
    "cartcore_speed_providers": ("speed_providers", "speeds"),
    "cartcore_tax_calculators": ("tax_calculators", "taxes"),
}
_HOOKS = "its hooks"


def load_rulebook(
    *plugins: ModuleType | object, discover: bool = False, block: Collection[str] = ()
) -> Rulebook:
    """Return a new rulebook with the built-in types and those of plugins.

    Args:
        plugins: modules or objects with functions marked `hookimpl`.
        discover: also load the plugins of installed distributions, which name them in the
            entry-point group `cartcore`. A faulty one is left out and logged (`cartcore.plugins`),
            and `Rulebook.plugins` says what is wrong with it.
        block: names of plugins that are not loaded (see `Plugin.name`).

    Raises:
        InvalidPlugins: what is wrong with the plugins given, all of it.
        InvalidField: block is no collection of texts.
    """
    blocked = tuple_of(str, "block", block)
    asked = [
        *(_Asked.of(each, PluginSource.BUILT_IN) for each in _built_in()),
        *(_Asked.of(each, PluginSource.GIVEN) for each in plugins),
    ]
    given = {id(each.plugin) for each in asked}
    asked += _discovered() if discover else ()
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    for specs in _SPECS:
        manager.add_hookspecs(import_module(specs))
    for each in asked:
        if each.name not in blocked:
            each.load(manager)
    asked = [each for each in asked if each.required or id(each.plugin) not in given]
    _tell_clashes([each for each in asked if each.name not in blocked])
    wrong = [fault for each in asked if each.required for fault in each.faults]
    if wrong:
        first = wrong[0]
        told = tuple(map(PluginFault.of, wrong))
        said_first = first.plugin, first.subject, first.problem, first.error
        raise InvalidPlugins(*said_first, told) from first.__cause__
    _log(fault for each in asked for fault in each.faults)
    return _rulebook(asked, blocked)


def _built_in() -> Sequence[ModuleType]:
    found: Sequence[ModuleType] = import_module(_BUILT_IN).PLUGINS
    return found


@attrs.define(eq=False)
class _Asked:
    """A plugin that is asked for its types, and what it gave: hook, type name and type.

    `functions` are those that are told of orders, by hook.
    """

    name: str
    source: PluginSource
    plugin: object
    module: str = ""
    distribution: str = ""
    version: str = ""
    import_it: Callable[[], object] | None = None
    types: list[tuple[str, str, type]] = attrs.Factory(list)
    functions: list[tuple[str, Callable[..., Any]]] = attrs.Factory(list)
    faults: list[PluginError] = attrs.Factory(list)

    @classmethod
    def of(cls, plugin: object, source: PluginSource) -> "_Asked":
        """A module by its name, an object by its class: pluggy would call it by a number."""
        kind = type(plugin)
        try:
            if issubclass(kind, ModuleType | type):
                name = str(plugin.__name__)  # type: ignore[attr-defined]
                return cls(name, source, plugin, name)
            return cls(kind.__name__, source, plugin, kind.__module__)
        except FAULTS:
            return cls("a plugin without a name", source, plugin)

    @property
    def required(self) -> bool:
        return self.source is not PluginSource.DISCOVERED

    def blame(
        self, subject: str, problem: str, because: BaseException | None = None, raised: str = ""
    ) -> None:
        error = PluginError(self.name, subject, problem, raised)
        error.__cause__ = because
        self.faults.append(error)

    def load(self, manager: pluggy.PluginManager) -> None:
        """Import it if need be, and ask each of its hooks."""
        try:
            if self.import_it is not None:
                self.plugin = guarded(self.import_it, plugin=self.name, subject=f"{self.module}")
            hooks = [*self._hooks(manager)]
        except PluginError as error:
            self.faults.append(error)
            return
        except FAULTS as error:  # it cannot even be looked at
            self.blame(_HOOKS, f"it raised {said(error)}", error, kind_of(error))
            return
        if not hooks and not self.faults:
            told = "it has none of cartcore: a function with the name of a hook, marked @hookimpl"
            self.blame(_HOOKS, told)
        for hook, function in hooks:
            if hook in _KINDS:
                self._ask(hook, function)
            else:
                self.functions.append((hook, function))

    def _hooks(self, manager: pluggy.PluginManager) -> Iterator[tuple[str, Callable[..., Any]]]:
        """The functions of its hooks, checked by pluggy one by one: it would stop at a fault."""
        for name in dir(self.plugin):
            options = manager.parse_hookimpl_opts(self.plugin, name)
            if options is None:
                if name.startswith(RESERVED):
                    self.blame(name, "it is not marked with @hookimpl of cartcore.rules")
                continue
            hook = options.get("specname") or name
            spec: pluggy.HookCaller | None = getattr(manager.hook, hook, None)
            if spec is None:
                if not options.get("optionalhook"):
                    known = ", ".join(name for name in vars(manager.hook) if name[0] != "_")
                    self.blame(hook, f"there is no such hook; the hooks are {known}")
                continue
            alone = SimpleNamespace(**{name: getattr(self.plugin, name)})
            try:
                manager.register(alone, self.name)
            except pluggy.PluginValidationError as error:
                self.blame(hook, str(error).rpartition("\n")[2], error)
                continue
            [implementation] = spec.get_hookimpls()
            manager.unregister(alone)
            if implementation.wrapper or implementation.hookwrapper:
                self.blame(hook, "it is a wrapper, and no function of another plugin is wrapped")
            elif hook in _KINDS:
                yield hook, implementation.function
            elif told := _misfit(implementation.function, _arguments(spec), answers=_answers(spec)):
                self.blame(hook, told)
            else:
                yield hook, _with_all(implementation, _arguments(spec))

    def _ask(self, hook: str, function: Callable[[], object]) -> None:
        try:
            answer = guarded(function, plugin=self.name, subject=hook)
            if not isinstance(answer, Sequence) or isinstance(answer, str):
                self.blame(hook, f"it returned {shown(answer)}, not a list of types")
                return
            kinds = [*answer]
        except PluginError as error:
            self.faults.append(error)
            return
        except FAULTS as error:  # of a list of its own making
            self.blame(hook, f"what it returned raised {said(error)}", error, kind_of(error))
            return
        for kind in kinds:
            try:
                name = type_name(kind)
            except ValueError as error:
                self.blame(hook, str(error), error.__cause__)
                continue
            self.types.append((hook, name, kind))
            built_in = self.source is PluginSource.BUILT_IN
            for problem in type_faults(kind, _KINDS[hook][1], built_in=built_in):
                self.blame(name, problem)

    def described(self, blocked: Collection[str]) -> Plugin:
        return Plugin(
            name=self.name,
            source=self.source,
            module=self.module,
            distribution=self.distribution,
            version=self.version,
            type_names=tuple(sorted({name for _, name, _ in self.types})),
            hooks=tuple(sorted({name for name, _ in self.functions})),
            blocked=self.name in blocked,
            faults=tuple(map(PluginFault.of, self.faults)),
        )


def _arguments(hook: pluggy.HookCaller) -> Sequence[str]:
    return () if hook.spec is None else hook.spec.argnames


def _answers(hook: pluggy.HookCaller) -> bool:
    """Whether a hook is asked for something, and not only told."""
    return hook.spec is None or inspect.signature(hook.spec.function).return_annotation is not None


def _misfit(function: Callable[..., Any], known: Sequence[str], *, answers: bool) -> str:
    """What keeps a function from being told of orders: pluggy leaves out what has a default."""
    if is_asynchronous(function):
        return "it is asynchronous, and nobody would wait for it"
    if not answers and not runs_when_called(function):
        return "it is a generator, and nobody would go through it"
    for each in inspect.signature(function).parameters.values():
        named = each.kind is each.POSITIONAL_OR_KEYWORD
        if not named or (each.name in known and each.default is not each.empty):
            fitting = f"some of {alternatives(known)}, by name and without defaults"
            return f"its parameters must be {fitting}, not {each}"
    return ""


def _with_all(implementation: pluggy.HookImpl, known: Sequence[str]) -> Callable[..., Any]:
    """The function of a hook as one that is given all its arguments, by their places."""
    function: Callable[..., Any] = implementation.function
    if tuple(implementation.argnames) == tuple(known):
        return function
    places = [known.index(name) for name in implementation.argnames]
    return lambda *given: function(*(given[place] for place in places))


def _discovered() -> Iterator[_Asked]:
    """The plugins that installed distributions name."""
    from importlib.metadata import entry_points  # noqa: PLC0415  (only where it is asked for)

    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: (each.name, each.value)):
        found = point.dist
        yield _Asked(
            name=point.name,
            source=PluginSource.DISCOVERED,
            plugin=None,
            module=point.value,
            distribution="" if found is None else found.name,
            version="" if found is None else found.version,
            import_it=point.load,
        )


# --- several plugins ---


def _tell_clashes(asked: Sequence[_Asked]) -> None:
    """Tell of plugins with the same name, and of types with the same name.

    Of those that were given the later one is at fault. Of discovered ones nobody can say which is
    right, and the order of their names must not decide about money: none of them is used.
    """
    named = Counter(each.name for each in asked)
    for place, each in enumerate(asked):
        earlier = [other for other in asked[:place] if other.name == each.name]
        if named[each.name] > 1 and (earlier or not each.required):
            each.blame(_HOOKS, f"there are {named[each.name]} plugins of the name {each.name!r}")
    claims: dict[str, list[_Asked]] = {}
    for each in asked:
        if each.required or not each.faults:
            for name in _claimed(each):
                claims.setdefault(name, []).append(each)
    for name, owners in claims.items():
        first, *others = owners
        at_fault = others if first.required or not others else owners
        for each in {id(each): each for each in at_fault}.values():
            others_of = {other.name for other in owners if other is not each} or {each.name}
            each.blame(name, f"{' and '.join(sorted(others_of))} has this type name already")


def _claimed(asked: _Asked) -> Iterator[str]:
    for _, name, kind in asked.types:
        yield name
        former = getattr(kind, "former_names", ())
        yield from former if type(former) is tuple else ()


def _log(faults: Iterable[PluginError]) -> None:
    from logging import getLogger  # noqa: PLC0415  (only where something is to be told)

    for fault in faults:
        getLogger(LOGGER).error("%s", fault, exc_info=fault.__cause__)


def _rulebook(asked: Iterable[_Asked], blocked: Collection[str]) -> Rulebook:
    types: dict[str, dict[str, Any]] = {field: {} for field, _ in _KINDS.values()}
    origins: dict[str, str] = {}
    told: dict[str, dict[str, Callable[..., Any]]] = {}
    plugins = []
    order = [*PluginSource]
    for each in asked:
        plugins.append(each.described(blocked))
        if plugins[-1].loaded:
            for hook, name, kind in each.types:
                types[_KINDS[hook][0]][name] = kind
                origins[name] = each.name
            for hook, function in each.functions:
                told.setdefault(hook, {})[each.name] = function
    plugins.sort(key=lambda plugin: (order.index(plugin.source), plugin.name))
    return Rulebook(
        **{field: MappingProxyType(found) for field, found in types.items()},
        origins=MappingProxyType(origins),
        plugins=tuple(plugins),
        order_hooks=MappingProxyType(
            {hook: tuple(sorted(told[hook].items(), key=itemgetter(0))) for hook in sorted(told)}
        ),
    )
