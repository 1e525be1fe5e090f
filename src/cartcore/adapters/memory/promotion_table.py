"""The promotions in memory: which are active when, and which were changed when."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile
from operator import itemgetter

from cartcore.adapters.memory.table import Table
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.storage.keys import Kind, UniqueKey, a_revision, microseconds, window


class PromotionTable(Table[Promotion]):
    """The promotions, and of those that need no code, which are active when (PR-23)."""

    def __init__(self, kind: Kind[Promotion]) -> None:
        super().__init__(kind)
        self.revision = 0
        self._revised: dict[str, int] = {}  # by id, the last changed last
        self._edges: list[tuple[int, str]] = []  # sorted: when one begins or ends, and its id

    def _copy_contents(self) -> None:
        super()._copy_contents()
        self._revised, self._edges = self._revised.copy(), self._edges.copy()

    def _put(
        self,
        record: Promotion,
        stored: Promotion | None = None,
        may_lack: Callable[[UniqueKey], bool] = lambda _: False,
    ) -> Promotion:
        put = super()._put(record, stored, may_lack)
        self.revision += 1
        self._revised.pop(put.id, None)
        self._revised[put.id] = self.revision
        for edge in () if stored is None else _edges(stored):
            del self._edges[bisect_left(self._edges, edge)]
        for edge in _edges(put):
            insort(self._edges, edge)
        return put

    def active(self, at: datetime) -> Sequence[Promotion]:
        """The promotions that need no code and are active at a time, by id."""
        now = microseconds(at)
        return tuple(
            promotion
            for _, promotion in sorted(self.records.items())
            if _may_be_active(promotion) and window(promotion)[0] <= now < window(promotion)[1]
        )

    def changed(self, since: int, was: datetime, now: datetime) -> tuple[Promotion, ...]:
        """Those that were changed since a revision, and that begin or end between two times."""
        seen = a_revision(since)
        revised = takewhile(lambda each: each[1] > seen, reversed(self._revised.items()))
        found = {promotion_id for promotion_id, _ in revised}
        first, last = sorted((microseconds(was), microseconds(now)))
        when = itemgetter(0)
        crossed = slice(
            bisect_right(self._edges, first, key=when), bisect_right(self._edges, last, key=when)
        )
        found.update(promotion_id for _, promotion_id in self._edges[crossed])
        return tuple(self.records[promotion_id] for promotion_id in sorted(found))


def _may_be_active(promotion: Promotion) -> bool:
    return promotion.enabled and promotion.trigger is not Trigger.CODE


def _edges(promotion: Promotion) -> list[tuple[int, str]]:
    """When a promotion becomes active or inactive by itself, with its id."""
    return [(edge, promotion.id) for edge in window(promotion) if _may_be_active(promotion)]
