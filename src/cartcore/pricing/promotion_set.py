"""The promotions of a shop, indexed once, so that a cart finds those that match it (PR-23).

Cost grows with what matches, not with what exists: automatic promotions stand under the SKU,
product, category or tag of a line that they cannot do without, and the few that need none in a list
of their own.
"""

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any

from cartcore.cart import ManualDiscount
from cartcore.errors import InvalidField
from cartcore.pricing.quote import PHASE_OF, Phase
from cartcore.promotions.offer import Discount, Offer
from cartcore.promotions.promotion import (
    ConditionType,
    Promotion,
    PromotionClass,
    PromotionType,
    Trigger,
)
from cartcore.promotions.selection import ALL_LINES, Selection
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

    `place` is its turn among all promotions of its set, if none was applied by hand or code.
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
        "kind",
        "name",
        "phase",
        "place",
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
        self.place = 0
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
    entry.place = 0
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
        self.entries: dict[str, Entry] = {}
        self.always: list[Entry] = []
        self.adds_products = False
        self.by_key: dict[str, list[Entry]] = {}
        owners: dict[str, str] = {}
        for promotion in tuple_of(Promotion, "promotions", promotions):
            if promotion.id in self.entries:
                raise InvalidField("promotions", promotion.id, "unique by id")
            # Of those that are stored the storage knows who has a code, also where two did once.
            for code in () if promotion.version else promotion.normalized_codes:
                other = owners.setdefault(code, promotion.id)
                if other != promotion.id:
                    problem = f"unique (the promotions {other!r} and {promotion.id!r} both have it)"
                    raise InvalidField("promo code", code, problem)
            entry = Entry(promotion)
            self.entries[promotion.id] = entry
            self.adds_products |= entry.kind is PromotionClass.PRODUCT
            if promotion.trigger is Trigger.AUTOMATIC:
                self._index(entry)
        for place, entry in enumerate(sorted(self.entries.values(), key=attrgetter("rank"))):
            entry.place = place

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Promotion]:
        return (entry.promotion for entry in self.entries.values() if entry.promotion is not None)

    def __repr__(self) -> str:
        return f"PromotionSet({len(self)} promotions)"

    def _index(self, entry: Entry) -> None:
        found = [selection.keys for selection in _needs(entry)]
        usable = [keys for keys in found if keys is not None]
        if not usable:
            self.always.append(entry)
            return
        for key in min(usable, key=len):
            self.by_key.setdefault(key, []).append(entry)


def _needs(entry: Entry) -> list[Selection]:
    return [
        selection
        for part in (entry.effect, *entry.conditions)
        for selection in getattr(part, "needs", ())
    ]
