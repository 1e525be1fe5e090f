"""The commands of `manage.py` (HA-3)."""

import io
import os
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from cartcore.adapters.django import DjangoStorage
from cartcore.adapters.memory import MemoryStorage
from cartcore.documents.exchange import contents, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.rules import load_rulebook
from cartcore.testing.records import a_promotion, an_event, an_order
from cartcore.testing.storage import store
from tests.adapters.django.databases import Databases, define
from tests.support.busy import busy_shop

COMMANDS = (
    ("cartcore_state",),
    ("cartcore_export",),
    ("cartcore_check",),
    ("cartcore_prune_events", "0"),
)


@pytest.fixture(autouse=True)
def filled(vendor: str) -> None:
    """Two orders and a promotion."""
    orders = (an_order(f"o{number}", number=f"{number}") for number in (5001, 5002))
    store(DjangoStorage(), "orders", *orders)
    store(DjangoStorage(), "promotions", a_promotion("spring"))


def told(*command: str, **options: Any) -> str:
    said = io.StringIO()
    call_command(*command, stdout=said, **options)
    return said.getvalue()


def test_the_state_is_told() -> None:
    """`cartcore_state` says that all is well (HA-3)."""
    assert "orders: 2, promotions: 1" in told("cartcore_state")


@pytest.mark.parametrize("command", COMMANDS)
def test_what_cannot_be_used_is_told(command: tuple[str, ...], databases: Databases) -> None:
    """Each command says what is wrong, and in which database, with an exit status."""
    databases.add("empty", connection.vendor, migrated=False)
    with pytest.raises(CommandError, match=r"database 'empty': .* no tables of cartcore"):
        told(*command, database="empty")
    with pytest.raises(CommandError, match="no database 'nowhere'"):
        told(*command, database="nowhere")


def test_events_can_be_pruned() -> None:
    """`cartcore_prune_events` removes events up to one, and tells how many they were (HA-6)."""
    with DjangoStorage().write() as work:
        for _ in range(3):
            work.events.add(an_event())
        work.commit()

    assert "removed 2 events\n" == told("cartcore_prune_events", "2")
    assert "removed 1 event\n" == told("cartcore_prune_events", "3")
    assert "removed 0 events\n" == told("cartcore_prune_events", "3")
    with DjangoStorage().read() as work:
        assert (3, 3) == (work.events.pruned(), work.events.last())
    for nowhere in ("4", "9" * 30):
        with pytest.raises(CommandError, match="database 'default': "):
            told("cartcore_prune_events", nowhere)
    for nothing in ("-1", "x"):
        with pytest.raises(CommandError):
            told("cartcore_prune_events", nothing)


def test_everything_can_be_exported() -> None:
    """What `cartcore_export` writes is read into another storage, which then has the same."""
    storage = MemoryStorage()
    lines = told("cartcore_export").encode().splitlines(keepends=True)
    import_lines(storage, lines, serializer := Serializer(load_rulebook()))

    assert contents(DjangoStorage(), serializer) == contents(storage, serializer)


def test_a_reader_that_has_enough_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """`cartcore_export | head` ends with a sentence, and without a traceback (ST-12)."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        with pytest.raises(CommandError, match="the output was closed before everything"):
            call_command("cartcore_export")


def test_all_records_are_checked(databases: Databases, vendor: str) -> None:
    """`cartcore_check` finds nothing in a whole shop, and what plain SQL did to it (ST-5)."""
    databases.add("shop", vendor)
    busy_shop(DjangoStorage("shop"))
    assert "database 'shop': 0 faults found\n" == told("cartcore_check", database="shop")
    with connections["shop"].cursor() as cursor:
        cursor.execute("DELETE FROM cartcore_orders WHERE number = '1001'")
    said = io.StringIO()
    with pytest.raises(CommandError, match=r"database 'shop': [1-9]\d* faults? found"):
        call_command("cartcore_check", database="shop", stdout=said)
    assert "which is not there" in said.getvalue()


def test_a_database_in_memory_cannot_be_checked() -> None:
    """It has no second connection: the command says so."""
    define("memory", {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"})
    call_command("migrate", "cartcore", database="memory", verbosity=0)
    with pytest.raises(CommandError, match="'memory' is in memory"):
        told("cartcore_check", database="memory")
