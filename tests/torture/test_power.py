"""The power fails while orders are placed, beneath SQLite: the short form (ST-5)."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from cartcore.adapters.sqlite import SQLiteStorage
from tests.torture import recording
from tests.torture.power import (
    FILE,
    SESSIONS,
    Disk,
    Orders,
    failures,
    lose_power,
    migrate,
    place,
    record,
    written,
)
from tests.torture.recording import Synced, Written

SEED = "7"
LOG = f"{FILE}-wal"
OLD_FILE = Path(__file__).parent.parent / "fixtures" / "format_1" / "shop.sqlite.gz"

pytestmark = pytest.mark.skipif(
    not recording.is_possible(), reason="Python's SQLite library cannot be reached from outside"
)


def test_nothing_that_reaches_the_disk_is_missed(tmp_path: Path) -> None:
    """From what was recorded the files come out as they are: the file, and its open log."""
    events = record(tmp_path, place, Orders(SEED, 24))
    disk = Disk()
    for event in events:
        disk.happens(event)

    assert {FILE, LOG} == disk.whole().keys()
    assert disk.whole() == {name: (tmp_path / name).read_bytes() for name in disk.whole()}
    begun = [e for e in events if isinstance(e, Written) and (e.name, e.offset) == (LOG, 0)]
    assert len(begun) > SESSIONS  # the log began anew while it was in use


def test_a_loss_of_power_loses_no_order(tmp_path: Path) -> None:
    """Whenever the power fails, each acknowledged order is there, and all is whole (ST-5)."""
    loss = lose_power(tmp_path, Orders(SEED, 24), images=40)

    assert () == loss.findings
    assert 40 == loss.images
    assert loss.acknowledged > 100  # answers that had to hold, in all images


@pytest.mark.parametrize("wrong", ["synchronous = OFF", "synchronous = NORMAL", "early"])
def test_orders_that_are_not_on_the_disk_are_missed(tmp_path: Path, wrong: str) -> None:
    """A program that waits less for the disk, or answers before it commits, loses orders (ST-5)."""
    synchronous = wrong.partition(" = ")[2]
    orders = Orders(SEED, 24, synchronous=synchronous, hasty=not synchronous)
    loss = lose_power(tmp_path, orders, images=20)

    assert [found for found in loss.findings if "was acknowledged; there is []" in found]


def test_a_migration_without_power_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Whenever the power fails, what is left is brought up to date as if nothing was (ST-3)."""
    old = gzip.decompress(OLD_FILE.read_bytes())
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / FILE).write_bytes(old)
    events = record(tmp_path / "made", migrate)
    wanted = contents(tmp_path / "made" / FILE)
    random = Random(SEED)
    moments = [random.randrange(len(events)) for _ in range(30)]
    assert [each for each in events if isinstance(each, Synced)]

    for image, _ in failures(events, moments, random, {FILE: old}):
        with written(image, tmp_path / "image", random) as database:
            SQLiteStorage(database.where).close()
            assert wanted == contents(Path(database.where))


def contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        return [*map(str, file.execute("PRAGMA user_version")), *file.iterdump()]
