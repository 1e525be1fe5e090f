"""A page that takes an order by the desk of `shop`, in the ways in which views can."""

from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse

from cartcore.adapters.django import DjangoStorage
from cartcore.desk import OrderDesk
from cartcore.entry.hooks import OrderHooks
from cartcore.errors import HookFailed
from cartcore.orders.order import Order
from tests.adapters.django.shop.models import Stock
from tests.support.shop import STORE

seen: list[str] = []
"""What ran after a commit."""


class Failed(Exception):
    """The project gives up."""


def take(order: Order, _work: object) -> None:
    """Take from the stock, in the transaction of the order."""
    transaction.on_commit(lambda: seen.append(order.number))
    for line in order.quote.lines:
        Stock.objects.filter(sku=line.sku).update(pieces=F("pieces") - line.quantity)


def durable(*_: object) -> None:
    """Ask for a transaction of its own, which there cannot be in a hook."""
    with transaction.atomic(durable=True):
        Stock.objects.all().delete()


def place(draft_id: str, **hooks: Any) -> str:
    """Place an order as it is now."""
    desk = OrderDesk(DjangoStorage(), STORE, hooks=OrderHooks(**{"placed": (take,)} | hooks))
    return desk.place(draft_id, seen=desk.view(draft_id).quote, actor="sam").number


def plain(_: HttpRequest, draft_id: str) -> HttpResponse:
    return HttpResponse(place(draft_id))


def fails_later(_: HttpRequest, draft_id: str) -> HttpResponse:
    place(draft_id)
    raise Failed


def refused_and_caught(_: HttpRequest, draft_id: str) -> HttpResponse:
    Stock.objects.create(sku="NOTE", pieces=1)
    try:
        place(draft_id, placed=(take, durable))
    except HookFailed as error:
        return HttpResponse(str(error), status=409)
    return HttpResponse()


def rows_locked_before(_: HttpRequest, draft_id: str) -> HttpResponse:
    Stock.objects.select_for_update().get(sku="MUG")
    return HttpResponse(place(draft_id))


@transaction.non_atomic_requests
def in_a_durable_block(_: HttpRequest, draft_id: str) -> HttpResponse:
    with transaction.atomic(durable=True):
        return HttpResponse(place(draft_id))


@transaction.non_atomic_requests
async def asynchronous(_: HttpRequest, draft_id: str) -> HttpResponse:
    return HttpResponse(await sync_to_async(place)(draft_id))
