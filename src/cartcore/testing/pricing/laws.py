"""What holds for every price, whatever promotion types take part (PR-24).

Each law is a function of a case: it returns where it holds, and fails an assertion where it does
not.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from random import Random
from typing import Any

import attrs
from hypothesis import currently_in_test_context
from hypothesis import event as hypothesis_event

from cartcore.cart import Cart, CartLine, CartShipment
from cartcore.pricing.policy import Combination, CrossBorder, ExemptPrices, GrossPrices, Stacking
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Phase
from cartcore.promotions.offer import TiedItem
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import PromotionClass
from cartcore.rules.builtin import AddProduct, MinQuantity, MinSubtotal
from cartcore.shop.product import Product, Variant
from cartcore.testing.pricing.cases import PricingCase
from cartcore.values.allocation import Remainder
from cartcore.values.money import FINE_PER_MINOR, fine_of, from_fine, from_minor, minor_digits

Law = Callable[[PricingCase], None]


def event(told: str) -> None:
    """Have Hypothesis count a case, where it is Hypothesis that tries the law."""
    if currently_in_test_context():
        hypothesis_event(told)


def minor_units(quote: Quote, money: Any) -> int:
    """An amount in minor units; anything finer, or in another currency, is a failure."""
    assert money.currency.code == quote.currency, money
    exact = Fraction(money.amount) * 10 ** minor_digits(quote.currency)
    assert exact.denominator == 1, money
    return int(exact)


def _sum(quote: Quote, amounts: Iterable[Any]) -> int:
    return sum(minor_units(quote, each) for each in amounts)


# --- sums ---


def totals_add_up(case: PricingCase) -> None:
    """Each total is the sum of its parts, and together they give what is to be paid (PR-15)."""
    quote = case.price()
    totals = quote.totals
    lines, shipments = quote.lines, quote.shipments

    assert minor_units(quote, totals.items) == _sum(quote, (line.amount for line in lines))
    assert minor_units(quote, totals.goods) == _sum(quote, (line.total for line in lines))
    assert minor_units(quote, totals.shipping) == _sum(quote, (each.price for each in shipments))
    assert minor_units(quote, totals.tax) == _sum(quote, (each.amount for each in quote.taxes))
    due = (
        minor_units(quote, totals.items)
        - minor_units(quote, totals.item_discounts)
        - minor_units(quote, totals.order_discounts)
        + minor_units(quote, totals.shipping)
        - minor_units(quote, totals.shipping_discounts)
    )
    if case.policy.tax.gross is GrossPrices.KEPT:
        parts = quote.taxed_parts
        added = _sum(quote, (part.tax for part in parts if not part.price_includes_tax))
        assert minor_units(quote, totals.total) == due + added
    for before, discount, left in (
        *((line.amount, line.discount, line.total) for line in lines),
        *((each.price, each.discount, each.total) for each in shipments),
    ):
        assert minor_units(quote, before) - minor_units(quote, discount) == minor_units(quote, left)


def adjustments_are_the_discounts(case: PricingCase) -> None:
    """Adjustments add up to the discounts: per line, shipment, promotion and phase (PR-16)."""
    quote = case.price()
    found = quote.adjustments

    for line in quote.lines:
        own = (a.discount for a in found if a.line_id == line.line_id)
        assert minor_units(quote, line.discount) == _sum(quote, own)
    for shipment in quote.shipments:
        own = (a.discount for a in found if a.shipment_id == shipment.shipment_id)
        assert minor_units(quote, shipment.discount) == _sum(quote, own)
    for phase, discount in (
        (Phase.ITEMS, quote.totals.item_discounts),
        (Phase.ORDER, quote.totals.order_discounts),
        (Phase.SHIPPING, quote.totals.shipping_discounts),
    ):
        assert minor_units(quote, discount) == _sum(
            quote, (a.discount for a in found if a.phase is phase)
        )
    for decision in quote.decisions:
        own = (a.discount for a in found if a.promotion_id == decision.promotion_id)
        assert minor_units(quote, decision.discount) == _sum(quote, own)
    units = {line.line_id: line.quantity for line in quote.lines}
    for adjustment in found:
        assert bool(adjustment.line_id) != bool(adjustment.shipment_id)
        assert 0 <= adjustment.units <= units.get(adjustment.line_id, 0)
        assert adjustment.units or minor_units(quote, adjustment.discount) > 0


def nothing_goes_below_zero(case: PricingCase) -> None:
    """No line, shipment, total, or part of one is negative (PR-6)."""
    quote = case.price()
    totals = quote.totals

    for line in quote.lines:
        assert minor_units(quote, line.total) >= 0
        assert minor_units(quote, line.discount) >= 0
    for shipment in quote.shipments:
        assert minor_units(quote, shipment.total) >= 0
        assert all(minor_units(quote, part.total) >= 0 for part in shipment.lines)
    assert all(
        minor_units(quote, getattr(totals, each.name)) >= 0 for each in attrs.fields(type(totals))
    )
    assert minor_units(quote, totals.goods) >= 0


def nothing_goes_below_its_minimum_price(case: PricingCase) -> None:
    """No combination takes units below their minimum price, and some are not discounted (PR-29)."""
    quote = (case.untaxed() if _restates(case) else case).price()

    for line in case.cart.lines:
        priced = quote.line(line.id)
        assert priced is not None
        least = -(-line.fine_minimum * line.quantity // FINE_PER_MINOR)
        assert minor_units(quote, priced.total) >= min(least, minor_units(quote, priced.amount))
        assert line.discountable or not minor_units(quote, priced.discount)


def _restates(case: PricingCase) -> bool:
    """Whether prices, and minimum prices, may become others at their destination."""
    policy = case.policy.tax
    kept = policy.cross_border is CrossBorder.GROSS_KEPT
    return case.tax is not None and not (kept and policy.exempt is ExemptPrices.AS_IT_STANDS)


def shipments_add_up_to_the_goods(case: PricingCase) -> None:
    """Of a line whose units all are in shipments, the parts are the whole (PR-3, OE-26)."""
    quote = case.price()

    for line in quote.lines:
        parts = [p for s in quote.shipments for p in s.lines if p.line_id == line.line_id]
        for part in parts:
            exact = Fraction(minor_units(quote, line.total) * part.quantity, line.quantity)
            assert abs(minor_units(quote, part.total) - exact) < 1
        if sum(part.quantity for part in parts) == line.quantity:
            assert minor_units(quote, line.total) == _sum(quote, (part.total for part in parts))
    for shipment in quote.shipments:
        assert minor_units(quote, shipment.goods) == _sum(quote, (p.total for p in shipment.lines))


# --- decisions ---


def every_promotion_is_decided_once(case: PricingCase) -> None:
    """What was considered has one decision, with a sentence and its figures (PR-17).

    Applied promotions are always considered, automatic ones where the cart has what they need.
    """
    quote = case.price()
    entered = {application.promotion_id for application in case.cart.applied}
    by_hand = {discount.id for discount in case.cart.manual}
    automatic = [p for p in case.promotions if p.trigger is Trigger.AUTOMATIC]
    certain = {
        promotion.id for promotion in automatic if not any(s.keys for s in _needs(promotion))
    }
    decided = [decision.promotion_id for decision in quote.decisions]

    assert len(decided) == len(set(decided))
    assert entered | by_hand | certain <= set(decided)
    assert set(decided) <= entered | by_hand | {promotion.id for promotion in automatic}
    for decision in quote.decisions:
        event(decision.reason)
        assert decision.message
        assert decision.applied == (decision.reason == "applied")
        assert decision.applied or not minor_units(quote, decision.discount)
        assert decision.missing_amount is None or minor_units(quote, decision.missing_amount) > 0
        assert decision.missing_units is None or decision.missing_units > 0
        assert decision.cut is None or minor_units(quote, decision.cut) > 0
        assert (decision.beaten_by_amount is not None) == (decision.reason == "beaten")
        assert decision.applied or decision.message in str(quote)


def _needs(promotion: Promotion) -> Iterator[Selection]:
    for part in (promotion.effect, *promotion.conditions):
        yield from getattr(part, "needs", ())


def own_lines_do_not_count(case: PricingCase) -> None:
    """A promotion's tied lines do not count towards its own conditions (PR-25)."""
    for promotion in case.promotions:
        alone = _alone(case, promotion)
        quote = alone.price()
        added = {line.product_id for line in quote.lines if line.tied_to == promotion.id}
        if added and not added & {line.product_id for line in case.cart.lines}:
            asked = MinQuantity(quantity=1, target=Selection(products=tuple(sorted(added))))
            again = _alone(alone, _asking(promotion, asked)).price()
            event("asked for its own lines")
            assert not [line for line in again.lines if line.tied_to]


