"""What it would take for promotions to apply to a cart (SC-7)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import combinations, count

import attrs
from moneyed import Money

from cartcore.cart import LARGEST_QUANTITY, AppliedPromotion, Cart, CartLine
from cartcore.errors import NotFound
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Decision
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.types import ConditionType
from cartcore.scenarios.arguments import read_as
from cartcore.scenarios.scenario import Pricer, Scenario
from cartcore.scenarios.tiers import from_each_tier
from cartcore.values.converters import positive_int
from cartcore.values.money import show
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.readers import of_kind, tuple_of

_MOST_PAIRED = 12  # lines: 66 pairs

_Added = tuple[tuple[CartLine, int], ...]
_Enough = Callable[[_Added], bool]


@attrs.frozen(kw_only=True)
class Unlock(ShownAsTable):
    """What would make a promotion apply, or reach its next tier: tried, and found to be true.

    Attributes:
        promotion_id: The id of the promotion.
        promotion_name: Its name.
        tier: The number of the tier that would be reached, from 1; None for a promotion that has
            none.
        unmet: What each of its conditions says that does not hold now; all of them.
        sku: The SKU of the line of which more is needed; empty if neither one line is enough, nor
            two.
        units: How many more units of it are needed; 0 as above.
        beside: What is needed beside it where no line alone is enough: SKUs with units.
        spend: What all these units cost before discounts; None as above.
        total: The total of the cart now.
        total_then: Its total with these units, after all promotions; None as above.
        discount_then: What the promotion would then take off; None as above.
    """

    promotion_id: str
    promotion_name: str
    tier: int | None
    unmet: tuple[str, ...]
    sku: str = ""
    units: int = 0
    beside: tuple[tuple[str, int], ...] = ()
    spend: Money | None = None
    total: Money
    total_then: Money | None = None
    discount_then: Money | None = None

    def _in_short(self) -> str:
        return f"Unlock({self})"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield "Promotion", self._name
        for told in self.unmet:
            yield "Unmet", told
        if self.spend is not None:
            for sku, units in ((self.sku, self.units), *self.beside):
                yield "Add", f"{units} × {sku}"
            yield "For", show(self.spend)
        yield "Total now", show(self.total)
        if self.total_then is not None:
            yield "Total then", show(self.total_then)

    @property
    def _name(self) -> str:
        return self.promotion_name if self.tier is None else f"{self.promotion_name} ({self.tier})"

    def __str__(self) -> str:
        if self.spend is None or self.total_then is None:
            return f"{self._name}: {'; '.join(self.unmet) or 'more of two lines is not enough'}"
        more = " and ".join(
            f"{units} more of {sku}" for sku, units in ((self.sku, self.units), *self.beside)
        )
        return (
            f"{self._name}: {more} for {show(self.spend)}; "
            f"the total goes from {show(self.total)} to {show(self.total_then)}"
        )


def unlock(
    cart: Cart,
    scenario: Scenario,
    *,
    at: datetime,
    among: Iterable[CartLine] = (),
    most_units: int = 1_000,
) -> tuple[Unlock, ...]:
    """Say for each promotion that does not apply what would unlock it (SC-7).

    For one with tiers that applies, the next tier. More units of each line are tried, by pricing
    the cart with all promotions of the scenario; the addition that costs least is told. Where no
    line alone is enough, as for a bundle, two are tried: the cheapest lines of which a unit changes
    what is unmet. Where more units can undo what fewer do, such as past a maximum subtotal, it need
    not be the smallest addition. Of one whose code is not entered, or that is not picked, that is
    told with what is unmet beside it, and no units are tried.

    Args:
        cart: The cart.
        scenario: The promotions, and the policy to price by.
        at: The instant that is priced for, with a time zone.
        among: Lines of goods of which units may be added as well, such as those of `Carts.goods`.
            Neither their ids nor their quantities matter.
        most_units: The most units that are added of a line.

    Raises:
        InvalidField: something else than lines in `among`, or `most_units` is not positive.
        PluginError: a plugin failed, and the policy does not skip it (PR-20).
    """
    of_kind(Cart, cart, "cart")
    of_kind(Scenario, scenario, "scenario")
    known = {line.id for line in cart.lines}
    free = (name for name in map(str, count(1)) if name not in known)
    others = tuple(attrs.evolve(line, id=next(free)) for line in tuple_of(CartLine, "among", among))
    bound = read_as("most_units", positive_int, most_units) or 1
    search = _Search(cart, scenario, at, (*cart.lines, *others), bound)
    return tuple(found for promotion in scenario.promotions for found in search.of(promotion))


class _Search:
    """The cart as it is, and tries of it with more units."""

    def __init__(
        self, cart: Cart, scenario: Scenario, at: datetime, lines: tuple[CartLine, ...], most: int
    ) -> None:
        self._cart, self._scenario, self._at = cart, scenario, at
        self._lines, self._most = lines, most
        self._own = {line.id for line in cart.lines}
        self._entered = {each.promotion_id for each in (*cart.applied, *scenario.entered)}
        self._price = Pricer(scenario)
        self.now = self._price(cart, at)

    def of(self, promotion: Promotion) -> Iterator[Unlock]:
        """What would unlock a promotion, or its next tier."""
        applied = _applies(self.now, promotion)
        if promotion.trigger is not Trigger.AUTOMATIC and promotion.id not in self._entered:
            yield self._told(promotion, (_missing(promotion), *self._unmet(promotion, self._cart)))
            return
        tiers = from_each_tier(promotion)
        if not tiers and not applied:
            yield self._found(promotion, None)
        for tier, rest in enumerate(tiers[applied:], start=1 + applied):
            if not _applies(self._instead(rest)(self._cart, self._at), promotion):
                yield self._found(rest, tier)
                return

    def _found(self, promotion: Promotion, tier: int | None) -> Unlock:
        unmet = tuple(self._unmet(promotion, self._cart))
        told = self._told(promotion, unmet, tier)
        pricer = self._instead(promotion)

        def enough(added: _Added) -> bool:
            return _applies(pricer(self._with(added), self._at), promotion)

        options = list(self._single(enough)) or list(self._pairs(promotion, unmet, enough))
        if not options:
            return told
        added = min(options, key=_spend)
        then = self._price(self._with(added), self._at)
        decision = then.decision(promotion.id)
        (line, units), *others = added
        return attrs.evolve(
            told,
            sku=line.sku,
            units=units,
            beside=tuple((each.sku, count) for each, count in others),
            spend=_spend(added),
            total_then=then.total,
            discount_then=None if decision is None else decision.discount,
        )

    def _told(
        self, promotion: Promotion, unmet: tuple[str, ...], tier: int | None = None
    ) -> Unlock:
        return Unlock(
            promotion_id=promotion.id,
            promotion_name=promotion.name,
            tier=tier,
            unmet=unmet,
            total=self.now.total,
        )

    @property
    def _buyable(self) -> list[CartLine]:
        """The lines of which more can be bought: of a fee, or of what is made to order, none."""
        return [line for line in self._lines if line.custom is None]

    def _single(self, enough: _Enough) -> Iterator[_Added]:
        """For each line the fewest units that are enough."""

        def so_many(line: CartLine, units: int) -> bool:
            return enough(((line, units),))

        for line in self._buyable:
            units = _fewest(partial(so_many, line), self._bound(line))
            if units:
                yield ((line, units),)

    def _pairs(
        self, promotion: Promotion, unmet: tuple[str, ...], enough: _Enough
    ) -> Iterator[_Added]:
        """Units of two lines that are enough together; of each as few as the other one allows."""
        helpful = [
            line
            for line in self._buyable
            if tuple(self._unmet(promotion, self._with(((line, 1),)))) != unmet
        ]
        cheapest = sorted(helpful, key=lambda line: line.unit_price)[:_MOST_PAIRED]

        def of_first(one: CartLine, other: CartLine, others: int, units: int) -> bool:
            return enough(((one, units), (other, others or units)))

        for one, other in combinations(cheapest, 2):
            bound = min(self._bound(one), self._bound(other))
            both = _fewest(partial(of_first, one, other, 0), bound)
            if both is None:
                continue
            first = _fewest(partial(of_first, one, other, both), both) or both
            second = _fewest(partial(of_first, other, one, first), both) or both
            yield ((one, first), (other, second))

    def _bound(self, line: CartLine) -> int:
        own = line.quantity if line.id in self._own else 0
        return min(self._most, LARGEST_QUANTITY - own)

    def _with(self, added: _Added) -> Cart:
        """The cart with more units of lines; where they are sent, these go along."""
        cart = self._cart
        for line, units in added:
            cart = self._with_more(cart, line, units)
        return cart

    def _with_more(self, cart: Cart, line: CartLine, units: int) -> Cart:
        if line.id not in self._own:
            return attrs.evolve(cart, lines=(*cart.lines, attrs.evolve(line, quantity=units)))
        more = attrs.evolve(line, quantity=line.quantity + units)
        lines = tuple(more if each.id == line.id else each for each in cart.lines)
        shipments = list(cart.shipments)
        for place, shipment in enumerate(shipments):
            if any(line_id == line.id for line_id, _ in shipment.lines):
                shipments[place] = attrs.evolve(shipment, lines=(*shipment.lines, (line.id, units)))
                break
        return attrs.evolve(cart, lines=lines, shipments=tuple(shipments))

    def _unmet(self, promotion: Promotion, cart: Cart) -> Iterator[str]:
        """What each condition says that does not hold for a cart, and last what the type says."""
        without = self._decision(promotion, (), cart)
        for condition in promotion.conditions:
            alone = self._decision(promotion, (condition,), cart)
            if not alone.applied and alone.message != without.message:
                yield alone.message
        if not without.applied:
            yield without.message

    def _decision(
        self, promotion: Promotion, conditions: tuple[ConditionType, ...], cart: Cart
    ) -> Decision:
        """What becomes of a promotion with other conditions, even where no line is its own."""
        changed = attrs.evolve(promotion, conditions=conditions)
        code = promotion.codes[0] if promotion.codes else ""
        picked = AppliedPromotion(promotion_id=promotion.id, promo_code=code)
        quote = self._instead(changed)(attrs.evolve(cart, applied=(picked,)), self._at)
        decision = quote.decision(promotion.id)
        if decision is None:  # what was picked has a decision
            raise NotFound("promotion", promotion.id)
        return decision

    def _instead(self, changed: Promotion) -> Pricer:
        promotions = tuple(
            changed if each.id == changed.id else each for each in self._scenario.promotions
        )
        return Pricer(attrs.evolve(self._scenario, promotions=promotions))


def _missing(promotion: Promotion) -> str:
    """What a promotion lacks that applies only where somebody applies it."""
    if promotion.codes:
        return f"one of its codes has to be entered, such as '{promotion.codes[0]}'"
    return "it has to be picked"


def _applies(quote: Quote, promotion: Promotion) -> bool:
    decision = quote.decision(promotion.id)
    return decision is not None and decision.applied


def _fewest(enough: Callable[[int], bool], most: int) -> int | None:
    """The fewest units that are enough: doubled until they are, and then halved."""
    low, high = 0, 1
    while not enough(min(high, most)):
        if high >= most:
            return None
        low, high = high, high * 2
    high = min(high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _spend(added: _Added) -> Money:
    (line, units), *others = added
    return sum((each.unit_price * count for each, count in others), line.unit_price * units)
