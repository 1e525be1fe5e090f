"""Pricing once more what was priced before, as it was or under other promotions (SC-11)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

import attrs

from cartcore.cart import Cart, Customer
from cartcore.errors import TaxUndetermined
from cartcore.pricing.engine import price
from cartcore.pricing.priced_from import KnownTax, PricedFrom
from cartcore.pricing.quote import Quote
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.tax import PartTax, TaxablePart, TaxRequest
from cartcore.shop.address import NOWHERE, Place
from cartcore.values.records import typed

_ANYBODY = Customer()
_MISSING = "the answer that was kept for it"


def priced_again(
    source: PricedFrom, promotions: Iterable[Promotion], at: datetime, *, as_it_was: bool
) -> Quote:
    """Price a cart again, with the usage, products, policy and taxes of then.

    With other promotions than those of then (`as_it_was` is false), units in shipments that are of
    goods which those added are left out.

    Raises:
        PluginError: a plugin failed, and the policy does not skip it (PR-20).
        TaxUndetermined: goods are added that no tax was asked for then.
    """
    taxes, home = source.taxes, source.policy.tax.included_at
    return price(
        source.cart if as_it_was else without_tied_lines(source.cart),
        promotions,
        at=at,
        products={product.id: product for product in source.products},
        usage=dict(source.usage),
        policy=source.policy,
        tax=None if taxes is None else KnownTaxes(taxes, home),
    )


def without_tied_lines(cart: Cart) -> Cart:
    """Return a cart whose shipments have the units of its own lines only."""
    own = {line.id for line in cart.lines}
    shipments = tuple(
        attrs.evolve(each, lines=tuple(pair for pair in each.lines if pair[0] in own))
        for each in cart.shipments
    )
    return cart if shipments == cart.shipments else attrs.evolve(cart, shipments=shipments)


@attrs.frozen(field_transformer=typed)
class KnownTaxes:
    """A tax calculator that answers as another one did.

    Attributes:
        known: The answers.
        home: The place whose taxes prices contain, if there is one (TX-3).
    """

    type_name: ClassVar[str] = "cartcore.known_taxes"

    known: tuple[KnownTax, ...]
    home: Place

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        """Answer as it was answered then.

        Raises:
            TaxUndetermined: nobody asked about a part then.
        """
        # What prices contain is asked as anybody would ask at home.
        contained = request.customer == _ANYBODY and all(
            self.home in {NOWHERE, part.place} for part in request.parts
        )
        answers = {
            part: each for each in self.known if each.contained is contained for part in each.parts
        }
        return [
            (part.id, self._answer(part, answers.get((part.line_id, part.shipment_id))))
            for part in request.parts
        ]

    def _answer(self, part: TaxablePart, known: KnownTax | None) -> PartTax:
        if known is None:
            raise TaxUndetermined(_MISSING, str(part.place), part.line_id, part.shipment_id)
        return PartTax(known.rates, known.exempt, known.by)
