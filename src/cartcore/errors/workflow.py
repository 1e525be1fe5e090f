"""Steps of order entry, and changes of orders, that are not possible yet or any more."""

from typing import Protocol

from moneyed import Money

from cartcore.errors.base import WorkflowError
from cartcore.errors.sentences import listed, shown


class Priced(Protocol):
    """What a draft costs, as a `Quote` has it."""

    @property
    def total(self) -> Money:
        """What is to be paid."""
        ...


class StoreNotReady(WorkflowError):
    """A store in which no orders can be entered (OE-1).

    Attributes:
        missing: What is in the way, in words: "ecommerce is switched off".
    """

    code = "store_not_ready"
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"orders cannot be entered in this store: {'; '.join(self.missing)}"


class HookFailed(WorkflowError):
    """A function of the application failed when it was told of an order (HA-5).

    What it raised is the `__cause__`. With `DraftHasProblems`, or `OrderChangeNotAllowed` when an
    order is changed, it refuses instead, and that reaches the caller as it is.

    Attributes:
        hook: What it was told of: "order_placed" or "order_changed".
        name: The name of the plugin, or of a function that was given to the desk.
        problem: What it raised, or what else it did wrong.
        undone: Whether nothing was stored. Where the function has ended the transaction itself, or
            has hidden an error that did, that is not known: False.
    """

    code = "hook_failed"
    hook: str
    name: str
    problem: str
    undone: bool = True

    def __str__(self) -> str:
        failed = f"{self.name} failed for {self.hook}: {self.problem}"
        if self.undone:
            return f"nothing was stored: {failed}"
        return f"{failed}; the transaction had ended by then, and some of it may be stored"


class CommitNotAllowed(WorkflowError):
    """The end of a transaction by who did not open the unit of work.

    That is a function that was told of an order, or a statement on `work.connection`.
    """

    code = "commit_not_allowed"

    def __str__(self) -> str:
        told = "this unit of work is ended by who opened it, with its commit()"
        return f"{told}: no hook and no statement on its connection ends it"


class CannotReprice(WorkflowError):
    """An order that cannot be priced again, as something is not known of it (SC-11).

    Attributes:
        number: The number of the order.
        missing: What is missing, in words.
    """

    code = "cannot_reprice"
    number: str
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"order {self.number} cannot be priced again without {'; '.join(self.missing)}"


class ContactNeedsAddress(WorkflowError):
    """A contact without any address (OE-3).

    Attributes:
        contact_id: The id of the contact.
        name: The name of the contact.
    """

    code = "contact_needs_address"
    contact_id: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} has no address: add one to continue"


class ContactArchived(WorkflowError):
    """A contact that no new order can be for (HA-9).

    Attributes:
        contact_id: The id of the contact.
        name: The name of the contact.
    """

    code = "contact_archived"
    contact_id: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} is archived: choose another contact"


class StepNotReachable(WorkflowError):
    """A step whose predecessors are not finished (OE-23).

    Attributes:
        step: The step that was asked for.
        reachable: The steps that can be reached.
        because: What has to be done first.
    """

    code = "step_not_reachable"
    step: str
    reachable: tuple[str, ...]
    because: str

    def __str__(self) -> str:
        return (
            f"the step {shown(self.step)} cannot be reached: {self.because} "
            f"(reachable: {listed(self.reachable)})"
        )


class EmptyOrder(WorkflowError):
    """An order with no lines (OE-10)."""

    code = "empty_order"

    def __str__(self) -> str:
        return "the order has no items: add one first"


class SpeedsMissing(WorkflowError):
    """Shipments without a usable shipping speed (OE-13).

    Attributes:
        shipments: The ids of the shipments.
        addresses: Where they go, in the same order.
    """

    code = "speeds_missing"
    shipments: tuple[str, ...]
    addresses: tuple[str, ...]

    def __str__(self) -> str:
        return f"choose a shipping speed for {listed(self.addresses, '; ')}"


class DraftHasProblems(WorkflowError):
    """A draft that cannot be placed yet (OE-18, OE-23).

    Attributes:
        problems: Why, one by one: each is a `Problem`.
    """

    code = "draft_has_problems"
    problems: tuple[object, ...]

    def __str__(self) -> str:
        return f"the order cannot be placed: {'; '.join(str(p) for p in self.problems)}"


class DraftPlaced(WorkflowError):
    """A change of a draft that has become an order.

    Attributes:
        draft_id: The id of the draft.
        order_number: The number of the order that it became.
    """

    code = "draft_placed"
    draft_id: str
    order_number: str

    def __str__(self) -> str:
        return f"this draft was placed as order {self.order_number} and cannot be changed"


class QuoteChanged(WorkflowError):
    """What would be charged, or to whom, differs from what the caller saw (OE-18).

    Attributes:
        seen: What was shown, a `Quote` or `Shown`; None where only a token was given.
        current: The `Quote` as it is now.
        differences: What differs, one sentence each; empty where `seen` is None.
    """

    code = "quote_changed"
    seen: object
    current: Priced
    differences: tuple[str, ...]

    def __str__(self) -> str:
        what = "; ".join(self.differences) or "review it again"
        return f"the order has changed since it was shown: {what}"


class OrderChangeNotAllowed(WorkflowError):
    """A change that an order in this state does not allow (OE-21).

    Attributes:
        order_number: The number of the order.
        change: What was asked for, in words.
        status: The status of the order.
        because: Why it is not possible.
        allowed: What is possible.
    """

    code = "order_change_not_allowed"
    order_number: str
    change: str
    status: str
    because: str
    allowed: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"order {self.order_number} is {self.status}; {self.change} is not possible: "
            f"{self.because} (possible: {listed(self.allowed)})"
        )
