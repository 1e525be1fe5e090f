"""Django's migrations of cartcore: they call cartcore's own, and keep step with them (HA-3)."""

import importlib
import io
import pkgutil
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.exceptions import IrreversibleError

from cartcore.adapters.django import DjangoStorage, migrations
from cartcore.adapters.django.operations import BringUp
from cartcore.adapters.sql import schema
from cartcore.adapters.sql.migrations import versions
from cartcore.errors import ForeignStorage, SchemaMismatch
from cartcore.testing.records import an_order
from cartcore.testing.storage import store
from tests.adapters.django.databases import KINDS, Databases


@pytest.fixture(params=KINDS)
def vendor(request: pytest.FixtureRequest, databases: Databases) -> str:
    """Which database the default one is; it is empty."""
    databases.add("default", request.param, migrated=False)
    return str(request.param)


def migrate(*names: str, **more: object) -> str:
    told = io.StringIO()
    call_command("migrate", *names, stdout=told, **more)
    return told.getvalue()


def execute(statement: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)


def brought_up() -> Iterator[int]:
    """The versions that Django's migrations bring the tables to, in their order."""
    for module in pkgutil.iter_modules(migrations.__path__, f"{migrations.__name__}."):
        for operation in importlib.import_module(module.name).Migration.operations:
            if isinstance(operation, BringUp):
                yield operation.version


def test_each_step_of_cartcore_has_a_migration() -> None:
    """A new version of cartcore's tables comes with a migration that Django has not run (HA-3)."""
    found = [*brought_up()]
    steps = {int(m.name[1:5]) for m in pkgutil.iter_modules(versions.__path__)}

    assert [*range(9, schema.VERSION + 1)] == found, (
        f"add a file with BringUp({schema.VERSION}) to cartcore/adapters/django/migrations"
    )
    assert max(steps) == schema.VERSION


@pytest.mark.usefixtures("vendor")
def test_django_has_nothing_to_add() -> None:
    """`makemigrations --check` finds no change, before and after migrating (HA-3)."""
    call_command("makemigrations", "cartcore", check=True, verbosity=0)
    migrate("cartcore")
    call_command("makemigrations", "cartcore", check=True, verbosity=0)


@pytest.mark.usefixtures("vendor")
def test_migrate_makes_the_tables() -> None:
    """After `manage.py migrate` orders can be stored; to migrate again changes nothing (HA-3)."""
    assert "Applying cartcore.0001_initial" in migrate("cartcore")
    store(DjangoStorage(), "orders", an_order())

    assert "No migrations to apply" in migrate("cartcore")
    with DjangoStorage().read() as work:
        assert "5001" == work.orders.by_number("5001").number


@pytest.mark.usefixtures("vendor")
def test_tables_that_are_there_are_taken_over() -> None:
    """What cartcore's own command made, and filled, is kept: its version is the only truth."""
    migrate("cartcore")
    store(DjangoStorage(), "orders", an_order())
    execute("DELETE FROM django_migrations WHERE app = 'cartcore'")

    migrate("cartcore")
    with DjangoStorage().read() as work:
        assert "5001" == work.orders.by_number("5001").number


@pytest.mark.usefixtures("vendor")
def test_a_migration_that_was_faked_is_told() -> None:
    """Django's own record says nothing: without tables the storage says what is missing."""
    migrate("cartcore", fake=True)

    with pytest.raises(SchemaMismatch, match="no tables of cartcore"):
        DjangoStorage().read().__enter__()


@pytest.mark.usefixtures("vendor")
def test_tables_of_a_newer_cartcore_are_left_alone() -> None:
    """An older cartcore neither migrates nor uses what a newer one has made (ST-3)."""
    migrate("cartcore")
    execute("UPDATE cartcore_version SET version_num = '9000'")
    execute("DELETE FROM django_migrations WHERE app = 'cartcore'")

    with pytest.raises(SchemaMismatch, match="9000"):
        migrate("cartcore")
    with pytest.raises(SchemaMismatch, match="9000"):
        DjangoStorage().read().__enter__()


@pytest.mark.usefixtures("vendor")
def test_a_table_of_somebody_else_stops_it() -> None:
    """Where a table of this name is another application's, nothing at all is made."""
    execute("CREATE TABLE cartcore_orders (mine integer)")

    with pytest.raises(ForeignStorage):
        migrate("cartcore")
    assert "cartcore_drafts" not in connections["default"].introspection.table_names()
    assert "[ ] 0001_initial" in shown()


def shown() -> str:
    told = io.StringIO()
    call_command("showmigrations", "cartcore", stdout=told)
    return told.getvalue()


@pytest.mark.usefixtures("vendor")
def test_it_is_not_undone() -> None:
    """Orders are not dropped by a migration backwards: Django says that it cannot be."""
    migrate("cartcore")
    store(DjangoStorage(), "orders", an_order())

    with pytest.raises(IrreversibleError):
        migrate("cartcore", "zero")
    with DjangoStorage().read() as work:
        assert "5001" == work.orders.by_number("5001").number


@pytest.mark.usefixtures("vendor")
def test_its_sql_is_not_pretended() -> None:
    """`sqlmigrate` says that this is no plain SQL, and does nothing."""
    told = io.StringIO()
    call_command("sqlmigrate", "cartcore", "0001", stdout=told)

    assert "schema version 9" in told.getvalue()
    assert "CANNOT BE WRITTEN AS SQL" in told.getvalue()
    assert [] == connections["default"].introspection.table_names()


def test_unknown_migrations_are_django_s_error(databases: Databases) -> None:
    """A version that there is no migration for is refused by Django."""
    databases.add("default", "sqlite", migrated=False)
    with pytest.raises(CommandError):
        migrate("cartcore", "9999")
