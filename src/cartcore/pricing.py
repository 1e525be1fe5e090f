"""The engine: a cart and promotions become a quote.

`price` is a pure function: no clock, no I/O, no state (the instant is an argument). Amounts inside
are integers in the currency's minor unit. A promotion type only says what is discounted; all
arithmetic, rounding, cutting and splitting is done here, so no plugin can break it (PR-19).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import attrs
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine
from cartcore.catalog import Product, Variant
from cartcore.errors import (
    CurrencyMismatch,
    InvalidField,
    NotPublished,
    OptionsNotAvailable,
    OptionsRequired,
    PluginError,
)
from cartcore.fields import checked
from cartcore.money import (
    Rounding,
    allocate,
    divide,
    from_minor,
    line_amount,
    to_fine,
    to_minor,
)
from cartcore.offer import Discount, Ineligible, Offer, PricingContext, TiedItem, tied_line_id
from cartcore.promotion import Promotion, PromotionClass, Trigger, Usage, UsageByPromotion
from cartcore.quote import (
    PHASE_OF,
    Adjustment,
    Decision,
    Phase,
    Quote,
    QuoteLine,
    QuoteShipment,
    QuoteShipmentLine,
    TaxCharge,
    Totals,
)
from cartcore.tax import TaxCalculator, TaxRate

_NEVER_USED = Usage()
_PHASES = list(Phase)
# Within a phase and a priority, gifts go before other discounts (PR-5).
_KINDS = list(PromotionClass)
_KINDS.sort(key=lambda kind: kind is not PromotionClass.PRODUCT)


class RoundingPoint(StrEnum):
    """Where a promotion's discount is rounded (PR-7)."""

    PROMOTION = "promotion"
    LINE = "line"
    UNIT = "unit"


@attrs.frozen(kw_only=True, field_transformer=checked)
class PricingPolicy:
    """How a shop rounds: which way, and at which point (PR-7)."""

    rounding: Rounding = Rounding.HALF_UP
    rounding_point: RoundingPoint = RoundingPoint.PROMOTION


DEFAULT_POLICY = PricingPolicy()


def price(
    cart: Cart,
    promotions: Iterable[Promotion] = (),
    *,
    at: datetime,
    products: Mapping[str, Product] | None = None,
    usage: UsageByPromotion | None = None,
    policy: PricingPolicy = DEFAULT_POLICY,
    tax: TaxCalculator | None = None,
) -> Quote:
    """Price a cart (PR-4 … PR-8).

    Args:
        cart: what is bought, where it goes, and which promotions staff applied.
        promotions: those that may apply; codes and picks count only if `cart.applied` has them.
        at: the instant, with a time zone, that active windows are compared with.
        products: by id, those that promotions may add as tied lines.
        usage: redemptions so far by promotion id, for limits (PR-12).
        policy: how and where to round.
        tax: what gives tax rates; None is no tax.

    Raises:
        InvalidField: `at` has no time zone, or two promotions have one id.
        PluginError: a promotion type answered with something that is not in the cart.
    """
    if at.utcoffset() is None:
        raise InvalidField("at", at, "a datetime with a time zone is needed")
    return _Pricing(
        cart, at.astimezone(UTC), {} if products is None else products, usage or {}, policy
    ).run(promotions, tax)


