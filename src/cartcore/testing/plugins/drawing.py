"""Cases drawn towards a type: what its configuration looks for is in the cart (PK-6).

A type that is for customers with the tag "club" never applies to a cart that somebody thought of
without knowing it. So the words and figures of a configuration, and those in the code of its class,
are what goods, customers, shipments and times are made of.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import attrs
from hypothesis import reject
from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import Cart, CartLine, CartShipment, Customer
from cartcore.errors import CartcoreError
from cartcore.pricing.policy import DEFAULT_POLICY
from cartcore.promotions.offer import TiedItem
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.selection import Selection
from cartcore.rules.builtin import OrderPercentOff, PercentOff
from cartcore.shop.address import Address, country_names
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import RequestedLine, ShipmentRequest, ShippingSpeed
from cartcore.testing.plugins.cases import SpeedCase
from cartcore.testing.plugins.surroundings import Surroundings
from cartcore.testing.plugins.words import amounts_of, figures_of, words_of
from cartcore.testing.pricing.carts import GOODS, case_products, line_quantities
from cartcore.testing.pricing.cases import PricingCase, policies
from cartcore.testing.pricing.figures import COUNTRIES, SPEEDS, unit_prices
from cartcore.testing.pricing.promotions import case_promotions
from cartcore.testing.records import NOON
from cartcore.values.money import (
    FINE_PER_MINOR,
    LARGEST_AMOUNT,
    fine_of,
    from_minor,
    to_minor,
)

_LETTERS_OF_COUNTRY = 2
_MOST_WORDS = 6
_MOST_SENT = 1_000  # units of a line in a shipment: more could cost more than money can be
_MOST_CHARGED = LARGEST_AMOUNT // 10**7
_HEAVIEST = 100_000  # grams, of a unit
_LEAST_PRICE = 50  # smaller figures are rather numbers of units

eagerness = st.sampled_from([False, True, True])
"""Whether a case is made of what the type looks for, and of little else."""


def _currency_for(own: Any, drawn: str) -> str:
    """The currency that a configuration is made for: that of its money, or any."""
    codes = sorted({each.currency.code for each in amounts_of(own)})
    return drawn if drawn in codes or len(codes) != 1 else codes[0]


def _parts(value: Any, kind: type) -> Iterator[Any]:
    """The objects of a class in a configuration, itself among them."""
    if isinstance(value, kind):
        yield value
    if isinstance(value, (tuple, list)):
        for each in value:
            yield from _parts(each, kind)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from _parts(getattr(value, field.name, None), kind)


def _fields_matching(selection: Selection) -> Mapping[str, Any]:
    """What a line needs to be among those that a selection means, exclusions aside."""
    found: dict[str, Any] = {}
    if selection.skus:
        found["sku"] = selection.skus[0]
    if selection.products:
        found["product_id"] = selection.products[0]
    if selection.categories:
        found["categories"] = selection.categories[:1]
    if selection.tags:
        found["tags"] = selection.tags[:1]
    if selection.options:
        found["options"] = selection.options[:1]
    if selection.attributes:
        found["attributes"] = selection.attributes
    price = selection.price_from or selection.price_to
    if price is not None:
        found["unit_price"] = price
    if found and "sku" not in found:
        found["sku"] = "".join(c for c in str(selection)[:12].upper() if c.isalnum()) or "SOME"
    return found


def _kinds(
    own: Any, words: Sequence[str], given: Sequence[CartLine], *, eager: bool
) -> list[Mapping[str, Any]]:
    """The kinds of goods that carts are made of: the fields of their lines."""
    if given:
        kept = [f.name for f in attrs.fields(CartLine) if f.init and f.name != "id"]
        return [{name: getattr(line, name) for name in kept} for line in given]
    matching = [found for each in _parts(own, Selection) if (found := _fields_matching(each))]
    if eager and matching:
        return matching
    # All words at once: what looks for two of them finds both.
    several = tuple(words[:_MOST_WORDS])
    named: list[Mapping[str, Any]] = [
        {
            "sku": word,
            "product_id": word,
            "categories": several if eager else (word,),
            "tags": several if eager else (word,),
        }
        for word in words
    ]
    return [*named] if eager and named else [*GOODS, *matching * 2, *named]


def _most_units(price: Money) -> int:
    """So many units as keep a cart below the largest amount that money can be."""
    return max(1, LARGEST_AMOUNT // 10 // max(1, _minor(price)))


def _minor(money: Money) -> int:
    return fine_of(money, money.currency.code) // FINE_PER_MINOR


@st.composite
def _lines(
    draw: st.DrawFn, own: Any, currency: str, kinds: Sequence[Mapping[str, Any]], *, eager: bool
) -> tuple[CartLine, ...]:
    figures = [n for n in figures_of(own) if n <= 1000]
    near = [m for n in figures for m in (n, n + 1, 2 * n)]
    quantities = st.integers(1, 4) | st.integers(1, 4) | line_quantities
    if near:
        quantities = st.sampled_from(near) | quantities
    worth = [each for each in amounts_of(own) if each.currency.code == currency]
    minors = [to_minor(each, currency) for each in worth]
    minors += [n for n in figures_of(own) if n >= _LEAST_PRICE]
    hints = [from_minor(m, currency) for n in minors for m in (n, 2 * n, 5 * n, n // 2)]
    prices = unit_prices(currency)
    if hints:
        prices = st.sampled_from(hints) | prices | prices
    found: list[CartLine] = []
    count = draw(st.sampled_from([1, 1, 2, 2, 3, 3, 4, 6]))
    if eager and draw(st.booleans()):
        count = max(count, min(len(kinds), _MOST_WORDS))  # one of each kind
    for place in range(count):
        if found and draw(st.sampled_from([False, False, False, True])):
            before = draw(st.sampled_from(found))  # equal units in another line
            found.append(attrs.evolve(before, id=f"L{place}", quantity=draw(quantities)))
            continue
        each = eager and place < len(kinds)
        kind = kinds[place] if each else draw(st.sampled_from(kinds))
        fields: dict[str, Any] = {"unit_price": draw(prices), **kind}
        fields["quantity"] = min(draw(quantities), _most_units(fields["unit_price"]))
        match draw(st.integers(0, 11)):
            case 0:
                fields["minimum_price"] = draw(unit_prices(currency))
            case 1:
                fields["compare_at_price"] = draw(unit_prices(currency))
            case 2:
                fields["discountable"] = False
            case 3:
                fields["unit_price"] = from_minor(0, currency)
            case _:
                pass
        found.append(CartLine(id=f"L{place}", **fields))
    return tuple(found)


@st.composite
def _customers(
    draw: st.DrawFn, own: Any, words: Sequence[str], given: Sequence[Customer], *, eager: bool
) -> Customer:
    if given:
        return draw(st.sampled_from(given))
    if not eager and draw(st.integers(0, 5)) == 0:
        return Customer()
    orders: list[int] = [0, 1, 2, *(n - 1 for n in figures_of(own)), *figures_of(own)]
    texts: Sequence[str] = words if eager and words else ["vip", "staff", *words]
    names = [word for word in words if word.isascii() and word.isalnum() and word[0].isalpha()]
    attributes: dict[str, Any] = {}
    keeps = draw(st.booleans())
    if keeps and names:
        values: list[Any] = [*words, *figures_of(own), True]
        attributes = {draw(st.sampled_from(names)): draw(st.sampled_from(values))}
    most = min(len(texts), _MOST_WORDS)
    least = draw(st.sampled_from([1, most])) if eager else 0
    tags: list[str] = draw(
        st.lists(st.sampled_from(texts), min_size=least, max_size=most, unique=True)
    )
    return Customer(
        contact_id="c1",
        tags=tuple(tags),
        orders_placed=draw(st.sampled_from(orders)),
        attributes=attributes,
    )


def countries_of(words: Sequence[str], *, eager: bool) -> list[str]:
    """The countries among some words, and usual ones."""
    known = country_names()
    named = [word for word in words if len(word) == _LETTERS_OF_COUNTRY and word in known]
    return named if eager and named else [*COUNTRIES, *named]


@st.composite
def _shipments(
    draw: st.DrawFn,
    lines: tuple[CartLine, ...],
    currency: str,
    words: Sequence[str],
    given: Sequence[CartShipment],
    *,
    eager: bool,
) -> tuple[CartShipment, ...]:
    count = draw(st.sampled_from([1, 2] if eager else [0, 1, 1, 2]))
    codes = words if eager and words else [*SPEEDS, *words]
    contents: list[list[tuple[str, int]]] = [[] for _ in range(count)]
    if count:
        chance = Random(draw(st.integers(0, 2**10)))  # noqa: S311  (repeatable, as it was drawn)
        for line in lines:
            units = line.quantity if count == 1 else chance.randint(0, line.quantity)
            for content, part in zip(contents, (units, line.quantity - units), strict=False):
                if part:
                    content.append((line.id, part))
    found = []
    for number, content in enumerate(contents, start=1):
        fields: dict[str, Any] = {"id": f"S{number}", "lines": tuple(content)}
        if given:
            found.append(attrs.evolve(draw(st.sampled_from(given)), **fields))
            continue
        speed = ShippingSpeed(
            code=draw(st.sampled_from(codes)),
            name="Some speed",
            price=from_minor(draw(st.integers(0, 3000)), currency),
        )
        countries = countries_of(words, eager=eager)
        country = draw(st.sampled_from(countries if eager else ["", *countries]))
        chosen = draw(st.sampled_from([speed] if eager else [None, speed, speed]))
        found.append(CartShipment(country=country, speed=chosen, **fields))
    return tuple(found)


_any_time = st.builds(
    lambda days, hours: NOON + timedelta(days=days, hours=hours),
    st.integers(0, 365),
    st.integers(0, 23),
)
times = st.just(NOON) | _any_time | _any_time | _any_time


def _gifts(own: Any, words: Sequence[str], currency: str) -> dict[str, Product]:
    """The products that a type may add: those that it names."""
    ids = [each.product_id for each in _parts(own, TiedItem)]
    ids += [word for word in words if word not in ids]
    return {
        name: Product(
            id=name,
            title=name,
            variants=(Variant(sku=name.upper(), price=from_minor(250, currency)),),
        )
        for name in ids
    }


@st.composite
def promotion_cases(draw: st.DrawFn, kind: Any, surroundings: Surroundings) -> PricingCase:
    """Cases whose first promotion has the type as its effect, or as its only condition."""
    currency = draw(st.sampled_from(surroundings.currencies_for(kind)))
    own = draw(surroundings.configured(kind, currency))
    currency = _currency_for(own, currency)
    words = words_of(own)
    eager = draw(eagerness)
    kinds = _kinds(own, words, surroundings.goods(currency), eager=eager)
    lines: tuple[CartLine, ...] = ()
    if draw(st.integers(0, 24)):
        lines = draw(_lines(own, currency, kinds, eager=eager))
    policy = draw(policies) if draw(st.integers(0, 9)) == 0 else DEFAULT_POLICY
    others: tuple[Promotion, ...] = ()
    if draw(st.integers(0, 2)) == 0:
        others = draw(case_promotions(currency, conditions={}, most=2))
    cart = Cart(
        currency=currency,
        lines=lines,
        shipments=draw(
            _shipments(lines, currency, words, surroundings.shipments(currency), eager=eager)
        ),
        customer=draw(_customers(own, words, surroundings.customers, eager=eager)),
        channel=draw(st.sampled_from(words if eager and words else ["", "web", "phone", *words])),
    )
    return PricingCase(
        cart=cart,
        promotions=(_promotion(own, draw(st.integers(-1, 1))), *others),
        products={**case_products(currency), **_gifts(own, words, currency)},
        policy=policy,
        at=draw(times),
    )


def _promotion(own: Any, priority: int) -> Promotion:
    if hasattr(own, "check"):
        effect = PercentOff(percent=10) if priority else OrderPercentOff(percent=10)
        return Promotion(
            id="mine", name="Mine", effect=effect, conditions=(own,), priority=priority
        )
    return Promotion(id="mine", name="Mine", effect=own, priority=priority)


@st.composite
def speed_cases(draw: st.DrawFn, kind: Any, surroundings: Surroundings) -> SpeedCase:
    """Cases of a provider."""
    currency = draw(st.sampled_from(surroundings.currencies_for(kind)))
    own = draw(surroundings.configured(kind, currency))
    currency = _currency_for(own, currency)
    if any(_minor(each) > _MOST_CHARGED for each in amounts_of(own)):
        reject()  # times a weight, it would be more than money can be
    words = words_of(own)
    eager = draw(eagerness)
    entered: tuple[CartLine, ...] = ()
    if draw(st.integers(0, 24)):
        kinds = _kinds(own, words, surroundings.goods(currency), eager=eager)
        entered = draw(_lines(own, currency, kinds, eager=eager))
    heavy = [0, 100, 350, 2000, *(n for n in figures_of(own) if n <= _HEAVIEST)]
    lines = tuple(
        RequestedLine(
            line_id=line.id,
            sku=line.sku,
            quantity=min(line.quantity, _MOST_SENT),
            weight_grams=line.weight_grams or draw(st.sampled_from(heavy)),
            amount=from_minor(
                draw(st.sampled_from([0, 1, 250, 1999])) * min(line.quantity, _MOST_SENT), currency
            ),
        )
        for line in entered
    )
    subtotal = sum(to_minor(line.amount, currency) for line in lines)
    return SpeedCase(
        provider=own,
        request=ShipmentRequest(
            shipment_id="S1",
            address=draw(_addresses(words, surroundings.addresses, eager=eager)),
            lines=lines,
            subtotal=from_minor(subtotal, currency),
        ),
    )


@st.composite
def _addresses(
    draw: st.DrawFn, words: Sequence[str], given: Sequence[Address], *, eager: bool
) -> Address:
    if given:
        return draw(st.sampled_from(given))
    texts = st.sampled_from(["", "CA", "NY", *words])
    fields = {
        "line1": "Ring 1",
        "country": draw(st.sampled_from(countries_of(words, eager=eager))),
        "region": draw(texts),
        "postal_code": draw(st.sampled_from(["", "10115", "94105", *words])),
    }
    try:
        return Address(**fields)
    except CartcoreError:  # some word is no postal code
        return Address(line1="Ring 1", country="US")
