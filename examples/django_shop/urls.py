"""The pages of the shop."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("phone/", include("django_shop.phone_orders.urls")),  # added
]
