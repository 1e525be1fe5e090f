"""Storage in a PostgreSQL database, for several machines at once.

Readers see a snapshot and never wait. One unit of work writes at a time: it takes a lock of the
whole storage when it begins, as in an SQLite file. So what it reads stays true until it commits,
limits hold (ST-6), and nothing has to be tried again because of what others did.
"""

from sqlalchemy import Engine

from cartcore.adapters.postgres_server import Server
from cartcore.adapters.sql import migrations
from cartcore.adapters.sql import schema as sql_schema
from cartcore.adapters.sql.carriers import carrier_on
from cartcore.adapters.sql.pooling import POOL_SIZE, pooling
from cartcore.adapters.sql.storage import SqlStorage
from cartcore.documents.serializer import Serializer
from cartcore.errors import SchemaMismatch
from cartcore.promotions.rulebook import Rulebook
from cartcore.rules import load_rulebook
from cartcore.values.arguments import check_arguments


class PostgresStorage(SqlStorage):
    """Storage in the PostgreSQL database at `url`, whose tables `migrate` has made.

    It can be used from several threads, but not across a fork: open it in each process. Close it
    at the end, or use it in a `with` statement. Each unit of work that is open has a connection of
    its own, and so has each that waits to write.

    Args:
        url: what libpq takes: `postgresql://user:password@host:port/database` or
            `host=... dbname=...`.
        engine: an engine of the application on `postgresql+psycopg`, in place of a URL (HA-15). It
            stays as it is, and is neither configured nor closed; its own pool counts.
        schema: the schema of the tables; the first one of the search path if left out.
        rulebook: the types that stored promotions can have; the built-in ones if left out.
        timeout: how many seconds to wait for other writers, and for a connection.
        pool_size: how many connections are kept for the next units of work.
        max_connections: how many there are at most; as many as are needed if left out.

    Raises:
        InvalidField: a text that libpq does not take, another engine, no name of a schema, or
            numbers of connections that cannot be.
        SchemaMismatch: `migrate` is to be called first, or the tables are of a newer cartcore.
        ForeignStorage: a database that lacks a table, or that is not kept in UTF-8.
        StorageUnavailable: a server or database that cannot be reached or used.
    """

    @check_arguments
    def __init__(
        self,
        url: str = "",
        *,
        engine: Engine | None = None,
        schema: str = "",
        rulebook: Rulebook | None = None,
        timeout: float = 10.0,
        pool_size: int = POOL_SIZE,
        max_connections: int | None = None,
    ) -> None:
        backend = Server.at(url, engine, schema, timeout)
        pool = pooling(pool_size, max_connections, backend.timeout)
        super().__init__(
            backend.engine(**pool),
            backend,
            Serializer(load_rulebook() if rulebook is None else rulebook, keep_opaque=True),
            borrowed=engine is not None,
        )
        try:
            with self._engine.connect() as connection, connection.begin():
                backend.check(connection)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"PostgresStorage({self._backend.where!r})"


@check_arguments
def migrate(
    url: str = "", *, engine: Engine | None = None, schema: str = "", timeout: float = 10.0
) -> int:
    """Make cartcore's tables in a PostgreSQL database, or bring them to the present version (ST-3).

    All of it is one transaction. Call it when a new release is installed, before `PostgresStorage`
    is opened; where everything is up to date, it changes nothing.

    Args:
        url: see `PostgresStorage`. The user must be allowed to make tables.
        engine: an engine of the application in its place.
        schema: the schema of the tables, which is made if it is not there.
        timeout: how many seconds to wait for those who use the tables.

    Returns:
        The version that the tables had; 0 if there were none.

    Raises:
        SchemaMismatch: the tables are of a newer cartcore.
        ForeignStorage: a table of this name is there, and is not cartcore's.
        InvalidField, StorageBusy, StorageUnavailable: see `PostgresStorage`.
    """
    backend = Server.at(url, engine, schema, timeout)
    with backend.connected() as connection, connection.begin():
        backend.begin_writing(carrier_on(connection))
        backend.check_encoding(connection)
        found = backend.version(connection)
        if found > sql_schema.VERSION:
            raise SchemaMismatch(backend.where, found, sql_schema.VERSION)
        backend.make_schema(connection)
        migrations.bring_up(connection, found, backend.where)
    return found
