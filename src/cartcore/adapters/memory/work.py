"""Everything that is kept in memory, and one piece of work on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

from cartcore.adapters.memory.promotion_table import PromotionTable
from cartcore.adapters.memory.table import Table
from cartcore.adapters.standing import Standing
from cartcore.orders.draft import Draft
from cartcore.orders.event import OrderEvent
from cartcore.orders.order import Order
from cartcore.promotions.promotion import Promotion
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product
from cartcore.storage.keys import CONTACT, DRAFT, FIRST_NUMBER, ORDER, PRODUCT, PROMOTION


@attrs.define
class State:
    """Everything that is kept."""

    contacts: Table[Contact] = attrs.Factory(lambda: Table(CONTACT))
    products: Table[Product] = attrs.Factory(lambda: Table(PRODUCT))
    promotions: PromotionTable = attrs.Factory(lambda: PromotionTable(PROMOTION))
    drafts: Table[Draft] = attrs.Factory(lambda: Table(DRAFT))
    orders: Table[Order] = attrs.Factory(lambda: Table(ORDER))
    last_number: int = FIRST_NUMBER - 1
    events: tuple[OrderEvent, ...] = ()
    last_event: int = 0
    kept_promotions: dict[tuple[str, int], Promotion] = attrs.Factory(dict)  # is never changed
    mark: object = attrs.Factory(object)  # of this very state

    def copy(self) -> "State":
        """The same state, to be changed apart."""
        return State(
            self.contacts.copy(),
            self.products.copy(),
            self.promotions.copy(),
            self.drafts.copy(),
            self.orders.copy(),
            self.last_number,
            self.events,
            self.last_event,
            self.kept_promotions,
        )


class Work:
    """One piece of work on a state; without `commit` it is for reading only."""

    def __init__(
        self,
        state: State,
        commit: Callable[[State], None] | None = None,
        at_end: Callable[["Work"], None] = lambda _: None,
    ) -> None:
        self.begin(state)
        self._commit = commit
        self._at_end = at_end
        self._standing = Standing(writing=commit is not None)

    def begin(self, committed: State, *, apart: bool = False) -> None:
        """Begin to work on what is committed, or apart, on a copy of it."""
        self._mark = committed.mark
        self._state = state = committed.copy() if apart else committed
        self.began_with = state.promotions.revision

    @property
    def state(self) -> State:
        """What the work sees."""
        self._standing.check()
        return self._state

    def committed_state(self) -> object:
        """Return a mark of the committed state that the work began with."""
        self._standing.check()
        return self._mark

    @contextmanager
    def changing(self) -> Iterator[State]:
        """Give what the work sees, to be changed."""
        with self._standing.use(writing=True):
            yield self._state

    def check(self) -> None:
        """Raise WorkEnded, or WorkGivenUp after an error."""
        self._standing.check()

    def commit(self) -> None:
        """Make the changes the committed state, and end the work."""
        with self.changing() as state:
            if self._commit is not None:
                self._commit(state)
        self.end()

    def end(self) -> None:
        """End the work; what was not committed is forgotten."""
        self._standing.end()
        self._at_end(self)
