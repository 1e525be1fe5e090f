from fractions import Fraction

import attrs
from hypothesis import event, given, settings
from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import Cart, CartShipment
from cartcore.promotion import Promotion, Trigger
from cartcore.quote import Phase, Quote
from cartcore.rules import load_rulebook
from cartcore.serialization import Serializer
from tests.carts import CODES, Case, cases, parcels, promotion_lists, shop
from tests.second_opinion import Till

SERIALIZER = Serializer(load_rulebook())

# Large carts take long to draw: the laws share the examples that the profile allows to one test.
some = settings(max_examples=settings().max_examples // 3)


def units(money: Money) -> int:
    """An amount in the smallest coin; anything finer, or in another currency, is an error."""
    exact = Fraction(money.amount) * 10 ** CODES[money.currency.code]
    assert exact.denominator == 1, money
    coins: int = exact.numerator
    return coins


@some
@given(cases())
def test_totals_add_up(case: Case) -> None:
    """Each total is the sum of its parts, and together they give what is to be paid (PR-15)."""
    quote = case.price()
    totals = quote.totals

    assert units(totals.items) == sum(units(line.amount) for line in quote.lines)
    assert units(totals.goods) == sum(units(line.total) for line in quote.lines)
    assert units(totals.shipping) == sum(units(each.price) for each in quote.shipments)
    assert units(totals.total) == (
        units(totals.items)
        - units(totals.item_discounts)
        - units(totals.order_discounts)
        + units(totals.shipping)
        - units(totals.shipping_discounts)
        + units(totals.tax)
    )
    for line in quote.lines:
        assert units(line.amount) - units(line.discount) == units(line.total)
    for shipment in quote.shipments:
        assert units(shipment.price) - units(shipment.discount) == units(shipment.total)


@some
@given(cases())
def test_adjustments_are_the_discounts(case: Case) -> None:
    """Adjustments add up to the discounts: per line, shipment, promotion and phase (PR-16)."""
    quote = case.price()
    discounts = {line.line_id: line.discount for line in quote.lines}
    parcels_off = {each.shipment_id: each.discount for each in quote.shipments}
    by_phase = {
        Phase.ITEMS: quote.totals.item_discounts,
        Phase.ORDER: quote.totals.order_discounts,
        Phase.SHIPPING: quote.totals.shipping_discounts,
    }

    for line_id, discount in discounts.items():
        found = [a for a in quote.adjustments if a.line_id == line_id]
        assert units(discount) == sum(units(a.discount) for a in found)
    for shipment_id, discount in parcels_off.items():
        found = [a for a in quote.adjustments if a.shipment_id == shipment_id]
        assert units(discount) == sum(units(a.discount) for a in found)
    for phase, discount in by_phase.items():
        found = [a for a in quote.adjustments if a.phase is phase]
        assert units(discount) == sum(units(a.discount) for a in found)
    for decision in quote.decisions:
        found = [a for a in quote.adjustments if a.promotion_id == decision.promotion_id]
        assert units(decision.discount) == sum(units(a.discount) for a in found)
    for adjustment in quote.adjustments:
        assert 0 < units(adjustment.discount)
        assert ("" == adjustment.line_id) != ("" == adjustment.shipment_id)


@some
@given(cases())
def test_nothing_goes_below_zero(case: Case) -> None:
    """No line, shipment, total, or part of one is negative (PR-6)."""
    quote = case.price()
    totals = quote.totals

    assert all(units(line.total) >= 0 and units(line.discount) >= 0 for line in quote.lines)
    assert all(units(each.total) >= 0 and units(each.goods) >= 0 for each in quote.shipments)
    assert all(units(part.total) >= 0 for each in quote.shipments for part in each.lines)
    assert all(units(getattr(totals, field.name)) >= 0 for field in attrs.fields(type(totals)))
    assert units(totals.goods) >= 0


@some
@given(cases(complete=True))
def test_shipments_add_up_to_the_goods(case: Case) -> None:
    """Where every unit is assigned, the goods of all shipments are the goods (PR-3)."""
    quote = case.price()
    assigned = {part.line_id for each in quote.shipments for part in each.lines}

    for line in quote.lines:
        parts = [
            part for each in quote.shipments for part in each.lines if part.line_id == line.line_id
        ]
        if line.line_id in assigned:
            assert units(line.total) == sum(units(part.total) for part in parts)
        for part in parts:
            exact = Fraction(units(line.total) * part.quantity, line.quantity)
            assert abs(units(part.total) - exact) < 1
    assert units(quote.totals.goods) == sum(units(each.goods) for each in quote.shipments) + sum(
        units(line.total) for line in quote.lines if line.tied_to
    )


@some
@given(cases())
def test_the_same_again(case: Case) -> None:
    """Pricing twice, from copies that went through JSON, and in any order is the same (PR-18)."""
    quote = case.price()
    copies = tuple(
        SERIALIZER.loads(SERIALIZER.dumps(promotion), Promotion) for promotion in case.promotions
    )
    cart = SERIALIZER.loads(SERIALIZER.dumps(case.cart), Cart)

    assert quote == case.price()
    assert quote == attrs.evolve(case, cart=cart, promotions=copies[::-1]).price()
    assert quote == SERIALIZER.loads(SERIALIZER.dumps(quote), Quote)


@some
@given(cases())
def test_every_promotion_has_one_decision(case: Case) -> None:
    """What was considered has exactly one decision, with a sentence and its figures (PR-17)."""
    quote = case.price()
    entered = [application.promotion_id for application in case.cart.applied]
    considered = {
        p.id for p in case.promotions if p.trigger is Trigger.AUTOMATIC or p.id in entered
    }

    assert sorted(considered | set(entered)) == sorted(d.promotion_id for d in quote.decisions)
    for decision in quote.decisions:
        event(decision.reason)
        assert decision.message
        assert decision.applied == ("applied" == decision.reason)
        assert decision.applied or not units(decision.discount)
        assert decision.missing_amount is None or units(decision.missing_amount) > 0
        assert decision.missing_units is None or decision.missing_units > 0
        assert decision.cut is None or units(decision.cut) > 0
        assert decision.message in str(quote) or decision.applied


@some
@given(cases(), st.data())
def test_a_promotion_that_is_gone_leaves_no_trace(case: Case, data: st.DataObject) -> None:
    """Adding a promotion and removing it again gives the quote from before (PR-24)."""
    before = case.price()
    (extra,) = data.draw(promotion_lists(case.cart.currency, most=1))
    added = attrs.evolve(
        case,
        promotions=(*case.promotions, attrs.evolve(extra, id="zzz", trigger=Trigger.AUTOMATIC)),
    )
    added.price()
    refused = attrs.evolve(
        added, cart=attrs.evolve(case.cart, refused=(*case.cart.refused, "zzz"))
    ).price()

    assert before == case.price()
    assert (before.totals, before.lines, before.adjustments) == (
        refused.totals,
        refused.lines,
        refused.adjustments,
    )
    assert before.decisions == tuple(d for d in refused.decisions if d.promotion_id != "zzz")


@some
@given(cases(), st.data())
def test_addresses_change_no_discount(case: Case, data: st.DataObject) -> None:
    """However the units are split over shipments, goods and their discounts stay (OE-26)."""
    case = attrs.evolve(case, cart=attrs.evolve(case.cart, shipments=()))
    others: tuple[CartShipment, ...] = data.draw(
        parcels(case.cart.lines, case.cart.currency, complete=True)
    )
    whole = case.price()
    split = attrs.evolve(case, cart=attrs.evolve(case.cart, shipments=others)).price()

    assert whole.lines == split.lines
    assert (whole.totals.goods, whole.totals.item_discounts, whole.totals.order_discounts) == (
        split.totals.goods,
        split.totals.item_discounts,
        split.totals.order_discounts,
    )


@given(cases(any_policy=False))
def test_a_second_opinion(case: Case) -> None:
    """An implementation on fractions, from the rules alone, agrees to the cent (PR-2 … PR-8)."""
    quote = case.price()
    opinion = Till(case.cart, shop(case.cart.currency)).price(case.promotions)

    assert opinion.lines == {
        line.line_id: (units(line.amount), units(line.total)) for line in quote.lines
    }
    assert opinion.taken == {
        (a.promotion_id, a.line_id or a.shipment_id): units(a.discount) for a in quote.adjustments
    }
    assert opinion.total == units(quote.total)
    assert opinion.applied == [d.promotion_id for d in quote.decisions if d.applied]
    assert opinion.cut == {d.promotion_id: units(d.cut) for d in quote.decisions if d.cut}

    missing = {d.promotion_id: d.missing_units for d in quote.decisions if d.missing_units}
    missing |= {
        d.promotion_id: units(d.missing_amount)
        for d in quote.decisions
        if d.missing_amount is not None
    }
    assert opinion.missing == missing
