"""What other systems know records by."""

from typing import Any

import attrs
import pytest

from cartcore.errors import AlreadyExists, NotFound
from cartcore.storage.ports import Storage
from cartcore.testing.records import a_contact, a_product, an_order
from cartcore.testing.storage.contract import Contract, changes
from cartcore.testing.storage.kinds import stored

every_kind = pytest.mark.parametrize(
    ("kind", "make"),
    [("contacts", a_contact), ("products", a_product), ("orders", an_order)],
    ids=["contacts", "products", "orders"],
)


class ReferencesContract(Contract):
    """References of contacts, products and orders (HA-8)."""

    @every_kind
    def test_references_find_records(self, storage: Storage, kind: str, make: Any) -> None:
        """A record is found by its reference as it is written, and by no other (HA-8)."""
        [record, _] = self.store(storage, kind, make("r1", reference="ERP-1"), make("r2"))
        with storage.read() as work:
            assert record == getattr(work, kind).by_reference("ERP-1")
            for other in ("erp-1", "ERP-", "ERP-1 ", "", "r1", "\0", "x" * 10_000):
                with pytest.raises(NotFound) as caught:
                    getattr(work, kind).by_reference(other)
                assert other == caught.value.key

    @every_kind
    @changes("kind")
    def test_references_are_unique(self, storage: Storage, kind: str, make: Any) -> None:
        """A reference that another record has is AlreadyExists; case matters (HA-8)."""
        self.store(storage, kind, make("r1", reference="ERP-1"), make("r2", reference="erp-1"))
        with storage.write() as work:
            with pytest.raises(AlreadyExists) as caught:
                getattr(work, kind).add(make("r3", reference="ERP-1"))
            with pytest.raises(AlreadyExists):
                getattr(work, kind).save(make("r2", reference="ERP-1", version=1))
            with pytest.raises(AlreadyExists):
                getattr(work, kind).restore([make("r4", reference="ERP-1", version=1)])
            work.commit()

        assert ("reference", "ERP-1") == (caught.value.field, caught.value.value)
        assert "erp-1" == stored(storage, kind, "r2").reference
        for refused in ("r3", "r4"):
            with pytest.raises(NotFound):
                stored(storage, kind, refused)

    @every_kind
    def test_no_reference_is_none(self, storage: Storage, kind: str, make: Any) -> None:
        """Any number of records have no reference (HA-8)."""
        assert 3 == len(self.store(storage, kind, make("r1"), make("r2"), make("r3")))

    @every_kind
    @changes("kind")
    def test_a_reference_can_change_hands(self, storage: Storage, kind: str, make: Any) -> None:
        """A reference that a record gives up can be taken by another, in the same work (HA-8)."""
        [first] = self.store(storage, kind, make("r1", reference="ERP-1"))
        with storage.write() as work:
            getattr(work, kind).save(attrs.evolve(first, reference="ERP-2"))
            getattr(work, kind).add(make("r2", reference="ERP-1"))
            work.commit()

        with storage.read() as work:
            found = [getattr(work, kind).by_reference(each).id for each in ("ERP-1", "ERP-2")]
        assert ["r2", "r1"] == found

    @every_kind
    @changes("kind")
    def test_restored_references_find_records(self, storage: Storage, kind: str, make: Any) -> None:
        """A record that is restored is found by its reference (HA-8, ST-12)."""
        with storage.write() as work:
            getattr(work, kind).restore([make("r1", reference="ERP-1", version=7)])
            work.commit()

        with storage.read() as work:
            assert 7 == getattr(work, kind).by_reference("ERP-1").version
