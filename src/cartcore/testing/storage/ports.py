"""What a storage declares of records of an application, and tells of its state, has to be so."""

from typing import Any

import pytest

from cartcore.errors import NotFound, ReadOnlyPort
from cartcore.storage.ports import Storage
from cartcore.testing.records import a_contact, a_draft
from cartcore.testing.storage.contract import Contract, changes
from cartcore.testing.storage.kinds import KINDS, LISTINGS, stored


class PortsContract(Contract):
    """What a storage declares of the records of others (HA-1), and the marks of its states."""

    def test_what_is_read_only_is_refused(self, storage: Storage) -> None:
        """A change of what is only read is ReadOnlyPort; what else the work does is stored."""
        if not self.read_only:
            pytest.skip("the adapter declares read_only = ()")
        with storage.write() as work:
            for kind in self.read_only:
                record, _ = KINDS[kind]
                changes: list[Any] = [getattr(work, kind).add, getattr(work, kind).save]
                for change in changes:
                    with pytest.raises(ReadOnlyPort) as caught:
                        change(record("r1"))
                    assert kind == caught.value.port
            work.drafts.add(a_draft())
            work.commit()

        assert "d1" == stored(storage, "drafts", "d1").id
        with storage.read() as work:
            for kind in self.read_only:
                with pytest.raises(NotFound):
                    getattr(work, kind).get("r1")

    def test_ids_that_are_given_are_those_of_the_records(self, storage: Storage) -> None:
        """A record that gets another id is returned with it, found by it, and by no other."""
        if not self.gives_ids:
            pytest.skip("the adapter declares gives_ids = ()")
        for kind in self.gives_ids:
            record, _ = KINDS[kind]
            with storage.write() as work:
                added = [getattr(work, kind).add(record(each)) for each in ("r1", "r2")]
                work.commit()

            assert 4 == len({"r1", "r2", *(each.id for each in added)})
            assert added == [stored(storage, kind, each.id) for each in added]
            with storage.read() as work:
                assert {*added} == {*LISTINGS[kind](work)().items}
                with pytest.raises(NotFound):
                    getattr(work, kind).get("r1")

    @changes("contacts")
    def test_a_commit_makes_another_mark(self, storage: Storage) -> None:
        """Works that began with different records have different marks, if any (HA-17)."""
        with storage.read() as work:
            before = work.committed_state()
        self.store(storage, "contacts", a_contact())
        with storage.read() as work:
            after = work.committed_state()

        assert after is None or after != before
