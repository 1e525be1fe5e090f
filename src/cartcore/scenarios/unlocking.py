"""What it would take for promotions to apply to a cart (SC-7)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import attrs
from moneyed import Money

from cartcore.cart import LARGEST_QUANTITY, AppliedPromotion, Cart, CartLine
from cartcore.errors import InvalidField, NotFound
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Decision
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.types import ConditionType
from cartcore.rules.builtin import TieredAmountOff, TieredPercentOff
from cartcore.scenarios.arguments import read_as
from cartcore.scenarios.scenario import Pricer, Scenario
from cartcore.values.converters import positive_int
from cartcore.values.money import show
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.readers import of_kind, tuple_of

_TIERED = (TieredPercentOff, TieredAmountOff)


@attrs.frozen(kw_only=True)
class Unlock(ShownAsTable):
    """What would make a promotion apply, or reach its next tier: tried, and found to be true.

    Attributes:
        promotion_id: The id of the promotion.
        promotion_name: Its name.
        tier: The number of the tier that would be reached, from 1; None for a promotion that has
            none.
        unmet: What each of its conditions says that does not hold now; all of them.
        sku: The SKU of the line of which more is needed; empty if no line alone is enough.
        units: How many more units of it are needed; 0 if no line alone is enough.
        spend: What these units cost before discounts; None if no line alone is enough.
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
    spend: Money | None = None
    total: Money
    total_then: Money | None = None
    discount_then: Money | None = None

    def _in_short(self) -> str:
        return f"Unlock({self})"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield (
            "Promotion",
            self.promotion_name
            if self.tier is None
            else f"{self.promotion_name}, tier {self.tier}",
        )
        for told in self.unmet:
            yield "Unmet", told
        if self.spend is not None:
            yield "Add", f"{self.units} × {self.sku} for {show(self.spend)}"
        yield "Total now", show(self.total)
        if self.total_then is not None:
            yield "Total then", show(self.total_then)

    def __str__(self) -> str:
        name = self.promotion_name if self.tier is None else f"{self.promotion_name} ({self.tier})"
        if self.spend is None or self.total_then is None:
            return f"{name}: {'; '.join(self.unmet) or 'more of one line is not enough'}"
        return (
            f"{name}: {self.units} more of {self.sku} for {show(self.spend)}; "
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
    """Say for each automatic promotion that does not apply what would unlock it (SC-7).

    For one with tiers that applies, the next tier. More units of each line are tried, by pricing
    the cart with all promotions of the scenario; the addition that costs least is told. Where more
    units can undo what fewer do, such as past a maximum subtotal, it need not be the smallest.

    Args:
        cart: The cart.
        scenario: The promotions, and the policy to price by.
        at: The instant that is priced for, with a time zone.
        among: Lines that are not in the cart, of which units may be added as well. Their ids must
            be others than those of the cart; their quantity does not matter.
        most_units: The most units that are added of a line.

    Raises:
        InvalidField: a line of `among` with the id of one in the cart, or `most_units` is not
            positive.
        PluginError: a plugin failed, and the policy does not skip it (PR-20).
    """
    of_kind(Cart, cart, "cart")
    of_kind(Scenario, scenario, "scenario")
    others = tuple_of(CartLine, "among", among)
    known = {line.id for line in cart.lines}
    for line in others:
        if line.id in known:
            raise InvalidField("among", line.id, "lines with ids that the cart does not have")
    bound = read_as("most_units", positive_int, most_units) or 1
    search = _Search(cart, scenario, at, (*cart.lines, *others), bound)
    automatic = [each for each in scenario.promotions if each.trigger is Trigger.AUTOMATIC]
    return tuple(found for promotion in automatic for found in search.of(promotion))


class _Search:
    """The cart as it is, and tries of it with more units."""

    def __init__(
        self, cart: Cart, scenario: Scenario, at: datetime, lines: tuple[CartLine, ...], most: int
    ) -> None:
        self._cart, self._scenario, self._at = cart, scenario, at
        self._lines, self._most = lines, most
        self._own = {line.id for line in cart.lines}
        self._price = Pricer(scenario, at)
        self.now = self._price(cart)

    def of(self, promotion: Promotion) -> Iterator[Unlock]:
        """What would unlock a promotion, or its next tier."""
        applied = _applies(self.now, promotion)
        effect = promotion.effect
        if not isinstance(effect, _TIERED):
            if not applied:
                yield self._found(promotion, None)
            return
        for reached in range(applied, len(effect.tiers)):
            left = attrs.evolve(effect, tiers=effect.tiers[reached:], by=effect.by)  # type: ignore[arg-type]
            rest = attrs.evolve(promotion, effect=left)
            if not _applies(self._instead(rest)(self._cart), promotion):
                yield self._found(rest, reached + 1)
                return

    def _found(self, promotion: Promotion, tier: int | None) -> Unlock:
        pricer = self._instead(promotion)
        options: list[tuple[Money, CartLine, int]] = []
        for line in self._lines:
            if line.custom is not None:  # nobody can buy more of a fee, or of what is made to order
                continue
            units = self._fewest(line, lambda quote: _applies(quote, promotion), pricer)
            if units:
                options.append((line.unit_price * units, line, units))
        unmet = tuple(self._unmet(promotion))
        told = Unlock(
            promotion_id=promotion.id,
            promotion_name=promotion.name,
            tier=tier,
            unmet=unmet,
            total=self.now.total,
        )
        if not options:
            return told
        spend, line, units = min(options, key=lambda option: option[0])
        then = self._price(self._with(line, units))
        decision = then.decision(promotion.id)
        return attrs.evolve(
            told,
            sku=line.sku,
            units=units,
            spend=spend,
            total_then=then.total,
            discount_then=None if decision is None else decision.discount,
        )

    def _fewest(
        self, line: CartLine, wanted: Callable[[Quote], bool], pricer: Pricer
    ) -> int | None:
        """The fewest units of a line that do it: doubled until they do, and then halved."""
        own = line.quantity if line.id in self._own else 0
        most = min(self._most, LARGEST_QUANTITY - own)
        low, high = 0, 1
        while not wanted(pricer(self._with(line, min(high, most)))):
            if high >= most:
                return None
            low, high = high, high * 2
        high = min(high, most)
        while high - low > 1:
            middle = (low + high) // 2
            if wanted(pricer(self._with(line, middle))):
                high = middle
            else:
                low = middle
        return high

    def _with(self, line: CartLine, units: int) -> Cart:
        """The cart with more units of a line; where it is sent, they go along."""
        cart = self._cart
        if line.id not in self._own:
            return attrs.evolve(cart, lines=(*cart.lines, attrs.evolve(line, quantity=units)))
        more = attrs.evolve(line, quantity=line.quantity + units)
        lines = tuple(more if each is line else each for each in cart.lines)
        shipments = list(cart.shipments)
        for place, shipment in enumerate(shipments):
            if any(line_id == line.id for line_id, _ in shipment.lines):
                shipments[place] = attrs.evolve(shipment, lines=(*shipment.lines, (line.id, units)))
                break
        return attrs.evolve(cart, lines=lines, shipments=tuple(shipments))

    def _unmet(self, promotion: Promotion) -> Iterator[str]:
        """What each condition says that does not hold, and last what the type says."""
        without = self._decision(promotion, ())
        for condition in promotion.conditions:
            alone = self._decision(promotion, (condition,))
            if not alone.applied and alone.message != without.message:
                yield alone.message
        if not without.applied:
            yield without.message

    def _decision(self, promotion: Promotion, conditions: tuple[ConditionType, ...]) -> Decision:
        """What becomes of a promotion with other conditions, even where no line is its own."""
        changed = attrs.evolve(promotion, conditions=conditions)
        picked = AppliedPromotion(promotion_id=promotion.id)
        quote = self._instead(changed)(attrs.evolve(self._cart, applied=(picked,)))
        decision = quote.decision(promotion.id)
        if decision is None:  # what was picked has a decision
            raise NotFound("promotion", promotion.id)
        return decision

    def _instead(self, changed: Promotion) -> Pricer:
        promotions = tuple(
            changed if each.id == changed.id else each for each in self._scenario.promotions
        )
        return Pricer(attrs.evolve(self._scenario, promotions=promotions), self._at)


def _applies(quote: Quote, promotion: Promotion) -> bool:
    decision = quote.decision(promotion.id)
    return decision is not None and decision.applied
