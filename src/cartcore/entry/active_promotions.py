"""The active promotions of a storage, indexed, and kept from one look to the next (PR-23)."""

from datetime import datetime

import attrs

from cartcore.pricing.promotion_set import PromotionSet
from cartcore.promotions.promotion import Promotion
from cartcore.storage.keys import is_active
from cartcore.storage.ports import Promotions

_KEPT = 4
"""States that are kept: a unit of work can be older than the last one that was seen."""


@attrs.frozen
class _State:
    """The promotions that are active at an instant, as of a revision."""

    revision: int
    at: datetime
    promotions: PromotionSet


class ActivePromotions:
    """Gives the promotions that a unit of work sees, and reads only what has changed.

    They are indexed once. Every look brings a set that is kept up to the state that it sees, and to
    its instant: promotions begin and end without being stored. Sets never change, and what is kept
    is replaced as a whole, so threads can share it. What was changed in a unit of work that is not
    committed is seen there and not kept.
    """

    def __init__(self) -> None:
        self._kept: tuple[_State, ...] = ()  # the newest first

    def at(self, stored: Promotions, now: datetime) -> PromotionSet:
        """Return the promotions that need no code and are active at an instant."""
        for state in self._kept:
            found = stored.changes(state.revision, state.at, now)
            if found.revision is None or found.revision >= state.revision:
                promotions = _brought_to(state.promotions, found.promotions, now)
                return self._keep(found.revision, now, promotions)
        return self._keep(stored.revision(), now, PromotionSet(stored.active(now)))

    def _keep(self, revision: int | None, now: datetime, promotions: PromotionSet) -> PromotionSet:
        if revision is not None:
            states = {state.revision: state for state in self._kept}
            states[revision] = _State(revision, now, promotions)
            self._kept = tuple(states[each] for each in sorted(states, reverse=True)[:_KEPT])
        return promotions


def _brought_to(
    promotions: PromotionSet, found: tuple[Promotion, ...], now: datetime
) -> PromotionSet:
    """A set in which some promotions are as they are at an instant."""
    active = [each for each in found if is_active(each, now)]
    new = [each for each in active if _known(promotions, each.id) != each]
    gone = {each.id for each in found} - {each.id for each in active}
    gone = {promotion_id for promotion_id in gone if _known(promotions, promotion_id) is not None}
    return promotions.updated(new, without=gone) if new or gone else promotions


def _known(promotions: PromotionSet, promotion_id: str) -> Promotion | None:
    candidate = promotions.candidate(promotion_id)
    return None if candidate is None else candidate.promotion
