"""What the application is told and asked about orders, in the transaction itself (HA-5, HA-7).

What is told can undo everything by raising; what is asked adds problems to those that cartcore
finds.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import attrs

from cartcore.entry import sentences
from cartcore.entry.problems import HOST_CHECK_FAILED, Problem
from cartcore.entry.view import DraftView
from cartcore.errors import (
    CartcoreError,
    CommitNotAllowed,
    DraftHasProblems,
    HookFailed,
    InvalidField,
    OrderChangeNotAllowed,
    StorageError,
)
from cartcore.errors.sentences import class_name, with_article
from cartcore.orders.draft import Step
from cartcore.orders.order import Order
from cartcore.promotions.rulebook import Rulebook
from cartcore.storage.ports import UnitOfWork
from cartcore.values.calls import is_asynchronous, runs_when_called, still_to_run
from cartcore.values.guard import FAULTS, line_of, said
from cartcore.values.records import typed

LOGGER: Final = "cartcore.hooks"
"""The name of the logger that is told of checks that fail."""

Placed = Callable[[Order, UnitOfWork], object]
"""Is told of an order that is being placed, in its transaction; its answer is not looked at."""

Changed = Callable[[Order, Order, UnitOfWork], object]
"""Is told what an order was and what it becomes, in the transaction that changes it."""

Check = Callable[[DraftView], Iterable[Problem]]
"""Is asked for the problems of an order, such as goods that are out of stock."""


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderHooks:
    """Functions of the application that are told of orders, or asked about them.

    Attributes:
        placed: Called with the order and the unit of work, after the order was stored and before
            the commit.
        changed: Called with the order before and after the change, and the unit of work, likewise.
        problems: Called with the view of a draft, each time it is looked at, and at placing within
            the lock. They give what else is in the way; a problem that is `blocking` stops placing.
    """

    placed: tuple[Placed, ...] = ()
    changed: tuple[Changed, ...] = ()
    problems: tuple[Check, ...] = ()

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(OrderHooks):
            for each in getattr(self, field.name):
                if not callable(each):
                    raise InvalidField(f"OrderHooks.{field.name}", each, "functions")
        for each in self.problems:
            if is_asynchronous(each):
                expected = "functions that answer when they are called, without async"
                raise InvalidField("OrderHooks.problems", each, expected)
        for name in ("placed", "changed"):
            for each in getattr(self, name):
                if not runs_when_called(each):
                    expected = "functions that are done when they return, without async and yield"
                    raise InvalidField(f"OrderHooks.{name}", each, expected)

    @classmethod
    def of(
        cls,
        rulebook: Rulebook,
        *,
        placed: Iterable[Placed] = (),
        changed: Iterable[Changed] = (),
        problems: Iterable[Check] = (),
    ) -> "OrderHooks":
        """Return the functions of a rulebook's plugins, and then those given besides.

        Raises:
            InvalidField: something is no function.
        """

        def functions(hook: str, own: Iterable[Any]) -> tuple[Any, ...]:
            found = rulebook.order_hooks.get(hook, ())
            return (*(_OfPlugin(name, function) for name, function in found), *own)

        return cls(
            placed=functions("cartcore_order_placed", placed),
            changed=functions("cartcore_order_changed", changed),
            problems=functions("cartcore_order_problems", problems),
        )

    def tell_placed(self, order: Order, work: UnitOfWork) -> None:
        """Tell of an order that is about to be committed.

        Raises:
            DraftHasProblems: a function refuses the order with it.
            HookFailed: one raised anything else.
        """
        for hook in self.placed:
            _tell("order_placed", hook, (order,), work, _refuses_placing)

    def tell_changed(self, before: Order, after: Order, work: UnitOfWork) -> None:
        """Tell of a change that is about to be committed.

        Raises:
            OrderChangeNotAllowed: a function refuses the change with it.
            HookFailed: one raised anything else.
        """
        for hook in self.changed:
            _tell("order_changed", hook, (before, after), work, _refuses_change)

    def checked(self, view: DraftView, work: UnitOfWork | None = None) -> DraftView:
        """Return the view with the problems that the application finds.

        They change no step: staff can go on with the order, and come back.

        Args:
            view: the view.
            work: the unit of work in which the order is about to be placed.
        """
        found = [problem for check in self.problems for problem in _found(check, view, work)]
        return attrs.evolve(view, problems=(*view.problems, *found)) if found else view


@attrs.frozen
class _OfPlugin:
    """A function of a plugin, which is called by the plugin's name."""

    plugin: str
    function: Callable[..., Any]

    def __call__(self, *given: object) -> Any:
        return self.function(*given)


