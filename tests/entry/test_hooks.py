"""What the application is told and asked about orders, in their transaction (HA-5, HA-7)."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from unittest.mock import AsyncMock

import attrs
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cartcore import DraftView, Order, OrderDesk, OrderHooks, Problem, Step
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.entry.problems import HOST_CHECK_FAILED
from cartcore.errors import (
    CartcoreError,
    CommitNotAllowed,
    DraftHasProblems,
    DraftPlaced,
    HookFailed,
    InvalidField,
    InvalidText,
    NotFound,
    OrderChangeNotAllowed,
    StorageError,
)
from cartcore.storage import Storage
from tests.support.shop import Shop, everything

MUG = {"MUG": 1}


def hooked(shop: Shop, **hooks: Any) -> OrderDesk:
    """The shop's desk with functions of an application."""
    told = {kind: tuple(each) for kind, each in hooks.items()}
    shop.desk = OrderDesk(
        shop.storage,
        shop.desk.store,
        clock=shop.desk._clock,
        new_id=shop.desk._new_id,
        hooks=OrderHooks(**told),
    )
    return shop.desk


@attrs.define
class Told:
    """Remembers what it was told, and what it then found in the unit of work."""

    calls: list[tuple[Any, ...]] = attrs.Factory(list)

    def __call__(self, *arguments: Any) -> str:
        *orders, work = arguments
        self.calls.append((*orders, work.orders.get(orders[-1].id)))
        return "what is returned is not looked at"


def test_an_order_is_told_in_its_transaction(shop: Shop) -> None:
    """Whoever is told sees the order as it is stored, once, before it is committed (HA-5)."""
    told = Told()
    desk = hooked(shop, placed=[told])
    order = shop.placed(shop.reviewed(MUG))

    assert [(order, order)] == told.calls
    again = desk.place(order.draft_id, seen=order.quote, actor="sam")
    assert (order, 1) == (again, len(told.calls))


def test_changes_are_told_with_what_was(shop: Shop) -> None:
    """Notes, shipping and cancelling are told with the order before and after (HA-5)."""
    told = Told()
    desk = hooked(shop, changed=[told])
    placed = shop.placed(shop.reviewed(MUG))
    noted = desk.add_note(placed.number, "call first", actor="sam")
    cancelled = desk.cancel(placed.number, actor="sam")

    assert [(placed, noted, noted), (noted, cancelled, cancelled)] == told.calls


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), NotFound("stock", "MUG")])
def test_what_they_raise_undoes_everything(shop: Shop, error: BaseException) -> None:
    """A function that raises is named, and neither the order nor the change is there (HA-5)."""

    def refuse(*_: object) -> None:
        raise error

    hooked(shop, placed=[Told(), refuse])
    draft = shop.reviewed(MUG)
    before = everything(shop.storage)
    with pytest.raises(HookFailed, match="refuse failed for order_placed: ") as caught:
        shop.placed(draft)

    assert caught.value.__cause__ is error
    assert before == everything(shop.storage)
    hooked(shop, changed=[refuse])
    order = shop.placed(draft)
    assert "1001" == order.number  # no number was lost
    with pytest.raises(HookFailed):
        shop.desk.cancel(order.number, actor="sam")
    assert order == shop.desk.order(order.number)


