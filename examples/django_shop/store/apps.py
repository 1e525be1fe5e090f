"""The shop's app."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Products, customers and stock."""

    name = "django_shop.store"
    default_auto_field = "django.db.models.BigAutoField"
