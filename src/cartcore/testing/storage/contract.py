"""What the parts of the contract have in common: what an adapter declares and provides."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from cartcore.storage.paging import LARGEST_PAGE
from cartcore.storage.ports import Storage
from cartcore.testing.storage.kinds import LISTINGS, store, walk

# No example leaves a trace, because none commits: one storage serves all examples of a test. The
# properties are inner functions, since Hypothesis wants a test of its own for each class.
generated = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
FAULTS = ("disk full", "I/O error", "deadlock", "timeout", "interrupt")
"""What can go wrong in the middle of a unit of work."""


Test = TypeVar("Test", bound=Callable[..., None])


def changes(*kinds: str, undone: bool = False) -> Callable[[Test], Test]:
    """Say of a test which kinds of records it adds or changes, under ids of its own.

    "kind" is the kind that the test is given as its parameter. `undone`: it needs a storage that
    keeps nothing of what was refused or not committed, and shows others nothing of it.
    """

    def said(test: Test) -> Test:
        vars(test)["changes"], vars(test)["undone"] = kinds, undone
        return test

    return said


class Contract:
    """What the parts of the contract have in common."""

    faults: ClassVar[tuple[str, ...]] = ()
    """Which of the `FAULTS` the method `failing` can cause."""

    fault_step: ClassVar[int] = 1
    """1 for a fault at every statement; with more, in a hurry, some are passed over."""

    supports_concurrent_writers: ClassVar[bool] = True
    """Several threads can call `write()` at once, and wait for each other."""

    keeps_open_work_apart: ClassVar[bool] = True
    """Of two units of work that a thread has open, neither sees what the other has not committed.

    Where a thread has one connection, they are parts of one transaction.
    """

    survives_reopening: ClassVar[bool] = False
    """`reopen` gives a storage that has what was committed to the one before."""

    read_only: ClassVar[tuple[str, ...]] = ()
    """Kinds of records that are only read, such as "products": changes raise `ReadOnlyPort`."""

    gives_ids: ClassVar[tuple[str, ...]] = ()
    """Kinds of records that get other ids than those that they are added with."""

    forward_only: ClassVar[tuple[str, ...]] = ()
    """Kinds of records whose pages have no `previous_page`."""

    outside_transaction: ClassVar[tuple[str, ...]] = ()
    """Kinds of records that are not kept by the transaction: others may see, and keep, what a unit
    of work did not commit."""

    @pytest.fixture(autouse=True)
    def skipped_for_what_it_declares(self, request: pytest.FixtureRequest) -> None:
        """Skip a test that needs what the adapter declares that it cannot do."""
        test = vars(getattr(request.function, "__func__", request.function))
        given = getattr(request.node, "callspec", None)
        kind = given.params.get("kind") if given else None
        changed = {kind if each == "kind" else each for each in test.get("changes", ())}
        cannot = {"read_only": self.read_only, "gives_ids": self.gives_ids}
        if test.get("undone"):
            cannot["outside_transaction"] = self.outside_transaction
        for declared, kinds in cannot.items():
            skip_for(declared, [each for each in kinds if each in changed])

    def store(self, storage: Storage, kind: str, *records: Any) -> list[Any]:
        """Store records of one kind, in a unit of work of their own, and return them as they are.

        Those of a kind that is read only are given by `give`.
        """
        skip_for("gives_ids", [each for each in self.gives_ids if each == kind])
        if kind not in self.read_only:
            return store(storage, kind, *records)
        self.give(storage, kind, records)
        with storage.read() as work:
            there = {each.id: each for each in walk(LISTINGS[kind](work), limit=LARGEST_PAGE)}
        return [there[record.id] for record in records]

    def give(self, storage: Any, kind: str, records: Sequence[Any]) -> None:  # noqa: ARG002
        """Put records of a kind that is read only where the storage finds them, if you can."""
        skip_for("read_only", [kind])

    @pytest.fixture
    def storage(self) -> Storage:
        """Return an empty storage."""
        raise NotImplementedError

    def reopen(self, storage: Any) -> Storage:
        """Close a storage, and return a new one for the same data."""
        raise NotImplementedError

    def failing(
        self, storage: Any, fault: str, after: int
    ) -> AbstractContextManager[Callable[[], bool]]:
        """Let a storage have a fault, once, when it has done so many more statements.

        An interrupt is a `KeyboardInterrupt`, in the place of a statement. The adapter may count
        other steps of its work than statements. Gives a function that says whether it happened.
        """
        raise NotImplementedError

    def need_concurrent_writers(self) -> None:
        """Skip the test where writers cannot run side by side."""
        if not self.supports_concurrent_writers:
            pytest.skip("the adapter declares supports_concurrent_writers = False")

    def need_work_apart(self) -> None:
        """Skip the test where units of work that a thread has open are not apart."""
        if not self.keeps_open_work_apart:
            pytest.skip("the adapter declares keeps_open_work_apart = False")


def skip_for(declared: str, kinds: Sequence[str]) -> None:
    """Skip the test because of what the adapter declares of some kinds of records."""
    if kinds:
        pytest.skip(f"the adapter declares {declared} = {tuple(kinds)}")
