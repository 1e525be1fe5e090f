"""Cases of a tax calculator, drawn towards the places and tax classes that it knows (TX-11)."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from hypothesis import strategies as st

from cartcore.cart import Cart
from cartcore.errors import CartcoreError
from cartcore.shop.address import Place
from cartcore.testing.plugins.cases import TaxCase
from cartcore.testing.plugins.drawing import countries_of, eagerness, times
from cartcore.testing.plugins.surroundings import Surroundings
from cartcore.testing.plugins.words import words_of
from cartcore.testing.pricing.cases import policies, pricing_cases


@st.composite
def tax_cases(draw: st.DrawFn, kind: Any, surroundings: Surroundings) -> TaxCase:
    """Cases of a tax calculator: orders with promotions, to places and of goods that it knows."""
    case = draw(
        pricing_cases(
            policies=policies,
            conditions={},  # some are for one currency
            most=2,
            counts=st.integers(1, 4),
            taxes=surroundings.configured(kind, "USD"),
        )
    )
    own = draw(surroundings.configured(kind, case.cart.currency))
    words = words_of(own)
    eager = draw(eagerness)
    places = _places(words, surroundings.places, eager=eager)
    tags = surroundings.customer_tags or ("vip", *words)
    return TaxCase(
        cart=_taxable(
            case.cart,
            place=draw(places),
            places=[draw(places) for _ in case.cart.shipments],
            classes=draw(_classes(case.cart, words, surroundings.tax_classes)),
            tags=draw(st.lists(st.sampled_from(tags), max_size=2, unique=True)),
        ),
        promotions=case.promotions,
        products=case.products,
        policy=case.policy,
        at=draw(times),
        tax=own,
    )


def _taxable(
    cart: Cart,
    *,
    place: Place,
    places: Sequence[Place],
    classes: Mapping[str, str],
    tags: Sequence[str],
) -> Cart:
    """The cart with other places, tax classes and tags."""
    together = {each.place for each in cart.shipments} <= {cart.place}
    return attrs.evolve(
        cart,
        place=place,
        shipments=tuple(
            attrs.evolve(shipment, **attrs.asdict(place if together else each))
            for shipment, each in zip(cart.shipments, places, strict=True)
        ),
        lines=tuple(attrs.evolve(line, tax_class=classes[line.sku]) for line in cart.lines),
        customer=attrs.evolve(cart.customer, tags=tuple(tags)),
    )


@st.composite
def _classes(
    draw: st.DrawFn, cart: Cart, words: Sequence[str], given: Sequence[str]
) -> Mapping[str, str]:
    """A tax class for each SKU."""
    known = st.sampled_from(given or ("", "", "reduced", *words))
    return {sku: draw(known) for sku in sorted({line.sku for line in cart.lines})}


@st.composite
def _places(draw: st.DrawFn, words: Sequence[str], given: Sequence[Place], *, eager: bool) -> Place:
    if given:
        return draw(st.sampled_from(given))
    countries = countries_of(words, eager=eager)
    country = draw(st.sampled_from(countries if eager else [*countries, "FR", ""]))
    try:
        return Place(
            country=country,
            region=draw(st.sampled_from(["", "CA", *words])),
            city=draw(st.sampled_from(["", "", *words])),
            postal_code=draw(st.sampled_from(["", "94105", *words])),
        )
    except CartcoreError:  # some word is no postal code
        return Place(country=country)
