"""What a quote was priced from, kept so that it can be priced again years later (SC-11).

A cart has all that promotions look at, as it was then. What the world around it said is kept beside
it: which promotions there were and how often they had been redeemed, the products that some of them
add, and what the tax calculator answered.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import attrs

from cartcore.cart import Cart
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.policy import DEFAULT_POLICY, PricingPolicy
from cartcore.promotions.promotion import Promotion, Usage
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy, TaxRate
from cartcore.shop.product import Product
from cartcore.values.records import typed


@attrs.frozen(kw_only=True, field_transformer=typed)
class KnownTax:
    """An answer of a tax calculator, with all parts that it was the answer for.

    Attributes:
        contained: Whether it tells the tax that prices contain, where these are restated, and not
            the one that is due (TX-3).
        parts: The parts, as (line id, shipment id) pairs; one of both is empty where `TaxablePart`
            has none.
        rates: The rates.
        exempt: Why nothing is taxed; empty where something is.
        by: What the parts are taxed by.
    """

    contained: bool = False
    parts: tuple[tuple[str, str], ...]
    rates: tuple[TaxRate, ...] = ()
    exempt: str = ""
    by: TaxedBy = TaxedBy.OWN_RATES


@attrs.frozen(kw_only=True, field_transformer=typed)
class PricedFrom:
    """Everything that a quote was priced from, but for the documents of promotions (SC-11).

    Attributes:
        cart: The cart, as it was: goods, contact, shipments, and what staff applied.
        promotions: The promotions that were considered, as (id, version) pairs.
        usage: How often those with limits had been redeemed before, as (id, usage) pairs.
        products: The products that promotions were to add, as they were.
        policy: How was priced.
        taxes: What the tax calculator answered; None if no tax was computed.
        cartcore: The version of cartcore that priced it.
    """

    cart: Cart
    promotions: tuple[tuple[str, int], ...] = ()
    usage: tuple[tuple[str, Usage], ...] = ()
    products: tuple[Product, ...] = ()
    policy: PricingPolicy = DEFAULT_POLICY
    taxes: tuple[KnownTax, ...] | None = None
    cartcore: str = ""


class Answered(NamedTuple):
    """What a tax calculator answered, and whether to what prices contain (`KnownTax`).

    `kinds` are the same answers, each of them once: many parts share one.
    """

    contained: bool
    parts: Sequence[TaxablePart]
    answers: Sequence[PartTax]
    kinds: Collection[PartTax]


class Sources(NamedTuple):
    """What one call of `price` was asked with and looked up; `answered` is None without a tax."""

    cart: Cart
    candidates: Sequence[Candidate]
    usage: Mapping[str, Usage]
    products: Mapping[str, Product]
    policy: PricingPolicy
    answered: Sequence[Answered] | None

    @property
    def promotions(self) -> tuple[Promotion, ...]:
        """The promotions among the candidates: a manual discount is none."""
        found = (candidate.promotion for candidate in self.candidates)
        return tuple(each for each in found if each is not None)

    def kept(self) -> PricedFrom:
        """Return all of it as it is kept."""
        return PricedFrom(
            cart=self.cart,
            promotions=tuple((each.id, each.version) for each in self.promotions),
            usage=tuple(self.usage.items()),
            products=tuple(self.products.values()),
            policy=self.policy,
            taxes=None if self.answered is None else known_taxes(self.answered),
            cartcore=present_version(),
        )


def known_taxes(answered: Iterable[Answered]) -> tuple[KnownTax, ...]:
    """Put parts together that were answered alike; of a part that was asked again the last counts.

    A calculator answers the same question alike, unless it looks at amounts.
    """
    last: dict[tuple[bool, str, str], PartTax] = {}
    for contained, parts, answers, _ in answered:
        for part, answer in zip(parts, answers, strict=True):
            last[contained, part.line_id, part.shipment_id] = answer
    alike: dict[tuple[bool, tuple[TaxRate, ...], str, TaxedBy], list[tuple[str, str]]] = {}
    for (contained, *ids), answer in last.items():
        line_id, shipment_id = ids
        key = (contained, answer.rates, answer.exempt, answer.by)
        alike.setdefault(key, []).append((line_id, shipment_id))
    return tuple(
        KnownTax(contained=contained, parts=tuple(pairs), rates=rates, exempt=exempt, by=by)
        for (contained, rates, exempt, by), pairs in alike.items()
    )


@cache
def present_version() -> str:
    """The version of this cartcore."""
    # Late: reading what is installed would double the import of cartcore.
    from importlib.metadata import version  # noqa: PLC0415

    return version("cartcore")
