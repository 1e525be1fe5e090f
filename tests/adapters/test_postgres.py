"""The storage in a PostgreSQL database."""

import multiprocessing
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timezone
from multiprocessing.connection import Connection
from typing import Any

import attrs
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg.conninfo import make_conninfo
from sqlalchemy.exc import OperationalError

from cartcore.adapters.audit import Fault, audit
from cartcore.adapters.postgres import PostgresStorage, migrate
from cartcore.adapters.postgres_server import WRITE_LOCK
from cartcore.adapters.sql import schema as sql_schema
from cartcore.documents.formats import FORMAT
from cartcore.errors import (
    ForeignStorage,
    InvalidField,
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    SchemaMismatch,
    StorageBusy,
    StorageError,
    StorageUnavailable,
    WorkGivenUp,
)
from cartcore.orders.filters import OrderFilter
from cartcore.promotions.promotion import Usage
from cartcore.testing.records import (
    HOUR,
    NOON,
    a_contact,
    a_draft,
    a_promotion,
    an_order,
    redeeming,
)
from cartcore.testing.storage import FAULTS, StorageContract, store, stored
from tests.support import faults, postgres
from tests.support.interrupts import EVERY_LINE

# Like the processes of a server: each starts for itself and connects for itself.
PROCESSES = multiprocessing.get_context("spawn")
A_WHILE = 60  # seconds, after which a test has failed


class TestPostgresStorage(StorageContract):
    survives_reopening = True
    faults = FAULTS
    fault_step = 1 if EVERY_LINE else 5

    @pytest.fixture
    def storage(self, postgres_url: str) -> Iterator[PostgresStorage]:
        self.url = postgres_url
        with ExitStack() as self.opened:
            yield self.opened.enter_context(PostgresStorage(self.url))

    def failing(
        self, storage: Any, fault: str, after: int
    ) -> AbstractContextManager[Callable[[], bool]]:
        return faults.failing(storage._engine, faults.POSTGRES[fault], after)

    def reopen(self, storage: Any) -> PostgresStorage:
        storage.close()
        return self.opened.enter_context(PostgresStorage(self.url))


@pytest.fixture
def storage(postgres_url: str) -> Iterator[PostgresStorage]:
    with PostgresStorage(postgres_url, timeout=0.2) as storage:
        yield storage


@pytest.fixture
def empty_url(postgres_server: postgres.Server) -> Iterator[str]:
    """A database without any tables."""
    with postgres_server.empty_database() as url:
        yield url


@pytest.fixture
def local_server() -> Iterator[postgres.LocalServer]:
    """A server that a test can stop and start, whatever the others use."""
    with postgres.local_server() as server, server.with_template():
        yield server


def do(url: str, *statements: str) -> list[Any]:
    """Do something in a database without cartcore; return what the last statement gives."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            found = connection.execute(statement)
        return found.fetchall() if found.description else []


# --- Opening and migrating --------------------------------------------------------------------


def test_tables_are_made_once(empty_url: str) -> None:
    """migrate() makes the tables in an empty database, and then finds them up to date (ST-3)."""
    assert (0, sql_schema.VERSION) == (migrate(empty_url), migrate(empty_url))
    with PostgresStorage(empty_url) as storage:
        store(storage, "contacts", a_contact())
        migrate(empty_url)

        assert "ann" == stored(storage, "contacts", "ann").id


def test_a_database_without_tables_is_told(empty_url: str) -> None:
    """Opening does not make tables: it says that they have to be made first (ST-3)."""
    with pytest.raises(SchemaMismatch, match=r"no tables of cartcore.*migrate") as caught:
        PostgresStorage(empty_url)

    assert (0, sql_schema.VERSION) == (caught.value.found, caught.value.needed)
    assert [] == do(empty_url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")


_TO_OLD_NAMES = """
    DO $$
    DECLARE found record;
    BEGIN
        FOR found IN SELECT conname, conrelid::regclass AS of FROM pg_constraint
            WHERE conrelid <> 0 AND conname LIKE '__\\_cartcore\\_%'
        LOOP
            EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', found.of, found.conname,
                replace(found.conname, '_cartcore_', '_'));
        END LOOP;
        FOR found IN SELECT indexname FROM pg_indexes WHERE indexname LIKE '__\\_cartcore\\_%'
        LOOP
            EXECUTE format('ALTER INDEX %I RENAME TO %I', found.indexname,
                replace(found.indexname, '_cartcore_', '_'));
        END LOOP;
        FOR found IN SELECT tablename FROM pg_tables
            WHERE tablename LIKE 'cartcore\\_%' AND tablename <> 'cartcore_version'
        LOOP
            EXECUTE format('ALTER TABLE %I RENAME TO %I', found.tablename,
                replace(found.tablename, 'cartcore_', ''));
        END LOOP;
    END $$
