"""The shop in Django's admin."""

from django.contrib import admin

from django_shop.store.models import Customer, Product, Stock, Variant

admin.site.register([Customer, Product, Stock, Variant])
