"""What two units of work began with: told to be the same only where it is."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import DraftPlaced, NotFound, QuoteChanged, StorageError
from cartcore.shop.speeds import ShipmentRequest, ShippingSpeed
from cartcore.storage import Storage
from cartcore.testing.records import a_contact
from tests.support.shop import Shop, usd

Opens = Callable[[], Any]
"""Opens the same database once more, in a `with` statement."""


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Opens:
    """An empty database of each kind."""
    if request.param == "memory":
        kept = MemoryStorage()
        return lambda: nullcontext(kept)
    if request.param == "sqlite":
        return lambda: SQLiteStorage(tmp_path / "shop.db")
    url = request.getfixturevalue("postgres_url")
    return lambda: PostgresStorage(url)


@pytest.fixture
def storage(opens: Opens) -> Iterator[Storage]:
    """The database, opened."""
    with opens() as opened:
        yield opened


def seen(storage: Storage) -> object:
    """The mark of what a reader sees now."""
    with storage.read() as work:
        mark = work.committed_state()
        assert mark is not None
        return mark


def add(storage: Storage, contact_id: str, *, commits: bool = True) -> object:
    """Add a contact, and return the mark that the work began with."""
    with storage.write() as work:
        mark = work.committed_state()
        work.contacts.add(a_contact(contact_id))
        assert mark == work.committed_state()
        if commits:
            work.commit()
    return mark


def test_nothing_was_committed(storage: Storage) -> None:
    """Works one after the other have equal marks until one commits (HA-17)."""

    def are_equal(number: int) -> bool:
        marks = [seen(storage), seen(storage), add(storage, f"c{number}", commits=False)]
        return all(mark == marks[0] for mark in marks)

    # A PostgreSQL server has work of its own to do now and then, which makes another mark.
    assert any(map(are_equal, range(50)))


def test_another_work_committed(storage: Storage) -> None:
    """A commit of the same program makes another mark, each time (HA-17)."""
    marks = [seen(storage)]
    for number in range(3):
        add(storage, f"c{number}")
        marks.append(seen(storage))

    assert all(a != b for place, a in enumerate(marks) for b in marks[:place])


def test_a_work_that_was_open_already(storage: Storage) -> None:
    """A reader keeps its mark while others commit, and nobody who begins later has it (HA-17)."""
    with storage.read() as work:
        mark = work.committed_state()
        add(storage, "ann")

        assert mark == work.committed_state()
        assert mark != seen(storage)


def test_another_program_committed(opens: Opens, storage: Storage) -> None:
    """A commit of another program makes another mark, in between and at any time (HA-17)."""
    with opens() as other:
        before = seen(storage)
        add(other, "ann")
        between = seen(storage)
        add(other, "zoe")

        assert before != between
        assert before != seen(storage)
        assert between != seen(storage)


@attrs.frozen
class Meddling:
    """A carrier; while it is asked, something else happens."""

    type_name: ClassVar[str] = "meddling"
    meddle: Callable[[], object]

    def speeds(self, request: ShipmentRequest) -> list[ShippingSpeed]:
        """Return one speed, after that."""
        self.meddle()
        return [ShippingSpeed(code="post", name="Post", price=usd("5.00"))]


@pytest.mark.parametrize("by", ["the same program", "another program"])
def test_changes_while_carriers_are_asked(opens: Opens, storage: Storage, by: str) -> None:
    """What changes between the look and the lock is noticed, whoever changes it (OE-18, HA-17).

    Carriers are asked again then, and not while the lock is held: others can still write.
    """
    doing: list[Callable[[], object]] = []
    failed: list[Exception] = []
    shop = Shop(storage)
    with opens() as other:
        target = storage if by == "the same program" else other

        def reprice() -> None:
            with target.write() as work:
                mug = work.products.get("mug")
                [variant] = mug.variants
                dearer = attrs.evolve(variant, price=usd("99.00"))
                work.products.save(attrs.evolve(mug, variants=(dearer,)))
                work.commit()

        def discard() -> None:
            with target.write() as work:
                work.drafts.remove(work.drafts.get(draft_id))
                work.commit()

        def meddle() -> None:
            for each in doing:
                try:
                    each()
                except StorageError as error:
                    failed.append(error)

        desk = shop.desk_with(speeds=(Meddling(meddle),))
        draft_id = shop.reviewed({"MUG": 1})
        with desk.edit(draft_id) as edit:
            edit.go_to("shipping")
            edit.choose_speed("s1", "post")
            edit.go_to("review")
        quote = desk.view(draft_id).quote

        doing[:] = [reprice]
        with pytest.raises(QuoteChanged):
            desk.place(draft_id, seen=quote, actor="sam")
        doing[:] = [discard]
        with pytest.raises((NotFound, DraftPlaced)):
            desk.place(draft_id, seen=quote, actor="sam")
        assert failed == []
        with storage.read() as work:
            assert work.orders.last_number() == 1000
