"""Plugins that are told and asked about orders: the hooks of orders (HA-5, HA-7)."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from cartcore import OrderDesk, OrderHooks, Problem, Step
from cartcore.documents.plugins import described, listing
from cartcore.entry import hookspecs
from cartcore.entry.problems import HOST_CHECK_FAILED
from cartcore.errors import DraftHasProblems, HookFailed, InvalidField, InvalidPlugins
from cartcore.promotions.rulebook import Rulebook
from cartcore.rules import hookimpl, load_rulebook
from tests.support.distributions import distribution
from tests.support.shop import Shop, everything

MUG = {"MUG": 1}
PLACED, CHANGED, PROBLEMS = (
    "cartcore_order_placed",
    "cartcore_order_changed",
    "cartcore_order_problems",
)


@attrs.define
class Warehouse:
    """A plugin that has all hooks of orders, and takes fewer arguments than there are."""

    told: list[Any] = attrs.Factory(list)
    problems: list[Any] = attrs.Factory(list)
    fails: Exception | None = None

    @hookimpl
    def cartcore_order_placed(self, work: Any, order: Any) -> None:
        self.told.append(work.orders.get(order.id))
        if self.fails is not None:
            raise self.fails

    @hookimpl
    def cartcore_order_changed(self, after: Any) -> None:
        self.told.append(after.status)
        if self.fails is not None:
            raise self.fails

    @hookimpl
    def cartcore_order_problems(self, view: Any) -> Any:
        self.told.append(view.draft.id)
        yield from self.problems


def hooked(shop: Shop, *plugins: object, **own: Any) -> OrderDesk:
    """The shop's desk with the functions of plugins."""
    hooks = OrderHooks.of(load_rulebook(*plugins), **own)
    shop.desk = OrderDesk(
        shop.storage,
        shop.desk.store,
        clock=shop.desk._clock,
        new_id=shop.desk._new_id,
        hooks=hooks,
    )
    return shop.desk


def test_plugins_are_told_of_orders_in_their_transaction(shop: Shop) -> None:
    """A plugin takes what it names of the arguments, and finds the order stored (HA-5, HA-7)."""
    plugin = Warehouse()
    desk = hooked(shop, plugin)
    reviewed = shop.reviewed(MUG)
    desk.view(reviewed)
    assert {reviewed} == {*plugin.told}  # for its problems
    order = shop.placed(reviewed)
    assert [reviewed, order] == plugin.told[-2:]
    plugin.told.clear()
    cancelled = desk.cancel(order.number, actor="sam")
    assert [cancelled.status] == plugin.told


@pytest.mark.parametrize("error", [ValueError("no"), LookupError("sold out")])
def test_what_a_plugin_raises_undoes_everything(shop: Shop, error: Exception) -> None:
    """It reaches the caller with the plugin's name, and nothing is stored (HA-5)."""
    plugin = Warehouse()
    desk = hooked(shop, plugin)
    order = shop.placed(shop.reviewed(MUG))
    view = desk.view(shop.reviewed(MUG))
    before = everything(shop.storage)
    plugin.fails = error

    changes: list[Callable[[], object]] = [
        lambda: desk.place(view.draft.id, seen=view.quote, actor="sam"),
        lambda: desk.add_note(order.number, "call first", actor="sam"),
    ]
    for change in changes:
        with pytest.raises(HookFailed) as raised:
            change()
        assert (raised.value.name, raised.value.__cause__) == ("Warehouse", error)
    assert before == everything(shop.storage)


def test_problems_of_a_plugin_are_in_the_way(shop: Shop) -> None:
    """They are on each view, and block placing as the store's own do (HA-7)."""
    problem = Problem(step=Step.ITEMS, code="sold_out", message="no mug is left")
    plugin = Warehouse()
    desk = hooked(shop, plugin)
    view = desk.view(shop.reviewed(MUG))
    plugin.problems = [problem]

    assert problem in desk.view(view.draft.id).problems
    with pytest.raises(DraftHasProblems):
        desk.place(view.draft.id, seen=view.quote, actor="sam")


