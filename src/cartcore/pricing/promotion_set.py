"""The promotions of a shop, indexed once, so that a cart finds those that match it (PR-23).

Cost grows with what matches, not with what exists: automatic promotions stand under the SKU,
product, category or tag of a line that they cannot do without, and the few that need none in a list
of their own.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from cartcore.cart import ManualDiscount
from cartcore.errors import InvalidField
from cartcore.pricing.quote import PHASE_OF, Phase
from cartcore.promotions.offer import Discount, Offer
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.selection import ALL_LINES
from cartcore.promotions.types import ConditionType, PromotionClass, PromotionType
from cartcore.values.records import tuple_of

PHASES = tuple(Phase)
_LAST = float("inf")
_ADDS, _COUNTS, _REDUCES = range(3)
"""The kinds in the order in which they apply: what one adds, the next can count (PR-5)."""

_ALL_CLASSES = frozenset(PromotionClass)

Rank = tuple[int, float, int, int, str]
"""When a promotion has its turn: phase, priority, kind, position of application, id (PR-5)."""


class Entry:
    """A promotion made ready for pricing: what is asked of it every time, looked up once.

    `keys` are those of lines of which it needs one (see `CartLine.keys`); none if it needs none.
    """

    __slots__ = (
        "actor",
        "budget",
        "combines",
        "compiled",
        "conditions",
        "counts_gifts",
        "effect",
        "id",
        "keys",
        "kind",
        "name",
        "phase",
        "promotion",
        "rank",
        "restricted",
        "ships",
        "type_name",
        "uses_units",
    )

    def __init__(self, promotion: Promotion) -> None:
        effect = promotion.effect
        self.promotion: Promotion | None = promotion
        self.id = promotion.id
        self.name = promotion.name
        self.actor = ""
        self.effect: PromotionType = effect
        self.kind = effect.promotion_class
        self.phase = PHASE_OF[self.kind]
        self.ships = self.phase is Phase.SHIPPING
        self.conditions: tuple[ConditionType, ...] = promotion.conditions
        self.type_name = effect.type_name
        self.counts_gifts = promotion.count_gifts
        self.uses_units: bool = getattr(effect, "uses_units", False)
        adds = self.kind is PromotionClass.PRODUCT
        self.rank: Rank = (
            PHASES.index(self.phase),
            -promotion.priority,
            _ADDS if adds else _COUNTS if self.uses_units else _REDUCES,
            0,  # automatic ones were there before any was applied
            promotion.id,
        )
        self.keys = frozenset() if promotion.trigger is Trigger.CODE else _keys(promotion)
        self.budget = promotion.limits.budget
        self.restricted = (
            not promotion.enabled
            or promotion.starts_at is not None
            or promotion.ends_at is not None
            or bool(promotion.limits)
            or promotion.trigger is Trigger.CODE  # it may have another code by now
        )
        # With every other promotion, if the others do, too.
        self.combines = not (
            promotion.exclusive
            or promotion.group
            or _ALL_CLASSES.difference(promotion.combines_with)
        )
        self.compiled: Any = None  # what the engine made of its last offer

    def rank_at(self, position: int) -> Rank:
        """Its turn, as the promotion that was applied at this position (from 1)."""
        phase, priority, kind, _, own = self.rank
        return (phase, priority, kind, position, own)


class _ByHand:
    """A discount that staff gave, as a promotion type (PR-28)."""

    type_name = "by hand"

    def __init__(self, discount: ManualDiscount) -> None:
        self.promotion_class = PromotionClass.ITEM if discount.line_id else PromotionClass.ORDER
        lines = (discount.line_id,) if discount.line_id else ALL_LINES
        self._offer = Offer(
            discounts=(
                Discount(
                    lines=lines,
                    percent=discount.percent,
                    amount=discount.amount,
                    price=discount.price,
                ),
            )
        )

    def evaluate(self, context: object) -> Offer:  # noqa: ARG002  (as of all types)
        return self._offer


def by_hand(discount: ManualDiscount, position: int) -> Entry:
    """Return the entry of a discount by hand: the last of its phase, in the order given."""
    effect: Any = _ByHand(discount)
    entry = Entry.__new__(Entry)
    entry.promotion = None
    entry.id = discount.id
    entry.name = discount.reason
    entry.actor = discount.actor
    entry.effect = effect
    entry.kind = effect.promotion_class
    entry.phase = PHASE_OF[entry.kind]
    entry.conditions = ()
    entry.type_name = effect.type_name
    entry.rank = (PHASES.index(entry.phase), _LAST, _REDUCES, position, discount.id)
    entry.keys = frozenset()
    entry.budget = None
    entry.restricted = entry.uses_units = entry.counts_gifts = False
    entry.ships = False
    entry.combines = True
    entry.compiled = None
    return entry


class PromotionSet:
    """Promotions, indexed. Make one and price many carts with it; it never changes.

    Raises:
        InvalidField: two promotions have one id, or a code belongs to two.
    """

    def __init__(self, promotions: Iterable[Promotion] = ()) -> None:
        self._entries: dict[str, Entry] = {}
        self._indexes = {Trigger.AUTOMATIC: _Index(), Trigger.PICKED: _Index()}
        self._owners: dict[str, str] = {}
        for promotion in tuple_of(Promotion, "promotions", promotions):
            if promotion.id in self._entries:
                raise InvalidField("promotions", promotion.id, "two promotions have this id")
            self._put(Entry(promotion))

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Promotion]:
        return (entry.promotion for entry in self._entries.values() if entry.promotion is not None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} promotions)"

    def updated(
        self, promotions: Iterable[Promotion] = (), *, without: Iterable[str] = ()
    ) -> "PromotionSet":
        """Return a set with these promotions, added or in the place of those with their ids.

        Less those whose ids are in `without`. What did not change is shared with this set, and not
        looked at again.

        Raises:
            InvalidField: a code belongs to two of them.
        """
        added = [Entry(each) for each in tuple_of(Promotion, "promotions", promotions)]
        gone = {*without, *(entry.id for entry in added)} & self._entries.keys()
        changed = [*added, *(self._entries[each] for each in gone)]
        keys = frozenset().union(*(entry.keys for entry in changed))
        other = PromotionSet()
        other._entries = self._entries.copy()
        other._owners = self._owners.copy()
        other._indexes = {trigger: index.copy(keys) for trigger, index in self._indexes.items()}
        for promotion_id in gone:
            other._drop(promotion_id)
        for entry in added:
            other._put(entry)
        return other

    def entry(self, promotion_id: str) -> Entry | None:
        """Return the entry of a promotion, if it is in the set."""
        return self._entries.get(promotion_id)

    def find(self, keys: AbstractSet[str], trigger: Trigger = Trigger.AUTOMATIC) -> Iterable[Entry]:
        """Return those that can apply to a cart with lines of these keys, each once, in any order.

        Args:
            keys: index keys, see `CartLine.keys`.
            trigger: automatic ones or those that can be picked; one with a code is never found.
        """
        return self._indexes[trigger].find(keys)

    def _put(self, entry: Entry) -> None:
        promotion = entry.promotion
        if promotion is None:
            return
        # Of those that are stored the storage knows who has a code, also where two did once.
        for code in () if promotion.version else promotion.normalized_codes:
            other = self._owners.setdefault(code, promotion.id)
            if other != promotion.id:
                problem = f"the promotions {other!r} and {promotion.id!r} both have it"
                raise InvalidField("promo code", code, problem)
        self._entries[promotion.id] = entry
        if promotion.trigger is not Trigger.CODE:
            self._indexes[promotion.trigger].put(entry)

    def _drop(self, promotion_id: str) -> None:
        entry = self._entries.pop(promotion_id, None)
        if entry is None or entry.promotion is None:
            return
        for code in entry.promotion.normalized_codes:
            if self._owners.get(code) == promotion_id:
                del self._owners[code]
        if entry.promotion.trigger is not Trigger.CODE:
            self._indexes[entry.promotion.trigger].drop(entry)


class _Index:
    """Entries by the keys of lines that they cannot do without, and those that need none."""

    def __init__(self) -> None:
        self._always: dict[str, Entry] = {}
        self._by_key: dict[str, dict[str, Entry]] = {}

    def copy(self, changing: AbstractSet[str]) -> "_Index":
        """Return one that can be changed under these keys; what stands under others is shared."""
        other = _Index()
        other._always = self._always.copy()
        other._by_key = self._by_key.copy()
        for key in self._by_key.keys() & changing:
            other._by_key[key] = self._by_key[key].copy()
        return other

    def find(self, keys: AbstractSet[str]) -> Iterable[Entry]:
        by_key = self._by_key
        here = by_key.keys() & keys if by_key else ()
        if not here:
            return self._always.values()
        found = self._always.copy()
        for key in here:
            found.update(by_key[key])
        return found.values()

    def put(self, entry: Entry) -> None:
        if not entry.keys:
            self._always[entry.id] = entry
        for key in entry.keys:
            self._by_key.setdefault(key, {})[entry.id] = entry

    def drop(self, entry: Entry) -> None:
        self._always.pop(entry.id, None)
        for key in entry.keys:
            under = self._by_key[key]
            del under[entry.id]
            if not under:
                del self._by_key[key]


def _keys(promotion: Promotion) -> frozenset[str]:
    """The keys of lines that it cannot do without one of; none if it can do without any."""
    found = [
        selection.keys
        for part in (promotion.effect, *promotion.conditions)
        for selection in getattr(part, "needs", ())
    ]
    usable = [keys for keys in found if keys is not None]
    return min(usable, key=len) if usable else frozenset()
