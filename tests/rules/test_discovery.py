"""Plugins of installed distributions, found by the entry-point group `cartcore`."""

import logging
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from cartcore.errors import InvalidPlugins
from cartcore.promotions.rulebook import Plugin, PluginSource, Rulebook
from cartcore.rules import load_rulebook
from tests.support.distributions import NEVER, distribution

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Makes a distribution with a module and an entry point, as pip would install it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    before = {*sys.modules}
    yield partial(distribution, tmp_path)
    for name in {*sys.modules} - before:
        if name.startswith("found_"):
            del sys.modules[name]


def of(name: str, rulebook: Rulebook) -> Plugin:
    [found] = [each for each in rulebook.plugins if each.name == name]
    return found


def test_plugins_are_found_only_when_asked_for(install: Install) -> None:
    """A rulebook has the types of installed plugins if it is to discover them (PK-3)."""
    install("found_one", NEVER.format(type_name="found.one"), name="found-plugin")

    with_it, without = load_rulebook(discover=True), load_rulebook()

    assert "found.one" in with_it.condition_types
    assert "found.one" not in without.condition_types
    assert of("found_one", with_it) == Plugin(
        name="found_one",
        source=PluginSource.DISCOVERED,
        module="found_one",
        distribution="found-plugin",
        version="1.5",
        type_names=("found.one",),
    )


def test_one_is_blocked_by_its_name(install: Install) -> None:
    """A blocked plugin is not even imported, and is listed as blocked (PK-3)."""
    install("found_two", "import sys\nsys.exit()", point="two")

    rulebook = load_rulebook(discover=True, block=("two", "nobody"))

    assert of("two", rulebook).blocked
    assert of("two", rulebook).faults == ()
    assert not of("two", rulebook).loaded


def test_one_that_was_given_is_not_loaded_twice(install: Install) -> None:
    """A plugin that is given and installed is loaded once, as one that was given (PK-3)."""
    install("found_three", NEVER.format(type_name="found.three"))
    import found_three  # type: ignore[import-not-found]  # noqa: PLC0415

    rulebook = load_rulebook(found_three, discover=True)

    assert PluginSource.GIVEN is of("found_three", rulebook).source
    assert "found.three" in rulebook.condition_types


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError"),
        ("def", "SyntaxError"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("", "none of cartcore"),
        (NEVER.format(type_name="cartcore.percent_off"), "built-in"),
        (NEVER.replace("check", "chekc").format(type_name="found.bad"), "check"),
    ],
    ids=["import", "syntax", "exit", "no hook", "a built-in name", "no method"],
)
def test_a_faulty_one_is_left_out(
    install: Install, source: str, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged and listed with what is wrong, and the others are loaded (PK-4)."""
    install("found_bad", source, point="bad")
    install("found_good", NEVER.format(type_name="found.good"))

    with caplog.at_level(logging.ERROR, "cartcore.plugins"):
        rulebook = load_rulebook(discover=True)

    assert "found.good" in rulebook.condition_types
    assert "found.bad" not in rulebook.condition_types
    assert "cartcore.percent_off" in rulebook.promotion_types
    assert problem in " ".join(fault.problem for fault in of("bad", rulebook).faults)
    assert [
        f"the plugin {f.plugin!r}" in m
        for f, m in zip(of("bad", rulebook).faults, caplog.messages, strict=True)
    ]
    assert all("'bad'" in message for message in caplog.messages)


def test_of_two_with_one_type_name_neither_is_used(install: Install) -> None:
    """The order of their names must not decide which of them sets a price (PK-4)."""
    install("found_left", NEVER.format(type_name="found.same"))
    install("found_right", NEVER.format(type_name="found.same"))

    rulebook = load_rulebook(discover=True)

    assert "found.same" not in rulebook.origins
    for name, other in (("found_left", "found_right"), ("found_right", "found_left")):
        assert [f"{other} has this type name already"] == [
            fault.problem for fault in of(name, rulebook).faults
        ]


def test_a_given_one_stands_against_one_that_is_found(install: Install) -> None:
    """A plugin that was given keeps its types, whatever else is installed (PK-3, PK-4)."""
    install("found_mine", NEVER.format(type_name="found.mine"))
    install("found_other", NEVER.format(type_name="found.mine"))
    import found_mine  # type: ignore[import-not-found]  # noqa: PLC0415

    rulebook = load_rulebook(found_mine, discover=True)

    assert found_mine.Never is rulebook.condition_types["found.mine"]
    assert not of("found_other", rulebook).loaded


def test_faults_of_those_given_are_raised_all_the_same(install: Install) -> None:
    """What was given must be right, and what was found need not be (PK-4)."""
    install("found_wrong", "")

    with pytest.raises(InvalidPlugins) as caught:
        load_rulebook(None, discover=True)

    assert ["NoneType"] == [fault.plugin for fault in caught.value.faults]
