"""A candidate: a promotion, or a discount by hand, made ready to have its turn."""

from typing import Protocol

import attrs
from moneyed import Money

from cartcore.cart import ManualDiscount
from cartcore.errors import PluginError
from cartcore.pricing.discounting import Prepared
from cartcore.pricing.quote_parts import PHASE_OF, Phase
from cartcore.promotions.conditions import needs_of
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Discount, Ineligible, Offer
from cartcore.promotions.opaque import NeverApplies, attributes_read, opaque_parts
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.selection import ALL_LINES
from cartcore.promotions.types import ConditionType, PromotionClass
from cartcore.values.guard import flag_of

_PHASES = tuple(Phase)
_LAST = float("inf")
_ADDS, _COUNTS, _REDUCES = range(3)
"""The kinds in the order in which they apply: what one adds, the next can count (PR-5)."""

_ALL_CLASSES = frozenset(PromotionClass)
_NO_KEYS: frozenset[str] = frozenset()

Rank = tuple[int, float, int, int, str]
"""When a promotion has its turn: phase, priority, kind, position of application, id (PR-5)."""


class Effect(Protocol):
    """What the engine asks: a promotion type, or a discount by hand."""

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Say what is discounted, or why nothing is."""
        ...


@attrs.define(eq=False)
class Candidate:
    """What is asked of a promotion every time it has its turn, looked up once.

    `promotion` is None for a discount by hand, whose `actor` gave it. `keys` are those of lines of
    which it needs one (see `CartLine.keys`); none if it needs none. `combines` says that it
    combines with every other promotion that does so, too; `restricted`, that it can be out of the
    question whatever the cart. `reads` are the attributes that its selections ask for (HA-8).
    `prepared` is what the engine made of its last offer.
    """

    promotion: Promotion | None
    id: str
    name: str
    actor: str
    effect: Effect
    type_name: str
    kind: PromotionClass
    conditions: tuple[ConditionType, ...]
    rank: Rank
    budget: Money | None = None
    restricted: bool = False
    combines: bool = True
    uses_units: bool = False
    counts_gifts: bool = False
    keys: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    phase: Phase = attrs.field(init=False)
    ships: bool = attrs.field(init=False)
    prepared: Prepared | None = None

    def __attrs_post_init__(self) -> None:
        self.phase = PHASE_OF[self.kind]
        self.ships = self.phase is Phase.SHIPPING

    @classmethod
    def of(cls, promotion: Promotion) -> "Candidate":
        """Return a promotion as a candidate."""
        effect: Effect = promotion.effect
        conditions = promotion.conditions
        kind = promotion.effect.promotion_class
        subject = f"promotion {promotion.id!r}"
        uses_units, keys = False, _NO_KEYS
        try:
            uses_units = flag_of(effect, "uses_units", subject)
            if promotion.trigger is not Trigger.CODE:
                keys = _keys(promotion, subject)
        except PluginError as error:  # told when it has its turn
            effect, conditions = _Fails(error), ()
        missing = opaque_parts(promotion.effect, promotion.conditions)
        if missing:
            effect, conditions, keys, uses_units = NeverApplies(missing), (), _NO_KEYS, False
        adds = kind is PromotionClass.PRODUCT
        rank = (
            _PHASES.index(PHASE_OF[kind]),
            -promotion.priority,
            _ADDS if adds else _COUNTS if uses_units else _REDUCES,
            0,  # automatic ones were there before any was applied
            promotion.id,
        )
        return cls(
            promotion=promotion,
            id=promotion.id,
            name=promotion.name,
            actor="",
            effect=effect,
            type_name=promotion.effect.type_name,
            kind=kind,
            conditions=conditions,
            rank=rank,
            budget=promotion.limits.budget,
            restricted=not promotion.enabled
            or promotion.starts_at is not None
            or promotion.ends_at is not None
            or bool(promotion.limits)
            or promotion.trigger is Trigger.CODE,  # it may have another code by now
            combines=not (
                promotion.exclusive
                or promotion.group
                or _ALL_CLASSES.difference(promotion.combines_with)
            ),
            uses_units=uses_units,
            counts_gifts=promotion.count_gifts,
            keys=keys,
            reads=attributes_read(promotion.effect, conditions),
        )

    @classmethod
    def by_hand(cls, discount: ManualDiscount, position: int) -> "Candidate":
        """Return a discount by hand: the last of its phase, in the order given (PR-28)."""
        kind = PromotionClass.ITEM if discount.line_id else PromotionClass.ORDER
        return cls(
            promotion=None,
            id=discount.id,
            name=discount.reason,
            actor=discount.actor,
            effect=_ByHand(discount),
            type_name="by hand",
            kind=kind,
            conditions=(),
            rank=(_PHASES.index(PHASE_OF[kind]), _LAST, _REDUCES, position, discount.id),
        )

    @property
    def exclusive(self) -> bool:
        """Whether it applies alone (PR-13)."""
        return self.promotion is not None and self.promotion.exclusive

    def rank_at(self, position: int) -> Rank:
        """Its turn, as the promotion that was applied at this position (from 1)."""
        phase, priority, kind, _, own = self.rank
        return (phase, priority, kind, position, own)


class _ByHand:
    """A discount that staff gave, which always makes the same offer."""

    def __init__(self, discount: ManualDiscount) -> None:
        self._offer = Offer(
            discounts=(
                Discount(
                    lines=(discount.line_id,) if discount.line_id else ALL_LINES,
                    percent=discount.percent,
                    amount=discount.amount,
                    price=discount.price,
                ),
            )
        )

    def evaluate(self, context: PricingContext) -> Offer:  # noqa: ARG002  (as of all types)
        return self._offer


class _Fails:
    """In place of a type that could not even be asked what it needs: it fails at its turn."""

    def __init__(self, error: PluginError) -> None:
        self._error = error.plugin, error.subject, error.problem, error.error

    def evaluate(self, context: PricingContext) -> Offer:  # noqa: ARG002  (as of all types)
        raise PluginError(*self._error)


def _keys(promotion: Promotion, subject: str) -> frozenset[str]:
    """The keys of lines that it cannot do without one of; none if it can do without any.

    Raises:
        PluginError: what a type of it needs could not be asked, or is no tuple of selections.
    """
    found = []
    for part in (promotion.effect, *promotion.conditions):
        found += [selection.keys for selection in needs_of(part, subject)]
    usable = [keys for keys in found if keys is not None]
    return min(usable, key=len) if usable else frozenset()