NO_HOOKS = OrderHooks()
"""Nobody is told or asked."""


def _tell(
    kind: str,
    hook: Callable[..., object],
    orders: tuple[Order, ...],
    work: UnitOfWork,
    refuses: Callable[[BaseException], bool],
) -> None:
    """Call a function, and see that it has run and that what it was given can still be stored."""
    try:
        told = still_to_run(hook(*orders, _InHook(work)))
    except FAULTS as error:
        if refuses(error):
            raise
        raise HookFailed(kind, _name(hook), said(error), _goes_on(work)) from error
    if told:
        raise HookFailed(kind, _name(hook), told, _goes_on(work))
    try:
        work.check()
    except StorageError as error:  # it has hidden an error of the database, or ended the work
        raise HookFailed(kind, _name(hook), said(error), undone=False) from error


def _goes_on(work: UnitOfWork) -> bool:
    """Whether a transaction can still be undone: what has ended may have been committed."""
    try:
        work.check()
    except CartcoreError:
        return False
    return True


def _refuses_placing(error: BaseException) -> bool:
    """Whether it is the error of an order that is not ready, with problems for staff to see."""
    if type(error) is not DraftHasProblems:
        return False
    problems = error.problems
    return type(problems) is tuple and bool(problems) and _all_problems(problems)


def _refuses_change(error: BaseException) -> bool:
    """Whether it is the error of a change that an order does not allow."""
    return type(error) is OrderChangeNotAllowed


def _found(check: Check, view: DraftView, work: UnitOfWork | None) -> tuple[Problem, ...]:
    """The problems that one check finds; if it fails, that: nothing is placed unchecked."""
    name = _name(check)
    try:
        answer: object = check(view)
        if not isinstance(answer, Iterable):
            told = still_to_run(answer) or f"it returned {_kind(answer)}, not problems"
            return (_failed(name, told),)
        found = tuple(answer)
        if work is not None:  # a check that has hidden an error of the database
            work.check()
    except FAULTS as error:
        return (_failed(name, f"it raised {class_name(error)}", error),)
    if not _all_problems(found):
        wrong = next(each for each in found if type(each) is not Problem)
        return (_failed(name, f"among its problems was {_kind(wrong)}"),)
    return found


def _all_problems(given: Iterable[object]) -> bool:
    return all(type(each) is Problem for each in given)


def _kind(value: object) -> str:
    """What a value is, without what it says: "None", "a str"."""
    return "None" if value is None else with_article(class_name(value))


def _failed(name: str, told: str, error: BaseException | None = None) -> Problem:
    """The problem that a check failed; what its exception says, which can be anything, at DEBUG."""
    from logging import getLogger  # noqa: PLC0415  (only where something is to be told)

    logger = getLogger(LOGGER)
    fields = {"event": "check_failed", "plugin": name, "error": "", "line": ""}
    if error is not None:
        fields |= {"error": class_name(error), "line": line_of(error, __file__)}
        told += f" at {fields['line']}" if fields["line"] else ""
    logger.error("the check %r of the application failed: %s", name, told, extra=fields)
    logger.debug("what the check %r raised", name, exc_info=error, extra=fields)
    return Problem(step=Step.REVIEW, code=HOST_CHECK_FAILED, message=sentences.check_failed(name))


def _name(hook: Callable[..., object]) -> str:
    """What a function is called, with its module; the plugin of one that has one."""
    if isinstance(hook, _OfPlugin):
        return hook.plugin
    named = hook if hasattr(hook, "__qualname__") else type(hook)
    try:
        return f"{named.__module__}.{named.__qualname__}"
    except AttributeError:
        return class_name(hook)


class _InHook:
    """A unit of work as hooks are given it: all but its end."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def __getattr__(self, name: str) -> object:
        return getattr(self._work, name)

    def commit(self) -> None:
        """Raise: the order is committed when all hooks are done."""
        raise CommitNotAllowed
