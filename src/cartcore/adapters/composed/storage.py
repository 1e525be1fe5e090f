"""A storage that is put together from another one and ports of the application (HA-1)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, TypeVar

from cartcore.adapters.composed.asking import MAY_FAIL, REFUSALS
from cartcore.adapters.composed.drafts import DraftsOfContacts
from cartcore.adapters.composed.ports import CheckedContacts, CheckedProducts, CheckedPromotions
from cartcore.adapters.standing import Standing
from cartcore.errors import PortFailed
from cartcore.storage.events import Events
from cartcore.storage.ports import (
    Contacts,
    Drafts,
    Orders,
    Products,
    Promotions,
    Storage,
    UnitOfWork,
)
from cartcore.values.arguments import check_arguments
from cartcore.values.guard import FAULTS, said

T = TypeVar("T")

_CONTACTS: Final = "contacts"
_PRODUCTS: Final = "products"
_PROMOTIONS: Final = "promotions"

_Sources = dict[str, Callable[[Any], object]]


class ComposedUnitOfWork:
    """A unit of work in which some of the records are the application's."""

    def __init__(self, work: UnitOfWork, sources: _Sources, standing: Standing) -> None:
        self._work = work
        self._sources = sources
        self._standing = standing
        self._made: dict[str, Any] = {}

    @property
    def contacts(self) -> Contacts:
        """The contacts."""
        return self._port(_CONTACTS, CheckedContacts, self._work.contacts)

    @property
    def products(self) -> Products:
        """The catalogue."""
        return self._port(_PRODUCTS, CheckedProducts, self._work.products)

    @property
    def promotions(self) -> Promotions:
        """The promotions."""
        stored = self._work.promotions
        return self._port(
            _PROMOTIONS, lambda port, standing: CheckedPromotions(port, standing, stored), stored
        )

    @property
    def drafts(self) -> Drafts:
        """The drafts; what is asked of their contacts is asked of the application's."""
        self._standing.check()
        if _CONTACTS in self._sources:
            return DraftsOfContacts(self._work.drafts, lambda: self.contacts)
        return self._work.drafts

    @property
    def orders(self) -> Orders:
        """The orders."""
        self._standing.check()
        return self._work.orders

    @property
    def events(self) -> Events:
        """What happened to orders."""
        self._standing.check()
        return self._work.events

    @property
    def connection(self) -> Any:
        """The SQLAlchemy connection of the work, where the records are in a database (HA-2)."""
        self._standing.check()
        return self._work.connection  # type: ignore[attr-defined]

    def check(self) -> None:
        """Raise if an error has undone it."""
        with self._standing.use():
            self._work.check()

    def committed_state(self) -> object:
        """Return the mark of the other storage; None, as the application's records have none."""
        self._standing.check()
        return None if self._sources else self._work.committed_state()

    def commit(self) -> None:
        """Store everything that was changed, and end the work."""
        with self._standing.use(writing=True):
            self._work.commit()
        self._standing.end()

    def _port(self, name: str, checked: Callable[[object, Standing], T], stored: T) -> T:
        """A port, made when it is first asked for."""
        if name not in self._sources:
            return stored
        if name not in self._made:
            with self._standing.use():
                port = _made(name, self._sources[name], self._work)
            self._made[name] = checked(port, self._standing)
        found: T = self._made[name]
        return found


def _made(name: str, source: Callable[[Any], object], work: UnitOfWork) -> object:
    try:
        return source(work)
    except MAY_FAIL:
        raise
    except FAULTS as error:
        raise PortFailed(name, "its making", f"it raised {said(error)}") from error


class ComposedStorage:
    """A storage of which some records are the application's, and the rest another storage's.

    Each port is given as what makes it, for each unit of work anew: a class or a function that is
    called with the unit of work of `records`. With the `connection` of that it can read in the same
    transaction; or it reads wherever else the application has its records.

    Two attributes of a port say what it does otherwise than others:

    - `gives_ids`: `add` gives a record another id than the one that it came with.
    - `outside_transaction`: what it reads may change while a unit of work goes on. Then a unit of
      work reads each record once. Prices are read again within the lock when an order is placed.

    A class of ports that suits some storages only has a class method `check_records`: it is called
    with `records`, and refuses it by raising.

    A port that only reads raises `ReadOnlyPort` when it is asked for a change, as those that are
    made from `ReadOnlyContacts`, `ReadOnlyProducts` and `ReadOnlyPromotions` do.

    Errors that are none of a port's, and answers that cannot be, are `PortFailed`; the unit of work
    is over then. A slow port keeps other writers waiting while it is asked within the lock.

    Args:
        records: where all else is kept; it has to be closed by whoever opened it.
        contacts: makes the contacts.
        products: makes the catalogue.
        promotions: makes the promotions; how often they were redeemed is known where orders are.

    Raises:
        InvalidField: something of this cannot be called, or is no storage; or a port does not suit
            it.
    """

    @check_arguments
    def __init__(
        self,
        records: Storage,
        *,
        contacts: Callable[[Any], Contacts] | None = None,
        products: Callable[[Any], Products] | None = None,
        promotions: Callable[[Any], Promotions] | None = None,
    ) -> None:
        self._records = records
        given = {_CONTACTS: contacts, _PRODUCTS: products, _PROMOTIONS: promotions}
        self._sources: _Sources = {name: each for name, each in given.items() if each is not None}
        for source in self._sources.values():
            if hasattr(source, "check_records"):
                source.check_records(records)

    def __repr__(self) -> str:
        ports = "".join(f", {name}={source!r}" for name, source in self._sources.items())
        return f"ComposedStorage({self._records!r}{ports})"

    def read(self) -> AbstractContextManager[ComposedUnitOfWork]:
        """Open a view; it is as consistent as the ports are. Raises as that of `records` does."""
        return self._work(self._records.read(), writing=False)

    def write(self) -> AbstractContextManager[ComposedUnitOfWork]:
        """Open a unit of work that excludes other writers. Raises as that of `records` does."""
        return self._work(self._records.write(), writing=True)

    @contextmanager
    def _work(
        self, opened: AbstractContextManager[UnitOfWork], *, writing: bool
    ) -> Iterator[ComposedUnitOfWork]:
        with opened as work:
            standing = Standing(writing=writing, refusals=REFUSALS)
            try:
                yield ComposedUnitOfWork(work, self._sources, standing)
            finally:
                standing.end()
