"""Drafts, and how they are found."""

from functools import partial
from typing import Any

import attrs
import pytest

from cartcore.cart import AppliedPromotion
from cartcore.errors import InvalidField, NotFound, StaleDraft
from cartcore.orders.draft import LineItem
from cartcore.storage.ports import Storage
from cartcore.testing.records import HOUR, NOON, a_draft
from cartcore.testing.storage.contract import Contract
from cartcore.testing.storage.kinds import ids, stored, walk


class DraftsContract(Contract):
    """The drafts."""

    def test_a_removed_draft_is_gone(self, storage: Storage) -> None:
        """A draft that was removed is neither found nor listed, and its id is free (OE-22)."""
        [draft] = self.store(storage, "drafts", a_draft())
        with storage.write() as work:
            work.drafts.remove(draft)
            with pytest.raises(NotFound):
                work.drafts.get("d1")
            with pytest.raises(NotFound):
                work.drafts.remove(draft)
            with pytest.raises(NotFound):
                work.drafts.save(draft)
            assert () == work.drafts.search().items
            work.drafts.add(draft)

    def test_a_stale_draft_is_not_removed(self, storage: Storage) -> None:
        """Removing an old version is StaleDraft, and the draft stays (OE-22)."""
        [old] = self.store(storage, "drafts", a_draft())
        with storage.write() as work:
            new = work.drafts.save(old)
            with pytest.raises(StaleDraft) as caught:
                work.drafts.remove(old)
            work.commit()

        assert (1, 2) == (caught.value.given_version, caught.value.current_version)
        assert new == stored(storage, "drafts", "d1")

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, ["d4", "d3", "d2", "d1"]),
            ({"contact_id": "ann"}, ["d4", "d1"]),
            ({"actor": "sam"}, ["d2", "d1"]),
            ({"actor": "ＳＡＭ"}, ["d2", "d1"]),
            ({"contact_id": "ann", "actor": "Kim"}, ["d4"]),
            ({"contact_id": "an"}, []),
            ({"actor": "sa"}, []),
            ({"actor": "\u200b"}, []),
        ],
    )
    def test_drafts_are_found(
        self, storage: Storage, wanted: dict[str, Any], found: list[str]
    ) -> None:
        """Drafts are listed by contact and by who began them, page by page (OE-22, OE-28)."""
        whose = {"d1": ("ann", "Sam"), "d2": ("bob", "sam"), "d3": ("bob", "Kim")}
        whose["d4"] = ("ann", "Kim")
        self.store(
            storage,
            "drafts",
            *(
                a_draft(i, contact_id=contact, created_by=by, updated_at=NOON + place * HOUR)
                for place, (i, (contact, by)) in enumerate(whose.items())
            ),
        )
        with storage.read() as work:
            assert found == ids(walk(partial(work.drafts.search, **wanted), 1))

    def test_times_need_a_zone(self, storage: Storage) -> None:
        """A time that could be any instant is InvalidField, and is not stored (ST-4)."""
        with storage.write() as work:
            with pytest.raises(InvalidField):
                work.drafts.add(a_draft(updated_at=NOON.replace(tzinfo=None)))
            work.commit()

        with pytest.raises(NotFound):
            stored(storage, "drafts", "d1")

    def test_the_last_changed_comes_first(self, storage: Storage) -> None:
        """Drafts are listed by the time of their change, and by id where it is one (OE-22)."""
        times = {"d1": NOON, "d2": NOON + HOUR, "d3": NOON - HOUR, "d4": NOON}
        self.store(storage, "drafts", *(a_draft(i, updated_at=at) for i, at in times.items()))
        with storage.read() as work:
            assert ["d2", "d4", "d1", "d3"] == ids(walk(work.drafts.search, 1))

    def test_a_draft_outlives_what_it_names(self, storage: Storage) -> None:
        """A draft is kept, changed and listed that names records which there are not (HA-10)."""
        lines = (LineItem(id="l1", product_id="gone", sku="GONE", quantity=2),)
        applied = (AppliedPromotion(promotion_id="gone", promo_code="GONE"),)
        draft = a_draft(contact_id="gone", lines=lines, applied=applied)
        [kept] = self.store(storage, "drafts", draft)
        with storage.write() as work:
            saved = work.drafts.save(attrs.evolve(kept, next_line=2))
            work.commit()
        with storage.read() as work:
            assert saved == work.drafts.get(draft.id)
            assert (saved,) == work.drafts.search().items
            assert not work.products.many(["gone"])
            assert not work.promotions.many(["gone"])
        with storage.write() as work:
            work.drafts.remove(saved)
            work.commit()
