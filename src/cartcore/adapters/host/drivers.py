"""What a connection of an application must tell and do, whatever its driver."""

from typing import Any, ClassVar, Protocol

from sqlalchemy import Connection

WHERE = "the application's database"
"""What the storage is called in errors."""

BUSY = "others have used the application's database for longer than its connection waits"


class Driver(Protocol):
    """A connection of the application, as its driver has it."""

    keeps_order: ClassVar[bool]

    @property
    def connection(self) -> Any:
        """The driver's connection itself."""
        ...

    @property
    def closed(self) -> bool:
        """Whether it is of no use any more."""
        ...

    @property
    def idle(self) -> bool:
        """Whether no transaction is open."""
        ...

    @property
    def going_on(self) -> bool:
        """Whether a transaction is open that no error has ended."""
        ...

    @property
    def autocommits(self) -> bool:
        """Whether each statement is committed unless somebody begins a transaction."""
        ...

    def borrowed(self) -> Connection:
        """Return it as a connection of SQLAlchemy, which does not end the transaction."""
        ...

    def begin(self, connection: Connection, *, writing: bool) -> None:
        """Begin a transaction, for writing with the lock of all writers."""
        ...

    def enter(self, connection: Connection, *, writing: bool) -> None:
        """Begin the application's transaction where the driver itself would begin it later."""
        ...

    def lock(self, connection: Connection) -> None:
        """Take the lock of all writers in the application's transaction."""
        ...

    def commit(self, connection: Connection) -> None:
        """Commit the transaction that `begin` began."""
        ...
