"""The app, as Django's registry has it."""

from django.apps import AppConfig
from django.core.checks import register

from cartcore.adapters.django.checks import reads_in_units_of_work


class CartcoreConfig(AppConfig):
    """cartcore's tables, and what the admin shows of them."""

    name = "cartcore.adapters.django"
    label = "cartcore"
    verbose_name = "Order entry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let `manage.py check` look at the project's routers."""
        register(reads_in_units_of_work)