def test_an_interrupt_passes(shop: Shop) -> None:
    """What is no error of the function reaches the caller as it is, and undoes everything, too."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    desk = hooked(shop, placed=[interrupted])
    with pytest.raises(KeyboardInterrupt):
        shop.placed(shop.reviewed(MUG))
    assert [] == list(desk.orders().items)


def test_they_cannot_commit(shop: Shop) -> None:
    """A commit in the middle would part the order from what is told after it: it is refused."""

    def commits(_: Order, work: Any) -> None:
        work.commit()

    desk = hooked(shop, placed=[commits])
    with pytest.raises(HookFailed) as caught:
        shop.placed(shop.reviewed(MUG))

    assert isinstance(caught.value.__cause__, CommitNotAllowed)
    assert [] == list(desk.orders().items)


@pytest.mark.parametrize("fails", [True, False])
def test_who_ends_the_work_by_its_insides_is_told_what_is_known(shop: Shop, *, fails: bool) -> None:
    """An error says that nothing was stored where that is certain, and nowhere else (HA-5)."""

    def ends(_: Order, work: Any) -> None:
        work._work.commit()
        if fails:
            raise ValueError("no")

    desk = hooked(shop, placed=[ends])
    draft = shop.reviewed(MUG)
    with pytest.raises(HookFailed) as caught:
        shop.placed(draft)
    assert not caught.value.undone
    assert "nothing was stored" not in str(caught.value)
    assert "some of it may be stored" in str(caught.value)
    assert ["1001"] == [order.number for order in desk.orders().items]

    hooked(shop)
    with pytest.raises(DraftPlaced):  # it is an order, and is no second one
        desk.discard(draft)


def test_a_raw_commit_is_told_as_what_may_be_stored(storage: Storage) -> None:
    """A statement on the driver's own connection goes past all care, and is told so (HA-5)."""
    if isinstance(storage, MemoryStorage):
        pytest.skip("a memory storage has no connection")
    shop = Shop(storage)

    def ends(_: Order, work: Any) -> None:
        work._work._session.transaction.lend().connection.driver_connection.commit()
        raise ValueError("no")

    hooked(shop, placed=[ends])
    draft = shop.reviewed(MUG)
    with pytest.raises(HookFailed, match="some of it may be stored") as caught:
        shop.placed(draft)
    assert not caught.value.undone


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_they_cannot_end_the_transaction_of_the_connection(shop: Shop, end: str) -> None:
    """Committing or rolling back on `work.connection` does nothing to the order (HA-2, HA-5)."""
    if isinstance(shop.storage, MemoryStorage):
        pytest.skip("a memory storage has no connection")

    def ends(_: Order, work: Any) -> None:
        getattr(work.connection, end)()

    def refuse(*_: object) -> None:
        raise ValueError("no")

    desk = hooked(shop, placed=[ends, refuse])
    draft = shop.reviewed(MUG)
    with pytest.raises(HookFailed):
        shop.placed(draft)
    assert [] == list(desk.orders().items)
    hooked(shop, placed=[ends])
    assert "1001" == shop.placed(draft).number


@pytest.mark.parametrize(
    "end",
    [
        "COMMIT",
        " ; end transaction",
        "/* a\nb */ -- c\nRollback;",
        "abort",
        "prepare transaction 'x'",
        "ROLLBACK TRANSACTION",
    ],
)
def test_no_statement_ends_the_transaction(storage: Storage, end: str) -> None:
    """What would store half of the work is refused, in hooks and without them (HA-2, HA-5)."""
    if isinstance(storage, MemoryStorage):
        pytest.skip("a memory storage has no connection")
    shop = Shop(storage)
    draft = shop.reviewed(MUG)
    desk = hooked(shop, placed=[lambda _, work: work.connection.execute(text(end))])
    with pytest.raises(HookFailed, match="nothing was stored") as caught:
        shop.placed(draft)
    assert isinstance(caught.value.__cause__, CommitNotAllowed)
    assert [] == list(desk.orders().items)

    with storage.write() as work:
        work.connection.execute(text("SAVEPOINT mine"))  # type: ignore[attr-defined]
        work.connection.execute(text("ROLLBACK TO SAVEPOINT mine"))  # type: ignore[attr-defined]
        work.connection.execute(text("rollback to mine"))  # type: ignore[attr-defined]
        with pytest.raises(CommitNotAllowed):
            work.connection.exec_driver_sql(end)  # type: ignore[attr-defined]
        work.commit()
    hooked(shop)
    assert "1001" == shop.placed(draft).number


# --- Problems ---------------------------------------------------------------------------------


def out_of_stock(view: DraftView) -> Iterator[Problem]:
    """Says of each line that there is none of it."""
    for line in view.quote.lines:
        yield Problem(
            step=Step.ITEMS,
            code="out_of_stock",
            message=f"{line.description} is out of stock",
            line_id=line.line_id,
        )


def test_problems_of_the_application_are_seen_and_stop_placing(shop: Shop) -> None:
    """They stand in every view, at their line, and block placing, but no step (HA-7)."""
    draft = shop.reviewed(MUG)
    before = shop.desk.view(draft)
    desk = hooked(shop, problems=[out_of_stock])
    view = desk.view(draft)

    [problem] = [p for p in view.problems if p not in before.problems]
    assert ("out_of_stock", view.quote.lines[0].line_id) == (problem.code, problem.line_id)
    assert before.reachable == view.reachable
    with desk.preview(draft) as edit:
        assert problem in edit.view.problems
    with pytest.raises(DraftHasProblems) as caught:
        shop.placed(draft)
    assert problem in caught.value.problems


