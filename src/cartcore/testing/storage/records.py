"""Records of every kind: their ids and versions."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.errors import AlreadyExists, Conflict, InvalidText, NotFound, StaleDraft
from cartcore.promotions.promotion import Usage
from cartcore.storage.paging import encode_key
from cartcore.storage.ports import Storage
from cartcore.testing import strategies
from cartcore.testing.records import a_contact
from cartcore.testing.storage.contract import Contract, changes, generated
from cartcore.testing.storage.kinds import (
    KINDS,
    LISTINGS,
    SORT_KEYS,
    each_kind,
    like,
    stored,
)


class RecordContract(Contract):
    """What holds for the records of every kind."""

    @each_kind
    @changes("kind")
    def test_records_have_versions(self, storage: Storage, kind: str) -> None:
        """A record is added as version 1, and each save makes it the next one (ST-8)."""
        record, change = KINDS[kind]
        [added] = self.store(storage, kind, attrs.evolve(record("r1"), version=9))
        with storage.write() as work:
            saved = getattr(work, kind).save(attrs.evolve(added, **change))
            work.commit()

        assert attrs.evolve(record("r1"), version=1) == added
        assert attrs.evolve(record("r1"), version=2, **change) == saved
        assert saved == stored(storage, kind, "r1")

    @each_kind
    @pytest.mark.parametrize("version", [0, 1, 3, 2**63 - 2])
    @changes("kind")
    def test_stale_records_are_refused(self, storage: Storage, kind: str, version: int) -> None:
        """Saving another version than the stored one is Conflict, and changes nothing (ST-8)."""
        record, change = KINDS[kind]
        [first] = self.store(storage, kind, record("r1"))
        with storage.write() as work:
            current = getattr(work, kind).save(first)
            with pytest.raises(Conflict) as caught:
                getattr(work, kind).save(attrs.evolve(first, version=version, **change))
            work.commit()

        error = caught.value
        assert kind == f"{error.kind}s"
        assert ("r1", version, 2) == (error.key, error.given_version, error.current_version)
        assert (kind == "drafts") == isinstance(error, StaleDraft)
        assert current == stored(storage, kind, "r1")

    @pytest.mark.parametrize(
        "key",
        [None, 5, 1.5, b"ann", ["ann"], {"id": "ann"}, a_contact(), "\ud800"],
        ids=lambda key: type(key).__name__,
    )
    def test_a_key_that_is_no_text(self, storage: Storage, key: Any) -> None:
        """A key that no record can have is InvalidText, wherever it is asked for."""
        with storage.read() as work:
            asked: list[Callable[[Any], object]] = [
                *(getattr(work, kind).get for kind in KINDS),
                work.products.by_sku,
                work.promotions.by_code,
                work.orders.by_number,
                work.orders.by_draft,
                work.orders.by_idempotency_key,
                work.orders.placed_by_contact,
                lambda key: work.products.many(["mug", key]),
                lambda key: work.promotions.many(["sale", key]),
                lambda key: work.promotions.usage(["sale", key], "ann"),
                lambda key: work.promotions.usage(["sale"], key),
            ]
            for ask in asked:
                with pytest.raises(InvalidText):
                    ask(key)

    @pytest.mark.parametrize("key", ["", "a\0b", "\0", "\x01", "a" * 10_000, "\U0010ffff"])
    def test_a_key_that_no_record_has(self, storage: Storage, key: str) -> None:
        """Any other text is a key that is not found, whatever a database thinks of it (ST-10)."""
        for kind, (record, _) in KINDS.items():
            self.store(storage, kind, record("a"))
        with storage.read() as work:
            for kind in KINDS:
                with pytest.raises(NotFound):
                    getattr(work, kind).get(key)
                page = LISTINGS[kind](work)(page=encode_key(like(SORT_KEYS[kind], key)))
                assert len(page.items) <= 1
            with pytest.raises(NotFound):
                work.products.by_sku(key)
            with pytest.raises(NotFound):
                work.orders.by_number(key)
            assert None is work.orders.by_draft(key)
            assert None is work.orders.by_idempotency_key(key)
            assert 0 == work.orders.placed_by_contact(key)
            assert {} == work.products.many([key])
            assert {key: Usage()} == work.promotions.usage([key], key)

    @each_kind
    @changes("kind", undone=True)
    def test_what_is_not_there_is_not_found(self, storage: Storage, kind: str) -> None:
        """Getting or saving what was never added is NotFound, with the key asked for."""
        record, _ = KINDS[kind]
        with storage.write() as work:
            with pytest.raises(NotFound) as getting:
                getattr(work, kind).get("r1")
            with pytest.raises(NotFound) as saving:
                getattr(work, kind).save(record("r1"))

        for error in (getting.value, saving.value):
            assert (kind, "r1") == (f"{error.kind}s", error.key)

    @each_kind
    @changes("kind")
    def test_ids_are_unique(self, storage: Storage, kind: str) -> None:
        """A second record with an id is AlreadyExists, and the first one stays."""
        record, change = KINDS[kind]
        [first] = self.store(storage, kind, record("r1"))
        with pytest.raises(AlreadyExists) as caught:
            self.store(storage, kind, attrs.evolve(record("r1"), **change))

        error = caught.value
        assert (kind, "id", "r1") == (f"{error.kind}s", error.field, error.value)
        assert first == stored(storage, kind, "r1")

    @each_kind
    @changes("kind", undone=True)
    def test_ids_are_compared_exactly(self, storage: Storage, kind: str) -> None:
        """Case, accents and white space make another id."""
        record, _ = KINDS[kind]
        given = ["e", "E", "é", "e\u0301", "e 0", "e  0", "%", "_"]
        with storage.write() as work:
            for i, record_id in enumerate(given):
                changes = {"number": str(i)} if kind == "orders" else {}
                getattr(work, kind).add(attrs.evolve(record(record_id), **changes))

            assert given == [getattr(work, kind).get(record_id).id for record_id in given]

    @changes("contacts", undone=True)
    def test_contacts_come_back_equal(self, storage: Storage) -> None:
        """Any contact is read as it was written (ST-4)."""
        self._come_back_equal(storage, "contacts", strategies.contacts())

    @pytest.mark.parametrize("currency", strategies.CURRENCIES)
    @changes("products", undone=True)
    def test_products_come_back_equal(self, storage: Storage, currency: str) -> None:
        """Any product is read as it was written, with prices as fine as they can be (ST-4)."""
        self._come_back_equal(storage, "products", strategies.products(currency=currency))

    @changes("promotions", undone=True)
    def test_promotions_come_back_equal(self, storage: Storage) -> None:
        """Any promotion of a built-in type is read as it was written (ST-4)."""
        self._come_back_equal(storage, "promotions", strategies.promotions())

    def test_drafts_come_back_equal(self, storage: Storage) -> None:
        """Any draft is read as it was written, gifts and choices included (ST-4)."""
        self._come_back_equal(storage, "drafts", strategies.drafts())

    def test_orders_come_back_equal(self, storage: Storage) -> None:
        """Any order is read as it was written, to the last amount and microsecond (ST-4)."""
        self._come_back_equal(storage, "orders", strategies.orders())

    def _come_back_equal(
        self, storage: Storage, kind: str, records: st.SearchStrategy[Any]
    ) -> None:
        @generated
        @given(records)
        def check(record: Any) -> None:
            with storage.write() as work:
                added = getattr(work, kind).add(record)
                again = getattr(work, kind).get(record.id)

            assert attrs.evolve(record, version=1) == added == again
            assert repr(added) == repr(again)  # amounts with their digits, times in UTC

        check()

    @changes("contacts", undone=True)
    def test_saving_at_the_largest_version(self, storage: Storage) -> None:
        """A version that no stored record can have is out of date, however large (ST-8)."""
        with storage.write() as work:
            stored = work.contacts.add(a_contact("ann"))
            with pytest.raises(Conflict):
                work.contacts.save(attrs.evolve(stored, version=2**63 - 1))
            assert stored == work.contacts.get("ann")
