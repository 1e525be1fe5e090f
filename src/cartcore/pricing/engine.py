"""The engine: a cart and promotions become a quote.

Find candidates, give them turns on a ledger, choose which, keep an immutable result, write the
quote. Each stage gets the value of the one before, and calls back none.

`price` is a pure function: no clock, no I/O, no state (the instant is an argument). Amounts inside
are integers in the currency's minor unit. A promotion type only says what is discounted; all
arithmetic, rounding, cutting and splitting is done here, so no plugin can break it (PR-19).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from cartcore.cart import Cart
from cartcore.pricing.best_per_line import best_per_line
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.candidates import attributes_missing, candidates, unknown
from cartcore.pricing.choosing import in_priority_order, play
from cartcore.pricing.conflicts import conflicts
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import DEFAULT_POLICY, Combination, PricingPolicy, Stacking
from cartcore.pricing.pools import pools_of
from cartcore.pricing.priced_from import Sources
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.restating import crosses_borders, exempts_prices, restated
from cartcore.pricing.search import best_for_customer
from cartcore.pricing.taxes import taxed
from cartcore.pricing.totals import total_of
from cartcore.pricing.turn import Priced
from cartcore.pricing.turns import Turns
from cartcore.pricing.watched_turns import WatchedTurns
from cartcore.pricing.writer import QuoteWriter
from cartcore.promotions.promotion import Promotion, UsageByPromotion
from cartcore.promotions.types import TaxCalculator
from cartcore.shop.product import Product
from cartcore.values.arguments import check_arguments
from cartcore.values.guard import Watch


@check_arguments
def price(
    cart: Cart,
    promotions: Iterable[Promotion] | PromotionSet = (),
    *,
    at: datetime,
    products: Mapping[str, Product] | None = None,
    usage: UsageByPromotion | None = None,
    policy: PricingPolicy = DEFAULT_POLICY,
    tax: TaxCalculator | None = None,
    watch: Watch | None = None,
) -> Quote:
    """Price a cart (PR-1 … PR-29).

    Args:
        cart: what is bought, where it goes, and which promotions staff applied.
        promotions: those that may apply; codes and picks count only if `cart.applied` has them.
            Of many promotions, or for many carts, make a `PromotionSet` once (PR-23).
        at: the instant, with a time zone, that active windows are compared with.
        products: by id, those that promotions may add as tied lines.
        usage: redemptions so far by promotion id, for limits (PR-12).
        policy: how to round, split and combine.
        tax: what gives tax rates; None computes no tax.
        watch: what goes around the calls of promotion types and conditions, to measure how long
            they take. It changes no figure.

    Raises:
        InvalidField: `at` has no time zone, two promotions have one id, or one of them and a
            discount by hand, a code belongs to two, a shipment has units that are not there, a line
            has the id of one that a promotion adds, or a step of tax or cash is finer than the
            minor unit.
        TaxUndetermined: the tax calculator cannot tell a tax, such as without a region (TX-9).
        PluginError: a plugin raised, or answered with something that is not in the cart; unless the
            policy says that the promotion is skipped (PR-20).
    """
    policy.tax.check_currency(cart.currency)
    request = PricingRequest(
        cart,
        at,
        # Mappings that are empty so far may still find something when they are asked.
        {} if products is None else products,
        {} if usage is None else usage,
        policy,
        tax,
        {each.promotion_id: each for each in cart.applied} if cart.applied else {},
    )
    book = promotions if isinstance(promotions, PromotionSet) else PromotionSet(promotions)
    if tax is not None and crosses_borders(policy.tax):
        request = restated(request)
    writer = _written(request, cart, book, watch)
    # Most have to pay the tax in a price, and the calculator is not asked about them twice.
    if writer.taxed is not None and exempts_prices(policy.tax, writer.taxed):
        writer = _written(restated(request), cart, book, watch)
    return Quote.written_by(writer)


def _written(
    request: PricingRequest, given: Cart, book: PromotionSet, watch: Watch | None
) -> QuoteWriter:
    """Price the cart of a request as it stands, and ask for the tax on what is left.

    `given` is the cart before its prices were restated.
    """
    cart, policy = request.cart, request.policy
    while True:
        ledger = Ledger.of(pools_of(cart, policy.rounding, request.reads))
        turns = Turns(request, ledger) if watch is None else WatchedTurns(request, ledger, watch)
        found = candidates(request, book, turns, ledger)
        missing = attributes_missing(found, ledger)
        if not missing:
            break
        request = attrs.evolve(request, reads=request.reads | missing)
    priced = run(request, book, turns, found, ledger)
    again = None
    for turn in priced.turns:
        if turn.beaten:
            again = request.only_for(priced.candidates, turns.asked)
            break
    answered = None if request.tax is None else request.answered
    usage = request.usage_of(priced.candidates)
    sources = Sources(given, priced.candidates, usage, turns.asked, policy, answered)
    writer = QuoteWriter(cart, request.at, policy, priced, again, sources)
    if not cart.complete:
        writer.check_shipments()
    # Now: what a plugin does wrong has to show when the cart is priced.
    writer.taxed = taxed(request, ledger, priced.turns)
    return writer


def run(
    request: PricingRequest,
    promotions: PromotionSet,
    turns: Turns,
    found: Sequence[Candidate],
    ledger: Ledger,
) -> Priced:
    """Give every candidate its turn, or find out why it has none."""
    policy = request.policy
    gone = unknown(request, promotions) if request.applications else ()
    if policy.combination is Combination.BEST_FOR_CUSTOMER:
        total = total_of(request)
        choice = best_for_customer(turns, found, ledger, total, policy.work_limit)
        played = play(turns, found, choice.chosen, ledger)
        proof = choice.proof(turns, played, ledger)
        return Priced(ledger, played, found, gone, *proof, tuple(turns.faults.values()))
    between = conflicts(found)
    if policy.stacking is Stacking.BEST_PER_LINE:
        played = best_per_line(turns, found, between or [0] * len(found), ledger)
    elif between is None:
        played = [turns.take(each, ledger) for each in found]
    else:
        chosen = in_priority_order(turns, found, between, ledger)
        played = play(turns, found, chosen, ledger)
    faults = tuple(turns.faults.values()) if turns.faults else ()
    return Priced(ledger, played, found, gone, optimal=True, bound=0, faults=faults)