def no_discount_switches_itself_off(case: PricingCase) -> None:
    """Conditions look at the amounts before the promotion that asks them (PR-25)."""
    for promotion in case.promotions:
        if promotion.promotion_class is PromotionClass.SHIPPING:
            continue
        alone = _alone(case, promotion)
        quote = alone.price()
        decision = quote.decision(promotion.id)
        items = sum(minor_units(quote, line.amount) for line in quote.lines if not line.tied_to)
        if decision is not None and decision.applied and items and decision.discount:
            amount = from_minor(min(items, 10**15), quote.currency)
            asked = MinSubtotal(amount=amount, after_discounts=True)
            again = _alone(alone, _asking(promotion, asked)).price()
            event("asked for what was there before")
            assert again.lines == quote.lines


def _alone(case: PricingCase, promotion: Promotion) -> PricingCase:
    """The case with nothing but one promotion."""
    applied = tuple(a for a in case.cart.applied if a.promotion_id == promotion.id)
    cart = attrs.evolve(case.cart, applied=applied, manual=())
    return case.but(cart=cart, promotions=(promotion,))


def _asking(promotion: Promotion, condition: Any) -> Promotion:
    return attrs.evolve(promotion, conditions=(*promotion.conditions, condition))


# --- what must not matter ---


def priced_again_it_is_the_same(case: PricingCase) -> None:
    """Pricing is a function: once more, with what was looked up before, changes nothing (PR-24)."""
    quote = case.price()
    indexed = PromotionSet(case.promotions)

    assert quote == case.price()
    assert quote == case.price(indexed) == case.price(indexed)
    assert quote == case.but(cart=attrs.evolve(case.cart)).price()


