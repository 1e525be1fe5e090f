"""Records that are made of an application's rows (HA-1)."""

import logging
from collections.abc import Generator, Iterator
from itertools import islice
from typing import cast

import pytest

from cartcore import Contact
from cartcore.adapters.composed import ComposedStorage, ReadOnlyContacts, record_of, records_of
from cartcore.adapters.memory import MemoryStorage
from cartcore.errors import InvalidText, PortFailed, StorageUnavailable
from cartcore.shop.contact import ContactFilter

Row = tuple[int, str | None]


def contact(row: Row) -> Contact:
    number, name = row
    if name == "no database":
        raise StorageUnavailable(name)
    return Contact(id=str(number), name=cast("str", name))


class Rows(ReadOnlyContacts):
    def __init__(self, *names: str | None) -> None:
        self.rows = list(enumerate(names))

    def records(self) -> Iterator[Contact]:
        return records_of(self.rows, contact, lambda row: row[0])

    def many(self, ids: object, /) -> dict[str, Contact]:
        found = [row for row in self.rows if str(row[0]) in ids]  # type: ignore[operator]
        return {str(row[0]): record_of(row, contact, row[0]) for row in found}


def found(*names: str | None) -> list[str]:
    storage = ComposedStorage(MemoryStorage(), contacts=lambda work: Rows(*names))
    with storage.read() as work:
        return [each.name for each in work.contacts.search(ContactFilter()).items]


def test_lists_leave_out_rows_that_make_no_record(caplog: pytest.LogCaptureFixture) -> None:
    """All others are found, and one record of the log says which rows were not, and why not."""
    assert ["Ann", "Ben"] == found("Ann", None, "Ben", "", "a\nb")
    [told] = caplog.records
    assert ("cartcore.ports", logging.WARNING) == (told.name, told.levelno)
    assert ("rows_left_out", 3, ("1", "3", "4")) == (told.event, told.count, told.rows)  # type: ignore[attr-defined]
    assert "1: InvalidText (name); 3: InvalidText (name)" in told.getMessage()


def test_a_log_is_never_long(caplog: pytest.LogCaptureFixture) -> None:
    """Of many rows the first are named and all are counted."""
    found(*[None] * 20, "Ann")
    assert "more" not in caplog.text
    caplog.clear()
    assert ["Ann"] == found(*[None] * 5_000, "Ann")
    [told] = caplog.records
    assert len(told.getMessage()) < 1_000
    assert "and 4980 more" in told.getMessage()
    assert (5_000, 20) == (told.count, len(told.rows))  # type: ignore[attr-defined]


def test_a_list_that_is_not_read_to_its_end_tells_as_well(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was left out until then is logged."""
    records = Rows(None, "Ann", "Ben", None).records()
    assert ["Ann", "Ben"] == [each.name for each in islice(records, 2)]
    cast("Generator[Contact]", records).close()
    assert "0: InvalidText" in caplog.text


def test_where_no_row_makes_a_record_that_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """The mapping itself is wrong then: an empty list would hide it."""
    assert [] == found()
    with pytest.raises(PortFailed, match="the row 1 makes no record") as caught:
        found(None, "")
    assert isinstance(caught.value.__cause__, InvalidText)
    assert [] == caplog.records


def test_what_is_no_matter_of_a_row_is_told() -> None:
    """A database that does not answer leaves no list that looks complete."""
    with pytest.raises(StorageUnavailable):
        found("Ann", "no database")


def test_a_row_that_was_asked_for_is_named() -> None:
    """By its key, PortFailed says which row makes no record, and why not; others are given."""
    storage = ComposedStorage(MemoryStorage(), contacts=lambda work: Rows("Ann", None))
    with storage.read() as work:
        assert "Ann" == work.contacts.get("0").name
        expected = "contacts failed for get: the row 1 makes no record: it raised name must be"
        with pytest.raises(PortFailed, match=expected) as caught:
            work.contacts.get("1")
    assert isinstance(caught.value.__cause__, InvalidText)
