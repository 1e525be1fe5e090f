"""What the example starts with: a real catalogue, contacts, promotions of every class."""

import random
from collections.abc import Iterator

from moneyed import Money
from shop import ANN, CATALOG, JOSE, PROMOTIONS, STORE, usd

from cartcore.adapters.shopify import read_products
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    ContactTag,
    MinQuantity,
    MinSubtotal,
    OrderAmountOff,
    PercentOff,
    ShippingPercentOff,
)
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant
from cartcore.storage import Storage

FIRST = (
    *("Ada", "Amir", "Anna", "Björn", "Carlos", "Chloé", "Dana", "Elif", "Emeka", "Fatima"),
    *("Grace", "Hana", "Hugo", "Ines", "Jamal", "Kofi", "Lena", "Mei", "Nadia", "Noah", "Olga"),
    *("Omar", "Priya", "Raúl", "Sofia", "Tomás", "Uma", "Viktor", "Wei", "Yara", "Zoë"),
)
LAST = (
    *("Andersson", "Bauer", "Brown", "Chen", "Costa", "Demir", "Dubois", "Evans", "Fischer"),
    *("García", "Haddad", "Ivanova", "Jensen", "Kowalski", "López", "Martin", "Mbeki", "Moreau"),
    *("Müller", "Nguyen", "Novák", "O'Brien", "Okafor", "Patel", "Rossi", "Sato", "Schmidt"),
    *("Silva", "Smith", "Tanaka", "Turner", "Wagner", "Walker", "Yilmaz", "Zhang"),
)
PLACES = (
    ("Denver", "CO", "80202", "US"),
    ("Boulder", "CO", "80301", "US"),
    ("Portland", "OR", "97201", "US"),
    ("Burlington", "VT", "05401", "US"),
    ("Montréal", "QC", "H2X 1K4", "CA"),
    ("Vancouver", "BC", "V5K 0A1", "CA"),
    ("Innsbruck", "", "6020", "AT"),
    ("Zürich", "", "8001", "CH"),
)
STREETS = ("Main Street", "Oak Avenue", "Station Road", "Mill Lane", "High Street", "Park Row")

GIFT_CARD = Product(
    id="gift-card",
    title="Gift card",
    vendor="The shop",
    options=("Value",),
    variants=tuple(
        Variant(
            sku=f"GIFT-{value}", options=(f"{value}.00",), price=usd(value), requires_shipping=False
        )
        for value in ("25", "50", "100")
    ),
    categories=("Gift cards",),
    discountable=False,
)
"""Nothing to ship: an order of it alone goes from the items straight to the review."""

MORE_PROMOTIONS = (
    Promotion(
        id="club",
        name="Club members: 3% off clothing",
        effect=PercentOff(percent="3", target=Selection(categories=("Shirts",))),
        conditions=(ContactTag(tags=("club",)),),
    ),
    Promotion(
        id="shirt",
        name="A free shirt with two boards",
        effect=AddProduct(
            items=(TiedItem(key="shirt", product_id="shopify-shirt"),), percent="100"
        ),
        trigger=Trigger.PICKED,
        conditions=(MinQuantity(quantity=2, target=Selection(categories=("Snowboards",))),),
    ),
    Promotion(
        id="warm",
        name="A free sweater with a board",
        effect=AddProduct(
            items=(TiedItem(key="sweater", product_id="hooded-sweater"),), percent="100"
        ),
        trigger=Trigger.CODE,
        codes=("WARM",),
        conditions=(MinQuantity(quantity=1, target=Selection(categories=("Snowboards",))),),
    ),
    Promotion(
        id="twenty",
        name="20 off orders from 300",
        effect=OrderAmountOff(amount=usd("20.00")),
        trigger=Trigger.CODE,
        codes=("TWENTY",),
        conditions=(MinSubtotal(amount=Money(300, "USD")),),
        limits=Limits(per_contact=1),
    ),
    Promotion(
        id="express-half",
        name="Express at half price",
        effect=ShippingPercentOff(percent="50", speeds=("express",)),
        trigger=Trigger.CODE,
        codes=("FASTER",),
    ),
)


def contacts(number: int) -> Iterator[Contact]:
    """Generate contacts, the same ones each time; one in ten has no address."""
    # Repeatable figures, no secrets.
    choose = random.Random(2026)  # noqa: S311
    for i in range(number):
        name = f"{choose.choice(FIRST)} {choose.choice(LAST)}"
        city, region, postal_code, country = choose.choice(PLACES)
        address = Address(
            name=name,
            line1=f"{choose.randint(1, 250)} {choose.choice(STREETS)}",
            city=city,
            region=region,
            postal_code=postal_code,
            country=country,
        )
        yield Contact(
            id=f"c{i}",
            name=name,
            email=f"customer{i}@example.com",
            phone=f"+1 303 555 {i % 10_000:04d}",
            tags=("club",) if choose.random() < 0.1 else (),  # noqa: PLR2004  (a share)
            addresses=() if choose.random() < 0.1 else (address,),  # noqa: PLR2004  (a share)
        )


def fill(storage: Storage, number_of_contacts: int = 1000) -> bool:
    """Fill a storage that has no products; return whether it was filled."""
    with storage.write() as work:
        if work.products.search(limit=1).items:
            return False
        for product in read_products(CATALOG, currency=STORE.currency).products:
            work.products.add(product)
        work.products.add(GIFT_CARD)
        for contact in (ANN, JOSE, *contacts(number_of_contacts)):
            work.contacts.add(contact)
        for promotion in (*PROMOTIONS, *MORE_PROMOTIONS):
            work.promotions.add(promotion)
        work.commit()
    return True