class _Pricing:
    """The running state of one call of `price`."""

    def __init__(
        self,
        cart: Cart,
        at: datetime,
        products: Mapping[str, Product],
        usage: UsageByPromotion,
        policy: PricingPolicy,
    ) -> None:
        self.cart = cart
        self.at = at
        self.products = products
        self.usage = usage
        self.policy = policy
        self.lines: dict[str, CartLine] = {}
        self.amounts: dict[str, int] = {}
        self.remaining: dict[str, int] = {}
        for line in cart.lines:
            self.add_line(line)
        self.shipments = {shipment.id: shipment for shipment in cart.shipments}
        self.shipping = {
            shipment.id: to_minor(shipment.speed.price, cart.currency) if shipment.speed else 0
            for shipment in cart.shipments
        }
        self.adjustments: list[Adjustment] = []
        self.discounted = dict.fromkeys(Phase, 0)
        self.decisions: list[Decision] = []
        self.context = PricingContext(
            at=at,
            currency=cart.currency,
            customer=cart.customer,
            shipments=cart.shipments,
            lines=self.lines,
            amounts=self.amounts,
            remaining=self.remaining,
            shipping=self.shipping,
        )

    def add_line(self, line: CartLine) -> None:
        fine = to_fine(line.unit_price, self.cart.currency)
        amount = line_amount(fine, line.quantity, self.policy.rounding)
        self.lines[line.id] = line
        self.amounts[line.id] = amount
        self.remaining[line.id] = amount

    def money(self, minor: int) -> Money:
        return from_minor(minor, self.cart.currency)

    # --- promotions ---

    def run(self, promotions: Iterable[Promotion], tax: TaxCalculator | None) -> Quote:
        known: dict[str, Promotion] = {}
        for promotion in promotions:
            if promotion.id in known:
                raise InvalidField("promotions", promotion.id, "two promotions have this id")
            known[promotion.id] = promotion
        applied = {a.promotion_id: a for a in self.cart.applied}
        for promotion_id, application in applied.items():
            if promotion_id not in known:
                gone = Ineligible("unknown", "there is no such promotion any more")
                self.decide(promotion_id, application, gone)
        considered = [
            p for p in known.values() if p.trigger is Trigger.AUTOMATIC or p.id in applied
        ]
        # Automatic promotions have no position: they were there before any was applied.
        positions = {promotion_id: i for i, promotion_id in enumerate(applied, start=1)}
        considered.sort(key=lambda p: self.turn(p, positions.get(p.id, 0)))
        for promotion in considered:
            by_itself = AppliedPromotion(promotion_id=promotion.id)
            self.consider(promotion, applied.get(promotion.id, by_itself))
        return self.quote(*self.charge_tax(tax))

    def turn(self, promotion: Promotion, position: int) -> tuple[int, int, int, int, str]:
        """When a promotion has its turn (PR-4, PR-5)."""
        kind = promotion.promotion_class
        phase = _PHASES.index(PHASE_OF[kind])
        return (phase, -promotion.priority, _KINDS.index(kind), position, promotion.id)

    def consider(self, promotion: Promotion, application: AppliedPromotion) -> None:
        answer = self.standing(promotion) or self.answer(promotion)
        tied: list[CartLine] = []
        if isinstance(answer, Offer):
            chosen = self.tied_lines(promotion, answer.tied_items, application)
            if isinstance(chosen, Ineligible):
                answer = chosen
            else:
                tied = chosen
        if isinstance(answer, Ineligible):
            self.decide(promotion.name, application, answer)
            return
        for line in tied:
            self.add_line(line)
        self.apply(promotion, application, answer, gave_lines=bool(tied))

    def standing(self, promotion: Promotion) -> Ineligible | None:
        """Why a promotion is out of the question, whatever the cart (PR-8, PR-12, OE-25)."""
        if promotion.id in self.cart.refused:
            return Ineligible("refused", "staff removed it from this order")
        if not promotion.enabled:
            return Ineligible("disabled", "it is switched off")
        if promotion.starts_at is not None and self.at < promotion.starts_at:
            return Ineligible(
                "not_started", f"it starts at {promotion.starts_at:%Y-%m-%d %H:%M} UTC"
            )
        if promotion.ends_at is not None and self.at >= promotion.ends_at:
            return Ineligible("expired", f"it ended at {promotion.ends_at:%Y-%m-%d %H:%M} UTC")
        used = self.usage.get(promotion.id, _NEVER_USED)
        limits = promotion.limits
        if limits.total is not None and used.total >= limits.total:
            return Ineligible("used_up", f"all {limits.total} redemptions are used up")
        if limits.per_contact is not None and used.by_contact >= limits.per_contact:
            return Ineligible(
                "used_up_by_contact",
                f"this contact has used it {used.by_contact} times, the most that is allowed",
            )
        return None

    def answer(self, promotion: Promotion) -> Offer | Ineligible:
        """What the promotion's conditions and type say of the cart as it is now."""
        context = self.context
        context.promotion_id = promotion.id
        try:
            for condition in promotion.conditions:
                missing = condition.check(context)
                if isinstance(missing, Ineligible):
                    return missing
                if missing is not None:
                    problem = f"it answered {missing!r}, not an Ineligible or None"
                    raise self.fault(promotion, problem, condition.type_name)
            answer = promotion.effect.evaluate(context)
            if not isinstance(answer, (Offer, Ineligible)):
                raise self.fault(promotion, f"it answered {answer!r}, not an Offer or Ineligible")
            for discount in answer.discounts if isinstance(answer, Offer) else ():
                for money in (discount.amount, discount.maximum):
                    if money is not None:
                        context.minor(money)
        except CurrencyMismatch as error:
            return Ineligible("other_currency", str(error))
        return answer

    def fault(self, promotion: Promotion, problem: str, culprit: str = "") -> PluginError:
        plugin = culprit or promotion.effect.type_name
        return PluginError(plugin, f"promotion {promotion.id!r}", problem)

    def tied_lines(
        self, promotion: Promotion, items: Sequence[TiedItem], application: AppliedPromotion
    ) -> list[CartLine] | Ineligible:
        """The lines that a promotion adds, or why they cannot be had (OE-7)."""
        choices = dict(application.choices)
        found: list[CartLine] = []
        required: list[OptionsRequired] = []
        for item in items:
            try:
                product = self.products[item.product_id]
            except KeyError:
                return Ineligible(
                    "tied_product_missing", f"its product {item.product_id!r} does not exist"
                )
            try:
                variant = tied_variant(product, item, choices.get(item.key))
            except OptionsRequired as error:
                required.append(error)
                continue
            except (NotPublished, OptionsNotAvailable) as error:
                return Ineligible("tied_product_not_available", str(error))
            line = CartLine.of(
                product,
                variant,
                item.quantity,
                line_id=tied_line_id(promotion.id, item.key),
                tied_to=promotion.id,
            )
            if line.unit_price.currency.code != self.cart.currency:
                return Ineligible("other_currency", f"{line.title} is priced in another currency")
            if line.id in self.lines or line.id in {other.id for other in found}:
                raise self.fault(promotion, f"there is already a line {line.id!r}")
            found.append(line)
        if required:
            together = OptionsRequired(tuple(o for error in required for o in error.open))
            return Ineligible("options_required", str(together), open_options=together.open)
        return found

    def apply(
        self,
        promotion: Promotion,
        application: AppliedPromotion,
        offer: Offer,
        *,
        gave_lines: bool,
    ) -> None:
        by_target: dict[tuple[str, str], int] = {}
        cut = 0
        for discount in offer.discounts:
            parts, not_taken = self.take(promotion, discount)
            cut += not_taken
            for target, part in parts.items():
                by_target[target] = by_target.get(target, 0) + part
        phase = PHASE_OF[promotion.promotion_class]
        discounted = sum(by_target.values())
        self.discounted[phase] += discounted
        if not discounted and not gave_lines:
            nothing = Ineligible("nothing_to_discount", "nothing is left that it could discount")
            self.decide(promotion.name, application, nothing)
            return
        for (line_id, shipment_id), part in by_target.items():
            if part:
                self.adjustments.append(
                    Adjustment(
                        promotion_id=promotion.id,
                        promotion_name=promotion.name,
                        promo_code=application.promo_code,
                        phase=phase,
                        line_id=line_id,
                        shipment_id=shipment_id,
                        discount=self.money(part),
                        units=self.lines[line_id].quantity if line_id else 0,
                    )
                )
        self.decisions.append(
            Decision(
                promotion_id=promotion.id,
                promotion_name=promotion.name,
                promo_code=application.promo_code,
                applied=True,
                reason="applied",
                message=f"takes {self.context.show(discounted)} off",
                discount=self.money(discounted),
                cut=self.money(cut) if cut else None,
            )
        )

    def take(
        self, promotion: Promotion, discount: Discount
    ) -> tuple[dict[tuple[str, str], int], int]:
        """Take a discount off its targets; return the parts and what found nothing left (PR-6)."""
        if bool(discount.shipments) != (PHASE_OF[promotion.promotion_class] is Phase.SHIPPING):
            kind = promotion.promotion_class.value
            raise self.fault(promotion, f"its class is {kind}, but it discounts {discount!r}")
        left = self.shipping if discount.shipments else self.remaining
        targets = discount.shipments or discount.lines
        strangers = [target for target in targets if target not in left]
        if strangers or len(set(targets)) != len(targets):
            raise self.fault(
                promotion,
                f"its discount names {strangers or targets}, which the cart has not (once)",
            )
        bases = [left[target] for target in targets]
        asked, weights = self.asked(discount, targets, bases)
        if discount.maximum is not None:
            asked = min(asked, to_minor(discount.maximum, self.cart.currency))
        taken = min(asked, sum(weights))
        parts = _split(taken, weights)
        for target, part in zip(targets, parts, strict=True):
            left[target] -= part
        named = (
            {("", t): p for t, p in zip(targets, parts, strict=True)}
            if discount.shipments
            else {(t, ""): p for t, p in zip(targets, parts, strict=True)}
        )
        return named, asked - taken

    def asked(
        self, discount: Discount, targets: Sequence[str], bases: list[int]
    ) -> tuple[int, list[int]]:
        """What a discount would take, and the weights that it is split by (PR-3, PR-7).

        No weight is over its base. So a share of no more than the sum of the weights is within
        what its target has left.
        """
        if discount.percent is not None:
            point = RoundingPoint.PROMOTION if discount.shipments else self.policy.rounding_point
            return self.percentages(*discount.percent.as_integer_ratio(), targets, bases, point)
        amount = to_minor(discount.amount, self.cart.currency, where="the amount of the promotion")
        if not discount.each:
            return amount, bases
        each = [amount * self.lines[target].quantity for target in targets]
        return sum(each), [min(e, base) for e, base in zip(each, bases, strict=True)]

    def percentages(
        self,
        numerator: int,
        denominator: int,
        targets: Sequence[str],
        bases: list[int],
        point: RoundingPoint,
    ) -> tuple[int, list[int]]:
        rounding = self.policy.rounding
        over = denominator * 100
        if point is RoundingPoint.PROMOTION:
            return divide(sum(bases) * numerator, over, rounding), bases
        if point is RoundingPoint.LINE:
            rounded = [divide(base * numerator, over, rounding) for base in bases]
            return sum(rounded), rounded
        rounded = []
        for target, base in zip(targets, bases, strict=True):
            # The exact split of a line over its units has at most two different unit amounts.
            units = self.lines[target].quantity
            small, larger_units = divmod(base, units)
            rounded.append(
                divide(small * numerator, over, rounding) * (units - larger_units)
                + divide((small + 1) * numerator, over, rounding) * larger_units
            )
        return sum(rounded), rounded

    # --- decisions ---

    def decide(self, name: str, application: AppliedPromotion, why: Ineligible) -> None:
        """Record that a promotion does not apply, and why (PR-17)."""
        self.decisions.append(
            Decision(
                promotion_id=application.promotion_id,
                promotion_name=name,
                promo_code=application.promo_code,
                applied=False,
                reason=why.reason,
                message=why.message,
                discount=self.money(0),
                missing_amount=why.missing_amount,
                missing_units=why.missing_units,
                open_options=why.open_options,
            )
        )

    # --- tax and sums ---

    def tax_rates(self, tax: TaxCalculator) -> Sequence[TaxRate]:
        rates = tax.rates(self.context)
        if not isinstance(rates, (tuple, list)) or not all(isinstance(r, TaxRate) for r in rates):
            problem = f"it answered {rates!r}, not a tuple or list of TaxRate"
            raise PluginError(tax.type_name, "tax", problem)
        for rate in rates:
            for named, there in ((rate.lines, self.remaining), (rate.shipments, self.shipping)):
                strangers = [target for target in named if target not in there]
                if strangers or len(set(named)) != len(named):
                    problem = f"it names {strangers or named}, which the cart has not (once)"
                    raise PluginError(tax.type_name, f"the rate {rate.name!r}", problem)
        return rates

    def charge_tax(self, tax: TaxCalculator | None) -> tuple[list[TaxCharge], int]:
        charges: list[TaxCharge] = []
        together = 0
        for rate in self.tax_rates(tax) if tax else ():
            targets = [(t, "") for t in rate.lines] + [("", t) for t in rate.shipments]
            bases = [self.remaining[t] if t else self.shipping[s] for t, s in targets]
            numerator, denominator = rate.percent.as_integer_ratio()
            whole = divide(sum(bases) * numerator, denominator * 100, self.policy.rounding)
            together += whole
            for (line_id, shipment_id), base, part in zip(
                targets, bases, _split(whole, bases), strict=True
            ):
                charges.append(
                    TaxCharge(
                        name=rate.name,
                        percent=f"{rate.percent:f}",
                        line_id=line_id,
                        shipment_id=shipment_id,
                        base=self.money(base),
                        amount=self.money(part),
                    )
                )
        return charges, together

    def quote(self, taxes: list[TaxCharge], tax: int) -> Quote:
        code = self.cart.currency
        items = sum(self.amounts.values())
        shipping = sum(
            to_minor(s.speed.price, code) for s in self.cart.shipments if s.speed is not None
        )
        total = sum(self.remaining.values()) + sum(self.shipping.values()) + tax
        return Quote(
            currency=code,
            at=self.at,
            reference=self.cart.reference,
            lines=tuple(self.quote_line(line) for line in self.lines.values()),
            shipments=self.quote_shipments(),
            adjustments=tuple(self.adjustments),
            taxes=tuple(taxes),
            decisions=tuple(self.decisions),
            totals=Totals(
                items=self.money(items),
                item_discounts=self.money(self.discounted[Phase.ITEMS]),
                order_discounts=self.money(self.discounted[Phase.ORDER]),
                shipping=self.money(shipping),
                shipping_discounts=self.money(self.discounted[Phase.SHIPPING]),
                tax=self.money(tax),
                total=self.money(total),
            ),
        )

    def quote_line(self, line: CartLine) -> QuoteLine:
        amount, left = self.amounts[line.id], self.remaining[line.id]
        return QuoteLine(
            line_id=line.id,
            sku=line.sku,
            product_id=line.product_id,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=self.money(amount),
            discount=self.money(amount - left),
            total=self.money(left),
            requires_shipping=line.requires_shipping,
            tied_to=line.tied_to,
        )

    def quote_shipments(self) -> tuple[QuoteShipment, ...]:
        shares = self.shares_of_shipments()
        found = []
        for shipment in self.cart.shipments:
            parts = [(*part, shares[part[0]].pop(0)) for part in shipment.lines]
            lines = tuple(
                QuoteShipmentLine(line_id=line_id, quantity=quantity, total=self.money(share))
                for line_id, quantity, share in parts
            )
            price = to_minor(shipment.speed.price, self.cart.currency) if shipment.speed else 0
            left = self.shipping[shipment.id]
            found.append(
                QuoteShipment(
                    shipment_id=shipment.id,
                    lines=lines,
                    goods=self.money(sum(share for _, _, share in parts)),
                    speed=shipment.speed,
                    price=self.money(price),
                    discount=self.money(price - left),
                    total=self.money(left),
                )
            )
        return tuple(found)

    def shares_of_shipments(self) -> dict[str, list[int]]:
        """Each line's total, split over its places in shipments by units (PR-3, OE-26)."""
        units: dict[str, list[int]] = {}
        for shipment in self.cart.shipments:
            for line_id, quantity in shipment.lines:
                units.setdefault(line_id, []).append(quantity)
        shares: dict[str, list[int]] = {}
        for line_id, parts in units.items():
            if line_id not in self.lines:
                raise InvalidField("shipments", line_id, "the cart has no such line")
            unassigned = self.lines[line_id].quantity - sum(parts)
            if unassigned < 0:
                raise InvalidField("shipments", line_id, "more units than the line has")
            shares[line_id] = allocate(self.remaining[line_id], [*parts, unassigned])
        return shares


def _split(whole: int, weights: list[int]) -> list[int]:
    """`allocate`, where nothing to split by means that there is nothing to split."""
    return allocate(whole, weights) if sum(weights) else [0] * len(weights)


def tied_variant(product: Product, item: TiedItem, chosen: str | None) -> Variant:
    """Return the variant of a tied item: the chosen SKU if it fits, else the only one left (OE-7).

    Raises:
        OptionsRequired: several variants fit and none was chosen.
        OptionsNotAvailable: the choice, or the options fixed by the promotion, do not exist.
        NotPublished: the product is not on sale.
    """
    fixed = dict(item.options)
    open_options = product.open_options(fixed, key=item.key)
    if not product.available:
        raise NotPublished("product", product.id)
    fitting = {v.sku: v for v in product.available if product.fits(v, fixed)}
    if not fitting:
        raise OptionsNotAvailable(fixed, open_options)
    if chosen is not None:
        if chosen not in fitting:
            raise OptionsNotAvailable({"SKU": chosen}, open_options)
        return fitting[chosen]
    if len(fitting) > 1:
        raise OptionsRequired((open_options,))
    return next(iter(fitting.values()))
