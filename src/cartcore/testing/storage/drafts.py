"""Drafts, and how they are found."""

from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcore.cart import AppliedPromotion
from cartcore.errors import InvalidField, NotFound, StaleDraft
from cartcore.orders.draft import Draft, LineItem, Shipment
from cartcore.orders.filters import DraftFilter
from cartcore.shop.contact import Contact
from cartcore.storage.ports import Storage
from cartcore.testing import strategies
from cartcore.testing.records import HOUR, NOON, a_draft, an_address
from cartcore.testing.storage.contract import Contract, changes, generated
from cartcore.testing.storage.kinds import ids, stored, walk

_ATTRIBUTES = st.sampled_from([{}, {"po": "PO 7"}, {"po": "ＰＯ  7", "floor": "1"}])
_SOUGHT: dict[str, st.SearchStrategy[Any]] = {
    "actor": strategies.optional_texts,
    "unchanged_since": strategies.times,
    "name": strategies.optional_texts,
    "email": st.sampled_from(["a", "ANN@", "mu", "\u0301"]),
    "phone": strategies.phones,
    "recipient": strategies.optional_texts,
    "address": strategies.optional_texts,
    "reference": st.sampled_from(["po", "ｐｏ 7", "7"]),
    "attributes": st.sampled_from([{"po": "po 7"}, {"floor": "1", "po": "po 7"}]),
}
_FILTERS = st.lists(st.sampled_from([*_SOUGHT]), max_size=2, unique=True).flatmap(
    lambda names: st.builds(DraftFilter, **{name: _SOUGHT[name] for name in names})
)


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
            sought = DraftFilter(**wanted)
            assert found == ids(walk(partial(work.drafts.search, sought), 1))
            assert len(found) == work.drafts.count(sought)

    def test_drafts_are_found_by_what_they_have(self, storage: Storage) -> None:
        """Recipient, address, phone, reference and attributes find a draft as it is now (HA-11)."""
        koeln = an_address(name="Jürgen Groß", company="Acme", city="Köln", phone="0221 4711")
        to_koeln = (Shipment(id="s1", address=koeln),)
        own: dict[str, Any] = {"reference": "ERP-7", "attributes": {"po": "PO 7"}}
        drafts = a_draft(shipments=to_koeln, **own), a_draft("d2", reference="ERP-8")
        kept, _ = self.store(storage, "drafts", *drafts)
        told: tuple[dict[str, Any], ...] = (
            *({"recipient": text} for text in ("gross", "jurgen acme")),
            *({"address": text} for text in ("koln", "acme kol jur")),
            *({"phone": text} for text in ("4711", "+49 221 4711")),
            *({"reference": "erp-7"}, {"attributes": {"po": "po 7"}}),
        )
        other: tuple[dict[str, Any], ...] = (
            *({"recipient": text} for text in ("koln", "gross bonn", "***")),
            *({"address": text} for text in ("bonn", "4711", "***")),
            *({"phone": text} for text in ("0221", "n/a")),
            *({"reference": "rp-7"}, {"attributes": {"po": 7}}, {"name": "gross"}, {"email": "a"}),
        )
        with storage.write() as work:
            found = [ids(work.drafts.search(DraftFilter(**each)).items) for each in told]
            assert [["d1"]] * len(told) == found
            for each in other:
                assert () == work.drafts.search(DraftFilter(**each)).items, each
                assert 0 == work.drafts.count(DraftFilter(**each)), each
            changed = attrs.evolve(kept, shipments=(), reference="", attributes={})
            work.drafts.remove(work.drafts.save(changed))
            for each in told:
                assert () == work.drafts.search(DraftFilter(**each)).items, each

    @changes("contacts", undone=True)
    def test_draft_searches_follow_the_definition(self, storage: Storage) -> None:
        """Any search finds what `DraftFilter.matches`, as the contact is now (HA-11).

        So many are counted, as far as is asked (HA-9).
        """

        @generated
        @given(
            st.lists(
                strategies.contacts(),
                min_size=1,
                max_size=2,
                unique_by=(lambda c: c.id, lambda c: c.email.casefold() or f"none: {c.id}"),
            ),
            st.lists(st.tuples(strategies.drafts(), st.integers(0, 2), _ATTRIBUTES), max_size=4),
            _FILTERS,
            st.integers(1, 3),
        )
        def check(
            contacts: list[Contact],
            drafts: list[tuple[Draft, int, dict[str, str]]],
            wanted: DraftFilter,
            limit: int,
        ) -> None:
            with storage.write() as work:
                people = [work.contacts.add(contact) for contact in contacts]
                new = [
                    attrs.evolve(
                        draft,
                        id=f"d{place}",
                        contact_id=people[whose].id if whose < len(people) else "gone",
                        attributes=attributes,
                        reference=attributes.get("po", ""),
                    )
                    for place, (draft, whose, attributes) in enumerate(drafts)
                ]
                added = [work.drafts.add(draft) for draft in new]
                found = walk(partial(work.drafts.search, wanted), limit)
                assert len(found) == work.drafts.count(wanted)
                assert min(limit, len(found)) == work.drafts.count(wanted, most=limit)

            known = {contact.id: contact for contact in people}
            expected = (d for d in added if wanted.matches(d, known.get(d.contact_id)))
            by_change = sorted(expected, key=lambda d: (d.updated_at, d.id), reverse=True)
            assert by_change == found

        check()

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
