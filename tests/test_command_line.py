"""The command line: what it does, what it says, and its exit statuses (ST-3, ST-12)."""

import gzip
import json
import os
import pty
import signal
import sqlite3
import stat
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sql.schema import VERSION
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.documents.exchange import export_lines, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.promotions.promotion import Promotion
from cartcore.rules import load_rulebook
from cartcore.testing.records import a_contact
from tests.support.busy import busy_shop
from tests.support.distributions import NEVER, distribution
from tests.support.postgres import Server

SERIALIZER = Serializer(load_rulebook())
COMMAND = (sys.executable, "-m", "cartcore")
OLD_FILE = Path(__file__).parent / "fixtures" / "format_1" / "shop.sqlite.gz"


def run(
    folder: Path, *arguments: str, given: bytes = b"", command: tuple[str, ...] = COMMAND
) -> tuple[int, bytes, str]:
    """Run the command line; return exit status, output, and what it said."""
    done = subprocess.run(
        [*command, *arguments], cwd=folder, input=given, capture_output=True, check=False
    )
    said = done.stderr.decode()

    assert "Traceback" not in said
    return done.returncode, done.stdout, said


@pytest.fixture(scope="module")
def backup() -> bytes:
    """The export of a shop in which a lot has happened."""
    storage = MemoryStorage()
    busy_shop(storage)
    return b"".join(export_lines(storage, SERIALIZER))


@pytest.fixture
def shop(tmp_path: Path, backup: bytes) -> Path:
    """A folder with that shop in the file shop.db."""
    with SQLiteStorage(tmp_path / "shop.db") as storage:
        import_lines(storage, backup.splitlines(keepends=True), SERIALIZER)
    return tmp_path


