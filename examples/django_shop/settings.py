"""The settings of the shop. What order entry added is marked."""

import os
from pathlib import Path
from typing import Any

SECRET_KEY = os.environ.get("SHOP_SECRET_KEY", "only for trying it on this machine")
DEBUG = "SHOP_SECRET_KEY" not in os.environ
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
ROOT_URLCONF = "django_shop.urls"
LOGIN_URL = "admin:login"
USE_TZ = True
STATIC_URL = "static/"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_shop.store",
    "cartcore.adapters.django",  # added
    "django_shop.phone_orders",  # added
]
ABSOLUTE_URL_OVERRIDES = {  # added: where the admin's lists of orders link to
    "cartcore.order": lambda order: f"/phone/orders/{order.number}/",
}
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
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
]


def _database() -> dict[str, Any]:
    """An SQLite file, unless a variable names a PostgreSQL database."""
    url = os.environ.get("SHOP_DATABASE_URL")
    if not url:
        file = os.environ.get("SHOP_DATABASE_FILE", Path(__file__).with_name("shop.sqlite3"))
        options = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode = WAL"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": options}
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415  (who has no URL needs no driver)

    parts = conninfo_to_dict(url)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    given = {setting: parts.get(name, "") for setting, name in names.items()}
    return {"ENGINE": "django.db.backends.postgresql", "PORT": parts.get("port", ""), **given}


DATABASES = {"default": _database()}
