"""A scenario: a named set of promotions, and a policy to price by (SC-1)."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from cartcore.cart import AppliedPromotion, Cart
from cartcore.errors import InvalidField
from cartcore.errors.sentences import counted
from cartcore.pricing.engine import price
from cartcore.pricing.policy import DEFAULT_POLICY, PricingPolicy
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import TaxCalculator
from cartcore.scenarios.redeeming import Redeemed
from cartcore.shop.product import Product
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.records import REQUIRED, checked


@attrs.frozen(kw_only=True, field_transformer=checked)
class Scenario(ShownAsTable):
    """A named set of promotions, and a policy to price by (SC-1).

    Attributes:
        name: What the frames of a run call it by.
        promotions: The promotions that may apply. One with codes does only if `codes` has one of
            them, or the cart itself, as carts of `carts_from_orders` may.
        policy: How to round, split and combine.
        products: The products that promotions may add.
        tax: What gives tax rates; None computes no tax.
        codes: Codes that are entered for every cart, one of each promotion. Where the policy lets
            one code count, that is the first; one that a cart has itself comes before.

    Raises:
        InvalidField: a code that none of the promotions has, or two of one promotion.
    """

    name: str = attrs.field(metadata=REQUIRED)
    promotions: tuple[Promotion, ...] = ()
    policy: PricingPolicy = DEFAULT_POLICY
    products: tuple[Product, ...] = ()
    tax: TaxCalculator | None = None
    codes: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        owners = [each.promotion_id for each in self.entered]
        if len({*owners}) < len(self.codes):
            raise InvalidField("codes", self.codes, "codes of its promotions, at most one of each")

    @property
    def entered(self) -> tuple[AppliedPromotion, ...]:
        """What is entered for every cart, in the order of `codes`."""
        return tuple(
            AppliedPromotion(promotion_id=promotion.id, promo_code=code)
            for code in self.codes
            for promotion in self.promotions
            if promotion.has_code(code)
        )

    @property
    def limited(self) -> bool:
        """Whether one of its promotions has limits."""
        return any(each.limits for each in self.promotions)

    def _in_short(self) -> str:
        return f"Scenario({self.name}: {counted(len(self.promotions), 'promotion')})"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield "Scenario", self.name
        for promotion in self.promotions:
            yield promotion.name, promotion.effect_in_words
        if self.codes:
            yield "Codes entered", ", ".join(self.codes)

    @property
    def by_id(self) -> Mapping[str, Product]:
        """The products by their ids."""
        return {product.id: product for product in self.products}


class Pricer:
    """Prices carts under a scenario: what does not depend on the cart is made ready once.

    Where limits are counted each cart redeems, for those that it prices after it.
    """

    def __init__(self, scenario: Scenario, *, count_limits: bool = False) -> None:
        self._scenario = scenario
        self._redeemed = Redeemed(scenario.promotions) if count_limits else None
        self._promotions = PromotionSet(scenario.promotions)
        self._products = scenario.by_id
        self._entered = scenario.entered

    def __call__(self, cart: Cart, at: datetime) -> Quote:
        """Price a cart for an instant."""
        scenario, redeemed = self._scenario, self._redeemed
        cart = self._with_codes(cart)
        quote = price(
            cart,
            self._promotions,
            at=at,
            products=self._products,
            usage=None if redeemed is None else redeemed.before(cart),
            policy=scenario.policy,
            tax=scenario.tax,
        )
        if redeemed is not None:
            redeemed.add(cart, quote)
        return quote

    def _with_codes(self, cart: Cart) -> Cart:
        if not self._entered:
            return cart
        own = {each.promotion_id for each in cart.applied}
        more = [each for each in self._entered if each.promotion_id not in own]
        return attrs.evolve(cart, applied=(*cart.applied, *more))
