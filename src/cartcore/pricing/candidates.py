"""Which promotions have a turn for a cart, and in which order (PR-5, PR-23)."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from cartcore.cart import AppliedPromotion, CartLine
from cartcore.errors import InvalidField
from cartcore.pricing.candidate import Candidate, Rank
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.turns import Turns
from cartcore.promotions.offer import Offer, tied_line_id
from cartcore.promotions.types import PromotionClass

_rank = attrgetter("rank")
_ADDS = PromotionClass.PRODUCT
_NO_NAMES: frozenset[str] = frozenset()


def candidates(
    request: PricingRequest, promotions: PromotionSet, turns: Turns, ledger: Ledger
) -> list[Candidate]:
    """The candidates in the order of their turns: those found, applied, and by hand.

    If one asks for attributes that tell no units of the ledger apart, it can be that not all of
    them are found: see `attributes_missing`.

    Raises:
        InvalidField: a discount by hand has the id of a promotion.
    """
    cart, applications = request.cart, request.applications
    found = [*promotions.find(cart.places.keys())]
    if applications:
        applied = map(promotions.candidate, applications)
        found = [each for each in found if each.id not in applications]
        found += [each for each in applied if each is not None]
    for position, discount in enumerate(cart.manual, 1):
        if promotions.candidate(discount.id) is not None:
            raise InvalidField("manual", discount.id, "one whose id no promotion has")
        found.append(Candidate.by_hand(discount, position))
    if attributes_missing(found, ledger):
        return found
    found.sort(key=_turn_of(request) if cart.applied or cart.manual else _rank)
    return _with_those_for_tied_lines(found, request, promotions, turns, ledger)


def attributes_missing(found: Iterable[Candidate], ledger: Ledger) -> frozenset[str]:
    """The attributes that candidates ask for, and that do not tell units of the ledger apart yet.

    Those of the candidates alone: a promotion that cannot apply to a cart changes nothing in it.
    """
    missing = _NO_NAMES
    for each in found:
        if each.reads:  # few ask for any
            missing |= each.reads - ledger.reads
    return missing


def unknown(request: PricingRequest, promotions: PromotionSet) -> list[AppliedPromotion]:
    """The applications of promotions that no longer exist."""
    applications = request.applications
    return [each for id_, each in applications.items() if promotions.candidate(id_) is None]


def _with_those_for_tied_lines(
    found: list[Candidate],
    request: PricingRequest,
    promotions: PromotionSet,
    turns: Turns,
    ledger: Ledger,
) -> list[Candidate]:
    """Add the automatic promotions that only a line could match which a promotion adds.

    Whether one adds its lines can depend on all that comes before its turn: on discounts, and on
    what others add, even those that are only found here. So conditions are not asked, and it goes
    on as long as there are more goods that could come.
    """
    for each in found:
        if each.kind is _ADDS:
            break
    else:
        return found
    adders = [each for each in found if each.kind is _ADDS and _may_add(each, turns)]
    together = found
    filled = ledger.copy()
    while more := [each for each in adders if _add_all_it_could(each, request, turns, filled)]:
        known = {each.id for each in together}
        late = [c for c in promotions.find(filled.by_key.keys()) if c.id not in known]
        together = [*together, *late]
        if attributes_missing(late, ledger):
            return together
        adders = [each for each in adders if each not in more]
        adders += [each for each in late if each.kind is _ADDS and _may_add(each, turns)]
    if len(together) == len(found):
        return found
    return sorted(together, key=_turn_of(request))


def _may_add(candidate: Candidate, turns: Turns) -> bool:
    return turns.eligibility(candidate) is None


def _add_all_it_could(
    candidate: Candidate, request: PricingRequest, turns: Turns, ledger: Ledger
) -> bool:
    """Add to the ledger every variant that a candidate could add; false if it offers nothing."""
    offer = turns.offer(candidate, ledger)
    if not isinstance(offer, Offer):
        return False
    for item in offer.tied_items:
        product = turns.look_up(item.product_id)
        if product is None:
            continue
        for variant in product.variants:
            # One line for each variant: which of them it will be is not decided yet.
            line_id = f"{tied_line_id(candidate.id, item.key)}:{variant.sku}"
            line = CartLine.of(product, variant, item.quantity, line_id=line_id)
            ledger.add(turns.restated(line), request.policy.rounding)
    turns.sight.look_at(ledger)
    return True


def _turn_of(request: PricingRequest) -> Callable[[Candidate], Rank]:
    """When a candidate has its turn (PR-5): those that staff applied, in the order of that."""
    positions = {id_: position for position, id_ in enumerate(request.applications, 1)}

    def turn(candidate: Candidate) -> Rank:
        position = positions.get(candidate.id)
        return candidate.rank if position is None else candidate.rank_at(position)

    return turn
