"""Drafts whose contacts are an application's (HA-1, HA-11)."""

from collections.abc import Callable, Iterable

import attrs

from cartcore.errors import NotFound
from cartcore.orders.draft import Draft
from cartcore.orders.filters import EVERY_DRAFT, DraftFilter, DraftSort
from cartcore.shop.contact import Contact
from cartcore.storage.keys import DRAFT_SORTINGS
from cartcore.storage.listing import scanned, walked
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page, count_up_to
from cartcore.storage.ports import Contacts, Drafts
from cartcore.values.readers import of_kind


class DraftsOfContacts:
    """The drafts: see `cartcore.storage.Drafts`.

    Where a search asks for something that the contact may have, the drafts that meet the rest of it
    are gone through, and each one's contact is looked at.
    """

    def __init__(self, drafts: Drafts, contacts: Callable[[], Contacts]) -> None:
        self._drafts = drafts
        self._contacts = contacts

    def add(self, draft: Draft, /) -> Draft:
        return self._drafts.add(draft)

    def save(self, draft: Draft, /) -> Draft:
        return self._drafts.save(draft)

    def restore(self, drafts: Iterable[Draft], /) -> None:
        self._drafts.restore(drafts)

    def get(self, draft_id: str, /) -> Draft:
        return self._drafts.get(draft_id)

    def remove(self, draft: Draft) -> None:
        self._drafts.remove(draft)

    def search(
        self,
        wanted: DraftFilter = EVERY_DRAFT,
        *,
        sort: DraftSort = DraftSort.LATEST_CHANGE,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        if not of_kind(DraftFilter, wanted, "wanted").asks_of_contact:
            return self._drafts.search(wanted, sort=sort, page=page, limit=limit)
        rest = _of_drafts_alone(wanted)
        return scanned(
            lambda after, size: self._drafts.search(rest, sort=sort, page=after, limit=size),
            lambda draft: wanted.matches(draft, self._contact(draft)),
            DRAFT_SORTINGS[of_kind(DraftSort, sort, "sort")],
            page,
            limit,
        )

    def count(self, wanted: DraftFilter = EVERY_DRAFT, *, most: int = LARGEST_PAGE) -> int:
        if not of_kind(DraftFilter, wanted, "wanted").asks_of_contact:
            return self._drafts.count(wanted, most=most)
        rest = _of_drafts_alone(wanted)
        drafts = walked(lambda page, limit: self._drafts.search(rest, page=page, limit=limit))
        return count_up_to(most, (d for d in drafts if wanted.matches(d, self._contact(d))))

    def _contact(self, draft: Draft) -> Contact | None:
        if not draft.contact_id:
            return None
        try:
            return self._contacts().get(draft.contact_id)
        except NotFound:  # removed since
            return None


def _of_drafts_alone(wanted: DraftFilter) -> DraftFilter:
    """What is asked of drafts, whatever their contacts have."""
    return attrs.evolve(wanted, name="", email="", phone="", recipient="", address="")