def the_order_of_promotions_does_not_matter(case: PricingCase) -> None:
    """In whatever order promotions are passed, they have their turn in their own (PR-5)."""
    assert case.price() == case.price(case.promotions[::-1])


def the_order_of_lines_does_not_matter(case: PricingCase) -> None:
    """The total does not depend on the order of the lines (PR-24).

    It may where the policy gives what a split leaves over to the first or the last line.
    """
    if case.policy.remainder is not Remainder.LARGEST:
        return
    _whole_minor = _of_whole_minor_units(case)
    cart = _whole_minor.cart
    lines = list(cart.lines)
    Random(len(lines)).shuffle(lines)  # noqa: S311
    expected = _outcome(_whole_minor.price())
    for order in (cart.lines[::-1], tuple(lines)):
        changed = attrs.evolve(cart, lines=order)
        assert expected == _outcome(_whole_minor.but(cart=changed).price())


def equal_units_may_stand_in_several_lines(case: PricingCase) -> None:
    """The total does not depend on whether equal units stand in one line or several (PR-24)."""
    if case.policy.remainder is not Remainder.LARGEST:
        return
    # Tax may be rounded for each line, and by where units go.
    whole = _of_whole_minor_units(case.untaxed())
    assert _outcome(whole.price()) == _outcome(whole.but(cart=_in_more_lines(whole.cart)).price())


