"""The command line: `python -m cartcore`, or `cartcore` (ST-3, ST-12).

The outermost ring: it knows the adapters, and nothing knows it.
"""

import argparse
import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from errno import ENOENT
from importlib.util import find_spec
from logging import NullHandler, getLogger
from pathlib import Path
from typing import IO

from cartcore.adapters.audit import audit, is_url
from cartcore.adapters.paths import absolute
from cartcore.documents.exchange import export_lines, import_lines
from cartcore.documents.plugins import described, listing
from cartcore.documents.serializer import Serializer
from cartcore.errors import CartcoreError, StorageUnavailable
from cartcore.errors.sentences import counted
from cartcore.rules import Rulebook, load_rulebook
from cartcore.storage.ports import Storage
from cartcore.values.guard import LOGGER

Show = Callable[[int, int | None], None]
"""Is told how much is done, and of how much, if that is known."""

FINE, FAILED = 0, 1
"""The exit statuses: all is well; it failed, or something was found. argparse has 2 of its own."""

_INTERRUPTED = 130  # as of a shell whose command was stopped by Ctrl-C
_STANDARD = "-"
_EXTRAS = {
    "alembic": "sql",
    "hypothesis": "testing",
    "psycopg": "postgres",
    "pytest": "testing",
    "sqlalchemy": "sql",
    "time_machine": "testing",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return the exit status."""
    given = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = given.command
    try:
        return command(given)
    except KeyboardInterrupt:
        _tell("interrupted")
        return _INTERRUPTED
    except (CartcoreError, ModuleNotFoundError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            _leave_output()
        return _failed(_told(error))


def _told(error: CartcoreError | ModuleNotFoundError | OSError) -> str:
    """What is said of an error. Raises it again if it is a fault of cartcore's own."""
    match error:
        case ModuleNotFoundError():
            extra = _EXTRAS.get((error.name or "").partition(".")[0])
            if extra is None:
                raise error
            return f"{error.name} is not installed: pip install 'cartcore[{extra}]'"
        case BrokenPipeError():
            return "the output was closed before everything was written"
        case OSError() if error.filename:
            return f"{error.filename}: {error.strerror}"
        case _:
            return str(error)


def _leave_output() -> None:
    """Write no more: whoever reads it has enough. Python would complain when it closes it."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cartcore",
        description="Maintain databases of cartcore, and try plugins.",
        epilog="A DATABASE is the path of an SQLite file, or a URL: "
        "postgresql://user:password@host:port/name. "
        "Exit status: 0 all is well, 1 it failed or something was found, 2 wrong usage.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str,
        command: Callable[[argparse.Namespace], int],
        told: str,
        *,
        database: bool = True,
        plugins: bool = False,
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}.")
        if database:
            added.add_argument("database", metavar="DATABASE")
        if plugins:
            told = "leave out the plugin of this name; may be repeated"
            added.add_argument("--block", metavar="NAME", action="append", default=[], help=told)
        added.set_defaults(command=command)
        return added

    exporting = add(
        "export", _export, "export everything in a database as JSON Lines", plugins=True
    )
    exporting.add_argument(
        "file", metavar="FILE", nargs="?", default=_STANDARD, help="default: standard output (-)"
    )
    importing = add(
        "import", _import, "import an export into an empty database, all or nothing", plugins=True
    )
    importing.add_argument(
        "file", metavar="FILE", nargs="?", default=_STANDARD, help="default: standard input (-)"
    )
    backing_up = add("backup", _backup, "copy an SQLite file that is in use to a new file")
    backing_up.add_argument("file", metavar="FILE")
    add("migrate", _migrate, "create the tables, or migrate them to this version of cartcore")
    add("check", _check, "check a database and report what is wrong in it", plugins=True)
    told = "list the plugins that are installed, their types, and what is wrong with them"
    listing = add("plugins", _plugins, told, database=False, plugins=True)
    told = "write all of it as JSON, with the JSON Schema of each type's configuration"
    listing.add_argument("--json", action="store_true", help=told)
    told = "try the types of a plugin on made-up carts, and tell which laws they break"
    trying = add("check-plugin", _check_plugin, told, database=False)
    trying.add_argument(
        "plugin", metavar="NAME", help="an installed entry point, a module, or a .py file"
    )
    trying.add_argument(
        "--examples", type=int, metavar="N", default=60, help="carts for each type; 60 if left out"
    )
    return parser


# --- Commands ---------------------------------------------------------------------------------


def _export(given: argparse.Namespace) -> int:
    serializer = Serializer(_rulebook(given), keep_opaque=True)
    with (
        _storage(given.database, must_exist=True) as storage,
        closing(export_lines(storage, serializer)) as lines,
        _written(given.file) as output,
        _progress("exporting", "records") as show,
    ):
        number = 0
        for number, line in enumerate(lines, start=-1):  # the first and the last are no records
            output.write(line)
            show(number, None)
    _tell(f"exported {counted(number, 'record')}")
    return FINE


def _import(given: argparse.Namespace) -> int:
    serializer = Serializer(_rulebook(given), keep_opaque=True)
    with (
        _read(given.file) as lines,
        _storage(given.database, must_exist=False) as storage,
        _progress("reading back", "records") as show,
    ):
        found = import_lines(storage, lines, serializer, progress=show)
    _tell(f"imported, read back and compared: {found}")
    return FINE


def _backup(given: argparse.Namespace) -> int:
    if is_url(given.database):
        return _failed("use PostgreSQL's own tool: pg_dump --format=custom --file=FILE DATABASE")
    from cartcore.adapters.sqlite_backup import back_up  # noqa: PLC0415

    with _progress("copying", "pages") as show:
        back_up(given.database, given.file, progress=show)
    _tell(f"copied to {given.file}")
    return FINE


def _migrate(given: argparse.Namespace) -> int:
    from cartcore.adapters.sql.schema import VERSION  # noqa: PLC0415

    if is_url(given.database):
        from cartcore.adapters.postgres import migrate  # noqa: PLC0415

        had = migrate(given.database)
    else:
        had = VERSION  # what it had is not told: opening the file is all that it takes
        with _storage(given.database, must_exist=True):
            pass
    if had == VERSION:
        _tell(f"the tables are up to date (schema version {VERSION})")
    elif had:
        _tell(f"migrated from schema version {had} to {VERSION}")
    else:
        _tell(f"created the tables (schema version {VERSION})")
    return FINE


def _check(given: argparse.Namespace) -> int:
    with _progress("checking", "records") as show:
        findings = audit(given.database, rulebook=_rulebook(given), progress=show)
    for finding in findings:
        print(finding)  # noqa: T201
    _tell(f"{counted(len(findings), 'fault')} found")
    return FAILED if findings else FINE


def _plugins(given: argparse.Namespace) -> int:
    # They are listed, so they need not be logged as well.
    getLogger(LOGGER).addHandler(NullHandler())
    rulebook = _rulebook(given)
    print(json.dumps(described(rulebook), indent=2) if given.json else listing(rulebook))  # noqa: T201
    return FAILED if any(plugin.faults for plugin in rulebook.plugins) else FINE


def _rulebook(given: argparse.Namespace) -> Rulebook:
    return load_rulebook(discover=True, block=given.block)


def _check_plugin(given: argparse.Namespace) -> int:
    # Needs Hypothesis, which only authors of plugins have.
    from cartcore.testing.plugins.command import check_plugin  # noqa: PLC0415

    status = FINE
    for told in check_plugin(given.plugin, examples=given.examples):
        print(told.text, flush=True)  # noqa: T201
        if told.wrong:
            status = FAILED
    return status


# --- Databases and files ----------------------------------------------------------------------


def _storage(database: str, *, must_exist: bool) -> AbstractContextManager[Storage]:
    # The adapters are imported here, because each needs what not everybody has installed.
    if is_url(database):
        from cartcore.adapters.postgres import PostgresStorage  # noqa: PLC0415

        return PostgresStorage(database)
    if must_exist and not absolute(database).exists():  # it would be made
        raise StorageUnavailable(f"there is no file {database}")
    from cartcore.adapters.sqlite import SQLiteStorage  # noqa: PLC0415

    return SQLiteStorage(database)


@contextmanager
def _read(file: str) -> Iterator[Iterator[bytes]]:
    """Open a file for reading line by line, and show how much of it was read."""
    with (
        nullcontext(sys.stdin.buffer) if file == _STANDARD else absolute(file).open("rb") as lines,
        _progress("importing", "B") as show,
    ):
        status = os.fstat(lines.fileno())
        yield _shown(lines, show, status.st_size if stat.S_ISREG(status.st_mode) else None)


def _shown(lines: Iterable[bytes], show: Show, size: int | None) -> Iterator[bytes]:
    done = 0
    for line in lines:
        yield line
        done += len(line)
        show(done, size)


@contextmanager
def _written(file: str) -> Iterator[IO[bytes]]:
    """Open what an export is written to: standard output, a device or pipe, or a new file."""
    if file == _STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = absolute(file).resolve()
    replaced = target.is_file() or not target.exists()  # a device or a pipe must not be
    with _new_file(target) if replaced else target.open("wb") as output:
        yield output


@contextmanager
def _new_file(target: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes its name when all of it is on the disk, and not before.

    What has that name already stays until then. Only its owner can read the new one.
    """
    if not target.parent.is_dir():
        raise FileNotFoundError(ENOENT, "there is no such folder", str(target.parent))
    number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(number, "wb") as output:
            yield output
            output.flush()
            os.fsync(output.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


# --- Telling ----------------------------------------------------------------------------------


@contextmanager
def _progress(told: str, unit: str) -> Iterator[Show]:
    """Give what shows how far something is: with tqdm on a terminal, else nothing is shown."""
    if not (sys.stderr.isatty() and find_spec("tqdm")):
        yield _silent
        return
    from tqdm import tqdm  # noqa: PLC0415

    with tqdm(desc=told, unit=unit, unit_scale=True, leave=False, dynamic_ncols=True) as bar:

        def show(done: int, of: int | None) -> None:
            bar.total = of
            bar.update(done - bar.n)

        yield show


def _silent(done: int, of: int | None) -> None:
    """Show nothing."""


def _failed(problem: str) -> int:
    _tell(problem)
    return FAILED


def _tell(message: str) -> None:
    print(f"cartcore: {message}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
