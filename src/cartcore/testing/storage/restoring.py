"""Records that are restored from an export."""

from typing import Any

import attrs
import pytest

from cartcore.errors import AlreadyExists, Conflict, InvalidField, StorageError
from cartcore.promotions.promotion import Trigger
from cartcore.shop.contact import ContactFilter
from cartcore.storage.ports import Storage
from cartcore.testing.records import a_contact, a_product, a_promotion, an_order, redeeming
from cartcore.testing.storage.contract import Contract, changes
from cartcore.testing.storage.kinds import KINDS, LISTINGS, each_kind, ids, stored


class RestoringContract(Contract):
    """Records of an export, stored as they are given (ST-12)."""

    @each_kind
    @changes("kind", undone=True)
    def test_restored_records_keep_their_versions(self, storage: Storage, kind: str) -> None:
        """restore() stores records as they are given, and saves go on from there (ST-8, ST-12)."""
        record, change = KINDS[kind]
        first, second = attrs.evolve(record("r1"), version=7), attrs.evolve(record("r2"), version=1)
        with storage.write() as work:
            getattr(work, kind).restore([])
            getattr(work, kind).restore(iter([first, second]))
            work.commit()

        assert [first, second] == [stored(storage, kind, "r1"), stored(storage, kind, "r2")]
        with storage.write() as work:
            with pytest.raises(Conflict):
                getattr(work, kind).save(attrs.evolve(first, version=1, **change))
            saved = getattr(work, kind).save(attrs.evolve(first, **change))

        assert attrs.evolve(first, version=8, **change) == saved

    @each_kind
    @pytest.mark.parametrize("taken", ["stored", "given twice"])
    @changes("kind", undone=True)
    def test_all_are_restored_or_none(self, storage: Storage, kind: str, taken: str) -> None:
        """Where one of several cannot be restored, none of them is (ST-5, ST-12)."""
        record, change = KINDS[kind]
        given = [attrs.evolve(record(f"r{i}"), version=3) for i in range(1, 4)]
        if taken == "stored":
            self.store(storage, kind, record("r3"))
        else:
            given.append(attrs.evolve(given[-1], **change))
        with storage.write() as work:
            with pytest.raises(AlreadyExists) as caught:
                getattr(work, kind).restore(given)
            work.commit()

        error = caught.value
        assert (kind, "id", "r3") == (f"{error.kind}s", error.field, error.value)
        with storage.read() as work:
            assert (["r3"] if taken == "stored" else []) == ids(LISTINGS[kind](work)().items)

    @each_kind
    @pytest.mark.parametrize("version", [0, -1, 2**63 - 1])
    @changes("kind")
    def test_versions_that_cannot_be_restored(
        self, storage: Storage, kind: str, version: Any
    ) -> None:
        """A record that was never stored cannot be restored, nor one of an absurd version."""
        record, _ = KINDS[kind]
        given = [attrs.evolve(record("r1"), version=1), attrs.evolve(record("r2"), version=version)]
        with storage.write() as work:
            with pytest.raises(InvalidField):
                getattr(work, kind).restore(given)
            work.commit()

        with storage.read() as work:
            assert () == LISTINGS[kind](work)().items

    @each_kind
    @changes("kind")
    def test_readers_restore_nothing(self, storage: Storage, kind: str) -> None:
        """Restoring is a change."""
        record, _ = KINDS[kind]
        with storage.read() as work, pytest.raises(StorageError):
            getattr(work, kind).restore([attrs.evolve(record("r1"), version=1)])

    @changes("contacts", "promotions")
    def test_restored_records_can_share_what_only_reads_the_same(self, storage: Storage) -> None:
        """Who was restored first keeps a key; the other one is kept, and can be changed (OE-27)."""
        ann = [
            a_contact("z", email="Ann@example.com", version=2),
            a_contact("a", email="ann@EXAMPLE.com", version=3),
        ]
        sales = [
            a_promotion("z", trigger=Trigger.CODE, codes=("CAFÉ", "Z"), version=2),
            a_promotion("a", trigger=Trigger.CODE, codes=("A", "CAFE\u0301"), version=3),
        ]
        with storage.write() as work:
            work.contacts.restore(ann)
            work.promotions.restore(sales)
            with pytest.raises(AlreadyExists):
                work.contacts.restore([attrs.evolve(ann[0], id="b")])
            with pytest.raises(AlreadyExists):
                work.promotions.restore([attrs.evolve(sales[0], id="b", codes=("B", "CAFÉ"))])
            with pytest.raises(AlreadyExists):
                work.contacts.add(a_contact("b", email="ANN@example.com"))
            work.commit()

        with storage.read() as work:
            assert ann[::-1] == list(work.contacts.search(ContactFilter(email="ann@")).items)
            assert sales[::-1] == list(work.promotions.search().items)
            found = {code: work.promotions.by_code(code).id for code in ("a", "café", "z")}
            assert {"a": "a", "café": "z", "z": "z"} == found
        with storage.write() as work:
            other = work.contacts.save(attrs.evolve(ann[1], phone="1"))
            work.promotions.save(attrs.evolve(sales[1], priority=3))
            assert "z" == work.promotions.by_code("café").id
            work.contacts.save(attrs.evolve(ann[0], email=""))
            assert other.version + 1 == work.contacts.save(other).version
            with pytest.raises(AlreadyExists):
                work.contacts.add(a_contact("b", email="ann@example.com"))
            work.commit()

    @changes("contacts", "products", "promotions")
    def test_restored_records_are_found(self, storage: Storage) -> None:
        """What was restored is found by all its keys, and what it redeemed counts (ST-12)."""
        with storage.write() as work:
            work.contacts.restore([a_contact("zoe", name="Zoë Müller", version=2)])
            work.products.restore([a_product("pot", "P-1", "P-2", version=2)])
            promotion = a_promotion(trigger=Trigger.CODE, codes=("Spring",), version=2)
            work.promotions.restore([promotion])
            order = redeeming(an_order(contact=a_contact("zoe"), version=2), "sale")
            work.orders.restore([order])
            work.commit()

        with storage.read() as work:
            assert ["zoe"] == ids(work.contacts.search(ContactFilter(name="mull")).items)
            assert "pot" == work.products.by_sku("P-2").id
            assert "sale" == work.promotions.by_code("SPRING").id
            assert order == work.orders.by_draft("draft of o1")
            assert order == work.orders.by_idempotency_key("key of o1")
            assert 1 == work.orders.placed_by_contact("zoe")
            used = work.promotions.usage(["sale"], "zoe")["sale"]
            assert (1, 1) == (used.total, used.by_contact)