def do(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


# --- Plugins ----------------------------------------------------------------------------------


def of_plugin() -> dict[str, Any]:
    """The document of a promotion with a condition of a plugin."""
    return {
        "format": 4,
        "id": "never",
        "name": "Never",
        "effect": {"type": "cartcore.percent_off", "percent": "10"},
        "conditions": [{"type": "acme.never"}],
    }


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a shop that has a promotion of a plugin, and that plugin beside it."""
    installed = tmp_path / "installed"
    installed.mkdir()
    distribution(
        installed, "acme", NEVER.format(type_name="acme.never"), point="acme", name="acme-rules"
    )
    monkeypatch.setenv("PYTHONPATH", str(installed))
    keeping = Serializer(load_rulebook(), keep_opaque=True)
    promotion = keeping.load(of_plugin(), Promotion)
    with SQLiteStorage(tmp_path / "shop.db") as storage, storage.write() as work:
        work.promotions.add(promotion)
        work.commit()
    return tmp_path


def test_plugins_are_listed(plugged: Path) -> None:
    """Each with where it is from, its version, its types, and the schemas of these (PK-9)."""
    status, output, _ = run(plugged, "plugins")
    told = output.decode()
    _, written, _ = run(plugged, "plugins", "--json")
    data = json.loads(written)
    [acme] = [each for each in data["plugins"] if each["name"] == "acme"]
    [never] = [each for each in data["types"] if each["type_name"] == "acme.never"]

    assert 0 == status
    assert "acme (discovered, acme-rules 1.5): 1 type\n  acme.never  condition: Never" in told
    assert "cartcore.percent_off " in told
    assert acme == {
        "name": "acme",
        "source": "discovered",
        "module": "acme",
        "distribution": "acme-rules",
        "version": "1.5",
        "types": ["acme.never"],
        "hooks": [],
        "blocked": False,
        "faults": [],
    }
    assert ("acme", "condition") == (never["plugin"], never["kind"])
    assert {"const": "acme.never"} == never["schema"]["properties"]["type"]
    assert {each["type_name"] for each in data["types"]} == {*load_rulebook().origins, "acme.never"}


def test_faulty_and_blocked_plugins_are_listed(plugged: Path) -> None:
    """A faulty one is told with what is wrong, and is a finding; a blocked one is none (PK-9)."""
    distribution(plugged / "installed", "broken", "import sys; sys.exit(0)")

    status, output, said = run(plugged, "plugins")
    calm, told, _ = run(plugged, "plugins", "--block", "broken", "--block", "acme")

    assert (1, "") == (status, said)
    assert "broken (discovered, broken 1.5): left out, 1 fault\n" in output.decode()
    assert "SystemExit" in output.decode()
    assert 0 == calm
    assert "acme (discovered, acme-rules 1.5): blocked" in told.decode()
    assert "acme.never" not in told.decode()


def test_check_reports_promotions_without_their_plugin(plugged: Path) -> None:
    """A promotion whose plugin is not installed, or is blocked, is found (PK-5, PK-3)."""
    with_it = run(plugged, "check", "shop.db")
    without = run(plugged, "check", "shop.db", "--block", "acme")

    assert (0, b"", "cartcore: 0 faults found\n") == with_it
    told = "acme.never: the plugin for the type acme.never is not installed"
    assert (1, f"plugin: promotion never: {told}\n") == (without[0], without[1].decode())


def test_an_export_knows_the_plugins(plugged: Path) -> None:
    """It reads their types, and keeps those of a blocked one as they are (PK-3, PK-5)."""
    outputs = [
        run(plugged, "export", "shop.db", *more)[1] for more in ([], ["-"], ["--block", "acme"])
    ]

    assert outputs[0] == outputs[1] == outputs[2]
    assert b'"conditions":[{"type":"acme.never"}]' in outputs[0]


# --- Moving -----------------------------------------------------------------------------------


def test_from_file_to_server_and_back(shop: Path, backup: bytes, postgres_url: str) -> None:
    """A shop moves to PostgreSQL and back, by a file and by pipes, and is whole there (ST-12)."""
    assert (0, b"", "cartcore: exported 47 records\n") == run(
        shop, "export", "shop.db", "shop.jsonl"
    )
    assert backup == (shop / "shop.jsonl").read_bytes()
    status, output, said = run(shop, "import", postgres_url, "shop.jsonl")
    assert (0, b"") == (status, output)
    assert "3 contacts, 6 products, 15 promotions, 6 kept promotions, 2 drafts, 6 orders" in said
    assert (0, b"", "cartcore: 0 faults found\n") == run(shop, "check", postgres_url)
    status, output, said = run(shop, "export", postgres_url)
    assert (0, backup) == (status, output)
    assert (0, backup) == run(shop, "export", postgres_url, "-")[:2]
    assert 0 == run(shop, "import", "copy.db", given=output)[0]
    assert 0 == run(shop, "import", "again.db", "-", given=output)[0]
    assert (0, b"", "cartcore: 0 faults found\n") == run(shop, "check", "copy.db")
    assert backup == run(shop, "export", "again.db")[1]


def test_a_copy_of_a_shop_in_use(shop: Path) -> None:
    """A backup of a file that is open has what is in its log, and is found to be whole (ST-5)."""
    with SQLiteStorage(shop / "shop.db") as storage:
        with storage.write() as work:
            work.contacts.add(a_contact("the-last-one", email=""))
            work.commit()
        said = "cartcore: copied to copy.db\n"
        assert (0, b"", said) == run(shop, "backup", "shop.db", "copy.db")
        assert (0, b"", "cartcore: 0 faults found\n") == run(shop, "check", "copy.db")
    with SQLiteStorage(shop / "copy.db") as copy, copy.read() as work:
        assert "the-last-one" == work.contacts.get("the-last-one").id
    assert 0o600 == stat.S_IMODE((shop / "copy.db").stat().st_mode)


def test_a_backup_takes_its_name_when_it_is_whole(shop: Path) -> None:
    """An export that fails leaves the backup of yesterday as it was, and nothing else (ST-12)."""
    before = b"of yesterday"
    (shop / "shop.jsonl").write_bytes(before)
    do(shop / "shop.db", "UPDATE cartcore_orders SET document = '{' WHERE number = '1001'")
    status, output, said = run(shop, "export", "shop.db", "shop.jsonl")

    assert (1, b"") == (status, output)
    assert "is not a usable cartcore storage" in said
    assert before == (shop / "shop.jsonl").read_bytes()
    assert [] == [file.name for file in shop.iterdir() if file.suffix == ".part"]


def test_a_backup_is_for_its_owner(shop: Path, backup: bytes) -> None:
    """It has addresses of customers: nobody else can read it. A link stays a link."""
    (shop / "elsewhere").mkdir()
    (shop / "link.jsonl").symlink_to(shop / "elsewhere" / "shop.jsonl")

    assert 0 == run(shop, "export", "shop.db", "link.jsonl")[0]
    made = shop / "elsewhere" / "shop.jsonl"
    assert (shop / "link.jsonl").is_symlink()
    assert backup == made.read_bytes()
    assert 0o600 == stat.S_IMODE(made.stat().st_mode)


def test_into_a_pipe(shop: Path, backup: bytes) -> None:
    """What is no regular file is written to, and not replaced by one."""
    os.mkfifo(shop / "pipe")
    with subprocess.Popen([*COMMAND, "export", "shop.db", "pipe"], cwd=shop) as process:
        assert backup == (shop / "pipe").read_bytes()

    assert 0 == process.returncode
    assert (shop / "pipe").is_fifo()


def test_a_reader_that_has_enough(shop: Path) -> None:
    """An output that is closed early is a failure that is told in a sentence."""
    for i in range(200):  # more than fits into a pipe
        do(
            shop / "shop.db",
            "INSERT INTO cartcore_products (id, version, title_folded, available, document)"  # noqa: S608
            " SELECT id ||"
            f" '{i}', version, title_folded, available,"
            f' replace(document, \'"id":"mug"\', \'"id":"mug{i}"\') FROM cartcore_products'
            " WHERE id = 'mug'",
        )
    process = subprocess.Popen(
        [*COMMAND, "export", "shop.db"], cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()

    assert (1, "cartcore: the output was closed before everything was written\n") == (
        process.wait(),
        said,
    )


def test_ctrl_c(shop: Path, backup: bytes) -> None:
    """An import that is interrupted says so, and leaves the target empty."""
    process = subprocess.Popen(
        [*COMMAND, "import", "copy.db"],
        cwd=shop,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # The tests may run in the background, where a shell has Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stdin is not None
    process.stdin.write(backup[:-200])
    process.stdin.flush()
    while not (shop / "copy.db-wal").exists():  # then it is at work
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()

    assert (130, b"cartcore: interrupted\n") == (process.returncode, said)
    assert 0 == run(shop, "import", "copy.db", given=backup)[0]


# --- Migrating --------------------------------------------------------------------------------


def test_an_empty_database_is_set_up(tmp_path: Path, postgres_server: Server) -> None:
    """Migrating makes the tables in PostgreSQL; done again, it changes nothing (ST-3)."""
    with postgres_server.empty_database() as url:
        assert 1 == run(tmp_path, "check", url)[0]
        first, second = run(tmp_path, "migrate", url), run(tmp_path, "migrate", url)
        assert 0 == run(tmp_path, "check", url)[0]

    assert (0, b"", f"cartcore: created the tables (schema version {VERSION})\n") == first
    now = f"cartcore: the tables are up to date (schema version {VERSION})\n"
    assert (0, b"", now) == second


def test_a_file_of_the_first_release(tmp_path: Path) -> None:
    """A file of an older release is brought up to date, and whole then (ST-3, ST-4)."""
    (tmp_path / "shop.db").write_bytes(gzip.decompress(OLD_FILE.read_bytes()))
    status, _, said = run(tmp_path, "check", "shop.db")
    assert (1, True) == (status, "migrate it first" in said)

    assert 0 == run(tmp_path, "migrate", "shop.db")[0]
    assert (0, b"", "cartcore: 0 faults found\n") == run(tmp_path, "check", "shop.db")


# --- Checking ---------------------------------------------------------------------------------


def test_findings(shop: Path) -> None:
    """What is wrong is printed line by line, and the exit status tells that there is something."""
    do(
        shop / "shop.db",
        "UPDATE cartcore_counters SET value = 7 WHERE name = 'order_number'",
        "DELETE FROM cartcore_redemptions WHERE promotion_id = 'first'",
    )
    status, output, said = run(shop, "check", "shop.db")

    assert (1, "cartcore: 2 faults found\n") == (status, said)
    assert [
        (
            "redemptions: order 1006: cartcore_redemptions lacks"
            " (0, 'first', 'ann', 'first', 1000, 'USD')"
        ),
        "number: counter order_number: it is at 7, but there is an order 1006",
    ] == output.decode().splitlines()


# --- What it says when it cannot --------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        ((), 2, "usage: cartcore"),
        (("frobnicate",), 2, "invalid choice"),
        (("export",), 2, "DATABASE"),
        (("export", "shop.db", "a", "b"), 2, "unrecognized arguments"),
        (("check", "shop.db", "-x"), 2, "unrecognized arguments"),
        (("export", "nothing.db"), 1, "there is no file nothing.db"),
        (("check", "nothing.db"), 1, "there is no file nothing.db"),
        (("backup", "nothing.db", "copy.db"), 1, "there is no file"),
        (("backup", "shop.db", "shop.db"), 1, "a file that does not exist yet"),
        (("backup", "shop.db", "no/copy.db"), 1, "No such file or directory"),
        (("backup", "foreign.txt", "copy.db"), 1, "foreign.txt is not a usable cartcore storage"),
        (("backup", "postgresql://me:secret@127.0.0.1:1/x", "copy.db"), 1, "pg_dump"),
        (("migrate", "nothing.db"), 1, "there is no file nothing.db"),
        (("export", "shop.db", "no/folder/file"), 1, "there is no such folder"),
        (("export", "shop.db", "."), 1, "s a directory"),
        (("import", "copy.db", "nothing.jsonl"), 1, "nothing.jsonl: No such file"),
        (("import", "shop.db", "foreign.txt"), 1, "the storage already has contacts"),
        (("import", "copy.db", "foreign.txt"), 1, "line 1 of the export: this is no"),
        (("import", "copy.db", "cut.jsonl"), 1, "the file is truncated"),
        (("check", "foreign.txt"), 1, "foreign.txt is not a usable cartcore storage"),
        (("migrate", "foreign.txt"), 1, "foreign.txt is not a usable cartcore storage"),
        (("check", "postgresql://me:secret@127.0.0.1:1/x"), 1, "not available"),
        (("migrate", "postgresql://me:secret@127.0.0.1:1/x"), 1, "not available"),
        (("export", "postgresql://me:secret@127.0.0.1:1/x"), 1, "not available"),
        (("export", "postgresql://me:secret@[/x"), 1, "postgresql://user@host/database"),
        (("check", "postgresql://me:secret@[/x"), 1, "postgresql://user@host/database"),
    ],
)
def test_what_goes_wrong(
    shop: Path, backup: bytes, arguments: tuple[str, ...], status: int, problem: str
) -> None:
    """Each failure is a sentence and a status: 1 where it failed, 2 where it was called wrongly."""
    (shop / "foreign.txt").write_text("my diary")
    (shop / "cut.jsonl").write_bytes(b"".join(backup.splitlines(keepends=True)[:20]))
    before = {file.name for file in shop.iterdir()} | {"copy.db"}
    got, output, said = run(shop, *arguments)

    assert (status, b"") == (got, output)
    assert problem in said
    assert "secret" not in said
    assert before >= {f.name for f in shop.iterdir()} - {"shop.db-wal", "shop.db-shm"}


def test_help(tmp_path: Path) -> None:
    """Help is no failure, and lists the commands."""
    status, output, said = run(tmp_path, "--help")

    assert (0, "") == (status, said)
    assert all(
        name in output.decode() for name in ("export", "import", "backup", "migrate", "check")
    )


# --- What is not installed --------------------------------------------------------------------


def without(package: str) -> tuple[str, ...]:
    """The command line where a package is not installed."""
    program = f"import sys; sys.modules['{package}'] = None; import cartcore.__main__ as c"
    return sys.executable, "-c", f"{program}; sys.exit(c.main())"


@pytest.mark.parametrize(
    ("package", "extra", "arguments"),
    [
        ("sqlalchemy", "sql", ("export", "shop.db")),
        ("sqlalchemy", "sql", ("migrate", "shop.db")),
        ("psycopg", "postgres", ("export", "postgresql://localhost/x")),
        ("psycopg", "postgres", ("check", "postgresql://localhost/x")),
    ],
)
def test_an_extra_that_is_missing(
    shop: Path, package: str, extra: str, arguments: tuple[str, ...]
) -> None:
    """What a command needs and is not there is named, with how to install it."""
    status, _, said = run(shop, *arguments, command=without(package))

    assert 1 == status
    assert f"cartcore: {package} is not installed: pip install 'cartcore[{extra}]'\n" == said


# --- Progress ---------------------------------------------------------------------------------


@contextmanager
def terminal() -> Iterator[tuple[int, Any]]:
    """A terminal to write to, and what reads all that was written there."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))

    def written() -> str:
        os.close(theirs)
        read = b""
        try:
            while part := os.read(ours, 4096):
                read += part
        except OSError:  # all of it was read
            pass
        return read.decode()

    try:
        yield theirs, written
    finally:
        os.close(ours)


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("export", "shop.db", "shop.jsonl"), "exporting"),
        (("import", "copy.db", "backup.jsonl"), "importing"),
        (("check", "shop.db"), "checking"),
    ],
)
def test_progress_on_a_terminal(
    shop: Path, backup: bytes, arguments: tuple[str, ...], told: str, *, installed: bool
) -> None:
    """On a terminal a bar shows how far it is, if tqdm is there; without it, the message alone."""
    (shop / "backup.jsonl").write_bytes(backup)
    command = COMMAND if installed else without("tqdm")
    with terminal() as (error, written):
        done = subprocess.run([*command, *arguments], cwd=shop, stderr=error, check=False)
        shown = written()

    assert 0 == done.returncode
    assert installed == (told in shown)
    assert "cartcore: " in shown
    assert "Traceback" not in shown
