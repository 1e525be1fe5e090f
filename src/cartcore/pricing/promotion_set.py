"""The promotions of a shop, indexed once, so that a cart finds those that match it (PR-23).

Cost grows with what matches, not with what exists: automatic promotions stand under the SKU,
product, category or tag of a line that they cannot do without, and the few that need none in a list
of their own.
"""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from cartcore.errors import InvalidField
from cartcore.pricing.candidate import Candidate
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import PromotionClass
from cartcore.values.records import tuple_of


class PromotionSet:
    """Promotions, indexed. Make one and price many carts with it; it never changes.

    Raises:
        InvalidField: two promotions have one id, or a code belongs to two.
    """

    def __init__(self, promotions: Iterable[Promotion] = ()) -> None:
        self.candidates: dict[str, Candidate] = {}
        self.always: list[Candidate] = []
        self.adds_products = False
        self.by_key: dict[str, list[Candidate]] = {}
        owners: dict[str, str] = {}
        for promotion in tuple_of(Promotion, "promotions", promotions):
            if promotion.id in self.candidates:
                raise InvalidField("promotions", promotion.id, "two promotions have this id")
            # Of those that are stored the storage knows who has a code, also where two did once.
            for code in () if promotion.version else promotion.normalized_codes:
                other = owners.setdefault(code, promotion.id)
                if other != promotion.id:
                    problem = f"the promotions {other!r} and {promotion.id!r} both have it"
                    raise InvalidField("promo code", code, problem)
            candidate = Candidate.of(promotion)
            self.candidates[promotion.id] = candidate
            self.adds_products |= candidate.kind is PromotionClass.PRODUCT
            if promotion.trigger is Trigger.AUTOMATIC:
                self._index(candidate)
        for place, candidate in enumerate(sorted(self.candidates.values(), key=attrgetter("rank"))):
            candidate.place = place

    def __len__(self) -> int:
        return len(self.candidates)

    def __iter__(self) -> Iterator[Promotion]:
        found = (candidate.promotion for candidate in self.candidates.values())
        return (promotion for promotion in found if promotion is not None)

    def __repr__(self) -> str:
        return f"PromotionSet({len(self)} promotions)"

    def _index(self, candidate: Candidate) -> None:
        found = [selection.keys for selection in _needs(candidate)]
        usable = [keys for keys in found if keys is not None]
        if not usable:
            self.always.append(candidate)
            return
        for key in min(usable, key=len):
            self.by_key.setdefault(key, []).append(candidate)


def _needs(candidate: Candidate) -> list[Selection]:
    return [
        selection
        for part in (candidate.effect, *candidate.conditions)
        for selection in getattr(part, "needs", ())
    ]
