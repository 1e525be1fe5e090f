"""What is remembered of records that were read: the right ones, and never too much."""

from pathlib import Path
from sys import getsizeof

import pytest

from cartcore.adapters.sql.remembered import Remembered
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.shop.contact import Contact, ContactFilter


class Reading:
    """Reads texts, and counts how often."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, document: str, kind: type[str]) -> str:
        if document == "damaged":
            raise ValueError(document)
        self.read.append(document)
        return kind(f"record of {document}")


@pytest.fixture
def reading() -> Reading:
    return Reading()


def test_the_same_text_is_read_once(reading: Reading) -> None:
    """As long as a record has the same text it is the one that was read (ST-9)."""
    remembered = Remembered(reading, 10_000)
    first = remembered("a", "text", str)

    assert first is remembered("a", "text", str)
    assert ["text"] == reading.read
    assert "record of other" == remembered("a", "other", str)
    assert "record of text" == remembered("b", "text", str)


def test_one_version_of_a_record_is_kept(reading: Reading) -> None:
    """A record that changes a thousand times takes the place of one (ST-9)."""
    remembered = Remembered(reading, 1_000_000)
    for version in range(1000):
        remembered("a", f"version {version:04}", str)

    assert getsizeof("version 0999") == remembered.size
    assert "record of version 0000" == remembered("a", "version 0000", str)


def test_size_is_bounded_by_bytes(reading: Reading) -> None:
    """However large the texts are, all together stay below the bound; the last used stay."""
    remembered = Remembered(reading, 10_000)
    for number in range(100):
        remembered("often", "small", str)
        remembered(f"{number}", f"{number:02}" * 500, str)
        remembered(f"wide {number}", "\U0001f600" * 200 + f"{number}", str)  # 4 bytes each
        assert remembered.size <= 10_000
    reading.read.clear()
    remembered("often", "small", str)
    remembered("99", "99" * 500, str)

    assert [] == reading.read
    remembered("0", "00" * 500, str)
    assert ["00" * 500] == reading.read


def test_what_is_too_large_is_not_kept(reading: Reading) -> None:
    """A text above the bound is read each time."""
    remembered = Remembered(reading, 100)
    for _ in range(2):
        assert remembered("a", "x" * 1000, str).startswith("record of x")

    assert 2 == len(reading.read)
    assert 0 == remembered.size


def test_what_cannot_be_read_leaves_no_trace(reading: Reading) -> None:
    """A damaged text raises what reading it raises, each time, and takes no place."""
    remembered = Remembered(reading, 1000)
    for _ in range(2):
        with pytest.raises(ValueError, match="damaged"):
            remembered("a", "damaged", str)

    assert 0 == remembered.size


def test_an_export_leaves_what_the_desk_remembers(tmp_path: Path) -> None:
    """Listing everything takes the place of other lists, not of records read by themselves."""
    with SQLiteStorage(tmp_path / "shop.db") as storage:
        with storage.write() as work:
            for number in range(3):
                work.contacts.add(Contact(id=f"c{number}", name="Ann"))
            work.commit()
        with storage.read() as work:
            ann = work.contacts.get("c0")
            kept = storage._reads.size
            listed = work.contacts.search(ContactFilter())

            assert [3, kept] == [len(listed.items), storage._reads.size]
            assert ann is work.contacts.get("c0")
            assert listed.items[0] is work.contacts.search(ContactFilter()).items[0]
