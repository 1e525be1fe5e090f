"""The hooks of orders: what a plugin is told and asked in the transaction itself (HA-5, HA-7).

The functions are called in the order of their plugins' names, and each may take fewer arguments.
"""

from collections.abc import Iterable

import pluggy

from cartcore.entry.problems import Problem
from cartcore.entry.view import DraftView
from cartcore.orders.order import Order
from cartcore.storage.ports import UnitOfWork

hookspec = pluggy.HookspecMarker("cartcore")


@hookspec
def cartcore_order_placed(order: Order, work: UnitOfWork) -> None:
    """Take note of an order that is stored and about to be committed; raise to undo it.

    `DraftHasProblems` refuses the order, and reaches the caller as it is.
    """


@hookspec
def cartcore_order_changed(before: Order, after: Order, work: UnitOfWork) -> None:
    """Take note of what an order was and becomes, before the commit; raise to undo it.

    `OrderChangeNotAllowed` refuses the change, and reaches the caller as it is.
    """


@hookspec
def cartcore_order_problems(view: DraftView) -> Iterable[Problem]:  # type: ignore[empty-body]
    """Return what else is in the way of an order, such as goods that are out of stock."""