def _of_whole_minor_units(case: PricingCase) -> PricingCase:
    """The case with unit prices cut to the minor unit: finer ones are rounded line by line."""

    def whole(price: Any) -> Any:
        code = case.cart.currency
        return (
            None
            if price is None
            else from_fine(fine_of(price, code) // FINE_PER_MINOR * FINE_PER_MINOR, code)
        )

    lines = tuple(
        attrs.evolve(
            line, unit_price=whole(line.unit_price), minimum_price=whole(line.minimum_price)
        )
        for line in case.cart.lines
    )
    return case.but(cart=attrs.evolve(case.cart, lines=lines))


def _in_more_lines(cart: Cart) -> Cart:
    """The cart with one unit of each line in a line of its own, at the end.

    Not of a line that staff discounted by hand: that names a line, not units.
    """
    kept = {discount.line_id for discount in cart.manual}
    lines: list[CartLine] = []
    apart: list[CartLine] = []
    for line in cart.lines:
        if line.quantity == 1 or line.id in kept:
            lines.append(line)
        else:
            lines.append(attrs.evolve(line, quantity=line.quantity - 1))
            apart.append(attrs.evolve(line, id=f"{line.id} apart", quantity=1))
    return attrs.evolve(cart, lines=(*lines, *apart), shipments=_sent_anew(cart, apart))


def _sent_anew(cart: Cart, apart: Sequence[CartLine]) -> tuple[CartShipment, ...]:
    """The shipments without units of the lines that became smaller."""
    changed = {line.id.removesuffix(" apart") for line in apart}
    return tuple(
        attrs.evolve(s, lines=tuple(part for part in s.lines if part[0] not in changed))
        for s in cart.shipments
    )


def _outcome(quote: Quote) -> tuple[object, ...]:
    """What a quote comes to, whatever its lines are."""
    decided = [(d.promotion_id, d.reason, d.discount, d.cut) for d in quote.decisions]
    return quote.totals, decided


def what_is_removed_leaves_no_trace(case: PricingCase) -> None:
    """Adding a promotion and removing it again gives exactly the quote from before (PR-24).

    Also if it is there and was removed by staff, which its own decision says (OE-25).
    """
    for promotion in case.promotions:
        applied = tuple(a for a in case.cart.applied if a.promotion_id != promotion.id)
        cart = attrs.evolve(case.cart, applied=applied)
        before = case.but(
            cart=cart, promotions=tuple(p for p in case.promotions if p is not promotion)
        )
        expected = before.price()
        refused = (*cart.refused, promotion.id)
        removed = case.but(cart=attrs.evolve(cart, refused=refused)).price()

        assert expected == before.price()
        assert (expected.totals, expected.lines, expected.adjustments, expected.trace) == (
            removed.totals,
            removed.lines,
            removed.adjustments,
            removed.trace,
        )
        assert expected.decisions == tuple(
            decision for decision in removed.decisions if decision.promotion_id != promotion.id
        )


# --- gifts ---

_GIFT = "cartcore.testing.gift"


def a_gift_changes_nothing_else(case: PricingCase) -> None:
    """What is paid for the other goods is the same with and without a free gift (PR-30, PR-31).

    Whatever the promotion of the gift is called and whenever it has its turn, as long as it
    excludes nobody and nobody says `count_gifts`. Where the best combination was not found for
    certain, what was found may differ.
    """
    promotions = tuple(
        attrs.evolve(
            promotion,
            count_gifts=False,
            combines_with=tuple({*promotion.combines_with, PromotionClass.PRODUCT}),
        )
        for promotion in case.promotions
    )
    before = case.price(promotions)
    price = from_minor(1234, case.cart.currency)
    # A name that nobody else gives a product: a promotion may add one that is called "gift".
    gift = Product(id=_GIFT, title="Gift", variants=(Variant(sku=_GIFT, price=price),))
    products = {**case.products, gift.id: gift}
    chance = Random(len(promotions) + len(case.cart.lines))  # noqa: S311
    for promotion_id in ("0", "~"):
        giving = Promotion(
            id=promotion_id,
            name="A gift",
            effect=AddProduct(items=(TiedItem(key="g", product_id=gift.id, quantity=2),)),
            priority=chance.randint(-2, 2),
        )
        quote = case.but(products=products).price((*promotions, giving))
        if before.optimal and quote.optimal:
            others = [line for line in quote.lines if line.tied_to != promotion_id]
            assert [*before.lines] == others
            assert before.total == quote.total


# --- combinations ---


def the_best_is_never_dearer(case: PricingCase) -> None:
    """`best_for_customer` never does worse than priority order, however little it looks (PR-14)."""
    in_order = case.but(
        policy=attrs.evolve(case.policy, combination=Combination.IN_PRIORITY_ORDER)
    ).price()
    if case.policy.stacking is Stacking.BEST_PER_LINE:  # refused together with the search
        return
    best = attrs.evolve(case.policy, combination=Combination.BEST_FOR_CUSTOMER)
    found = case.but(policy=best).price()
    hasty = case.but(policy=attrs.evolve(best, work_limit=1)).price()

    for quote in (found, hasty):
        assert minor_units(quote, quote.total) <= minor_units(in_order, in_order.total)
        assert (quote.bound is None) == quote.optimal
    if found.optimal:
        bound = 0 if hasty.bound is None else minor_units(hasty, hasty.bound)
        assert minor_units(hasty, hasty.total) - bound <= minor_units(found, found.total)


LAWS: tuple[Law, ...] = (
    totals_add_up,
    adjustments_are_the_discounts,
    nothing_goes_below_zero,
    nothing_goes_below_its_minimum_price,
    shipments_add_up_to_the_goods,
    every_promotion_is_decided_once,
    own_lines_do_not_count,
    no_discount_switches_itself_off,
    priced_again_it_is_the_same,
    the_order_of_promotions_does_not_matter,
    the_order_of_lines_does_not_matter,
    equal_units_may_stand_in_several_lines,
    what_is_removed_leaves_no_trace,
    a_gift_changes_nothing_else,
    the_best_is_never_dearer,
)
"""The laws that need nothing but a case."""
