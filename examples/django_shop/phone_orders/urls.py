"""The pages of order entry."""

from django.urls import path

from django_shop.phone_orders import views

app_name = "phone_orders"
urlpatterns = [
    path("", views.home, name="home"),
    path("orders/<number>/", views.order, name="order"),
    path("<draft_id>/", views.draft, name="draft"),
]
