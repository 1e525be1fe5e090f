"""Storage on a connection of the application, as part of the transaction that it has open (HA-2).

Commit and rollback are then the application's. Each unit of work is a savepoint in it: what
`commit()` stores is there for everybody when the application commits, and gone when it rolls back,
to a savepoint of its own included; what was not committed is gone at once.
"""

from collections.abc import Callable

from cartcore.adapters.host.drivers import WHERE
from cartcore.adapters.host.transaction import HostTransaction, stored_version
from cartcore.adapters.sql import migrations, schema
from cartcore.adapters.sql.storage import UnitsOfWork
from cartcore.adapters.sql.transaction import Transaction
from cartcore.documents.serializer import Serializer
from cartcore.errors import SchemaMismatch
from cartcore.promotions.rulebook import Rulebook
from cartcore.rules import load_rulebook
from cartcore.values.arguments import check_arguments


class HostStorage(UnitsOfWork):
    """Storage on the application's connection, and in its transaction.

    Where the application has a transaction open, or its driver opens one by itself, a unit of work
    is a part of that. On a connection that commits each statement, and has no transaction open, it
    is a transaction of its own.

    Writing takes the lock of all writers and keeps it until the application's transaction ends: a
    slow one holds up all others. Open the unit of work before the application locks rows, or reads
    what it is going to write by: in SQLite that is refused if others have written since
    (`StorageBusy`), in PostgreSQL the transaction must be READ COMMITTED (`UnfitConnection`).

    Args:
        connect: gives the connection of the present thread or task: one of SQLAlchemy, sqlite3 or
            psycopg, or a session of SQLAlchemy. It is asked once for each unit of work, and stays
            the application's: it is neither closed nor configured.
        rulebook: the types that stored promotions can have; the built-in ones if left out.

    Raises:
        InvalidField: `connect` cannot be called.
    """

    @check_arguments
    def __init__(self, connect: Callable[[], object], *, rulebook: Rulebook | None = None) -> None:
        super().__init__(
            Serializer(load_rulebook() if rulebook is None else rulebook, keep_opaque=True)
        )
        self._connect = connect

    def __repr__(self) -> str:
        return f"HostStorage({self._connect!r})"

    def _transaction(self, *, writing: bool) -> Transaction:
        return HostTransaction(self._connect, writing=writing)


def migrate(connection: object) -> int:
    """Make cartcore's tables, or bring them up to date, in the application's transaction (ST-3).

    Args:
        connection: see `HostStorage`.

    Returns:
        The version that the tables had; 0 if there were none.

    Raises:
        SchemaMismatch: the tables are of a newer cartcore.
        ForeignStorage: a table of this name is there, and is not cartcore's.
        InvalidField, UnfitConnection, StorageBusy, StorageUnavailable: see `HostStorage`.
    """
    transaction = HostTransaction(lambda: connection, writing=True, prepared=False)
    try:
        transaction.begin()
        connection = transaction.carrier().connection
        found = stored_version(connection)
        if found > schema.VERSION:
            raise SchemaMismatch(WHERE, found, schema.VERSION)
        migrations.bring_up(connection, found, WHERE)
        transaction.commit()
    finally:
        transaction.leave()
    return found
