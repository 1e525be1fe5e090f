"""What `manage.py check` finds in a project's settings (HA-3)."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.db import router

from cartcore.adapters.django.routers import as_in_work
from cartcore.adapters.django.storage import DjangoStorage


def reads_in_units_of_work(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Find models that are stored with orders, and would be read from another database then."""
    del app_configs, options
    try:
        astray = _astray()
    except Exception:  # noqa: BLE001  (routers that need a request: each unit of work looks again)
        return []
    if not astray:
        return []
    return [
        Error(
            "the routers read models from another database than orders are stored in: "
            + ", ".join(astray),
            hint="Put 'cartcore.adapters.django.UnitOfWorkRouter' first in DATABASE_ROUTERS.",
            id="cartcore.E001",
        )
    ]


def _astray() -> list[str]:
    using = DjangoStorage().using
    with as_in_work(using):
        return [
            model._meta.label  # noqa: SLF001  (public, whatever its name)
            for model in apps.get_models()
            if router.db_for_write(model) == using != router.db_for_read(model)
        ]
