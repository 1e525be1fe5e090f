"""The promotions of a scenario as those of cartcore, in the order of the format."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from cartcore.promotions.promotion import Promotion, Trigger, Usage, normalize_code
from cartcore.promotions.types import PromotionClass
from tests.scenarios import conditions, effects
from tests.scenarios.catalogue import Catalogue
from tests.scenarios.conditions import Buyer, Terms
from tests.scenarios.effects import Effect, Stage
from tests.scenarios.reading import Fields, Malformed, NotOffered
from tests.scenarios.semantics import Semantics

_TYPES = ("catalogue_promotion", "item", "order_discount", "free_shipping", "other")


@attrs.frozen(kw_only=True)
class Deal:
    """A promotion of the format: what it needs to apply, and effects that cartcore has apart."""

    name: str
    code: str
    automatic: bool
    priority: int
    exclusive: bool
    stackable: bool
    enabled: bool
    undiscounted: bool
    paid_by_third_party: bool
    terms: Terms
    effects: tuple[Effect, ...]


@attrs.frozen(kw_only=True)
class Book:
    """Promotions for pricing, and how they belong to those of the format.

    `names` are by id, `by_code` and `by_name` have the ids. `catalogue` are the ids of those that
    change catalogue prices, `undiscounted` of those that leave reduced products alone. `promotions`
    stand in the order of the format.
    """

    promotions: tuple[Promotion, ...]
    usage: Mapping[str, Usage]
    names: Mapping[str, str]
    by_code: Mapping[str, tuple[str, ...]]
    by_name: Mapping[str, tuple[str, ...]]
    catalogue: frozenset[str]
    undiscounted: frozenset[str]
    automatic: frozenset[str]


@attrs.frozen(kw_only=True)
class Translator:
    """Translates the promotions of one scenario."""

    currency: str
    semantics: Semantics
    catalogue: Catalogue
    timed: bool

    def book(self, promotions: Sequence[Fields], buyer: Buyer) -> Book:
        """Translate the promotions for a customer.

        Raises:
            NotOffered: an effect, a condition or a combination that cartcore has not.
        """
        deals = [self._deal(fields, buyer) for fields in promotions]
        if len(deals) == 1:  # one alone combines with nothing else
            deals = [attrs.evolve(deal, exclusive=False, stackable=True) for deal in deals]
        for deal in deals:
            _check_can_be_apart(deal)
        names = [deal.name for deal in deals]
        if len(set(names)) != len(names):
            raise Malformed(f"promotions: two have one of the names {', '.join(names)}")
        book = _book(deals)
        if self.semantics.best_catalogue_only:
            _check_no_other_items(book)
        return book

    def _deal(self, fields: Fields, buyer: Buyer) -> Deal:
        with fields:
            name = fields.text("name")
            kind = fields.choice("type", *_TYPES)
            automatic = fields.flag("automatic", default="code" not in fields)
            code = normalize_code(fields.text("code")) if "code" in fields else ""
            if not automatic and not code:
                raise Malformed(f"{fields.what}: it is not automatic, and has no code")
            undiscounted = fields.flag("exclude_discounted", default=False)
            payer = fields.choice("paid_by", "shop", "third_party", default="shop")
            terms = conditions.Translator(
                currency=self.currency,
                code=code,
                buyer=buyer,
                after_discounts=self.semantics.after_discounts,
                timed=self.timed,
            ).terms(fields.each("conditions"))
            translator = effects.Translator(
                currency=self.currency,
                semantics=self.semantics,
                catalogue=self.catalogue,
                kind=kind,
                undiscounted=undiscounted,
                units=terms.units,
            )
            listed = fields.each("effects") if "effects" in fields else (fields.inner("effect"),)
            return Deal(
                name=name,
                code=code,
                automatic=automatic,
                priority=fields.any_whole("priority") if "priority" in fields else 0,
                exclusive=fields.flag("exclusive", default=False),
                stackable=fields.flag("stackable", default=True),
                enabled=fields.flag("enabled", default=True),
                undiscounted=undiscounted,
                paid_by_third_party=payer == "third_party",
                terms=terms,
                effects=tuple(translator.effect(each) for each in listed),
            )


def _check_can_be_apart(deal: Deal) -> None:
    """Refuse several effects where they would have to be one promotion of cartcore."""
    if len(deal.effects) > 1:
        what = f"promotion {deal.name!r}"
        if deal.exclusive or not deal.stackable:
            raise NotOffered(f"{what}: several effects of a promotion that combines with none")
        if deal.terms.limits.budget is not None:
            raise NotOffered(f"{what}: a budget for several effects")


def _check_no_other_items(book: Book) -> None:
    """Refuse item promotions where only the best is to be taken of catalogue promotions."""
    for promotion in book.promotions:
        if promotion.promotion_class is PromotionClass.ITEM and promotion.id not in book.catalogue:
            raise NotOffered("semantics: catalogue_stacking 'best_only' beside item promotions")


@attrs.frozen
class _Turn:
    """An effect in the order of the format."""

    id: str
    deal: Deal
    effect: Effect
    rank: tuple[object, ...]


def _book(deals: Sequence[Deal]) -> Book:
    turns = sorted(
        (
            _Turn(
                f"{i}/{j}",
                deal,
                effect,
                # Catalogue prices are there before any other promotion is.
                (effect.stage is not Stage.CATALOGUE, -deal.priority, effect.stage, i, j),
            )
            for i, deal in enumerate(deals)
            for j, effect in enumerate(deal.effects)
            if effect.for_lines is not None
        ),
        key=lambda turn: turn.rank,
    )
    owners: set[str] = set()
    found = []
    for place, turn in enumerate(turns):
        effect = turn.effect.for_lines
        # The phase of order promotions comes after that of items. One that has to go before an item
        # promotion is one that takes the same off all lines.
        if turn.effect.for_order is not None and not any(map(_is_for_items, turns[place + 1 :])):
            effect = turn.effect.for_order
        found.append(_promotion(turn, effect, len(turns) - place, owners))
    ids = {deal.name: tuple(turn.id for turn in turns if turn.deal is deal) for deal in deals}
    by_code: dict[str, tuple[str, ...]] = {}
    for deal in deals:
        if deal.code:
            by_code[deal.code] = (*by_code.get(deal.code, ()), *ids[deal.name])
    return Book(
        promotions=tuple(found),
        usage={turn.id: turn.deal.terms.usage for turn in turns},
        names={turn.id: turn.deal.name for turn in turns},
        by_code=by_code,
        by_name=ids,
        catalogue=frozenset(t.id for t in turns if t.effect.stage is Stage.CATALOGUE),
        undiscounted=frozenset(
            turn.id
            for turn in turns
            if turn.deal.undiscounted and turn.effect.stage is not Stage.SHIPPING
        ),
        automatic=frozenset(turn.id for turn in turns if turn.deal.automatic),
    )


def _is_for_items(turn: _Turn) -> bool:
    return turn.effect.for_order is None and turn.effect.stage is not Stage.SHIPPING


def _promotion(turn: _Turn, effect: Any, priority: int, owners: set[str]) -> Promotion:
    deal = turn.deal
    trigger = Trigger.AUTOMATIC
    codes: tuple[str, ...] = ()
    if not deal.automatic:
        # A code belongs to one promotion of cartcore; others that it stands for are picked.
        trigger = Trigger.PICKED if deal.code in owners else Trigger.CODE
        codes = () if deal.code in owners else (deal.code,)
        owners.add(deal.code)
    return Promotion(
        id=turn.id,
        name=deal.name,
        effect=effect,
        trigger=trigger,
        codes=codes,
        conditions=tuple(deal.terms.conditions),
        priority=priority,
        starts_at=deal.terms.starts_at,
        ends_at=deal.terms.ends_at,
        enabled=deal.enabled,
        limits=deal.terms.limits,
        combines_with=tuple(PromotionClass) if deal.stackable else (),
        exclusive=deal.exclusive,
        paid_by_third_party=deal.paid_by_third_party,
    )