def test_hints_do_not_stop_placing(shop: Shop) -> None:
    """A problem that is not blocking is shown, and the order can be placed (HA-7)."""
    hint = Problem(step=Step.CONTACT, code="credit", message="over the limit", blocking=False)
    hooked(shop, problems=[lambda _: [hint]])
    draft = shop.reviewed(MUG)

    assert hint in shop.desk.view(draft).problems
    assert "1001" == shop.placed(draft).number


def test_problems_are_looked_for_again_within_the_lock(shop: Shop) -> None:
    """What changed after the view was shown is found when the order is placed (HA-7)."""
    sold_out = False
    hooked(shop, problems=[lambda view: out_of_stock(view) if sold_out else ()])
    draft = shop.reviewed(MUG)
    seen = shop.desk.view(draft).quote
    sold_out = True

    with pytest.raises(DraftHasProblems):
        shop.desk.place(draft, seen=seen, actor="sam")


def _raises(_: DraftView) -> list[Problem]:
    raise RuntimeError("secret of the ERP")


def _raises_late(_: DraftView) -> Iterator[Problem]:
    yield Problem(step=Step.ITEMS, code="out_of_stock", message="no mug is left")
    int("secret")


@pytest.mark.parametrize(
    "check",
    [
        _raises,
        lambda _: ["out of stock"],
        lambda _: None,
        lambda _: 5,
        lambda _: (_ for _ in [None]),
        list,
    ],
)
def test_a_check_that_fails_stops_placing(
    shop: Shop, check: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is placed unchecked; staff get a sentence, the log has the error (HA-7)."""
    hooked(shop, problems=[check])
    draft = shop.reviewed(MUG)
    [problem] = [p for p in shop.desk.view(draft).problems if p.code == HOST_CHECK_FAILED]

    assert "could not be checked" in problem.message
    assert "secret" not in problem.message
    assert "cartcore.hooks" in {record.name for record in caplog.records}
    with pytest.raises(DraftHasProblems):
        shop.placed(draft)


@pytest.mark.parametrize(
    ("check", "told", "error"),
    [
        (_raises, "it raised RuntimeError at ", "RuntimeError"),
        (_raises_late, "it raised ValueError at ", "ValueError"),
        (lambda _: None, "it returned None, not problems", ""),
        (lambda _: 5, "it returned an int, not problems", ""),
        (lambda _: _later(), "it returned a coroutine, which nobody runs", ""),
        (lambda _: "secret", "among its problems was a str", ""),
        (lambda _: [None], "among its problems was None", ""),
    ],
)
def test_the_log_says_what_a_check_did_wrong(
    shop: Shop, check: Any, told: str, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """At ERROR: the class and the line, and nothing that an exception says (HA-7, HA-14)."""
    desk = hooked(shop, problems=[check])
    draft = shop.reviewed(MUG)
    caplog.clear()
    with caplog.at_level("ERROR", "cartcore.hooks"):
        desk.view(draft)

    [record] = [each for each in caplog.records if each.name == "cartcore.hooks"]
    assert told in record.getMessage()
    assert "secret" not in record.getMessage()
    assert error == record.error  # type: ignore[attr-defined]
    file, _, line = record.line.rpartition(":")  # type: ignore[attr-defined]
    if error:
        begins = check.__code__.co_firstlineno
        assert __file__ == file
        assert begins < int(line) < begins + 3


@pytest.mark.parametrize("text_", ["", " ", "\u200b", "\t"])
@pytest.mark.parametrize("field", ["code", "message"])
def test_a_problem_says_something(field: str, text_: str) -> None:
    """A blank line tells staff nothing, and a program cannot compare an empty code (HA-7)."""
    given = {"code": "credit", "message": "over the limit", field: text_}
    with pytest.raises(InvalidText, match=f"^{field} must be filled in"):
        Problem(step=Step.REVIEW, **given)  # type: ignore[arg-type]


# --- Refusals ---------------------------------------------------------------------------------

NONE_LEFT = Problem(step=Step.ITEMS, code="out_of_stock", message="no mug is left")


def _raising(error: Exception) -> Any:
    def refuse(*_: object) -> None:
        raise error

    return refuse


def test_a_hook_refuses_an_order_with_problems(shop: Shop) -> None:
    """DraftHasProblems reaches the caller as the desk's own do, and nothing is stored (HA-5)."""
    refusal = DraftHasProblems((NONE_LEFT,))
    hooked(shop, placed=[Told(), _raising(refusal)])
    draft = shop.reviewed(MUG)
    before = everything(shop.storage)
    with pytest.raises(DraftHasProblems) as caught:
        shop.placed(draft)

    assert refusal is caught.value
    assert "the order cannot be placed: no mug is left" == str(caught.value)
    assert before == everything(shop.storage)


def test_a_hook_refuses_a_change(shop: Shop) -> None:
    """OrderChangeNotAllowed reaches the caller, and the order is as it was (HA-5)."""
    refusal = OrderChangeNotAllowed("1001", "cancelling", "processing", "it is packed", ("a note",))
    desk = hooked(shop, changed=[_raising(refusal)])
    order = shop.placed(shop.reviewed(MUG))
    with pytest.raises(OrderChangeNotAllowed, match="it is packed") as caught:
        desk.cancel(order.number, actor="sam")

    assert refusal is caught.value
    assert order == desk.order(order.number)


class Stranger(DraftHasProblems):
    """A class of the application's."""


@pytest.mark.parametrize(
    "error",
    [
        DraftHasProblems(()),
        DraftHasProblems(("no mug is left",)),
        DraftHasProblems([NONE_LEFT]),  # type: ignore[arg-type]
        DraftHasProblems(5),  # type: ignore[arg-type]
        Stranger((NONE_LEFT,)),
        OrderChangeNotAllowed("1001", "placing", "new", "no", ()),
    ],
    ids=["none", "texts", "a list", "a number", "a subclass", "of a change"],
)
def test_other_errors_are_failures(shop: Shop, error: Exception) -> None:
    """What staff could not be shown as problems is HookFailed, as any other error (HA-5)."""
    hooked(shop, placed=[_raising(error)])
    with pytest.raises(HookFailed) as caught:
        shop.placed(shop.reviewed(MUG))

    assert caught.value.__cause__ is error


class Unlike:
    """What cannot even be looked at."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError("no class")


def test_an_answer_that_cannot_be_looked_at_is_a_failure(shop: Shop) -> None:
    """Whatever a function returns, what comes of it has the function's name (HA-5)."""
    hooked(shop, placed=[lambda *_: Unlike()])
    with pytest.raises(HookFailed, match="no class"):
        shop.placed(shop.reviewed(MUG))


def _hides(_: object, work: Any) -> None:
    """Store a record that cannot be, and say nothing of it."""
    with suppress(InvalidField, StorageError):
        work.orders.add(5)
    connection = getattr(work, "connection", None)
    if connection is not None:
        with suppress(DBAPIError):
            connection.execute(text("INSERT INTO there_is_none VALUES (1)"))


def test_a_hidden_error_that_undoes_the_work_is_that_of_the_hook(storage: Storage) -> None:
    """Who hid an error after which nothing can be stored is named, and nothing is stored (HA-5).

    In PostgreSQL any error of a statement is one; in SQLite and in memory few are.
    """
    shop = Shop(storage)
    hooked(shop, placed=[Told(), _hides, _raising(ValueError("the next one"))])
    draft = shop.reviewed(MUG)
    before = everything(shop.storage)
    with pytest.raises(HookFailed) as caught:
        shop.placed(draft)

    blamed = "_hides" if isinstance(storage, PostgresStorage) else "_raising"
    assert blamed in caught.value.name
    if blamed == "_hides":
        assert "an earlier error has undone this work" in caught.value.problem
    assert before == everything(shop.storage)


def test_a_hidden_error_of_a_check_stops_placing(storage: Storage) -> None:
    """What a check hides is not found at the commit, with nobody's name (HA-7)."""
    shop = Shop(storage)
    works: list[Any] = []
    write = storage.write

    @contextmanager
    def seen() -> Iterator[Any]:
        with write() as work:
            works.append(work)
            yield work

    storage.write = seen  # type: ignore[method-assign]
    draft = shop.reviewed(MUG)
    view = shop.desk.view(draft)
    works.clear()

    def check(_: DraftView) -> list[Problem]:
        if works:
            _hides(None, works[-1])
        return []

    desk = hooked(shop, problems=[check])
    if isinstance(storage, PostgresStorage):
        with pytest.raises(DraftHasProblems) as caught:
            desk.place(draft, seen=view.quote, actor="sam")
        assert [HOST_CHECK_FAILED] == [each.code for each in caught.value.problems]  # type: ignore[attr-defined]
    else:
        assert "1001" == desk.place(draft, seen=view.quote, actor="sam").number


@pytest.mark.parametrize("wrong", [None, 5, "f"])
def test_other_things_are_no_hooks(wrong: Any) -> None:
    """What cannot be called is refused when the desk is set up."""
    with pytest.raises(InvalidField, match=r"OrderHooks\.placed"):
        OrderHooks(placed=(wrong,))


async def _later(*_: object) -> None: ...


def _steps(*_: object) -> Iterator[None]:
    yield


async def _stream(*_: object) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize("never", [_later, _steps, _stream, partial(_later), AsyncMock()])
@pytest.mark.parametrize("kind", ["placed", "changed"])
def test_what_would_never_run_is_refused(kind: str, never: Any) -> None:
    """An asynchronous function and a generator would be called, and do nothing (HA-5)."""
    with pytest.raises(InvalidField, match=rf"^OrderHooks\.{kind} must be functions that are done"):
        OrderHooks(**{kind: (never,)})


def test_checks_may_be_generators_but_not_asynchronous() -> None:
    """A check gives its problems one by one, if it likes; nobody would await it (HA-7)."""
    OrderHooks(problems=(out_of_stock,))
    for never in (_later, _stream):
        with pytest.raises(InvalidField, match=r"^OrderHooks\.problems must be .* without async"):
            OrderHooks(problems=(never,))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "hidden",
    [
        lambda *_: _later(),
        lambda *_: _steps(),
        lambda *_: _stream(),
        lambda *orders: map(print, orders),
    ],
)
def test_what_did_not_run_undoes_everything(shop: Shop, hidden: Any) -> None:
    """Where a lambda hides it the answer tells, and nothing is stored (HA-5)."""
    hooked(shop, placed=[hidden])
    draft = shop.reviewed(MUG)
    before = everything(shop.storage)
    with pytest.raises(HookFailed, match=r"it returned an? .*, which nobody runs"):
        shop.placed(draft)

    assert before == everything(shop.storage)
    hooked(shop, changed=[hidden])
    order = shop.placed(draft)
    with pytest.raises(HookFailed):
        shop.desk.cancel(order.number, actor="sam")
    assert order == shop.desk.order(order.number)


