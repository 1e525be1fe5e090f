"""The power fails while orders are placed, beneath SQLite: the short form (ST-5)."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.shop.contact import Contact
from tests.torture import recording
from tests.torture.power import (
    FILE,
    RULEBOOK,
    SESSIONS,
    Disk,
    Orders,
    failures,
    lose_power,
    open_file,
    place,
    record,
    written,
)
from tests.torture.recording import Synced, Written
from tests.torture.shop import fill

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


@pytest.mark.parametrize("old", [b"", gzip.decompress(OLD_FILE.read_bytes())], ids=["new", "old"])
def test_a_file_is_opened_after_power_was_lost_when_it_was_opened_first(
    tmp_path: Path, old: bytes
) -> None:
    """Whenever the power fails while a file is made or migrated, the next opening does it (ST-3).

    That is so for each moment, and also if the first sector was being written and is spoilt.
    """
    (tmp_path / "made").mkdir()
    before = {FILE: old} if old else {}
    for name, data in before.items():
        (tmp_path / "made" / name).write_bytes(data)
    events = record(tmp_path / "made", open_file)
    wanted = contents(tmp_path / "made" / FILE)
    random = Random(SEED)
    assert [each for each in events if isinstance(each, Synced)]

    for image, _ in failures(events, range(len(events)), random, before):
        with written(image, tmp_path / "image", random) as database:
            SQLiteStorage(database.where, rulebook=RULEBOOK).close()
            assert wanted == contents(Path(database.where))


def test_a_log_heals_a_spoilt_beginning_of_the_file(tmp_path: Path) -> None:
    """A checkpoint that the power ends in the first sector is done again, from the log (ST-5)."""
    path = tmp_path / FILE
    with SQLiteStorage(path) as storage:
        fill(storage, uses=2)
        with storage.write() as work:
            for i in range(200):  # the file grows, which its first page tells
                work.contacts.add(Contact(id=f"c{i}", name=f"Contact {i}"))
            work.commit()
        left = {f.name: f.read_bytes() for f in tmp_path.iterdir() if f.name in (FILE, LOG)}
    wanted = contents(path)
    left[FILE] = bytes(512) + left[FILE][512:]

    with written(left, tmp_path / "image", Random(SEED)) as database:
        SQLiteStorage(database.where).close()
        assert wanted == contents(Path(database.where))


def contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        return sorted([*map(str, file.execute("PRAGMA user_version")), *file.iterdump()])
