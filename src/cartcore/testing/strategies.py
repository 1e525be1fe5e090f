"""Hypothesis strategies for the values of cartcore; all that they give is valid.

Texts hold what breaks careless code: accents composed and decomposed, letters that become several
when case is ignored, other scripts, marks alone, and the edges of Unicode. Words are few, so that
records and filters meet.
"""

from datetime import UTC, datetime

from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine, CartShipment, Customer
from cartcore.orders.draft import Cleared, Draft, Gift, LineItem, Shipment, ShipmentLine, Step
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import HistoryEntry, Order, OrderShipment, OrderStatus
from cartcore.pricing.engine import price
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Limits, Promotion, Redemption, Trigger
from cartcore.promotions.types import PromotionType
from cartcore.rules import Selection, ShippingSpeed, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    ContactTag,
    FreeShipping,
    MinQuantity,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
)
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product, Variant
from cartcore.values.attributes import Attributes
from cartcore.values.money import FINER, from_fine, from_minor
from cartcore.values.text import normal

CURRENCIES = ("JPY", "USD", "EUR", "KWD")
"""Currencies of 0, 2, 2 and 3 decimal digits."""

_WORDS = (
    *("ann", "Ann", "Anna", "ANNE", "b", "Müller", "Mu\u0308ller", "muller", "Straße", "STRASSE"),
    *(
        "İstanbul",
        "istanbul",
        "\u0131stanbul",
        "\u017f",
        "ﬁn",
        "Ægir",
        "aegir",
        "Søren",
        "soren",
        "Łukasz",
        "lukasz",
        "Анна",
        "山田",
        "山",
        "naïve",
        "O'Brien",
        "OBrien",
        "Müller",
        "Mueller",
        "राम",
        "राव",
        "ガル",
        "कम\u0932\u093e",
    ),
    *("Jean-Luc", "x_1", "42", "٤٢", "Ⅷ", "...", "-", "\u0301", "\u200d", "\ud7ff", "\ue000"),
    *("a\ue000", "a\U0010ffff", "\U0010ffff", "\U0010ffff\U0010ffff", "%", "_", "'", "\\", '"'),
)
_PHONES = (
    "",
    "+49 221 123",
    "0221-123",
    "221123",
    "(0)1 23",
    "23",
    "٢٣",
    "000",
    "none",
    "49221123 / 7001230",
)
_CITIES = ("", "Köln", "Koln", "Kölsch", "K", "İzmir", "\u0301", "São Paulo")
_REGIONS = ("", "NRW", "nrw", "Nord", "\u0301")
_COUNTRIES = ("DE", "US", "XK")
_TAGS = ("vip", "VIP", "Été", "ete", "\u0301", "new")
_PROMOTION_IDS = ("gift", "sale")
_CODES = ("SPRING", "spring", "Straße", "STRASSE", "10  OFF", "10 off", "x")
_BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

# In UTC no hour comes twice, so `fold` says nothing; it is not stored.
times = st.datetimes(timezones=st.just(UTC)).map(lambda time: time.replace(fold=0))
"""Instants, to the microsecond."""

_any_text = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=_BIDI_CONTROLS), max_size=20
)
optional_texts = st.one_of(
    st.lists(st.sampled_from(_WORDS), max_size=3).map(" ".join), _any_text
).map(str.strip)
"""Texts such as names and filters."""

texts = optional_texts.filter(normal)
"""Such texts of which something is seen."""

messages = st.lists(optional_texts, max_size=3).map(lambda lines: "\n".join(lines).strip())
"""Texts of several lines."""

image_urls = st.sampled_from(
    ["", "https://cdn.example/a.jpg?v=1", "https://bilder.example/größe.png"]
)
phones = st.sampled_from(_PHONES)
promo_codes = st.sampled_from(_CODES)
"""Promo codes, some of which are the same but for case and spaces."""

_email_parts = st.sampled_from(["ann", "Ann", "müller", "straße", "STRASSE", "İ", "x.y", "\ue000"])
emails = st.builds("{}@{}.example".format, _email_parts, _email_parts)


def money(currency: str, *, most: int = 10**12) -> st.SearchStrategy[Money]:
    """Amounts in whole minor units, up to so many."""
    return st.integers(0, most).map(lambda minor: from_minor(minor, currency))


