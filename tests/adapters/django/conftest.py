"""A Django project of its own, for the tests of this folder alone; no other needs any settings."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import pytest
from django.conf import settings

from tests.adapters.django.databases import (
    KINDS,
    Databases,
    make_template,
    only,
    postgresql,
    sqlite,
)
from tests.support import postgres
from tests.support.event_loops import without_event_loop

settings.configure(
    SECRET_KEY="only for tests",  # noqa: S106  (nothing is signed with it)
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "cartcore.adapters.django",
        "tests.adapters.django.shop",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    ABSOLUTE_URL_OVERRIDES={
        "cartcore.order": lambda order: f"/entry/orders/{order.number}/",
        "cartcore.promotion": lambda promotion: f"/entry/promotions/{promotion.pk}/",
    },
    ROOT_URLCONF="tests.adapters.django.urls",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    LOGGING_CONFIG=None,
    USE_TZ=True,
    DATABASES={},
)
django.setup()


@pytest.fixture(scope="session")
def templates(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: postgres.Server
) -> Iterator[dict[str, str]]:
    """Databases with the tables of all apps, by kind."""
    file = str(tmp_path_factory.mktemp("django") / "template.db")
    with postgres_server.empty_database() as url:
        database = postgresql(url)
        with without_event_loop():
            make_template(sqlite(file))
            make_template(database)
        yield {"sqlite": file, "postgresql": database["NAME"]}


@pytest.fixture(autouse=True)
def no_event_loop() -> Iterator[None]:
    """Django refuses to work where an event loop is running."""
    with without_event_loop():
        yield


@pytest.fixture
def databases(
    tmp_path: Path, postgres_server: postgres.Server, templates: dict[str, str]
) -> Iterator[Databases]:
    """The project's databases, none at first; they are gone after the test."""
    with ExitStack() as opened, only({}):
        yield Databases(tmp_path, postgres_server, opened, templates)


@pytest.fixture(params=KINDS)
def vendor(request: pytest.FixtureRequest, databases: Databases) -> str:
    """Which database the default one is; it has all tables."""
    databases.add("default", request.param)
    return str(request.param)
