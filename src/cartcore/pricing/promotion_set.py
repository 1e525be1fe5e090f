"""The promotions of a shop, indexed once, so that a cart finds those that match it (PR-23).

Cost grows with what matches, not with what exists: automatic promotions stand under the SKU,
product, category or tag of a line that they cannot do without, and the few that need none in a list
of their own.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Generic, TypeVar

from cartcore.errors import InvalidField
from cartcore.pricing.candidate import Candidate
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.readers import tuple_of

V = TypeVar("V")

_MOST_CHANGED = 256  # entries: more are merged into a new base

_SHOWN = 100  # promotions in the table of a notebook


class PromotionSet(ShownAsTable):
    """Promotions, indexed. Make one and price many carts with it; it never changes.

    Raises:
        InvalidField: two promotions have one id, or a code belongs to two.
    """

    def __init__(self, promotions: Iterable[Promotion] = ()) -> None:
        self._candidates: _Layers[Candidate] = _Layers()
        self._indexes = {Trigger.AUTOMATIC: _Index(), Trigger.PICKED: _Index()}
        self._owners: dict[str, str] = {}
        for promotion in tuple_of(Promotion, "promotions", promotions):
            if self._candidates.get(promotion.id) is not None:
                raise InvalidField("promotions", promotion.id, "unique by id")
            self._put(Candidate.of(promotion))

    def __len__(self) -> int:
        return sum(1 for _ in self._candidates.values())

    def __iter__(self) -> Iterator[Promotion]:
        found = (candidate.promotion for candidate in self._candidates.values())
        return (promotion for promotion in found if promotion is not None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} promotions)"

    def _in_short(self) -> str:
        return repr(self)

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield "Promotion", "Effect", "Priority"
        shown = [*islice(self, _SHOWN)]
        for promotion in shown:
            yield promotion.name, type(promotion.effect).__name__, f"{promotion.priority}"
        if len(self) > len(shown):
            yield (f"and {len(self) - len(shown)} more",)

    def updated(
        self, promotions: Iterable[Promotion] = (), *, without: Iterable[str] = ()
    ) -> "PromotionSet":
        """Return a set with these promotions, added or in the place of those with their ids.

        Less those whose ids are in `without`. What did not change is shared with this set, and not
        looked at again.

        Raises:
            InvalidField: a code belongs to two of them.
        """
        added = [Candidate.of(each) for each in tuple_of(Promotion, "promotions", promotions)]
        replaced = {*without, *(candidate.id for candidate in added)}
        had = (self._candidates.get(promotion_id) for promotion_id in replaced)
        gone = [candidate for candidate in had if candidate is not None]
        changed = [*added, *gone]
        keys = frozenset().union(*(candidate.keys for candidate in changed))
        other = PromotionSet()
        other._candidates = self._candidates.copy()
        other._owners = self._owners.copy()
        other._indexes = {trigger: index.copy(keys) for trigger, index in self._indexes.items()}
        for candidate in gone:
            other._drop(candidate)
        for candidate in added:
            other._put(candidate)
        return other

    def candidate(self, promotion_id: str) -> Candidate | None:
        """Return a promotion as a candidate, if it is in the set."""
        return self._candidates.get(promotion_id)

    def find(
        self, keys: AbstractSet[str], trigger: Trigger = Trigger.AUTOMATIC
    ) -> Iterable[Candidate]:
        """Return those that can apply to a cart with lines of these keys, each once, in any order.

        Args:
            keys: index keys, see `CartLine.keys`.
            trigger: automatic ones or those that can be picked; one with a code is never found.
        """
        return self._indexes[trigger].find(keys)

    def _put(self, candidate: Candidate) -> None:
        promotion = candidate.promotion
        if promotion is None:
            return
        # Of those that are stored the storage knows who has a code, also where two did once.
        for code in () if promotion.version else promotion.normalized_codes:
            other = self._owners.setdefault(code, promotion.id)
            if other != promotion.id:
                problem = f"unique (the promotions {other!r} and {promotion.id!r} both have it)"
                raise InvalidField("promo code", code, problem)
        self._candidates.put(promotion.id, candidate)
        if promotion.trigger is not Trigger.CODE:
            self._indexes[promotion.trigger].put(candidate)

    def _drop(self, candidate: Candidate) -> None:
        promotion = candidate.promotion
        if promotion is None:
            return
        for code in promotion.normalized_codes:
            if self._owners.get(code) == promotion.id:
                del self._owners[code]
        self._candidates.put(promotion.id, None)
        if promotion.trigger is not Trigger.CODE:
            self._indexes[promotion.trigger].drop(candidate)


class _Layers(Generic[V]):
    """A dictionary with cheap copies: they share a base, and have apart what was changed since.

    To copy ten thousand entries at every change would take a quarter of a look at an order. None
    stands for what is gone.
    """

    def __init__(self) -> None:
        self.base: dict[str, V] = {}
        self.changed: dict[str, V | None] = {}
        self._shared = False

    def copy(self) -> "_Layers[V]":
        other: _Layers[V] = _Layers()
        other.base, other.changed, other._shared = self.base, self.changed.copy(), True
        if len(other.changed) > _MOST_CHANGED:
            merged = {**self.base, **self.changed}
            other.base = {key: value for key, value in merged.items() if value is not None}
            other.changed = {}
        return other

    def get(self, key: str) -> V | None:
        return self.changed[key] if key in self.changed else self.base.get(key)

    def put(self, key: str, value: V | None) -> None:
        if self._shared:
            self.changed[key] = value
        elif value is not None:
            self.base[key] = value

    def values(self) -> Iterator[V]:
        for key, value in self.base.items():
            if key not in self.changed:
                yield value
        yield from (value for value in self.changed.values() if value is not None)


class _Index:
    """Candidates by the keys of lines that they cannot do without, and those that need none."""

    def __init__(self) -> None:
        self._always: dict[str, Candidate] = {}
        self._by_key: _Layers[dict[str, Candidate]] = _Layers()

    def copy(self, changing: AbstractSet[str]) -> "_Index":
        """Return one that can be changed under these keys; what stands under others is shared."""
        other = _Index()
        other._always = self._always.copy()
        other._by_key = self._by_key.copy()
        for key in changing:
            under = self._by_key.get(key)
            if under is not None:
                other._by_key.put(key, under.copy())
        return other

    def find(self, keys: AbstractSet[str]) -> Iterable[Candidate]:
        base, changed = self._by_key.base, self._by_key.changed
        found = self._always.copy()
        for key in base.keys() & keys if base else ():
            if key not in changed:
                found.update(base[key])
        for key in changed.keys() & keys if changed else ():
            found.update(changed[key] or {})
        return found.values()

    def put(self, candidate: Candidate) -> None:
        if not candidate.keys:
            self._always[candidate.id] = candidate
        for key in candidate.keys:
            under = self._by_key.get(key)
            if under is None:
                self._by_key.put(key, {candidate.id: candidate})
            else:
                under[candidate.id] = candidate

    def drop(self, candidate: Candidate) -> None:
        self._always.pop(candidate.id, None)
        for key in candidate.keys:
            under = self._by_key.get(key) or {}
            del under[candidate.id]
            if not under:
                self._by_key.put(key, None)
