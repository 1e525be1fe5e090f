"""What the parts of the contract have in common: what an adapter declares and provides."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings

from cartcore.storage.ports import Storage

# No example leaves a trace, because none commits: one storage serves all examples of a test. The
# properties are inner functions, since Hypothesis wants a test of its own for each class.
generated = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
FAULTS = ("disk full", "I/O error", "deadlock", "timeout", "interrupt")
"""What can go wrong in the middle of a unit of work."""


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
