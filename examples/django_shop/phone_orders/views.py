"""The pages on which staff take an order, for those who may sign in to the admin."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cartcore import Address, OrderFilter, Step
from cartcore.errors import CartcoreError, DraftPlaced, NotFound
from cartcore.receipt import order_details
from django_shop.phone_orders.desk import desk

View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """Serve a page to staff; what cannot be done is told on it, and what is not there is 404."""

    @wraps(view)
    def told(request: HttpRequest, *args: str, **names: str) -> HttpResponse:
        try:
            return view(request, *args, **names)
        except NotFound as error:
            if request.method == "GET":
                raise Http404(str(error)) from error
            messages.error(request, str(error))
        except CartcoreError as error:
            if request.method == "GET":
                raise
            messages.error(request, str(error))
        return redirect(request.path)

    return staff_member_required(require_http_methods(["GET", "POST"])(told))


@page
def home(request: HttpRequest) -> HttpResponse:
    """The open drafts, the last orders, and a button for a new one."""
    actor = request.user.get_username()
    if request.method == "POST":
        return redirect("phone_orders:draft", desk.start(actor=actor).id)
    shown = {"drafts": desk.drafts(limit=10).items, "orders": desk.orders(OrderFilter()).items}
    return render(request, "phone_orders/home.html", shown)


@page
def draft(request: HttpRequest, draft_id: str) -> HttpResponse:
    """A draft: customer, items, shipping, what is in the way, and the price."""
    try:
        view = desk.view(draft_id)
    except DraftPlaced as error:
        return redirect("phone_orders:order", error.order_number)
    if request.method == "GET":
        sought = request.GET.get("customer", "")
        shown = {
            "view": view,
            "customers": desk.find_contacts(sought).items if sought else (),
            "products": desk.find_products(limit=100).items,
        }
        return render(request, "phone_orders/draft.html", shown)
    given = request.POST
    if "place" in given:
        placed = desk.place(draft_id, seen=given["place"], actor=request.user.get_username())
        return redirect("phone_orders:order", placed.number)
    with desk.edit(draft_id) as edit:
        _change(edit, given)
        with suppress(CartcoreError):  # the page says what is still missing
            edit.go_to(Step.REVIEW)
    return redirect(request.path)


def _change(edit: Any, given: Any) -> None:
    if "customer" in given:
        edit.choose_contact(given["customer"])
    elif "name" in given:
        home = Address(
            line1=given.get("street", ""),
            city=given.get("city", ""),
            postal_code=given.get("postal_code", ""),
            country=given.get("country", ""),
        )
        edit.create_contact(given["name"], phone=given.get("phone", ""), address=home)
    elif "sku" in given:
        edit.add_sku(given["sku"], quantity=_number(given.get("quantity", "")))
        edit.save_items()
    elif "line" in given:
        edit.set_quantity(given["line"], _number(given.get("quantity", "")))
        edit.save_items()
    elif "speed" in given:
        edit.choose_speed(given.get("shipment", ""), given["speed"])


def _number(text: str) -> int:
    """A quantity as it was typed; what is none is 0, which the desk refuses with a sentence."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


@page
def order(request: HttpRequest, number: str) -> HttpResponse:
    """An order as it was placed; it can be cancelled here."""
    if request.method == "POST":
        desk.cancel(number, actor=request.user.get_username())
        return redirect(request.path)
    found = desk.order(number)
    shown = {"order": found, "receipt": order_details(found)}
    return render(request, "phone_orders/order.html", shown)
