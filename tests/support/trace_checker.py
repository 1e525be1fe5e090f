"""Adds a quote up again from its trace (PR-3, PR-6, PR-7, PR-15, PR-16, PR-26).

It reads the public attributes of a quote and imports nothing of the engine: every figure is worked
out anew, on fractions. `tests/conftest.py` has every quote checked that any test makes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

HALF = Fraction(1, 2)


def rounded(exact: Fraction, rounding: str) -> int:
    """A figure that is not negative, as a whole number."""
    below = exact.__floor__()
    rest = exact - below
    up = {
        "half_up": rest >= HALF,
        "half_down": rest > HALF,
        "half_even": rest > HALF or (rest == HALF and below % 2 == 1),
        "up": rest > 0,
        "down": False,
    }[rounding]
    return below + up


class TraceChecker:
    """Checks one quote."""

    def __init__(self, quote: Any) -> None:
        self.quote = quote
        self.digits = -quote.totals.total.amount.as_tuple().exponent
        self.amount = {line.line_id: self.minor(line.amount) for line in quote.lines}
        self.left = dict(self.amount)
        self.tied_to = {line.line_id: line.tied_to for line in quote.lines}
        # What "of the original" means: of tied lines, what their own promotion left (PR-31).
        self.original = dict(self.amount)
        self.postage = {each.shipment_id: self.minor(each.price) for each in quote.shipments}
        self.full_postage = dict(self.postage)
        self.quantity = {line.line_id: line.quantity for line in quote.lines}
        # Equal units count as one, whatever lines they stand in: they are told by what can be seen.
        self.kind = {
            line.line_id: (
                line.sku,
                line.product_id,
                line.unit_price,
                line.description,
                line.requires_shipping,
                line.tied_to,
            )
            for line in quote.lines
        }
        self.by_promotion: dict[str, int] = defaultdict(int)
        self.cut: dict[str, int] = defaultdict(int)
        self.taken: dict[tuple[str, str, str], int] = defaultdict(int)  # line, else shipment
        self.by_phase: dict[str, int] = defaultdict(int)

    def minor(self, money: Any) -> int:
        """An amount in the smallest coin; anything finer, or in another currency, is an error."""
        assert money.currency.code == self.quote.currency, money
        numerator, denominator = money.amount.as_integer_ratio()
        minor, finer = divmod(numerator * 10**self.digits, denominator)
        assert not finer, money
        return int(minor)

    def check(self) -> None:
        """Go through the trace, then compare it with all that the quote says."""
        for line in self.quote.lines:
            exact = Fraction(line.unit_price.amount) * 10**self.digits * line.quantity
            assert abs(self.amount[line.line_id] - exact) < 1, line
        for step in self.quote.trace:
            self.step(step)
        self.lines()
        self.shipments()
        self.promotions()
        self.taxes()
        self.totals()

    # --- steps ---

    def step(self, step: Any) -> None:
        """Work one discount out anew, and take it off."""
        shares = step.shares
        shipping = step.phase == "shipping"
        before = [self.minor(share.before) for share in shares]
        bases = [self.minor(share.base) for share in shares]
        weights = [self.minor(share.weight) for share in shares]
        rooms = [self.minor(share.room) for share in shares]
        given = [self.minor(share.discount) for share in shares]
        taken, asked = self.minor(step.taken), self.minor(step.asked)

        assert self.minor(step.base) == sum(bases), step
        assert asked == self.asked(step, before, bases, weights), step
        maximum = asked if step.maximum is None else self.minor(step.maximum)
        wanted = min(asked, maximum)
        assert taken == min(wanted, sum(rooms)), step
        assert self.minor(step.cut) == wanted - taken, step
        assert sum(given) == taken, step
        for here, room, part in zip(before, rooms, given, strict=True):
            assert 0 <= part <= room <= here, step
        self.compare_with_what_is_left(step, before, bases, shipping=shipping)
        assert given == distribution(taken, weights, rooms, step.remainder, given), step

        for share, part in zip(shares, given, strict=True):
            assert sum(self.minor(each.discount) for each in share.parts) == part, share
            assert shipping or sum(each.units for each in share.parts) == share.units, share
            for each in share.parts:
                assert (each.line_id == "") == shipping, each
                target = each.shipment_id if shipping else each.line_id
                purse = self.postage if shipping else self.left
                purse[target] -= self.minor(each.discount)
                assert purse[target] >= 0, each
                key = (step.promotion_id, each.line_id, each.shipment_id)
                self.taken[key] += self.minor(each.discount)
                if not shipping and self.tied_to[target] == step.promotion_id:
                    self.original[target] -= self.minor(each.discount)
        self.by_promotion[step.promotion_id] += taken
        self.cut[step.promotion_id] += wanted - taken
        self.by_phase[step.phase] += taken

    def asked(
        self, step: Any, before: Sequence[int], bases: Sequence[int], weights: Sequence[int]
    ) -> int:
        """What the figure of a step comes to; what each share is weighed by is checked as well."""
        if step.kind == "percent":
            rate = Fraction(Decimal(step.rate)) / 100

            def off(base: int) -> int:
                return rounded(base * rate, step.rounding)

            if step.rounding_point == "promotion":
                assert list(weights) == list(bases), step
                return off(sum(bases))
            if step.rounding_point == "unit":
                units = [share.units for share in step.shares]
                assert list(weights) == [
                    sum(off(unit) * times for unit, times in coins(base, count))
                    for base, count in zip(bases, units, strict=True)
                ], step
                return sum(weights)
            for group in self.groups(step):
                together = off(sum(bases[i] for i in group))
                # Lines that differ in what no quote shows, their minimum price, are rounded apart.
                apart = sum(off(bases[i]) for i in group)
                assert sum(weights[i] for i in group) in {together, apart}, step
            return sum(weights)
        figure = Fraction(step.rate.split()[0]) * 10**self.digits
        assert figure.denominator == 1, step
        each: int = figure.numerator
        if step.per == "total":
            assert list(weights) == list(before), step
            return each if step.kind == "amount" else max(0, sum(before) - each)
        if step.per == "unit":
            units = [share.units for share in step.shares]
            price = step.kind == "price"
            assert list(weights) == [
                sum(
                    times * (max(0, unit - each) if price else min(unit, each))
                    for unit, times in coins(left, n)
                )
                for left, n in zip(before, units, strict=True)
            ], step
            return sum(weights) if price else each * sum(units)
        # Here, too, lines that differ in their minimum price alone are lines apart.
        counts = {0}
        for group in self.groups(step):
            weight = sum(weights[i] for i in group)
            apart = sum(min(each, before[i]) for i in group)
            allowed = {1} if weight == min(each, sum(before[i] for i in group)) else set()
            allowed |= {len(group)} if weight == apart else set()
            counts = {count + more for count in counts for more in allowed}
        possible = {each * count for count in counts}
        asked = self.minor(step.asked)
        assert asked in possible, step
        return asked

    def groups(self, step: Any) -> list[list[int]]:
        """The shares of a step, those of equal units together."""
        found: dict[Any, list[int]] = {}
        for i, share in enumerate(step.shares):
            found.setdefault(self.kind[share.parts[0].line_id], []).append(i)
        return list(found.values())

    def compare_with_what_is_left(
        self, step: Any, before: Sequence[int], bases: Sequence[int], *, shipping: bool
    ) -> None:
        """What the step says to have found is what the steps before it left."""
        if shipping:
            for share, here, base in zip(step.shares, before, bases, strict=True):
                (part,) = share.parts
                assert here == self.postage[part.shipment_id], step
                original = self.full_postage[part.shipment_id]
                assert base == (original if step.of_original else here), step
            return
        for group in self.groups(step):
            kind = self.kind[step.shares[group[0]].parts[0].line_id]
            lines = [line_id for line_id, own in self.kind.items() if own == kind]
            left = sum(self.left[line_id] for line_id in lines)
            amount = sum(self.amount[line_id] for line_id in lines)
            original = sum(self.original[line_id] for line_id in lines)
            whole = sum(self.quantity[line_id] for line_id in lines)
            units = sum(step.shares[i].units for i in group)
            here, base = sum(before[i] for i in group), sum(bases[i] for i in group)
            assert units <= whole, step
            if units == whole:
                assert here == left, step
            elif left == amount:  # untouched: it is these units' share of the whole amount
                assert abs(here - Fraction(amount * units, whole)) <= len(group), step
            assert here <= left, step
            if not step.of_original:
                assert base == here, step
            else:
                assert here <= base <= original, step
                assert units < whole or base == original, step

    # --- what the quote says ---

    def lines(self) -> None:
        for line in self.quote.lines:
            assert self.minor(line.total) == self.left[line.line_id], line
            assert self.minor(line.amount) - self.minor(line.discount) == self.minor(line.total)
            assert self.minor(line.discount) >= 0, line

    def shipments(self) -> None:
        sent: dict[str, list[Any]] = defaultdict(list)
        for shipment in self.quote.shipments:
            assert self.minor(shipment.total) == self.postage[shipment.shipment_id], shipment
            assert self.minor(shipment.price) - self.minor(shipment.discount) == self.minor(
                shipment.total
            )
            assert self.minor(shipment.goods) == sum(self.minor(p.total) for p in shipment.lines)
            for part in shipment.lines:
                sent[part.line_id].append(part)
                exact = Fraction(self.left[part.line_id] * part.quantity)
                assert abs(self.minor(part.total) - exact / self.quantity[part.line_id]) < 1, part
        for line_id, parts in sent.items():
            if sum(part.quantity for part in parts) == self.quantity[line_id]:
                assert sum(self.minor(part.total) for part in parts) == self.left[line_id]

    def promotions(self) -> None:
        adjusted: dict[tuple[str, str, str], int] = defaultdict(int)
        of_phase: dict[str, int] = defaultdict(int)
        for adjustment in self.quote.adjustments:
            assert (adjustment.line_id == "") != (adjustment.shipment_id == ""), adjustment
            key = (adjustment.promotion_id, adjustment.line_id, adjustment.shipment_id)
            assert key not in adjusted, adjustment
            adjusted[key] = self.minor(adjustment.discount)
            of_phase[adjustment.phase.value] += self.minor(adjustment.discount)
            assert self.minor(adjustment.discount) >= 0, adjustment
            if adjustment.line_id:
                assert 0 < adjustment.units <= self.quantity[adjustment.line_id], adjustment
        assert positive(adjusted) == positive(self.taken)
        assert positive(of_phase) == positive(self.by_phase)
        for decision in self.quote.decisions:
            if decision.applied:
                own = self.by_promotion.pop(decision.promotion_id, 0)
                assert self.minor(decision.discount) == own, decision
                cut = 0 if decision.cut is None else self.minor(decision.cut)
                assert cut == self.cut[decision.promotion_id], decision
            else:
                assert self.minor(decision.discount) == 0, decision
                assert decision.promotion_id not in self.by_promotion, decision
        assert not positive(self.by_promotion)

    def none_is_better(self, not_weighed: Collection[str]) -> None:
        """What is called the best does not say that it would be cheaper with another one (PR-27).

        Unless that one, or the one in its way, is not weighed, or goods were sold that there would
        not be then.
        """
        sold = any(
            line.tied_to
            and self.minor(line.amount)
            > self.taken[line.tied_to, line.line_id, ""]  # its own discount
            for line in self.quote.lines
        )
        for decision in self.quote.decisions:
            if not sold and not {decision.promotion_id, decision.beaten_by} & {*not_weighed}:
                by = decision.beaten_by_amount
                assert by is None or self.minor(by) >= 0, decision

    def taxes(self) -> None:
        """Taxes are the exact ones, rounded for what the policy says (TX-2, TX-4)."""
        quote = self.quote
        policy = quote.tax_policy
        without = policy is None or policy.cash_step is not None  # coins need no calculator
        if without and not quote.taxed_parts:
            assert not quote.taxes, quote
            return
        assert policy is not None
        self.parts()
        step = 1 if policy.step is None else int(Fraction(policy.step) * 10**self.digits)
        charges: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for charge in quote.taxes:
            charges[charge.line_id, charge.shipment_id].append(charge)
        if not all(self.can_be_told(part, step, len(charges)) for part in quote.taxed_parts):
            self.taxes_about_right(step)
            return
        exact: dict[Any, Fraction] = defaultdict(Fraction)
        found: dict[Any, int] = defaultdict(int)
        for number, part in enumerate(quote.taxed_parts):
            own = charges[part.line_id, part.shipment_id]
            for charge, keys, tax in self.exact_taxes(part, own, number, step):
                exact[keys] += tax
                found[keys] += self.minor(charge.amount)
        for key, amount in found.items():
            wanted = step * rounded(exact[key] / step, policy.mode.value)
            assert amount == wanted, (key, amount, exact[key])

    def can_be_told(self, part: Any, step: int, most: int) -> bool:
        """Whether exact taxes can be told: shipping that is taxed as goods has a mix of rates.

        What a tiny price holds may be less than what was rounded up.
        """
        own_rates = part.taxed_by.value == "own_rates"
        enough = self.minor(part.gross) > 100 * step * most or not part.price_includes_tax
        return own_rates and (enough or not part.gross)

    def exact_taxes(
        self, part: Any, charges: list[Any], number: int, step: int
    ) -> Iterator[tuple[Any, Any, Fraction]]:
        """Each charge of a part with what it is rounded with, and its exact tax."""
        policy = self.quote.tax_policy
        shares: list[Fraction] = []
        for charge in charges:
            before = 1 + sum(shares, Fraction(0)) if charge.compound else Fraction(1)
            shares.append(before * Fraction(Decimal(charge.percent)) / 100)
        contained = part.price_includes_tax and policy.gross.value == "kept"
        whole = 1 + sum(shares, Fraction(0)) if contained else Fraction(1)
        amount = self.minor(part.gross if contained else part.net)
        for charge, share in zip(charges, shares, strict=True):
            rate = (charge.name, Decimal(charge.percent), charge.compound)
            match policy.rounding.value:
                case "rate":
                    yield charge, rate, amount * share / whole
                case "order":
                    yield charge, "", amount * share / whole
                case "line":
                    yield charge, (number, *rate), amount * share / whole
                case "unit":
                    each, more = divmod(amount, part.quantity)
                    together = 0
                    # A price of a million units takes no longer than one of two.
                    for units, price in ((part.quantity - more, each), (more, each + 1)):
                        tax = price * share / whole / step
                        together += units * step * rounded(tax, policy.mode.value)
                    yield charge, (number, *rate), Fraction(together)
                case other:
                    raise AssertionError(other)

    def taxes_about_right(self, step: int) -> None:
        """Each rate comes to its percentage of what it is taken from, but for what is rounded."""
        quote, minor = self.quote, self.minor
        policy = quote.tax_policy
        by_rate: dict[tuple[str, str, bool], list[Any]] = defaultdict(list)
        for charge in quote.taxes:
            by_rate[charge.name, charge.percent, charge.compound].append(charge)
        units = sum(part.quantity for part in quote.taxed_parts)
        parts = len(quote.taxed_parts)
        times = {"rate": 1, "order": 1, "line": parts, "unit": units}[policy.rounding.value]
        for (_, percent, _), charges in by_rate.items():
            base = sum(minor(each.base) for each in charges)
            exact = base * Fraction(Decimal(percent)) / 100
            # A base that rounded taxes left is off by as much as these.
            slack = step * times * (2 + len(by_rate)) + len(charges)
            assert abs(sum(minor(each.amount) for each in charges) - exact) <= slack, charges

    def parts(self) -> None:
        """Net and tax are what is charged, for each part, line and shipment (TX-3, TX-8)."""
        quote, minor = self.quote, self.minor
        charged: dict[tuple[str, str], int] = defaultdict(int)
        rates: dict[tuple[str, str], set[Any]] = defaultdict(set)
        for charge in quote.taxes:
            target, rate = (charge.line_id, charge.shipment_id), (charge.name, charge.compound)
            key = (*rate, Decimal(charge.percent))
            assert key not in rates[target], charge
            rates[target].add(key)
            charged[target] += minor(charge.amount)
        left: dict[str, int] = defaultdict(int)
        units: dict[str, int] = defaultdict(int)
        postage: dict[str, int] = defaultdict(int)
        kept = quote.tax_policy.gross.value == "kept"
        seen = set()
        for part in quote.taxed_parts:
            target = (part.line_id, part.shipment_id)
            assert target not in seen, part
            seen.add(target)
            assert minor(part.net) + minor(part.tax) == minor(part.gross), part
            assert minor(part.tax) == charged[target], part
            assert not part.exempt or not rates[target], part
            own = minor(part.gross if part.price_includes_tax else part.net)
            own -= minor(part.paid_by_third_party)
            if part.line_id:
                left[part.line_id] += own
                units[part.line_id] += part.quantity
            else:
                postage[part.shipment_id] += own
        assert charged.keys() <= seen, quote.taxes
        for line_id, quantity in self.quantity.items():
            assert units[line_id] == quantity, line_id
            assert not kept or left[line_id] == self.left[line_id], line_id
        for shipment_id, own in self.postage.items():
            assert not kept or postage[shipment_id] == own, shipment_id

    def totals(self) -> None:
        totals = self.quote.totals
        of_phase = self.by_phase
        assert self.minor(totals.items) == sum(self.amount.values())
        assert self.minor(totals.item_discounts) == of_phase["items"]
        assert self.minor(totals.order_discounts) == of_phase["order"]
        assert self.minor(totals.shipping) == sum(self.full_postage.values())
        assert self.minor(totals.shipping_discounts) == of_phase["shipping"]
        tax = sum(self.minor(charge.amount) for charge in self.quote.taxes)
        assert self.minor(totals.tax) == tax
        due = sum(self.left.values()) + sum(self.postage.values())
        others = 0
        parts = self.quote.taxed_parts
        if parts:
            others = sum(self.minor(part.paid_by_third_party) for part in parts)
            due = sum(self.minor(part.gross) for part in parts) - others
        assert self.minor(totals.total) == due
        assert self.minor(totals.net) + tax == self.minor(totals.gross) == due + others
        assert self.minor(totals.paid_by_third_party) == others
        policy = self.quote.tax_policy
        if policy is None or policy.cash_step is None:
            assert totals.payable == totals.total
        else:
            step = int(Fraction(policy.cash_step) * 10**self.digits)
            exact = rounded(Fraction(due, step), policy.cash_mode.value)
            assert self.minor(totals.payable) == step * exact


def positive(figures: dict[Any, int]) -> dict[Any, int]:
    return {key: figure for key, figure in figures.items() if figure}


def coins(amount: int, units: int) -> list[tuple[int, int]]:
    """An amount over units, as evenly as whole coins can be: how much, and of how many units."""
    small, larger = divmod(amount, units)
    return [(small, units - larger), (small + 1, larger)]


def distribution(
    whole: int, weights: Sequence[int], rooms: Sequence[int], remainder: str, given: Sequence[int]
) -> list[int]:
    """The split of a whole by weights; what one has no room for goes to the others (PR-29).

    Of shares with equal remainders any may get the coin left over: that one is taken which `given`
    has more for. Where nothing is left to weigh by, what others could not take goes by room.
    """
    parts = [0] * len(weights)
    among = list(range(len(weights)))
    while among and whole:
        scale = weights if any(weights[i] for i in among) else rooms
        shares = split(whole, [scale[i] for i in among], remainder, [given[i] for i in among])
        full = [i for i, share in zip(among, shares, strict=True) if share > rooms[i]]
        for i, share in zip(among, shares, strict=True):
            parts[i] = min(share, rooms[i])
        if not full:
            break
        whole -= sum(rooms[i] for i in full)
        among = [i for i in among if i not in full]
    return parts


def split(whole: int, weights: Sequence[int], remainder: str, given: Sequence[int]) -> list[int]:
    together = sum(weights)
    if not together:
        return [0] * len(weights)
    exact = [Fraction(whole * weight, together) for weight in weights]
    if remainder == "carried":
        so_far = [rounded(due, "half_up") for due in accumulate(exact)]
        return [now - before for before, now in zip([0, *so_far], so_far, strict=False)]
    parts = [share.__floor__() for share in exact]
    waiting = [i for i, weight in enumerate(weights) if weight]
    if remainder == "largest":
        waiting.sort(key=lambda i: (parts[i] - exact[i], parts[i] - given[i]))
    elif remainder == "last":
        waiting.reverse()
    for i in waiting[: whole - sum(parts)]:
        parts[i] += 1
    return parts


def check_trace(
    quote: Any, *, best: bool = False, not_weighed: Collection[str] = frozenset()
) -> None:
    """Add a quote up again from its trace.

    With `best`, it is of the best combination. `not_weighed` are the promotions that win or lose
    whatever it comes to: exclusive ones, and those that would sell something.
    """
    checker = TraceChecker(quote)
    checker.check()
    if best and quote.optimal:
        checker.none_is_better(not_weighed)
