"""Which promotions do not combine: by class, by group, and exclusive ones (PR-13)."""

from collections.abc import Sequence

from cartcore.pricing.candidate import Candidate
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass

Kind = tuple[PromotionClass, frozenset[PromotionClass]]
"""A promotion's class, and those that it combines with."""


def _kind_of(promotion: Promotion) -> Kind:
    return promotion.promotion_class, frozenset(promotion.combines_with)


def _go_together(one: Kind, other: Kind) -> bool:
    return one[0] in other[1] and other[0] in one[1]


def conflicts(candidates: Sequence[Candidate]) -> list[int] | None:
    """For each candidate, those that it does not combine with, as bits; None if all combine."""
    for candidate in candidates:
        if not candidate.combines:
            break
    else:
        return None
    everyone = alone = 0
    by_group: dict[str, int] = {}
    by_kind: dict[Kind, int] = {}
    for i, candidate in enumerate(candidates):
        promotion = candidate.promotion
        if promotion is None:  # a discount by hand goes with everything
            continue
        everyone |= 1 << i
        alone |= promotion.exclusive << i
        kind = _kind_of(promotion)
        by_kind[kind] = by_kind.get(kind, 0) | 1 << i
        if promotion.group:
            by_group[promotion.group] = by_group.get(promotion.group, 0) | 1 << i
    apart = {
        one: sum([found for other, found in by_kind.items() if not _go_together(one, other)])
        for one in by_kind
    }
    masks = [0] * len(candidates)
    for i, candidate in enumerate(candidates):
        promotion = candidate.promotion
        if promotion is not None:
            rivals = alone | apart[_kind_of(promotion)] | by_group.get(promotion.group, 0)
            masks[i] = (everyone if promotion.exclusive else rivals) & ~(1 << i)
    return masks


def compatible_sets(candidates: Sequence[Candidate]) -> list[int]:
    """The largest sets of candidates that their classes let apply together, as bits (PR-13).

    Every allowed set is part of one of them, so that a bound for each of them is one for all. There
    are never more than 236: so many have the 64 kinds that four classes make.
    """
    by_kind: dict[Kind, int] = {}
    others = 0
    for i, candidate in enumerate(candidates):
        if candidate.promotion is None:
            others |= 1 << i
            continue
        kind = _kind_of(candidate.promotion)
        by_kind[kind] = by_kind.get(kind, 0) | 1 << i
    friends = {
        one: {two for two in by_kind if two != one and _go_together(one, two)} for one in by_kind
    }
    found: list[int] = []

    def grow(together: int, could: set[Kind], seen: set[Kind]) -> None:
        # The algorithm of Bron and Kerbosch (1973), with pivots.
        if not could and not seen:
            found.append(together)
            return
        pivot = max(could | seen, key=lambda each: len(could & friends[each]))
        for each in could - friends[pivot]:
            grow(together | by_kind[each], could & friends[each], seen & friends[each])
            could = could - {each}
            seen = seen | {each}

    grow(others, set(by_kind), set())
    return found
