"""The pages of the project: the admin, and one that takes an order."""

from django.contrib import admin
from django.urls import path

from tests.adapters.django import views

urlpatterns = [
    path("admin/", admin.site.urls),
    *(
        path(f"{view.__name__}/<draft_id>/", view)
        for view in (
            views.plain,
            views.fails_later,
            views.refused_and_caught,
            views.rows_locked_before,
            views.in_a_durable_block,
            views.asynchronous,
        )
    ),
]