def test_a_check_of_a_plugin_that_fails_blocks(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is placed unchecked, and the problem and the log name the plugin (HA-7)."""
    plugin = Warehouse()
    desk = hooked(shop, plugin)
    view = desk.view(shop.reviewed(MUG))
    plugin.problems = ["sold out"]

    with caplog.at_level(logging.ERROR, "cartcore.hooks"):
        problem = desk.view(view.draft.id).problems[-1]
    assert (problem.code, problem.blocking) == (HOST_CHECK_FAILED, True)
    assert "Warehouse" in problem.message
    assert "'Warehouse'" in caplog.text


def test_functions_of_the_application_come_after_those_of_plugins(shop: Shop) -> None:
    """Both are given to one desk; plugins come in the order of their names (HA-5)."""
    told: list[str] = []

    class Zebra:
        @hookimpl
        def cartcore_order_placed(self) -> None:
            told.append("zebra")

    class Ant:
        @hookimpl
        def cartcore_order_placed(self) -> None:
            told.append("ant")

    hooked(shop, Zebra(), Ant(), placed=[lambda order, work: told.append("own")])
    shop.placed(shop.reviewed(MUG))

    assert ["ant", "zebra", "own"] == told
    with pytest.raises(InvalidField):
        OrderHooks.of(load_rulebook(), placed=["reserve"])  # type: ignore[list-item]


def _extra(order: Any, customer: Any) -> None: ...
def _anything(*given: Any) -> None: ...
def _never(order: Any, work: Any = None) -> None: ...
async def _later(order: Any) -> None: ...


def _steps(order: Any) -> Any:
    yield order


async def _stream(order: Any) -> Any:
    yield order


def _wrapper(order: Any) -> Any:
    yield


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (_extra, "Argument(s) {'customer'} are declared in the hookimpl but can not be found"),
        (_anything, "must be some of order or work, by name and without defaults, not *given"),
        (_never, "must be some of order or work, by name and without defaults, not work"),
        (_later, "it is asynchronous, and nobody would wait for it"),
        (_stream, "it is asynchronous, and nobody would wait for it"),
        (_steps, "it is a generator, and nobody would go through it"),
    ],
    ids=["extra", "anything", "never given", "async", "async generator", "generator"],
)
def test_a_signature_that_does_not_fit_is_told_at_loading(function: Any, problem: str) -> None:
    """What would never be given, or never be run, is a fault like any other (PK-4, HA-5)."""
    plugin = type("Acme", (), {PLACED: staticmethod(hookimpl(function))})()

    with pytest.raises(InvalidPlugins) as raised:
        load_rulebook(plugin)
    [fault] = raised.value.faults
    assert (fault.plugin, fault.subject) == ("Acme", PLACED)
    assert problem in fault.problem


def test_all_faults_of_hooks_are_told_together() -> None:
    """A misspelt hook, one without its mark and a wrapper are all told (PK-4)."""
    members = {
        "cartcore_order_plaecd": staticmethod(hookimpl(_never)),
        CHANGED: staticmethod(lambda after: None),
        PLACED: staticmethod(hookimpl(wrapper=True)(_wrapper)),
    }
    with pytest.raises(InvalidPlugins) as raised:
        load_rulebook(type("Acme", (), members)())

    told = {fault.subject: fault.problem for fault in raised.value.faults}
    assert told.keys() == members.keys()
    assert PLACED in told["cartcore_order_plaecd"]


FOUND = """
from cartcore.rules import hookimpl

@hookimpl
def cartcore_order_placed(order): ...

@hookimpl
def cartcore_order_problems(view):
    return ()
"""


def test_installed_plugins_are_found_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hooks of orders are found by entry point, can be blocked, and are listed (PK-3, PK-9)."""
    monkeypatch.syspath_prepend(str(tmp_path))
    distribution(tmp_path, "found_stock", FOUND, name="found-stock")

    rulebook = load_rulebook(discover=True)
    [plugin] = [each for each in rulebook.plugins if each.name == "found_stock"]
    assert plugin.hooks == (PLACED, PROBLEMS)
    assert {PLACED, PROBLEMS} <= rulebook.order_hooks.keys()
    told = listing(rulebook).partition("found_stock (")[2]
    assert told.startswith("discovered, found-stock 1.5): 2 order hooks\n  " + PLACED)
    [data] = [each for each in described(rulebook)["plugins"] if each["name"] == "found_stock"]
    assert data["hooks"] == [PLACED, PROBLEMS]
    blocked = load_rulebook(discover=True, block=["found_stock"])
    assert PLACED not in blocked.order_hooks


def test_a_faulty_plugin_that_was_found_has_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a plugin that is left out, no function is called either (PK-4)."""
    monkeypatch.syspath_prepend(str(tmp_path))
    faulty = FOUND.replace("placed(order)", "placed(order, nobody)")
    distribution(tmp_path, "found_faulty_stock", faulty)

    rulebook = load_rulebook(discover=True)
    [plugin] = [each for each in rulebook.plugins if each.name == "found_faulty_stock"]
    assert plugin.faults
    names = {name for hooks in rulebook.order_hooks.values() for name, _ in hooks}
    assert "found_faulty_stock" not in names


def test_without_plugins_nobody_is_told() -> None:
    """The hooks of an empty rulebook, and of the built-in types, are none (HA-5)."""
    assert OrderHooks.of(Rulebook()) == OrderHooks.of(load_rulebook()) == OrderHooks()
    specified = {name for name in vars(hookspecs) if name.startswith("cartcore_order_")}
    assert {PLACED, CHANGED, PROBLEMS} == specified
