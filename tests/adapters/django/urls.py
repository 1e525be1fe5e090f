"""The pages of the project: the admin, and one that takes an order."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
