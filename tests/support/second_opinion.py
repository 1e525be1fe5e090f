"""A second implementation of pricing, for the tests: simple, slow, unit by unit, on fractions.

Written from docs/rules.md and the descriptions of the types, for every built-in type, in priority
order. It shares no arithmetic with the engine: it reads the values of carts and promotions, and
knows nothing of `Discount`, `Offer`, `PricingContext` or the ledger. What may go wrong in it is
plain to see, because nothing in it is made to be fast.
"""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from fractions import Fraction
from typing import Any

import attrs

from cartcore.cart import CartLine
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.shop.product import Product
from cartcore.testing.pricing import PricingCase
from cartcore.values.attributes import Attributes
from tests.support.trace_checker import rounded

DIGITS = {"JPY": 0, "USD": 2, "KWD": 3}
PHASES = {"item": 0, "product": 0, "order": 1, "shipping": 2}
QUANTITY_TYPES = ("BuyXGetY", "Bundle", "NthOfSet")


@attrs.define(eq=False)
class Pile:
    """Units that had the same fate: what they cost at first, what is left, and the least of it.

    So many of them are `unused` by quantity promotions (PR-13).
    """

    units: int
    full: int
    left: int
    floor: int
    unused: int

    def split(self, units: int, unused: int) -> "Pile":
        """Keep so many units, some of them unused; the others are a pile of their own."""
        rest = Pile(self.units - units, 0, 0, 0, self.unused - unused)
        self.unused = unused
        for name in ("full", "left"):
            whole = getattr(self, name)
            own = rounded(Fraction(whole * units, self.units), "half_up")
            setattr(self, name, own)
            setattr(rest, name, whole - own)
        own = max(self.floor * units // self.units, self.floor - rest.left)
        own = min(own, self.left)
        rest.floor, self.floor = self.floor - own, own
        self.units = units
        return rest


@attrs.define(eq=False)
class Pool:
    """Equal units, wherever they stand."""

    line: CartLine
    price: Fraction
    piles: list[Pile]
    members: list[str]
    given: bool = False  # for less than its price, by the promotion that added it
    free: bool = False  # and nothing of it is left to pay
    at_first: Fraction = Fraction(0)  # the price that it had then
    in_full: int = 0
    asked: frozenset[str] = frozenset()

    @property
    def units(self) -> int:
        return sum(pile.units for pile in self.piles)

    @property
    def discounted(self) -> bool:
        return self.given or any(pile.left < pile.full for pile in self.piles)

    @property
    def priced(self) -> int:
        """The units that still cost something (PR-30)."""
        return sum(pile.units for pile in self.piles if pile.left)

    @property
    def usable(self) -> int:
        """The units that still cost something, and that no quantity promotion has used."""
        return sum(pile.unused for pile in self.piles if pile.left)

    @property
    def tie(self) -> tuple[object, ...]:
        line = self.line
        prices = (str(line.minimum_price), str(line.compare_at_price))
        return (
            line.sku,
            self.price,
            *prices,
            line.discountable,
            bool(line.tied_to),
            *(
                repr(having.get(name, "")) if name in having else ""
                for having in [{**line.product_attributes, **line.attributes}]
                for name in sorted(self.asked)
            ),
        )


@attrs.define
class Opinion:
    """What the cart costs, in the smallest coin, and how it came to that."""

    total: int = 0
    left: dict[tuple[str, ...], int] = attrs.Factory(dict)
    taken: dict[str, int] = attrs.Factory(dict)
    cut: dict[str, int] = attrs.Factory(dict)
    applied: set[str] = attrs.Factory(set)
    missing: dict[str, int] = attrs.Factory(dict)


class No(Exception):
    """A promotion does not apply; so much is missing, if that is a figure."""


Piles = list[tuple[Pool, Pile]]


def asked(case: PricingCase) -> frozenset[str]:
    """The attributes that promotions ask for which can have to do with the cart (HA-8)."""
    book = PromotionSet(case.promotions)
    entered = [book.candidate(each.promotion_id) for each in case.cart.applied]
    keys = frozenset().union(*(line.keys for line in case.cart.lines))
    while True:
        found = [*book.find(keys), *(each for each in entered if each is not None)]
        before = keys
        if any(each.kind.value == "product" for each in found):
            keys = keys.union(*(keys_of(product) for product in case.products.values()))
        if keys == before:
            return frozenset().union(*(each.reads for each in found))


def keys_of(product: Product) -> frozenset[str]:
    lines = [CartLine.of(product, each, 1, line_id="new") for each in product.variants]
    return frozenset().union(*(line.keys for line in lines))


class Till:
    """Adds up one cart, promotion by promotion."""

    def __init__(self, case: PricingCase) -> None:
        self.case = case
        self.cart = case.cart
        self.rounding = case.policy.rounding.value
        self.pools: list[Pool] = []
        self.postage = [self.coins(s.speed.price) if s.speed else 0 for s in case.cart.shipments]
        self.opinion = Opinion()
        self.now: Promotion | None = None
        self.asked = asked(case)
        for line in case.cart.lines:
            self.put(line)

    def exact(self, money: Any) -> Fraction:
        exact: Fraction = Fraction(money.amount) * 10 ** DIGITS[self.cart.currency]
        return exact

    def coins(self, money: Any) -> int:
        exact = self.exact(money)
        assert exact.denominator == 1
        return int(exact)

    def put(self, line: CartLine) -> None:
        price = self.exact(line.unit_price)
        full = rounded(price * line.quantity, self.rounding)
        least = Fraction(0) if line.minimum_price is None else self.exact(line.minimum_price)
        floor = min(full, rounded(least * line.quantity, "up"))
        alike = self.apart(line)
        for pool in self.pools:
            if self.apart(pool.line) == alike:
                pile = pool.piles[0]
                pile.units += line.quantity
                pile.full += full
                pile.left += full
                pile.floor += floor
                pile.unused += line.quantity
                pool.members.append(line.id)
                return
        pile = Pile(line.quantity, full, full, floor, line.quantity)
        self.pools.append(Pool(line, price, [pile], [line.id], asked=self.asked))

    def having(self, line: CartLine) -> dict[str, Any]:
        """The attributes of a line that some promotion asks for."""
        own = {**line.product_attributes, **line.attributes}
        return {name: value for name, value in own.items() if name in self.asked}

    def apart(self, line: CartLine) -> CartLine:
        """A line as promotions see it: of its attributes, with those that one asks for (HA-8)."""
        having = Attributes(self.having(line))
        fields: dict[str, Any] = {"attributes": having, "product_attributes": Attributes()}
        return attrs.evolve(line, id="", quantity=1, **fields)

    def price(self) -> Opinion:
        entered = [application.promotion_id for application in self.cart.applied]

        def turn(promotion: Promotion) -> tuple[object, ...]:
            kind = 0 if promotion.promotion_class.value == "product" else 2
            if type(promotion.effect).__name__ in QUANTITY_TYPES:
                kind = 1
            position = 1 + entered.index(promotion.id) if promotion.id in entered else 0
            phase = PHASES[promotion.promotion_class.value]
            return (phase, -promotion.priority, kind, position, promotion.id)

        due = [
            promotion
            for promotion in sorted(self.case.promotions, key=turn)
            if promotion.trigger is Trigger.AUTOMATIC or promotion.id in entered
        ]
        for phase in range(3):
            for promotion in due:
                if PHASES[promotion.promotion_class.value] == phase and self.stands(promotion):
                    self.give(promotion.id, lambda p=promotion: self.run(p), promotion)  # type: ignore[misc]
            for by_hand in self.cart.manual:
                if phase == (0 if by_hand.line_id else 1):
                    self.give(by_hand.id, lambda d=by_hand: self.by_hand(d))  # type: ignore[misc]
        for pool in self.pools:
            self.opinion.left[tuple(pool.members)] = sum(pile.left for pile in pool.piles)
        self.opinion.total = sum(self.postage) + sum(
            pile.left for pool in self.pools for pile in pool.piles
        )
        return self.opinion

    def stands(self, promotion: Promotion) -> bool:
        used = self.case.usage.get(promotion.id)
        limits = promotion.limits
        return (
            promotion.enabled
            and promotion.id not in self.cart.refused
            and (promotion.starts_at is None or promotion.starts_at <= self.case.at)
            and (promotion.ends_at is None or self.case.at < promotion.ends_at)
            and not (used and limits.total is not None and used.total >= limits.total)
            and not (
                used and limits.per_contact is not None and used.by_contact >= limits.per_contact
            )
            and not (used and limits.per_code is not None and used.by_code >= limits.per_code)
        )

    def give(self, name: str, run: Callable[[], bool], promotion: Promotion | None = None) -> None:
        """Give a promotion its turn, and take all of it back if it comes to nothing."""
        before = deepcopy((self.pools, self.postage))
        self.cut = self.taken = 0
        self.now = promotion
        try:
            added = run()
        except No as answer:
            self.pools, self.postage = before
            if answer.args:
                self.opinion.missing[name] = answer.args[0]
            return
        too_much = False
        if promotion is not None and promotion.limits.budget is not None:
            used = self.case.usage.get(name)
            spent = sum(self.coins(each) for each in used.discounts) if used else 0
            too_much = self.taken > max(0, self.coins(promotion.limits.budget) - spent)
        if too_much or not (self.taken or added):
            self.pools, self.postage = before
            return
        self.opinion.applied.add(name)
        self.opinion.taken[name] = self.taken
        if self.cut:
            self.opinion.cut[name] = self.cut

    def by_hand(self, discount: Any) -> bool:
        pools = [p for p in self.pools if not discount.line_id or discount.line_id in p.members]
        piles = self.all_of(pools)
        if discount.percent is not None:
            self.percent(piles, discount.percent, None)
        elif discount.amount is not None:
            self.amount(piles, self.coins(discount.amount), "total", None)
        else:
            self.to_price(piles, self.coins(discount.price), "total", None)
        return False

    def run(self, promotion: Promotion) -> bool:
        for condition in promotion.conditions:
            self.hold(condition)
        effect: Any = promotion.effect
        return bool(getattr(self, type(effect).__name__)(effect))

    # --- selecting ---

    def price_of(self, pool: Pool) -> Fraction:
        """What a unit counts for with the promotion whose turn it is (PR-31)."""
        return pool.at_first if pool.given and self.counts_gifts else pool.price

    def full_of(self, pool: Pool) -> int:
        if pool.given and self.counts_gifts:
            return pool.in_full
        return sum(pile.full for pile in pool.piles)

    @property
    def counts_gifts(self) -> bool:
        return self.now is not None and self.now.count_gifts

    def meant(self, selection: Any, pool: Pool, price: Fraction) -> bool:
        line = pool.line
        shelves = {
            "/".join(path.split("/")[:depth])
            for path in line.categories
            for depth in range(1, len(path.split("/")) + 1)
        }
        on_sale = line.compare_at_price is not None and line.compare_at_price > line.unit_price
        low, high = selection.price_from, selection.price_to
        return not (
            (selection.skus and line.sku not in selection.skus)
            or (selection.products and line.product_id not in selection.products)
            or (selection.categories and not shelves & set(selection.categories))
            or (selection.tags and not set(line.tags) & set(selection.tags))
            or (selection.options and not set(line.options) & set(selection.options))
            or not selection.attributes.items() <= self.having(line).items()
            or any(  # 1, 1.0 and True are three values
                type(self.having(line)[name]) is not type(value)
                for name, value in selection.attributes.items()
            )
            or (low is not None and price < self.exact(low))
            or (high is not None and price > self.exact(high))
            or (selection.any_of and not any(self.meant(s, pool, price) for s in selection.any_of))
            or (selection.exclude is not None and self.meant(selection.exclude, pool, price))
            or (selection.undiscounted and (on_sale or pool.discounted))
        )

    def chosen(self, selection: Any) -> list[Pool]:
        """The pools that a discount can be taken off."""
        there = [pool for pool in self.pools if not pool.free]
        return [pool for pool in there if self.meant(selection, pool, pool.price)]

    def counted(self, selection: Any) -> list[Pool]:
        """The pools that count for the promotion whose turn it is."""
        there = [pool for pool in self.pools if self.counts_gifts or not pool.free]
        return [pool for pool in there if self.meant(selection, pool, self.price_of(pool))]

    def cheapest(self, selection: Any) -> list[Pool]:
        found = [pool for pool in self.chosen(selection) if pool.line.discountable]
        return sorted(found, key=lambda pool: (pool.price, pool.tie))

    def usable(self, selection: Any) -> list[Pool]:
        """Each unit that a quantity promotion can still use, the cheapest first."""
        return self.in_row(selection, lambda pool: pool.usable)

    def gifts(self, selection: Any) -> list[Pool]:
        """The free units that count as bought."""
        return self.in_row(selection, lambda pool: pool.piles[0].unused if pool.free else 0)

    def in_row(self, selection: Any, units: Callable[[Pool], int]) -> list[Pool]:
        found = [pool for pool in self.counted(selection) if pool.line.discountable]
        found.sort(key=lambda pool: (self.price_of(pool), pool.tie))
        return [pool for pool in found for _ in range(units(pool))]

    def all_of(self, pools: Iterable[Pool]) -> Piles:
        return [(pool, pile) for pool in pools if pool.line.discountable for pile in pool.piles]

    def some_of(self, pools: Sequence[Pool], count: int) -> Piles:
        """So many units of the pools, in their order; of equal ones those with the most left.

        Of those that are alike but for it, the used ones first.
        """
        found: Piles = []
        for pool in pools:
            for pile in most_left_first(pool):
                if not count:
                    return found
                if not pile.left:
                    continue
                if pile.units > count:
                    used = pile.units - pile.unused
                    pool.piles.append(pile.split(count, max(0, count - used)))
                count -= pile.units
                found.append((pool, pile))
        return found

    def unused_of(self, pool: Pool, count: int, taken: Sequence[Pile] = ()) -> Piles:
        """So many units of a pool that no quantity promotion has used; those with the most left.

        None of them from the piles that are `taken`.
        """
        if count > pool.usable:
            return self.some_of([pool], count)
        found: Piles = []
        for pile in most_left_first(pool):
            own = 0 if pile in taken else min(count, pile.unused)
            if own and pile.left:
                if own < pile.units:
                    pool.piles.append(pile.split(own, own))
                count -= own
                found.append((pool, pile))
        return found

    def units(self, units: Sequence[Pool]) -> Piles:
        """The piles of so many units of each pool."""
        return [
            pick
            for pool in dict.fromkeys(units)
            for pick in (
                self.all_of([pool])
                if units.count(pool) == pool.units == pool.priced
                else self.unused_of(pool, units.count(pool))
            )
        ]

    def limited(self, effect: Any, limit: int | None) -> Piles:
        if limit is None:
            return self.all_of(self.chosen(effect.target))
        pools = self.cheapest(effect.target)
        if effect.which == "dearest":
            pools.sort(key=lambda pool: -pool.price)
        return self.some_of(pools, limit)

    # --- arithmetic ---

    def percent(
        self, piles: Piles, percent: Any, maximum: Any, *, of_original: bool = False
    ) -> None:
        def off(base: int) -> int:
            return rounded(Fraction(percent) / 100 * base, self.rounding)

        of_original |= self.case.policy.percent_of_original
        bases = [pile.full if of_original else pile.left for _, pile in piles]
        rooms = [pile.left for _, pile in piles]
        match self.case.policy.rounding_point.value:
            case "promotion":
                asked, weights = off(sum(bases)), bases
            case "line":
                weights = [0] * len(piles)
                for own in by_pool(piles):
                    together = sum(bases[i] for i in own)
                    parts = shares(off(together), [bases[i] for i in own], [()] * len(own))
                    for i, part in zip(own, parts, strict=True):
                        weights[i] = part
                asked = sum(weights)
            case _:
                weights = [
                    sum(off(coin) for coin in coins_of(pile.units, base))
                    for (_, pile), base in zip(piles, bases, strict=True)
                ]
                asked = sum(weights)
        self.take(piles, asked, weights, rooms, maximum)

    def amount(self, piles: Piles, each: int, per: str, maximum: Any) -> None:
        left = [pile.left for _, pile in piles]
        if per == "total":
            self.take(piles, each, left, left, maximum)
        elif per == "unit":
            weights = [
                sum(min(each, coin) for coin in coins_of(pile.units, pile.left))
                for _, pile in piles
            ]
            asked = each * sum(pile.units for _, pile in piles)
            self.take(piles, asked, weights, weights, maximum)
        else:
            weights = [0] * len(piles)
            by_line = by_pool(piles)
            for own in by_line:
                together = sum(left[i] for i in own)
                parts = shares(min(each, together), [left[i] for i in own], [()] * len(own))
                for i, part in zip(own, parts, strict=True):
                    weights[i] = part
            self.take(piles, each * len(by_line), weights, weights, maximum)

    def to_price(self, piles: Piles, price: int, per: str, maximum: Any) -> None:
        left = [pile.left for _, pile in piles]
        if per == "total":
            self.take(piles, max(0, sum(left) - price), left, left, maximum)
        else:
            weights = [
                sum(max(0, coin - price) for coin in coins_of(pile.units, pile.left))
                for _, pile in piles
            ]
            self.take(piles, sum(weights), weights, weights, maximum)

    def take(
        self, piles: Piles, asked: int, weights: list[int], rooms: list[int], maximum: Any
    ) -> None:
        rooms = [
            min(room, pile.left - pile.floor) for room, (_, pile) in zip(rooms, piles, strict=True)
        ]
        wanted = asked if maximum is None else min(asked, self.coins(maximum))
        whole = possible = min(wanted, sum(rooms))
        among = list(range(len(piles)))
        parts = [0] * len(piles)
        while whole:
            ties = [piles[i][0].tie for i in among]
            # Where nothing is left to weigh by, what others could not take goes by room.
            scale = weights if any(weights[i] for i in among) else rooms
            own = shares(whole, [scale[i] for i in among], ties)
            full = [i for i, part in zip(among, own, strict=True) if part > rooms[i]]
            if not full:
                for i, part in zip(among, own, strict=True):
                    parts[i] = part
                break
            for i in full:
                parts[i] = rooms[i]
                whole -= rooms[i]
            among = [i for i in among if i not in full]
        for (_, pile), part in zip(piles, parts, strict=True):
            pile.left -= part
        self.taken += possible
        self.cut += wanted - possible

    # --- item types ---

    def PercentOff(self, effect: Any) -> None:  # noqa: N802  (named after the type)
        piles = self.limited(effect, self.in_groups(effect))
        self.percent(piles, effect.percent, effect.maximum, of_original=effect.of_original)

    def AmountOff(self, effect: Any) -> None:  # noqa: N802
        piles = self.limited(effect, self.in_groups(effect))
        self.amount(piles, self.coins(effect.amount), effect.per.value, effect.maximum)

    def in_groups(self, effect: Any) -> int | None:
        if effect.group_size == 1:
            limit: int | None = effect.limit
            return limit
        units = sum(p.priced for p in self.counted(effect.target) if p.line.discountable)
        if units < effect.group_size:
            raise No(effect.group_size - units)
        most = units if effect.limit is None else min(units, effect.limit)
        return int(most // effect.group_size * effect.group_size)

    def FixedPrice(self, effect: Any) -> None:  # noqa: N802
        piles = self.limited(effect, effect.limit)
        self.to_price(piles, self.coins(effect.price), effect.per.value, effect.maximum)

    def FirstAndFurtherOff(self, effect: Any) -> None:  # noqa: N802
        units = self.usable(effect.target)
        pools = list(dict.fromkeys(units))
        # Who gets what is settled before anything is taken off: no unit gets both amounts.
        firsts = self.units(pools) if effect.first is not None else []
        others: Piles = []
        for pool in pools if effect.further is not None else ():
            own = units.count(pool) if effect.limit is None else effect.limit
            count = min(own, units.count(pool)) - 1
            others += self.unused_of(pool, count, [pile for _, pile in firsts])
        if firsts:
            self.amount(firsts, self.coins(effect.first), "unit", None)
        if others:
            self.amount(others, self.coins(effect.further), "unit", None)

    def tier(self, effect: Any) -> Any:
        pools = self.counted(effect.target)
        by_spend = effect.by == "spend"
        have = (
            sum(self.full_of(pool) for pool in pools)
            if by_spend
            else sum(pool.units for pool in pools)
        )
        best, lacking = None, []
        for tier in effect.tiers:
            start = tier.from_amount if by_spend else tier.from_quantity
            least = 0 if start is None else self.coins(start) if by_spend else start
            if least <= have:
                best = tier
            else:
                lacking.append(least - have)
        if best is None:
            raise No(min(lacking))
        return best

    def TieredPercentOff(self, effect: Any) -> None:  # noqa: N802
        tier = self.tier(effect)
        self.percent(self.all_of(self.chosen(effect.target)), tier.percent, effect.maximum)

    def TieredAmountOff(self, effect: Any) -> None:  # noqa: N802
        tier = self.tier(effect)
        piles = self.all_of(self.chosen(effect.target))
        self.amount(piles, self.coins(tier.amount), "total", effect.maximum)

    # --- quantity types ---

    def use_up(self, units: Sequence[Pool], gained: Piles) -> None:
        """Use units up: those that were gained, then those with the most left."""
        mine = [pile for _, pile in gained]
        for pool in dict.fromkeys(units):
            count = units.count(pool)
            piles = most_left_first(pool)
            for pile in [p for p in piles if p in mine] + [p for p in piles if p not in mine]:
                own = min(count, pile.unused)
                pile.unused -= own
                count -= own
            assert not count

    def NthOfSet(self, effect: Any) -> None:  # noqa: N802
        row = self.usable(effect.target)
        if effect.order == "dearest":
            row.reverse()
        sets = len(row) // effect.size
        if not sets:
            raise No(effect.size - len(row))
        sets = sets if effect.limit is None else min(sets, effect.limit)
        most = sets if effect.max_units is None else min(sets, effect.max_units)
        if effect.spread != "overall":
            sets = most
        row = row[: sets * effect.size]
        if effect.spread == "overall":
            ordered = row[::-1] if effect.order == "dearest" else row
            start = (effect.position - 1) * sets
            found = ordered[start : start + most]
        else:
            found = row[effect.position - 1 :: effect.size]
        piles = self.units(found)
        self.percent(piles, effect.percent, effect.maximum)
        self.use_up(row, piles)

    def BuyXGetY(self, effect: Any) -> None:  # noqa: C901, N802
        to_buy = to_get = self.usable(effect.buy_from)
        if effect.get_from is not None and effect.get_from != effect.buy_from:
            to_get = self.usable(effect.get_from)
        gifts = self.gifts(effect.buy_from)
        together = sum(pool.usable for pool in {*to_buy, *to_get}) + len(gifts)
        to_buy = sorted([*to_buy, *gifts], key=self.price_of)
        count = 0
        for wanted in range(1, len(to_get) + 1):
            times = -(-wanted // effect.get)
            bought = times * effect.buy if effect.buy else 1
            if (
                bought <= len(to_buy)
                and wanted + bought <= together
                and (effect.buy or times == 1)
                and (effect.limit is None or times <= effect.limit)
                and (not effect.whole or wanted == times * effect.get)
            ):
                count = wanted
        if effect.max_units is not None:
            count = min(count, effect.max_units)
        if not count:
            raise No
        spend = None if effect.spend is None else self.coins(effect.spend) - Fraction(1, 2)
        if spend is not None and sum(self.price_of(pool) for pool in to_buy) < spend:
            raise No
        bought = -(-count // effect.get) * effect.buy if effect.buy else 1
        gained: list[Pool] = []
        for pool in to_get if effect.which == "cheapest" else to_get[::-1]:
            buyable_left = len(to_buy) - sum(unit in to_buy for unit in gained)
            if len(gained) < count and (pool not in to_buy or buyable_left > bought):
                gained.append(pool)
        rest = to_buy[:]
        for pool in gained:
            if pool in rest:
                rest.remove(pool)
        paid: list[Pool] = []
        worth = sum(self.price_of(pool) for pool in gained if pool in to_buy)
        for pool in rest[::-1]:
            if len(paid) < bought if spend is None else (worth < spend or not paid):
                paid.append(pool)
                worth += self.price_of(pool)
        piles = self.units(gained)
        self.percent(piles, effect.percent, effect.maximum)
        self.use_up([*gained, *paid], piles)

    def Bundle(self, effect: Any) -> None:  # noqa: N802
        lists = [self.usable(part.target) for part in effect.parts]
        pools = list(dict.fromkeys(pool for units in lists for pool in units))
        pools.sort(key=self.price_of)
        users = {pool: [pool in units for units in lists] for pool in pools}
        size = sum(part.quantity for part in effect.parts)
        price = self.coins(effect.price)

        def pick(order: list[Pool], sets: int) -> list[Pool]:
            """The first units that so many sets have a place for, one after the other."""
            seats = [i for i, part in enumerate(effect.parts) for _ in range(part.quantity * sets)]
            taken: list[Pool | None] = [None] * len(seats)
            found = []

            def seat(pool: Pool, tried: set[int]) -> bool:
                for i, part in enumerate(seats):
                    if users[pool][part] and i not in tried:
                        tried.add(i)
                        sitting = taken[i]
                        if sitting is None or seat(sitting, tried):
                            taken[i] = pool
                            return True
                return False

            for pool in order:
                found += [pool for _ in range(pool.usable) if seat(pool, set())]
            return found

        order = pools[::-1] if effect.which == "dearest" else pools
        most = sum(pool.usable for pool in pools) // size
        sets = max((n for n in range(most + 1) if len(pick(order, n)) == n * size), default=0)
        if effect.limit is not None:
            sets = min(sets, effect.limit)
        if not sets:
            raise No
        if effect.which == "dearest":
            made = 1
            while made < sets:
                one_more = sum(self.price_of(pool) for pool in pick(order, made + 1))
                if one_more - sum(self.price_of(pool) for pool in pick(order, made)) <= price:
                    break
                made += 1
            sets = made
        found = pick(order, sets)
        piles = self.units(found)
        self.to_price(piles, price * sets, "total", effect.maximum)
        self.use_up(found, piles)

    # --- products that are added ---

    def AddProduct(self, effect: Any) -> bool:  # noqa: N802
        assert self.now is not None
        name = self.now.id
        choices = {
            key: sku
            for application in self.cart.applied
            if application.promotion_id == name
            for key, sku in application.choices
        }
        times = 1
        if effect.per_unit_of is not None:
            times = sum(pool.units for pool in self.counted(effect.per_unit_of))
            if not times:
                raise No(1)
        entered = {p: p.units for p in self.pools if not p.line.tied_to}
        added: list[tuple[str, CartLine]] = []
        for item in effect.items:
            quantity = min(item.quantity * times, 1_000_000)
            for pool in entered if effect.top_up else ():
                line = pool.line
                if line.product_id == item.product_id and set(item.options) <= set(line.options):
                    found = min(entered[pool], quantity)
                    entered[pool] -= found
                    quantity -= found
            number = 1
            while quantity:  # all in one line, or the first 99 units in lines of their own
                alone = effect.separately and number < 100
                units = 1 if alone else quantity
                key = item.key if number == 1 else f"{item.key}#{number}"
                added.append((key, self.tied(item, units, f"{name}:{key}", choices.get(key))))
                quantity -= units
                number += 1
        if not added:
            raise No
        for _, line in added:
            self.put(attrs.evolve(line, tied_to=f"{line.id}"))  # a pool of its own
        mine = [p for p in self.pools if p.line.id in {line.id for _, line in added}]
        for pool in mine:
            pool.line = attrs.evolve(pool.line, tied_to=name)
        if effect.percent:
            self.percent(self.all_of(mine), effect.percent, None)
        for pool in mine:
            self.count_what_is_left(pool)
        return True

    def count_what_is_left(self, pool: Pool) -> None:
        """Later promotions see what a promotion added as if that had been its price (PR-31)."""
        left = sum(pile.left for pile in pool.piles)
        pool.given = left < sum(pile.full for pile in pool.piles)
        pool.free = not left
        if pool.given:
            pool.at_first, pool.in_full = pool.price, sum(pile.full for pile in pool.piles)
            pool.price = Fraction(left, pool.units)
            for pile in pool.piles:
                pile.full = pile.left

    def tied(self, item: Any, quantity: int, line_id: str, sku: str | None) -> CartLine:
        product: Product | None = self.case.products.get(item.product_id)
        if product is None or not product.published:
            raise No
        fitting = [
            variant
            for variant in product.variants
            if variant.published
            and set(item.options) <= set(zip(product.options, variant.options, strict=True))
            and sku in {None, variant.sku}
        ]
        if len(fitting) != 1:
            raise No
        return CartLine.of(product, fitting[0], quantity, line_id=line_id)

    # --- order and shipping ---

    def OrderPercentOff(self, effect: Any) -> None:  # noqa: N802
        piles = self.all_of(self.pools)
        self.percent(piles, effect.percent, effect.maximum, of_original=effect.of_original)

    def OrderAmountOff(self, effect: Any) -> None:  # noqa: N802
        self.amount(self.all_of(self.pools), self.coins(effect.amount), "total", None)

    def OrderFixedPrice(self, effect: Any) -> None:  # noqa: N802
        self.to_price(self.all_of(self.pools), self.coins(effect.price), "total", None)

    def sent(self, speeds: Sequence[str]) -> list[int]:
        return [
            i
            for i, shipment in enumerate(self.cart.shipments)
            if shipment.speed and (not speeds or shipment.speed.code in speeds)
        ]

    def ship(self, places: list[int], asked: int, weights: list[int], maximum: Any = None) -> None:
        piles: Piles = []
        for place in places:  # a shipment is taken for a pool of one unit
            pile = Pile(1, 0, self.postage[place], 0, 0)
            piles.append((_Parcel(), pile))  # type: ignore[arg-type]
        rooms = [pile.left for _, pile in piles]
        self.take(piles, asked, weights, rooms, maximum)
        for place, (_, pile) in zip(places, piles, strict=True):
            self.postage[place] = pile.left

    def ship_percent(self, effect: Any, percent: Any, *, of_original: bool) -> None:
        places = self.sent(effect.speeds)
        speeds = [self.cart.shipments[place].speed for place in places]
        full = [self.coins(speed.price) for speed in speeds if speed]
        of_original |= self.case.policy.percent_of_original
        bases = full if of_original else [self.postage[place] for place in places]
        asked = rounded(Fraction(percent) / 100 * sum(bases), self.rounding)
        self.ship(places, asked, bases, effect.maximum)

    def FreeShipping(self, effect: Any) -> None:  # noqa: N802
        self.ship_percent(effect, 100, of_original=False)

    def ShippingPercentOff(self, effect: Any) -> None:  # noqa: N802
        self.ship_percent(effect, effect.percent, of_original=effect.of_original)

    def ShippingAmountOff(self, effect: Any) -> None:  # noqa: N802
        places = self.sent(effect.speeds)
        for group in [[place] for place in places] if effect.each else [places] if places else []:
            left = [self.postage[place] for place in group]
            self.ship(group, self.coins(effect.amount), left)

    def ShippingFixedPrice(self, effect: Any) -> None:  # noqa: N802
        places = self.sent(effect.speeds)
        left = [self.postage[place] for place in places]
        self.ship(places, max(0, sum(left) - self.coins(effect.price)), left)

    # --- conditions ---

    def hold(self, condition: Any) -> None:  # noqa: C901, PLR0912  (a table of the types)
        """Raise No if a condition does not hold."""
        kind = type(condition).__name__
        missing: int | None = None
        cart = self.cart
        match kind:
            case "AllOf":
                holds = all(self.holds(each) for each in condition.conditions)
            case "AnyOf":
                holds = any(self.holds(each) for each in condition.conditions)
            case "Not":
                holds = not self.holds(condition.condition)
            case "MinSubtotal" | "MaxSubtotal":
                pools = self.counted(condition.target)
                have = sum(self.full_of(pool) for pool in pools)
                if condition.after_discounts:
                    have = sum(pile.left for pool in pools for pile in pool.piles)
                lacking = self.coins(condition.amount) - have
                holds = lacking <= 0 if kind == "MinSubtotal" else lacking >= 0
                missing = lacking if kind == "MinSubtotal" else None
            case "MinQuantity":
                missing = condition.quantity - sum(p.units for p in self.counted(condition.target))
                holds = missing <= 0
            case "DistinctProducts":
                found = {pool.line.product_id for pool in self.counted(condition.target)}
                missing = condition.count - len(found)
                holds = missing <= 0
            case "ContactTag":
                holds = bool(set(condition.tags) & set(cart.customer.tags))
            case "NthOrder":
                holds = cart.customer.orders_placed + 1 == condition.n
            case "SalesChannel":
                holds = cart.channel in condition.channels
            case "CartCurrency":
                holds = cart.currency in condition.currencies
            case "ChosenSpeed":
                holds = any(s.speed and s.speed.code in condition.speeds for s in cart.shipments)
            case "Destination":
                known = {s.country for s in cart.shipments} - {""}
                holds = bool(known) and known <= set(condition.countries)
            case _:
                holds = self.in_window(condition)
        if not holds:
            raise No(missing) if missing is not None else No

    def holds(self, condition: Any) -> bool:
        try:
            self.hold(condition)
        except No:
            return False
        return True

    def in_window(self, window: Any) -> bool:
        """Of windows that do not run past midnight, in UTC."""
        assert window.timezone in ("", "UTC")
        now = f"{self.case.at:%H:%M}"
        day = f"{self.case.at:%A}".lower()
        on_day = not window.weekdays or day in window.weekdays
        start, end = window.from_time, window.to_time or "24:00"
        if end < start:  # past midnight: at noon it is on only as the day that it began on
            return on_day and now >= start
        return on_day and start <= now < end


class _Parcel:
    tie = ()


def most_left_first(pool: Pool) -> list[Pile]:
    """The piles of a pool by what is left of each unit."""
    return sorted(pool.piles, key=lambda pile: -(pile.left * 10**9 // pile.units))


def coins_of(units: int, amount: int) -> list[int]:
    """What each of so many units has of an amount, in whole coins."""
    small, larger = divmod(amount, units)
    return [small] * (units - larger) + [small + 1] * larger


def by_pool(piles: Piles) -> list[list[int]]:
    """Where the piles of each pool stand."""
    pools = list(dict.fromkeys(pool for pool, _ in piles))
    return [[i for i, (owner, _) in enumerate(piles) if owner is pool] for pool in pools]


def shares(whole: int, weights: Sequence[int], ties: Sequence[tuple[object, ...]]) -> list[int]:
    """Whole coins in proportion; those left over go to the largest remainders (PR-3)."""
    together = sum(weights)
    if not together:
        return [0] * len(weights)
    exact = [Fraction(whole * weight, together) for weight in weights]
    parts = [share.__floor__() for share in exact]
    waiting = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], ties[i]))
    for i in waiting[: whole - sum(parts)]:
        parts[i] += 1
    return parts


def opinion(case: PricingCase) -> Opinion:
    """What a case costs."""
    return Till(case).price()
