"""Databases of a Django project, as tests need them."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import attrs
from django.core.management import call_command
from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from cartcore.adapters.django import DjangoStorage
from tests.support import postgres

KINDS = ("sqlite", "postgresql")

RECOMMENDED = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode = WAL"}
"""The options for SQLite that the docs recommend."""


@attrs.frozen
class Databases:
    """The databases of the project, by alias."""

    folder: Path
    server: postgres.Server
    opened: ExitStack
    templates: dict[str, str]
    """Databases with the tables of all apps, by kind: copied faster than made."""

    def add(self, alias: str, kind: str, *, migrated: bool = True, **more: Any) -> None:
        """Add a database; with the tables of all apps, unless it is to be empty."""
        define(alias, self._settings(alias, kind, migrated=migrated) | more)

    def _settings(self, alias: str, kind: str, *, migrated: bool) -> dict[str, Any]:
        if kind == "sqlite":
            file = str(self.folder / f"{alias}.db")
            if migrated:
                shutil.copy(self.templates[kind], file)
            return sqlite(file)
        template = self.templates[kind] if migrated else "template0"
        return postgresql(self.opened.enter_context(self.server.empty_database(template=template)))


def sqlite(file: str) -> dict[str, Any]:
    """The settings of a file."""
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": RECOMMENDED}


def postgresql(url: str) -> dict[str, Any]:
    """The settings of a database of a server."""
    parts = conninfo_to_dict(url)
    named = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "PORT": parts.get("port", ""),
        **{setting: parts.get(name, "") for setting, name in named.items()},
    }


def make_template(settings: dict[str, Any]) -> None:
    """Make the tables of all apps."""
    with only({"default": settings}):
        call_command("migrate", run_syncdb=True, verbosity=0)
        if connections["default"].vendor == "sqlite":  # all of it in one file, to be copied
            connections["default"].cursor().execute("PRAGMA journal_mode = DELETE")


def define(alias: str, settings: dict[str, Any]) -> None:
    """Let an alias stand for a database, as it would from the start of a project."""
    connections.settings[alias] = settings
    connections.configure_settings(connections.settings)


@contextmanager
def only(databases: dict[str, dict[str, Any]]) -> Iterator[None]:
    """Have these databases for a while, and close them."""
    for unset in connections.all(initialized_only=True):
        del connections[unset.alias]
    connections.settings.clear()
    connections.settings.update(databases)
    try:
        if databases:
            connections.configure_settings(connections.settings)
        yield
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
            del connections[connection.alias]


class InThreads(DjangoStorage):
    """A storage whose threads close their connections, as Django does after each request."""

    @contextmanager
    def _work(self, *, writing: bool) -> Iterator[Any]:
        try:
            with super()._work(writing=writing) as work:
                yield work
        finally:
            if threading.current_thread() is not threading.main_thread():
                connections[self.using].close()
