"""Writing a quote from what pricing leaves behind: a method for each field."""

from datetime import datetime
from functools import cached_property

from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine
from cartcore.errors import InvalidField
from cartcore.pricing import sentences
from cartcore.pricing.adjustments import adjustments_of
from cartcore.pricing.discounting import Taken
from cartcore.pricing.policy import PricingPolicy, RoundingPoint, TaxPolicy
from cartcore.pricing.priced_from import Sources
from cartcore.pricing.quote_parts import (
    Adjustment,
    Decision,
    Phase,
    QuoteLine,
    QuoteShipment,
    QuoteShipmentLine,
    TaxCharge,
    TaxedPart,
    Totals,
)
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.rivals import rival_of
from cartcore.pricing.shares import LineShares, Part
from cartcore.pricing.taxes import Taxed, payable
from cartcore.pricing.trace import TracePart, TraceShare, TraceStep
from cartcore.pricing.turn import Priced, Turn
from cartcore.promotions import reasons
from cartcore.promotions.offer import Ineligible, Per
from cartcore.values.allocation import allocate
from cartcore.values.guard import PluginFault
from cartcore.values.money import from_minor, show


class QuoteWriter:
    """Writes the fields of a quote when they are first read (`Quote`).

    What it holds, a quote holds: the cart, its ledger, and the candidates that had a turn, but no
    index of promotions. `taxed` is None without a calculator. Of products and usage it holds those
    that a promotion was asked about: among its `sources`, and where a promotion was beaten, in what
    it takes to price the cart `again` without the winner. Nothing in it changes once it is made but
    for what is worked out once, the same for every thread.
    """

    def __init__(
        self,
        cart: Cart,
        at: datetime,
        policy: PricingPolicy,
        priced: Priced,
        again: PricingRequest | None,
        sources: Sources,
    ) -> None:
        self.cart = cart
        self.policy = policy
        self.priced = priced
        self._at = at
        self.taxed: Taxed | None = None
        self._again = again
        self.sources = sources

    def _money(self, minor: int) -> Money:
        return from_minor(minor, self.cart.currency)

    @cached_property
    def _shares(self) -> LineShares:
        priced = self.priced
        return LineShares(self.cart, priced.ledger, priced.turns, self.policy.rounding)

    # --- what was asked ---

    def currency(self) -> str:
        """Write `Quote.currency`."""
        return self.cart.currency

    def at(self) -> datetime:
        """Write `Quote.at`."""
        return self._at

    def reference(self) -> str:
        """Write `Quote.reference`."""
        return self.cart.reference

    def faults(self) -> tuple[PluginFault, ...]:
        """Return `Quote.faults`."""
        return self.priced.faults

    def optimal(self) -> bool:
        """Write `Quote.optimal`."""
        return self.priced.optimal

    def bound(self) -> Money | None:
        """Write `Quote.bound`."""
        return None if self.priced.optimal else self._money(self.priced.bound)

    # --- lines and shipments ---

    def cart_lines(self) -> tuple[CartLine, ...]:
        """Return `Quote.cart_lines`."""
        return (*self.cart.lines, *self.priced.added)

    def lines(self) -> tuple[QuoteLine, ...]:
        """Write `Quote.lines`."""
        shares, money = self._shares, self._money
        return tuple(
            QuoteLine(
                line_id=line.id,
                sku=line.sku,
                product_id=line.product_id,
                description=line.description,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=money(shares.amounts[line.id]),
                discount=money(shares.amounts[line.id] - shares.left[line.id]),
                total=money(shares.left[line.id]),
                requires_shipping=line.requires_shipping,
                tied_to=line.tied_to,
                attributes=line.attributes,
                override=line.override,
                custom=line.custom,
            )
            for line in shares.lines
        )

    def shipments(self) -> tuple[QuoteShipment, ...]:
        """Write `Quote.shipments`."""
        shares = self._shares_of_shipments()
        ledger, money = self.priced.ledger, self._money
        found = []
        for place, shipment in enumerate(self.cart.shipments):
            parts = [(*part, shares[part[0]].pop(0)) for part in shipment.lines]
            price, left = ledger.shipping_prices[place], ledger.shipping_left[place]
            found.append(
                QuoteShipment(
                    shipment_id=shipment.id,
                    lines=tuple(
                        QuoteShipmentLine(line_id=line_id, quantity=quantity, total=money(share))
                        for line_id, quantity, share in parts
                    ),
                    goods=money(sum(share for _, _, share in parts)),
                    speed=shipment.speed,
                    price=money(price),
                    discount=money(price - left),
                    total=money(left),
                )
            )
        return tuple(found)

    def check_shipments(self) -> None:
        """Raise InvalidField for units in shipments that are not there (OE-12)."""
        self._shares_of_shipments()

    def _shares_of_shipments(self) -> dict[str, list[int]]:
        """Each line's total, split over its places in shipments by units (PR-3, OE-26)."""
        units: dict[str, list[int]] = {}
        for shipment in self.cart.shipments:
            for line_id, quantity in shipment.lines:
                units.setdefault(line_id, []).append(quantity)
        quantities, left = self._shares.quantities, self._shares.left
        shares: dict[str, list[int]] = {}
        for line_id, parts in units.items():
            if line_id not in quantities:
                raise InvalidField("shipments", line_id, "of lines in the cart")
            unassigned = quantities[line_id] - sum(parts)
            if unassigned < 0:
                raise InvalidField("shipments", line_id, "of no more units than the line has")
            shares[line_id] = allocate(left[line_id], [*parts, unassigned] if unassigned else parts)
        return shares

    # --- sums ---

    def taxes(self) -> tuple[TaxCharge, ...]:
        """Write `Quote.taxes`."""
        if self.taxed is None:
            return ()
        money = self._money
        return tuple(
            TaxCharge(
                name=rate.name,
                percent=f"{rate.percent:f}",
                line_id=part.line_id,
                shipment_id=part.shipment_id,
                base=money(base),
                amount=money(amount),
                compound=rate.compound,
            )
            for part, taxes in zip(self.taxed.parts, self.taxed.taxes, strict=True)
            for rate, base, amount in zip(taxes.rates, taxes.bases, taxes.amounts, strict=True)
        )

    def taxed_parts(self) -> tuple[TaxedPart, ...]:
        """Write `Quote.taxed_parts`."""
        if self.taxed is None:
            return ()
        money, taxed = self._money, self.taxed
        by_others = taxed.amounts.by_others or [0] * len(taxed.parts)
        each = zip(taxed.parts, taxed.answers, by_others, taxed.taxes, strict=True)
        return tuple(
            TaxedPart(
                line_id=part.line_id,
                shipment_id=part.shipment_id,
                quantity=part.quantity,
                net=money(taxes.net),
                tax=money(sum(taxes.amounts)),
                gross=money(taxes.net + sum(taxes.amounts)),
                paid_by_third_party=money(by_other),
                price_includes_tax=part.price_includes_tax,
                exempt=answer.exempt,
                taxed_by=answer.by,
            )
            for part, answer, by_other, taxes in each
        )

    def tax_policy(self) -> TaxPolicy | None:
        """Write `Quote.tax_policy`."""
        policy = self.policy.tax
        return None if self.taxed is None and policy.cash_step is None else policy

    def tax_undetermined(self) -> str:
        """Write `Quote.tax_undetermined`."""
        return ""

    def totals(self) -> Totals:
        """Write `Quote.totals`."""
        ledger, money = self.priced.ledger, self._money
        discounts = dict.fromkeys(Phase, 0)
        for turn in self.priced.turns:
            if turn.applied is not None:
                discounts[turn.candidate.phase] += turn.applied.discount
        total, tax, others = ledger.total_left, 0, 0
        if self.taxed is not None:
            total, tax, others = self.taxed.total, self.taxed.tax, sum(self.taxed.amounts.by_others)
        shipping = sum(ledger.shipping_prices)
        return Totals(
            items=money(ledger.gross - shipping),
            item_discounts=money(discounts[Phase.ITEMS]),
            order_discounts=money(discounts[Phase.ORDER]),
            shipping=money(shipping),
            shipping_discounts=money(discounts[Phase.SHIPPING]),
            tax=money(tax),
            total=money(total),
            net=money(total + others - tax),
            gross=money(total + others),
            paid_by_third_party=money(others),
            payable=money(payable(total, self.policy.tax, self.cart.currency)),
        )

    # --- promotions ---

    def adjustments(self) -> tuple[Adjustment, ...]:
        """Write `Quote.adjustments`."""
        shares, currency = self._shares, self.cart.currency
        return tuple(
            adjustment
            for turn, steps in zip(self.priced.turns, shares.steps, strict=True)
            for adjustment in adjustments_of(turn, steps, shares, currency)
        )

    def decisions(self) -> tuple[Decision, ...]:
        """Write `Quote.decisions`."""
        unknown = [self._unknown(each) for each in self.priced.unknown]
        return (*unknown, *map(self._decision, self.priced.turns))

    def _unknown(self, application: AppliedPromotion) -> Decision:
        code = application.promo_code
        why = sentences.unknown()
        return Decision(
            promotion_id=application.promotion_id,
            promotion_name=sentences.unknown_name(code),
            promo_code=code,
            applied=False,
            reason=why.reason,
            message=why.message,
            discount=self._money(0),
        )

    def _decision(self, turn: Turn) -> Decision:
        candidate, outcome = turn.candidate, turn.outcome
        if isinstance(outcome, Ineligible):
            return Decision(
                promotion_id=candidate.id,
                promotion_name=candidate.name,
                promo_code=turn.promo_code,
                actor=candidate.actor,
                applied=False,
                reason=outcome.reason,
                message=outcome.message,
                discount=self._money(0),
                missing_amount=outcome.missing_amount,
                missing_units=outcome.missing_units,
                open_options=outcome.open_options,
            )
        if turn.beaten and self._again is not None:
            return self._beaten(turn, self._again)
        discount = self._money(outcome.discount)
        return Decision(
            promotion_id=candidate.id,
            promotion_name=candidate.name,
            promo_code=turn.promo_code,
            actor=candidate.actor,
            applied=True,
            reason=reasons.APPLIED,
            message=sentences.applied(discount),
            discount=discount,
            cut=self._money(outcome.cut) if outcome.cut else None,
        )

    def _beaten(self, turn: Turn, again: PricingRequest) -> Decision:
        candidate = turn.candidate
        rival = rival_of(candidate, again, self.priced)
        winner, higher_by = rival.winner, self._money(rival.higher_by)
        return Decision(
            promotion_id=candidate.id,
            promotion_name=candidate.name,
            promo_code=turn.promo_code,
            actor=candidate.actor,
            applied=False,
            reason=reasons.BEATEN,
            message=sentences.beaten("" if winner is None else winner.name, higher_by),
            discount=self._money(0),
            beaten_by="" if winner is None else winner.id,
            beaten_by_amount=higher_by,
        )

    # --- the trace ---

    def trace(self) -> tuple[TraceStep, ...]:
        """Write `Quote.trace`."""
        return tuple(
            self._step(turn, step, parts)
            for turn, steps in zip(self.priced.turns, self._shares.steps, strict=True)
            for step, parts in steps
        )

    def _step(self, turn: Turn, step: Taken, parts: list[list[Part]]) -> TraceStep:
        reduction, policy = step.reduction, self.policy
        discount = reduction.discount
        shipping = reduction.ships
        if discount.percent is not None:
            kind, rate = "percent", f"{discount.percent:f}"
        else:
            figure = discount.amount if discount.price is None else discount.price
            kind = "amount" if discount.price is None else "price"
            rate = "" if figure is None else show(figure)
        point = RoundingPoint.PROMOTION if shipping else policy.rounding_point
        rooms = step.weights if step.rooms is None else step.rooms
        columns = (step.before, step.bases, step.weights, rooms, step.parts, parts)
        return TraceStep(
            promotion_id=turn.candidate.id,
            promotion_name=turn.candidate.name,
            phase=turn.candidate.phase.value,
            kind=kind,
            rate=rate,
            per=discount.per.value if discount.percent is None else Per.TOTAL.value,
            of_original=reduction.of_original,
            rounding=policy.rounding.value,
            rounding_point=point.value,
            remainder=policy.remainder.value,
            base=self._money(sum(step.bases)),
            asked=self._money(step.asked),
            maximum=None if reduction.maximum is None else self._money(reduction.maximum),
            taken=self._money(step.taken),
            cut=self._money(step.wanted - step.taken),
            shares=tuple(
                self._share(*figures, shipping=shipping) for figures in zip(*columns, strict=True)
            ),
        )

    def _share(
        self,
        before: int,
        base: int,
        weight: int,
        room: int,
        discount: int,
        parts: list[Part],
        *,
        shipping: bool,
    ) -> TraceShare:
        return TraceShare(
            before=self._money(before),
            base=self._money(base),
            weight=self._money(weight),
            room=self._money(room),
            units=sum(units for _, units, _ in parts),
            discount=self._money(discount),
            parts=tuple(
                TracePart(
                    line_id="" if shipping else target,
                    shipment_id=target if shipping else "",
                    units=units,
                    discount=self._money(taken),
                )
                for target, units, taken in parts
            ),
        )