# --- Stock, as a shop would keep it -----------------------------------------------------------


def reserve(order: Order, work: Any) -> None:
    """Take what was sold from the stock, in the same transaction."""
    for line in order.quote.lines:
        taken = work.connection.execute(
            text(
                "UPDATE stock SET pieces = pieces - :n WHERE sku = :sku AND pieces >= :n"
            ).bindparams(n=line.quantity, sku=line.sku)
        )
        if taken.rowcount != 1:
            raise LookupError(f"{line.sku} is sold out")


@pytest.fixture
def with_stock(storage: Storage) -> Shop:
    """A shop whose application has one mug."""
    if isinstance(storage, MemoryStorage):
        pytest.skip("a memory storage has no tables")
    with storage.write() as work:
        connection = work.connection  # type: ignore[attr-defined]
        connection.execute(text("CREATE TABLE stock (sku text PRIMARY KEY, pieces int)"))
        connection.execute(text("INSERT INTO stock VALUES ('MUG', 1)"))
        work.commit()
    return Shop(storage)


def pieces(shop: Shop) -> int:
    with shop.storage.read() as work:
        found = work.connection.execute(text("SELECT pieces FROM stock"))  # type: ignore[attr-defined]
        return int(found.scalar())


def test_one_of_three_gets_the_last_piece(with_stock: Shop) -> None:
    """Of three buyers of one mug exactly one has an order, and the stock is at zero (HA-7)."""
    desk = hooked(with_stock, placed=[reserve])
    drafts = [with_stock.reviewed(MUG) for _ in range(3)]
    seen = {draft: desk.view(draft).quote for draft in drafts}
    together = threading.Barrier(3)

    def buy(draft_id: str) -> Order | CartcoreError:
        together.wait(60)
        try:
            return desk.place(draft_id, seen=seen[draft_id], actor="sam")
        except HookFailed as error:
            return error

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(buy, seen))

    assert ["HookFailed", "HookFailed", "Order"] == sorted(type(o).__name__ for o in outcomes)
    assert (0, 1) == (pieces(with_stock), len(desk.orders().items))


def test_stock_comes_back_with_what_is_undone(with_stock: Shop) -> None:
    """When a later function raises, what an earlier one took is back (HA-5)."""

    def refuse(*_: object) -> None:
        raise ValueError("no")

    desk = hooked(with_stock, placed=[reserve, refuse])
    with pytest.raises(HookFailed):
        with_stock.placed(with_stock.reviewed(MUG))

    assert (1, 0) == (pieces(with_stock), len(desk.orders().items))
