"""The app of order entry."""

from django.apps import AppConfig


class PhoneOrdersConfig(AppConfig):
    """Pages on which staff take orders."""

    name = "django_shop.phone_orders"
