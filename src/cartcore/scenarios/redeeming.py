"""What carts redeem one after the other, where limits are counted across them (PR-12)."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from moneyed import Money

from cartcore.cart import Cart
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion, Usage, UsageByPromotion, normalize_code


class Redeemed:
    """How often the promotions that have limits were redeemed so far.

    A cart that does not say whose it is counts as that of somebody new.
    """

    def __init__(self, promotions: Iterable[Promotion]) -> None:
        self._limited = frozenset(each.id for each in promotions if each.limits)
        self._total: Counter[str] = Counter()
        self._by_contact: Counter[tuple[str, str]] = Counter()
        self._by_code: Counter[tuple[str, str]] = Counter()
        self._sums: dict[str, dict[str, Money]] = defaultdict(dict)

    def before(self, cart: Cart) -> UsageByPromotion:
        """Return the usage that counts for a cart."""
        contact = cart.customer.contact_id
        codes = {each.promotion_id: normalize_code(each.promo_code) for each in cart.applied}
        return {
            each: Usage(
                total=self._total[each],
                by_contact=self._by_contact[each, contact],
                by_code=self._by_code[each, codes.get(each, "")],
                discounts=tuple(self._sums[each].values()),
            )
            for each in self._limited
        }

    def add(self, cart: Cart, quote: Quote) -> None:
        """Count what the quote of a cart gives, as if the order were placed."""
        contact = cart.customer.contact_id
        for decision in quote.decisions:
            each = decision.promotion_id
            if not decision.applied or each not in self._limited:
                continue
            self._total[each] += 1
            if contact:
                self._by_contact[each, contact] += 1
            if decision.promo_code:
                self._by_code[each, normalize_code(decision.promo_code)] += 1
            sums, code = self._sums[each], quote.currency
            sums[code] = sums[code] + decision.discount if code in sums else decision.discount
