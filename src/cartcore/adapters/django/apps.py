"""The app, as Django's registry has it."""

from django.apps import AppConfig


class CartcoreConfig(AppConfig):
    """cartcore's tables, and what the admin shows of them."""

    name = "cartcore.adapters.django"
    label = "cartcore"
    verbose_name = "Order entry"
    default_auto_field = "django.db.models.BigAutoField"