"""


def to_second_version(url: str) -> None:
    """Turn the tables into those of the second version of the schema."""
    do(
        url,
        "DROP TABLE cartcore_events",
        "DROP TABLE cartcore_promotion_words",
        "DROP TABLE cartcore_contact_address_words",
        "DROP TABLE cartcore_draft_terms",
        "DROP TABLE cartcore_order_promotions",
        "DELETE FROM cartcore_counters WHERE name = 'events'",
        _TO_OLD_NAMES,
        "DROP INDEX ix_redemptions_promotion_id_promo_code",
        "UPDATE redemptions SET promo_code = upper(promo_code)",
        "DROP TABLE contact_phones",
        "DROP TABLE order_terms",
        "ALTER TABLE contacts ADD COLUMN phone_reversed text COLLATE \"C\" NOT NULL DEFAULT ''",
        "ALTER TABLE contacts ALTER COLUMN phone_reversed DROP DEFAULT",
        "CREATE INDEX ix_contacts_phone_reversed_name_folded_id"
        " ON contacts (phone_reversed, name_folded, id)",
        'CREATE TABLE order_words (word text COLLATE "C" NOT NULL, order_id text COLLATE "C"'
        " NOT NULL REFERENCES orders (id) ON DELETE CASCADE, PRIMARY KEY (word, order_id))",
        # Their indexes go with them.
        "ALTER TABLE orders DROP COLUMN email_folded, DROP COLUMN placed_by_key,"
        " DROP COLUMN reference",
        "ALTER TABLE contacts DROP COLUMN reference",
        "ALTER TABLE products DROP COLUMN reference",
        "ALTER TABLE drafts DROP COLUMN contact_id, DROP COLUMN created_by_key",
        "ALTER TABLE variants DROP COLUMN barcode_key",
        "ALTER TABLE promotions DROP COLUMN starts_at, DROP COLUMN ends_at, DROP COLUMN revision,"
        " DROP COLUMN effect_type",
        "DELETE FROM counters WHERE name = 'promotions'",
        "CREATE INDEX ix_promotions_enabled_trigger_id ON promotions (enabled, trigger, id)",
        "UPDATE cartcore_version SET version_num = '0002'",
    )


def to_first_release(url: str) -> None:
    """Turn the tables into those of the first release."""
    to_second_version(url)
    do(
        url,
        "ALTER TABLE redemptions DROP COLUMN discount_minor, DROP COLUMN currency",
        "CREATE INDEX ix_redemptions_promotion_id_contact_id"
        " ON redemptions (promotion_id, contact_id)",
        "UPDATE cartcore_version SET version_num = '0001'",
    )


def test_an_older_schema_is_migrated(postgres_url: str) -> None:
    """Tables of an earlier release are refused, then migrated with what is in them (ST-3)."""
    with PostgresStorage(postgres_url) as storage:
        with_gift = redeeming(an_order("o2"), "sale", "gift")
        [first, _] = store(
            storage, "orders", redeeming(an_order(), "sale", promo_code="SALE"), with_gift
        )
        promotions = (
            a_promotion("always"),
            a_promotion("now", starts_at=NOON, ends_at=NOON + HOUR),
            a_promotion("over", ends_at=NOON),
            a_promotion("to come", starts_at=NOON + HOUR),
        )
        store(storage, "promotions", *promotions)
        to_first_release(postgres_url)
        for begin in (storage.read, storage.write):
            with pytest.raises(
                SchemaMismatch, match=f"version 1, .* schema version {sql_schema.VERSION}"
            ):
                begin().__enter__()
        with pytest.raises(SchemaMismatch, match="migrate"):
            PostgresStorage(postgres_url)

        assert 1 == migrate(postgres_url)
        with storage.read() as work:  # it was open all the time
            usage = work.promotions.usage(["sale"], "ann", {"sale": "sale"})["sale"]
            assert first == work.orders.get("o1")
            assert ["always", "now"] == [p.id for p in work.promotions.active(NOON)]
        nothing = (first.total * 0,)
        assert Usage(total=2, by_contact=2, by_code=1, discounts=nothing) == usage


def test_a_failed_migration_changes_nothing(postgres_url: str) -> None:
    """A record that a step cannot read is named, and all is as it was (ST-3, ST-5)."""
    with PostgresStorage(postgres_url) as storage:
        store(storage, "orders", redeeming(an_order(), "sale"))
    to_first_release(postgres_url)
    do(postgres_url, "UPDATE orders SET document = '{}'")
    with pytest.raises(ForeignStorage, match="order 'o1'"):
        migrate(postgres_url)

    assert [("0001",)] == do(postgres_url, "SELECT version_num FROM cartcore_version")
    assert [] == do(
        postgres_url,
        "SELECT 1 FROM information_schema.columns"
        " WHERE table_name = 'redemptions' AND column_name = 'currency'",
    )


def test_migrated_tables_are_like_new_ones(postgres_url: str) -> None:
    """Alembic finds no difference between migrated tables and those that are made now (ST-3)."""
    to_first_release(postgres_url)
    migrate(postgres_url)
    with PostgresStorage(postgres_url) as storage, storage._engine.connect() as connection:
        ours = {"version_table": sql_schema.schema_version.name, "compare_type": True}
        found = compare_metadata(
            MigrationContext.configure(connection, opts=ours), sql_schema.metadata
        )

    assert [] == found
    # Nor would it miss the order of texts.
    assert [("text", "C")] == do(
        postgres_url,
        "SELECT DISTINCT data_type, collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name <> 'cartcore_version'"
        " AND data_type IN ('text', 'character varying')",
    )


@pytest.mark.parametrize("version", [sql_schema.revision(sql_schema.VERSION + 1), "0900"])
def test_a_newer_schema_is_refused(postgres_url: str, version: str) -> None:
    """Tables of a newer cartcore are neither opened, nor used on, nor migrated (ST-3)."""
    with PostgresStorage(postgres_url) as storage:
        do(postgres_url, f"UPDATE cartcore_version SET version_num = '{version}'")  # noqa: S608
        for use in (
            lambda: migrate(postgres_url),
            lambda: PostgresStorage(postgres_url),
            lambda: storage.read().__enter__(),
            lambda: storage.write().__enter__(),
        ):
            with pytest.raises(SchemaMismatch, match="newer cartcore") as caught:
                use()

            assert (int(version), sql_schema.VERSION) == (caught.value.found, caught.value.needed)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("DROP TABLE cartcore_order_codes", "lacks the table cartcore_order_codes"),
        ("DELETE FROM cartcore_version", "damaged"),
        ("UPDATE cartcore_version SET version_num = 'head'", "damaged"),
    ],
)
def test_damaged_databases_are_refused(postgres_url: str, change: str, problem: str) -> None:
    """A table that is missing, or a version that is none, is ForeignStorage (ST-10)."""
    do(postgres_url, change)
    with pytest.raises(ForeignStorage, match=problem):
        PostgresStorage(postgres_url)


def test_tables_of_another_application_stay(empty_url: str) -> None:
    """Where a table has the name of one of cartcore's, none is made (ST-3)."""
    do(empty_url, "CREATE TABLE cartcore_orders (id int)", "INSERT INTO cartcore_orders VALUES (7)")
    with pytest.raises(ForeignStorage, match="another application"):
        migrate(empty_url)

    assert [("cartcore_orders",)] == do(
        empty_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    assert [(7,)] == do(empty_url, "SELECT id FROM cartcore_orders")


def test_other_tables_are_no_matter(empty_url: str) -> None:
    """An application can keep its own tables beside, Alembic's among them."""
    do(
        empty_url,
        "CREATE TABLE users (id int)",
        "CREATE TABLE alembic_version (version_num text)",
        "INSERT INTO alembic_version VALUES ('abc')",
    )
    migrate(empty_url)
    to_first_release(empty_url)
    migrate(empty_url)

    assert [("abc",)] == do(empty_url, "SELECT version_num FROM alembic_version")
    PostgresStorage(empty_url).close()


def test_a_schema_of_its_own_will_do(empty_url: str) -> None:
    """With a search path in the URL the tables are in a schema beside others' of that name."""
    do(empty_url, "CREATE TABLE cartcore_orders (id int)", "CREATE SCHEMA shop")
    url = make_conninfo(empty_url, options="-c search_path=shop")
    migrate(url)
    with PostgresStorage(url) as storage:
        store(storage, "orders", an_order())

    assert [] == do(empty_url, "SELECT id FROM cartcore_orders")
    assert [("o1",)] == do(empty_url, "SELECT id FROM shop.cartcore_orders")


def test_only_utf8_holds_every_text(postgres_server: postgres.Server) -> None:
    """A database of another encoding is refused before anything is stored in it (ST-4)."""
    with postgres_server.empty_database(more="ENCODING LATIN1 LOCALE 'C'") as url:
        for use in (migrate, PostgresStorage):
            with pytest.raises(ForeignStorage, match="encoding must be UTF8, not LATIN1"):
                use(url)


@pytest.mark.parametrize(
    "wrong", ["", " ", "shop.sqlite", "mysql://host/shop", "host=x\0", "postgresql://%zz"]
)
def test_what_is_no_connection_text_is_refused(wrong: Any) -> None:
    """The error says what is needed."""
    for use in (migrate, PostgresStorage):
        with pytest.raises(InvalidField, match="postgresql://user@host/database"):
            use(wrong)


@pytest.mark.parametrize("wrong", [None, 3])
def test_what_is_no_text_is_refused(wrong: Any) -> None:
    """A connection is named by a text."""
    for use in (migrate, PostgresStorage):
        with pytest.raises(InvalidInput, match="must be"):
            use(wrong)


def test_the_password_is_not_shown(postgres_url: str) -> None:
    """Neither errors nor the repr have the password of the URL."""
    told = []
    with PostgresStorage(make_conninfo(postgres_url, password="secret")) as storage:  # noqa: S106
        told.append(repr(storage))
    for url in ("postgresql://ann:secret@127.0.0.1:1/shop", "password=secret nonsense"):
        with pytest.raises((StorageUnavailable, InvalidField)) as caught:
            PostgresStorage(url)
        told.append(f"{caught.value} {caught.value!r}")

    assert [] == [text for text in told if "secret" in text]
    assert "dbname=cartcore" in told[0]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_times_are_instants(postgres_url: str, zone: str) -> None:
    """Times are kept as timestamptz, exact from the first to the last one there is (ST-4)."""
    times = [
        datetime(2026, 1, 15, 13, 0, 0, 1, tzinfo=timezone(HOUR)),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ]
    do(
        postgres_url,
        f"ALTER ROLE CURRENT_USER IN DATABASE {named(postgres_url)} SET timezone = '{zone}'",
    )
    with PostgresStorage(postgres_url) as storage:
        store(storage, "drafts", *(a_draft(f"d{i}", updated_at=t) for i, t in enumerate(times)))
        with storage.read() as work:
            first = work.drafts.search(limit=1)
            rest = work.drafts.search(page=first.next_page)
    found = do(
        postgres_url,
        "SELECT updated_at = '2026-01-15 12:00:00.000001Z' FROM cartcore_drafts WHERE id = 'd0'",
    )

    assert ["d2", "d0", "d1"] == [d.id for d in (*first.items, *rest.items)]
    assert [(True,)] == found


@pytest.mark.parametrize("style", ["German, DMY", "SQL, MDY", "Postgres, DMY"])
def test_times_are_read_whatever_their_style(postgres_url: str, style: str) -> None:
    """A role or database that shows times in another way is no matter, nor to the audit (ST-4)."""
    do(postgres_url, f"ALTER DATABASE {named(postgres_url)} SET DateStyle = '{style}'")
    with PostgresStorage(postgres_url) as storage:
        store(storage, "orders", an_order())
        store(storage, "drafts", a_draft())
        with storage.read() as work:
            assert ["o1"] == [order.id for order in work.orders.search(OrderFilter()).items]
            assert ["d1"] == [draft.id for draft in work.drafts.search().items]

    assert [] == [found for found in audit(postgres_url) if found.fault is Fault.DATABASE]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1, "5", None])
