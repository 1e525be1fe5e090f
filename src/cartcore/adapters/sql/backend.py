"""What differs from one database to the next."""

from collections.abc import Sequence
from typing import Protocol

from cartcore.adapters.sql.carriers import Carrier


class Backend(Protocol):
    """What differs between the databases."""

    @property
    def where(self) -> str:
        """What the storage is called in errors."""
        ...

    @property
    def pauses(self) -> Sequence[float]:
        """Seconds to wait before each further attempt to begin, when that was not possible."""
        ...

    @property
    def keeps_order(self) -> bool:
        """Whether what is chosen from a sorted subquery alone comes in its order.

        Where it does, to sort it once more would mean to go through all of it for one page.
        """
        ...

    @property
    def prepares(self) -> bool:
        """Whether the driver can let its server keep plans of statements."""
        ...

    def begin(self, carrier: Carrier, *, writing: bool) -> None:
        """Begin a transaction: a snapshot, or for writing the only one that writes."""
        ...

    def check_work(self, carrier: Carrier) -> None:
        """Raise StorageUnavailable if an earlier error has undone the transaction."""
        ...

    def committed_state(self, carrier: Carrier) -> object:
        """Return a mark of what was committed when the transaction of a carrier began.

        Where two are equal, the same was committed; the same is seldom marked in two ways.
        """
        ...

    def commit(self, carrier: Carrier) -> None:
        """Commit the transaction. Raises if it cannot be."""
        ...

    def translated(self, error: BaseException) -> Exception | None:
        """Return what an error of the driver means; None for one of another origin.

        `KeyTaken` stands for a unique key that is taken.
        """
        ...