def unit_prices(currency: str, *, most: int = 10**9) -> st.SearchStrategy[Money]:
    """Unit prices, as fine as they can be (PR-2)."""
    fine = st.one_of(st.integers(0, most), st.integers(0, most // FINER).map(FINER.__mul__))
    return fine.map(lambda each: from_fine(each, currency))


currencies = st.sampled_from(CURRENCIES)

addresses = st.builds(
    Address,
    name=optional_texts,
    company=optional_texts,
    line1=texts,
    line2=optional_texts,
    city=st.sampled_from(_CITIES) | optional_texts,
    region=st.sampled_from(_REGIONS),
    postal_code=optional_texts,
    country=st.sampled_from(_COUNTRIES),
    phone=phones,
)


attributes = st.dictionaries(
    st.sampled_from(["erp_id", "engraving", "a.b-c"]),
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-9, 9) | messages,
    max_size=2,
).map(Attributes)
"""Attributes of records, most often few."""


def contacts(ids: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Contact]:
    """Contacts with these ids."""
    return st.builds(
        Contact,
        id=ids,
        name=texts,
        email=st.just("") | emails,
        phone=phones,
        addresses=st.lists(addresses, max_size=2).map(tuple),
        tags=st.lists(st.sampled_from(_TAGS), max_size=2).map(tuple),
        attributes=attributes,
    )


contact_filters = st.builds(
    ContactFilter,
    text=st.just("") | optional_texts | phones,
    name=st.just("") | optional_texts,
    email=st.just("") | st.sampled_from(["a", "ANN@", "mu", "strasse@", "i", "\ue000"]),
    phone=st.just("") | phones,
    city=st.just("") | st.sampled_from(_CITIES),
    region=st.just("") | st.sampled_from(_REGIONS),
    country=st.just("") | st.sampled_from([*_COUNTRIES, "de", "nowhere"]),
    tag=st.just("") | st.sampled_from(_TAGS),
)


@st.composite
def products(
    draw: st.DrawFn, ids: st.SearchStrategy[str] = texts, currency: str = "USD"
) -> Product:
    """Products with these ids. Their SKUs start with the id, so that products share none."""
    product_id = draw(ids)
    options = draw(st.lists(texts, max_size=2, unique=True))
    values = st.tuples(*(texts for _ in options))
    combinations = draw(st.lists(values, min_size=1, max_size=3, unique=True))
    return Product(
        id=product_id,
        title=draw(texts),
        options=tuple(options),
        variants=tuple(
            draw(_variants(f"{product_id}/{number}{draw(optional_texts)}", chosen, currency))
            for number, chosen in enumerate(combinations)
        ),
        published=draw(st.booleans()),
        description=draw(messages),
        image_url=draw(image_urls),
        vendor=draw(optional_texts),
        categories=draw(st.lists(texts, max_size=2).map(tuple)),
        tags=draw(st.lists(texts, max_size=2).map(tuple)),
        tax_class=draw(st.sampled_from(["", "", "reduced"])),
        attributes=draw(attributes),
    )


def _variants(sku: str, options: tuple[str, ...], currency: str) -> st.SearchStrategy[Variant]:
    return st.builds(
        Variant,
        sku=st.just(sku),
        price=unit_prices(currency),
        options=st.just(options),
        compare_at_price=st.none() | unit_prices(currency),
        weight_grams=st.integers(0, 10**6),
        requires_shipping=st.booleans(),
        published=st.booleans(),
        barcode=st.sampled_from(["", "1", "01", "10"]) | optional_texts,
        image_url=image_urls,
        tax_class=st.sampled_from(["", "", "reduced"]),
        attributes=attributes,
    )


_some_texts = st.lists(texts, max_size=2).map(tuple)
selections = st.builds(
    Selection,
    skus=_some_texts,
    products=_some_texts,
    categories=_some_texts,
    tags=_some_texts,
    exclude=st.none() | st.builds(Selection, skus=_some_texts),
)
_percents = st.decimals("0.01", 100, places=2)
# `Selection()` beside whatever is generated: most carts are not hit by anything else.
_targets = st.just(Selection()) | selections


def effects(currency: str = "USD") -> st.SearchStrategy[PromotionType]:
    """Configured promotion types, all of them built in."""
    amounts = money(currency, most=10**6).filter(bool)
    maximum = st.none() | amounts
    keys = texts.map(lambda text: text.replace(":", "-"))
    item = st.builds(TiedItem, key=keys, product_id=texts, quantity=st.integers(1, 3))
    return st.one_of(
        st.builds(PercentOff, percent=_percents, target=_targets, maximum=maximum),
        st.builds(
            AmountOff, amount=amounts, target=_targets, per=st.sampled_from(Per), maximum=maximum
        ),
        st.builds(OrderPercentOff, percent=_percents, maximum=maximum),
        st.builds(OrderAmountOff, amount=amounts),
        st.builds(FreeShipping, speeds=st.just(()) | _some_texts, maximum=maximum),
        st.builds(AddProduct, items=item.map(lambda each: (each,)), percent=_percents),
    )


@st.composite
def promotions(
    draw: st.DrawFn,
    ids: st.SearchStrategy[str] = texts,
    codes: st.SearchStrategy[str] = promo_codes,
    currency: str = "USD",
) -> Promotion:
    """Promotions with these ids, and of these codes one if their trigger is a code."""
    trigger = draw(st.sampled_from(Trigger))
    starts_at, ends_at = sorted(draw(st.tuples(times, times).filter(lambda two: two[0] != two[1])))
    conditions = st.one_of(
        st.builds(MinSubtotal, amount=money(currency).filter(bool), target=_targets),
        st.builds(MinQuantity, quantity=st.integers(1, 5), target=_targets),
        st.builds(ContactTag, tags=st.lists(texts, min_size=1, max_size=2).map(tuple)),
    )
    limits = st.none() | st.integers(1, 10)
    needs_code = trigger is Trigger.CODE
    return Promotion(
        id=draw(ids),
        name=draw(texts),
        effect=draw(effects(currency)),
        trigger=trigger,
        codes=(draw(codes),) if needs_code else (),
        conditions=tuple(draw(st.lists(conditions, max_size=1))),
        priority=draw(st.integers(-5, 5)),
        starts_at=draw(st.sampled_from([None, starts_at])),
        ends_at=draw(st.sampled_from([None, ends_at])),
        enabled=draw(st.booleans()),
        limits=draw(st.builds(Limits, total=limits, per_contact=limits)),
    )


_line_ids = st.sampled_from(["1", "2", "3"])
_shipment_lines = st.builds(
    ShipmentLine,
    line_id=_line_ids,
    quantity=st.integers(1, 9),
    gift=st.none() | st.builds(Gift, message=messages),
)


def drafts(ids: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Draft]:
    """Drafts with these ids; what their lines name need not exist."""
    line = st.builds(
        LineItem, id=_line_ids, product_id=texts, sku=texts, quantity=st.integers(1, 10**6)
    )
    application = st.builds(
        AppliedPromotion,
        promotion_id=texts,
        promo_code=optional_texts,
        choices=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    )
    shipment = st.builds(
        Shipment,
        id=texts,
        address=addresses,
        lines=st.lists(_shipment_lines, max_size=2).map(tuple),
        speed=optional_texts,
    )
    cleared = st.builds(Cleared, what=texts, subject=texts, message=messages)
    return st.builds(
        Draft,
        id=ids,
        currency=currencies,
        created_by=texts,
        created_at=times,
        updated_at=times,
        step=st.sampled_from(Step),
        contact_id=optional_texts,
        lines=st.lists(line, max_size=2).map(tuple),
        applied=st.lists(application, max_size=2).map(tuple),
        refused=_some_texts,
        multiple_addresses=st.booleans(),
        shipments=st.lists(shipment, max_size=2).map(tuple),
        cleared=st.lists(cleared, max_size=2).map(tuple),
        next_line=st.integers(1, 1000),
        next_shipment=st.integers(1, 1000),
    )


@st.composite
def carts(draw: st.DrawFn, currency: str = "USD") -> Cart:
    """Carts with up to three lines, sent together by some speed."""
    lines = draw(
        st.lists(
            st.builds(
                CartLine,
                id=_line_ids,
                sku=st.sampled_from(["mug", "Mug", "tea"]) | texts,
                quantity=st.integers(1, 100),
                unit_price=unit_prices(currency),
                requires_shipping=st.booleans(),
            ),
            max_size=3,
            unique_by=lambda line: line.id,
        )
    )
    speed = st.builds(
        ShippingSpeed, code=texts, name=texts, price=money(currency, most=10**6), days_to=st.none()
    )
    shipment = CartShipment(
        id="S1",
        lines=tuple((line.id, line.quantity) for line in lines),
        speed=draw(st.none() | speed),
    )
    return Cart(
        currency=currency,
        lines=tuple(lines),
        shipments=(shipment,),
        customer=Customer(contact_id=draw(texts)),
    )


def quotes() -> st.SearchStrategy[Quote]:
    """Priced carts."""
    return st.tuples(carts(), promotions()).flatmap(
        lambda two: times.map(lambda at: price(two[0], [two[1]], at=at))
    )


_anybody = contacts()
order_numbers = st.integers(1, 10**6).map(str)
"""Order numbers of different lengths."""


@st.composite
def orders(
    draw: st.DrawFn,
    ids: st.SearchStrategy[str] = texts,
    numbers: st.SearchStrategy[str] = order_numbers,
    people: st.SearchStrategy[Contact] = _anybody,
) -> Order:
    """Placed orders with these ids; draft and idempotency key are named after the id."""
    order_id = draw(ids)
    currency = draw(currencies)
    contact = draw(people)
    cart = draw(carts(currency))
    promotion = Promotion(id=draw(texts), name=draw(texts), effect=draw(effects(currency)))
    placed_at = draw(st.sampled_from(_FEW_TIMES) | times)
    quote = price(cart, [promotion], at=placed_at)
    shipped_at = draw(st.none() | times)
    address = draw(addresses)
    shipments = tuple(
        OrderShipment(
            id=s.shipment_id,
            address=address,
            lines=tuple(ShipmentLine(line_id=i.line_id, quantity=i.quantity) for i in s.lines),
            speed=s.speed,
            shipped_at=shipped_at,
        )
        for s in quote.shipments
        if s.speed is not None
    )
    status = draw(st.sampled_from(OrderStatus))
    redemption = st.builds(
        Redemption,
        promotion_id=st.sampled_from(_PROMOTION_IDS),
        contact_id=st.just(contact.id),
        promo_code=st.just("") | promo_codes,
        discount=st.none() | money(currency),
    )
    redemptions = st.lists(redemption, max_size=2).map(tuple)
    entry = st.builds(
        HistoryEntry, status=st.sampled_from(OrderStatus), at=times, actor=texts, note=messages
    )
    return Order(
        id=order_id,
        number=draw(numbers),
        draft_id=f"draft of {order_id}",
        idempotency_key=f"key of {order_id}",
        request_digest=draw(texts),
        contact=contact,
        shipments=shipments,
        quote=quote,
        redemptions=draw(redemptions) if status is not OrderStatus.CANCELLED else (),
        status=status,
        history=tuple(draw(st.lists(entry, max_size=2))),
        placed_at=placed_at,
        placed_by=draw(texts),
    )


_FEW_TIMES = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3)]


@st.composite
def order_filters(draw: st.DrawFn, contact_ids: st.SearchStrategy[str] = texts) -> OrderFilter:
    """Filters of orders that leave out most criteria."""
    currency = draw(currencies)
    bound = st.none() | money(currency, most=10**6)
    return OrderFilter(
        number=draw(st.sampled_from(["", "", "1", "10", "9"])),
        contact=draw(st.just("") | optional_texts),
        email=draw(st.sampled_from(["", "", "", "ANN", "x", "\u0301"])),
        phone=draw(st.just("") | phones),
        recipient=draw(st.just("") | optional_texts),
        address=draw(st.just("") | optional_texts),
        contact_id=draw(st.just("") | contact_ids),
        status=draw(st.none() | st.sampled_from(OrderStatus)),
        placed_from=draw(st.none() | st.sampled_from(_FEW_TIMES)),
        placed_before=draw(st.none() | st.sampled_from(_FEW_TIMES)),
        total_min=draw(bound),
        total_max=draw(bound),
        promo_code=draw(st.just("") | promo_codes),
        sku=draw(st.sampled_from(["", "", "mug", "tea"])),
    )