def test_impossible_timeouts_are_refused(postgres_url: str, wrong: Any) -> None:
    """A timeout is a number of seconds that a database can be told (ST-10)."""
    for use in (migrate, PostgresStorage):
        with pytest.raises(InvalidField, match="timeout"):
            use(postgres_url, timeout=wrong)


def named(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


def test_documents_are_kept_to_the_letter(storage: PostgresStorage, postgres_url: str) -> None:
    """What is stored is the JSON text itself, with its format version and order (ST-4)."""
    store(storage, "contacts", a_contact(name="Zoë \U0001f600"))
    [(document,)] = do(postgres_url, "SELECT document FROM cartcore_contacts")

    assert document.startswith(f'{{"format":{FORMAT},"id":"ann","name":"Zoë \U0001f600"')


# --- Errors -----------------------------------------------------------------------------------


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the lock of writers, as a session that has hung would."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [WRITE_LOCK])
        yield


def test_a_lock_that_is_held_for_too_long_is_told(
    storage: PostgresStorage, postgres_url: str
) -> None:
    """While another session writes, writers are StorageBusy in time; readers go on (ST-10)."""
    with locked(postgres_url):
        with pytest.raises(StorageBusy, match=r"0\.2 seconds") as caught, storage.write():
            pass
        with pytest.raises(StorageBusy):
            migrate(postgres_url, timeout=0.1)
        with pytest.raises(NotFound):
            stored(storage, "contacts", "ann")
        PostgresStorage(postgres_url).close()  # opening is reading

    assert isinstance(caught.value.__cause__, psycopg.Error)
    store(storage, "contacts", a_contact())  # the lock is free again


def test_locked_rows_are_told(storage: PostgresStorage, postgres_url: str) -> None:
    """Rows that others hold keep a writer no longer than the timeout, and the work ends (ST-10)."""
    [old] = store(storage, "contacts", a_contact())
    with psycopg.connect(postgres_url) as connection:
        connection.execute("SELECT 1 FROM cartcore_contacts FOR UPDATE")
        with pytest.raises(StorageBusy), storage.write() as work:
            work.contacts.save(attrs.evolve(old, name="Zoë"))

    assert old == stored(storage, "contacts", "ann")


def test_work_that_an_error_has_undone_is_not_committed(storage: PostgresStorage) -> None:
    """commit() never says yes to what PostgreSQL has given up, though the caller went on (ST-5)."""
    with storage.write() as work:
        work.contacts.add(a_contact())
        connection = work.connection
        connection.exec_driver_sql("SET LOCAL statement_timeout = 1")
        with pytest.raises(OperationalError):
            connection.exec_driver_sql("SELECT pg_sleep(10)")
        with pytest.raises(StorageUnavailable, match="undone"):
            work.commit()

    with pytest.raises(NotFound):
        stored(storage, "contacts", "ann")


def test_a_server_that_is_gone_is_told(local_server: postgres.LocalServer) -> None:
    """Without its server everything is StorageUnavailable; when it is back, all goes on (ST-10)."""
    with local_server.database() as url, PostgresStorage(url) as storage:
        store(storage, "contacts", a_contact())
        with storage.write() as work:
            work.contacts.add(a_contact("bob"))
            local_server.stop()
            with pytest.raises(StorageUnavailable):
                work.contacts.get("ann")
            with pytest.raises(WorkGivenUp):
                work.commit()
        for use in (storage.read, storage.write):
            with pytest.raises(StorageUnavailable), use():
                pass
        for open_it in (PostgresStorage, migrate):
            with pytest.raises(StorageUnavailable):
                open_it(url)
        local_server.start()

        assert "ann" == stored(storage, "contacts", "ann").id
        with pytest.raises(NotFound):
            stored(storage, "contacts", "bob")


def test_a_restart_between_two_works_is_not_noticed(local_server: postgres.LocalServer) -> None:
    """Connections that were lost while nobody used them are made again (ST-10)."""
    with local_server.database() as url, PostgresStorage(url) as storage:
        with storage.read(), storage.read(), storage.write():
            pass  # three connections are kept
        local_server.stop("fast")
        local_server.start()

        for i in range(3):
            store(storage, "contacts", a_contact(f"c{i}"))


def test_a_session_that_is_ended_is_told(storage: PostgresStorage, postgres_url: str) -> None:
    """When an administrator ends the session, nothing of the work is stored (ST-5, ST-10)."""
    with storage.write() as work:
        work.contacts.add(a_contact())
        mine = work.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        do(postgres_url, f"SELECT pg_terminate_backend({mine})")
        with pytest.raises(OutcomeUnknown):  # for the program; it was ended before, as we know
            work.commit()
        with pytest.raises(WorkGivenUp):
            work.commit()

    with pytest.raises(NotFound):
        stored(storage, "contacts", "ann")


def test_a_refused_connection_is_told() -> None:
    """A port where nobody listens is StorageUnavailable (ST-10)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        for use in (PostgresStorage, migrate):
            with pytest.raises(StorageUnavailable, match="connection failed"):
                use(f"postgresql://ann@127.0.0.1:{port}/shop")


def test_a_database_that_is_not_there_is_told(postgres_server: postgres.Server) -> None:
    """A server without such a database is StorageUnavailable (ST-10)."""
    with pytest.raises(StorageUnavailable, match="does not exist"):
        PostgresStorage(postgres_server.in_database("no-such"))


def test_a_server_that_may_not_write_is_told(storage: PostgresStorage, postgres_url: str) -> None:
    """A user who may only read is StorageUnavailable when writing, and reads (ST-10)."""
    store(storage, "contacts", a_contact())
    with storage.write() as work:
        work.connection.exec_driver_sql("SET LOCAL transaction_read_only = on")
        with pytest.raises(StorageUnavailable):
            work.contacts.add(a_contact("bob"))

    assert "ann" == stored(storage, "contacts", "ann").id


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("disk_full", StorageUnavailable),
        ("out_of_memory", StorageUnavailable),
        ("insufficient_privilege", StorageUnavailable),
        ("internal_error", StorageUnavailable),
        ("deadlock_detected", StorageBusy),
        ("serialization_failure", StorageBusy),
        ("too_many_connections", StorageBusy),
        ("data_corrupted", ForeignStorage),
        ("index_corrupted", ForeignStorage),
    ],
)
def test_what_the_server_reports_is_told(
    storage: PostgresStorage, state: str, error: type[StorageError]
) -> None:
    """Whatever the server reports becomes an error of cartcore's, and nothing is stored (ST-10)."""
    with storage.write() as work:
        work.contacts.add(a_contact())
        with pytest.raises(error, match="what it says") as caught:
            work._session.transaction.lend().exec_driver_sql(
                f"DO $$ BEGIN RAISE 'what it says' USING ERRCODE = '{state}'; END $$"
            )
        with pytest.raises(StorageUnavailable, match="undone"):
            work.commit()

    assert error is caught.type
    assert isinstance(caught.value.__cause__, psycopg.Error)
    with pytest.raises(NotFound):
        stored(storage, "contacts", "ann")


def test_damaged_documents_and_tables_are_told(storage: PostgresStorage, postgres_url: str) -> None:
    """What somebody else changed is ForeignStorage when it is met (ST-10)."""
    store(storage, "contacts", a_contact())
    do(postgres_url, "UPDATE cartcore_contacts SET document = '{}'", "DROP TABLE cartcore_counters")
    with storage.read() as work, pytest.raises(ForeignStorage, match="contact 'ann'"):
        work.contacts.get("ann")
    with storage.write() as work, pytest.raises(ForeignStorage, match="counters"):
        work.orders.next_number()


def test_the_settings_are_in_force(storage: PostgresStorage, postgres_url: str) -> None:
    """Durability, isolation and the timeout are what was promised, whatever the server says."""
    do(
        postgres_url,
        f"ALTER DATABASE {named(postgres_url)} SET synchronous_commit = off",
        f"ALTER DATABASE {named(postgres_url)} SET default_transaction_isolation = serializable",
        f"ALTER DATABASE {named(postgres_url)} SET default_transaction_read_only = on",
    )
    with PostgresStorage(postgres_url, timeout=0.2) as again:
        for begin, isolation in ((again.read, "repeatable read"), (again.write, "read committed")):
            with begin() as work:
                shown = {
                    name: work.connection.exec_driver_sql(f"SHOW {name}").scalar()
                    for name in ("synchronous_commit", "transaction_isolation", "lock_timeout")
                }

            assert {
                "synchronous_commit": "on",
                "transaction_isolation": isolation,
                "lock_timeout": "200ms",
            } == shown
        store(again, "contacts", a_contact())


def test_closing_lets_the_connections_go(postgres_url: str) -> None:
    """After close() the server has no session of it, and the storage says that it was closed."""
    ours = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'cartcore'"
    with PostgresStorage(postgres_url) as storage:
        store(storage, "contacts", a_contact())
        open_ones = do(postgres_url, f"{ours} AND datname = current_database()")
    for _ in range(100):  # a session ends a moment after its connection
        left = do(postgres_url, f"{ours} AND datname = current_database()", "SELECT pg_sleep(0.02)")
        left = do(postgres_url, f"{ours} AND datname = current_database()")
        if not left:
            break

    assert open_ones
    assert [] == left
    with pytest.raises(StorageUnavailable, match="closed"), storage.read():
        pass


# --- Several processes ------------------------------------------------------------------------


def place_step_by_step(url: str, pipe: Connection) -> None:
    """Place an order in one unit of work, waiting after each step of it."""
    with PostgresStorage(url) as storage, storage.write() as work:
        steps: list[Callable[[], Any]] = [
            lambda: work.orders.add(redeeming(an_order(number=work.orders.next_number()), "sale")),
            lambda: work.contacts.save(a_contact(version=1, tags=["customer"])),
            lambda: work.drafts.remove(work.drafts.get("d1")),
            work.commit,
        ]
        for step in steps:
            step()
            pipe.send("done")
            pipe.recv()


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_a_killed_process_leaves_all_or_nothing(
    storage: PostgresStorage, postgres_url: str, steps: int
) -> None:
    """Killed before its commit a process leaves nothing of an order, after it everything (ST-5)."""
    store(storage, "contacts", a_contact())
    [draft] = store(storage, "drafts", a_draft())
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=place_step_by_step, args=(postgres_url, theirs))
    process.start()
    for step in range(steps):
        if step:
            ours.send("go on")
        assert ours.poll(A_WHILE)
        ours.recv()
    process.kill()  # SIGKILL: it cannot tidy up
    process.join(A_WHILE)

    placed = steps == 4
    with PostgresStorage(postgres_url) as patient, patient.write() as work:
        assert placed == (work.orders.by_draft("draft of o1") is not None)
        assert (("customer",) if placed else ()) == work.contacts.get("ann").tags
        assert (() if placed else (draft,)) == work.drafts.search().items
        assert Usage(total=int(placed)) == attrs.evolve(
            work.promotions.usage(["sale"], "bob")["sale"], discounts=()
        )
        assert str(1001 + placed) == work.orders.next_number()


