"""Drafts in a database."""

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.conditions import NOTHING, Condition, unindexed
from cartcore.adapters.sql.mapping import RecordMapping
from cartcore.adapters.sql.paging import SortedBy
from cartcore.adapters.sql.store import Store
from cartcore.orders.draft import Draft
from cartcore.orders.filters import DraftSort
from cartcore.storage.keys import DRAFT, DRAFT_SORTINGS, microseconds
from cartcore.storage.paging import PAGE_SIZE, Page
from cartcore.values.readers import of_kind
from cartcore.values.text import a_text, normal


class SqlDrafts(Store[Draft]):
    """The drafts: see `cartcore.storage.Drafts`."""

    mapping = RecordMapping(
        kind=DRAFT,
        remembered=True,
        table=schema.drafts,
        values=lambda draft: {
            "updated_at": microseconds(draft.updated_at),
            "contact_id": draft.contact_id,
            "created_by_key": normal(draft.created_by),
        },
        links=lambda _: {},
        sort_key=(schema.drafts.c.updated_at, schema.drafts.c.id),
        unique={"id": schema.drafts.c.id},
    )

    def remove(self, draft: Draft) -> None:
        draft = self.mapping.kind.checked(draft)
        if not self._session.change(self.mapping.removing, self._current(draft)):
            raise self._refused(draft)

    def search(
        self,
        *,
        contact_id: str = "",
        actor: str = "",
        sort: DraftSort = DraftSort.LATEST_CHANGE,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Draft]:
        columns = schema.drafts.c
        by_change = SortedBy(
            DRAFT_SORTINGS[of_kind(DraftSort, sort, "sort")], self.mapping.sort_key
        )
        contact, actor = a_text(contact_id, "contact id"), a_text(actor, "actor")
        by = normal(actor)
        # Sorted by an index that begins with the one or the other, which is met by all that it has.
        found: list[Condition] = [columns.contact_id == contact] if contact else []
        if actor:
            key = unindexed(columns.created_by_key) if found else columns.created_by_key
            found.append(key == by if by else NOTHING)
        if any(condition is NOTHING for condition in found):
            return self._page(found, (), page, limit, by=by_change)
        return self._page((), found, page, limit, by=by_change)