def redeem(url: str, process: int) -> int:
    """Place orders as long as the promotion has not been redeemed ten times."""
    placed = 0
    with PostgresStorage(url) as storage:
        for i in range(10):
            with storage.write() as work:
                if work.promotions.usage(["sale"], "ann")["sale"].total < 10:
                    number = work.orders.next_number()
                    order = an_order(f"{process}-{i}", number=number)
                    work.orders.add(redeeming(order, "sale"))
                    work.commit()
                    placed += 1
    return placed


def test_processes_share_the_last_redemptions(postgres_url: str) -> None:
    """However many processes race for ten redemptions, ten succeed, with their numbers (ST-6)."""
    with ProcessPoolExecutor(4, mp_context=PROCESSES) as pool:
        placed = list(pool.map(redeem, [postgres_url] * 4, range(4)))

    assert 10 == sum(placed)
    assert [(str(1001 + i),) for i in range(10)] == do(
        postgres_url, "SELECT number FROM cartcore_orders ORDER BY number"
    )


def test_many_threads_wait_in_turn(postgres_url: str) -> None:
    """More threads than connections are kept all get the lock, one after the other (ST-6)."""
    with PostgresStorage(postgres_url) as storage:
        store(storage, "drafts", a_draft())
        together = threading.Barrier(20)

        def count_up(_: int) -> None:
            together.wait()
            with storage.write() as work:
                draft = work.drafts.get("d1")
                work.drafts.save(attrs.evolve(draft, next_line=draft.next_line + 1))
                work.commit()

        with ThreadPoolExecutor(20) as pool:
            list(pool.map(count_up, range(20)))

        assert 21 == stored(storage, "drafts", "d1").next_line


def test_processes_migrate_at_once(empty_url: str) -> None:
    """Of processes that start together one makes the tables, and the others find them (ST-3)."""
    with ProcessPoolExecutor(4, mp_context=PROCESSES) as pool:
        found = sorted(pool.map(migrate, [empty_url] * 4))

    assert [0, *[sql_schema.VERSION] * 3] == found
