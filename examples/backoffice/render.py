"""How values become text on a page. Everything is escaped unless a template makes it itself."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from moneyed import Money

from backoffice.doubts import address_doubt
from backoffice.options import choice_field, choices, written
from cartcore.errors import CartcoreError
from cartcore.orders.draft import Shipment, Step
from cartcore.orders.order import OrderShipment
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import Decision, Phase
from cartcore.shop.address import country_names
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.values.phones import looks_like_phone
from cartcore.values.time_zones import local_time, show_time

HERE = Path(__file__).parent

STEPS = {
    Step.CONTACT: "Contact",
    Step.ITEMS: "Items",
    Step.SHIPPING: "Shipping Details",
    Step.REVIEW: "Review",
}
"""The steps as the pages call them."""


def money(amount: Money) -> str:
    """The amount with its currency: "1,234.50 USD"."""
    return f"{figure(amount)} {amount.currency.code}"


def figure(amount: Money) -> str:
    """The amount alone, where the currency stands at the head of the column."""
    return f"{amount.amount:,f}".replace("-", "\N{MINUS SIGN}")


def when(time: datetime, timezone: str) -> str:
    """A time as the store's clocks show it, where the zone stands at the head of the column."""
    return f"{local_time(time, timezone):%Y-%m-%d %H:%M}"


def place(contact: Contact) -> str:
    """Where a contact lives, without the name where that is already to be read."""
    address = contact.primary_address
    lines = address.lines() if address else ("no address",)
    return ", ".join(line for line in lines if line != contact.name)


def discounts(quote: Quote, *phases: str) -> list[Decision]:
    """The promotions that took something off in these phases, in the order of their turns."""
    taking = {a.promotion_id for a in quote.adjustments if a.phase in {Phase(p) for p in phases}}
    return [d for d in quote.decisions if d.applied and d.promotion_id in taking and d.discount]


def as_sentence(message: str) -> str:
    """A sentence of the library, as one begins on a page."""
    return message[:1].upper() + message[1:]


def sum_of_units(shipments: Iterable[Shipment], line_id: str) -> int:
    """How many units of a line have an address."""
    return sum(shipment.quantity_of(line_id) for shipment in shipments)


def matched(contact: Contact, typed: str) -> set[str]:
    """In which of its fields a contact has what was typed: name, email, phone."""
    found = set()
    for name in ("name", "email", "phone"):
        with suppress(CartcoreError):
            if typed and ContactFilter(**{name: typed}).matches(contact):
                found.add(name)
    return found


def explained(quote: Quote, promotion_id: str, sent: Iterable[Shipment | OrderShipment]) -> str:
    """How a discount came about; shipments are called by where they go."""
    names = {s.id: f"the shipment to {s.address.short}" for s in sent}
    return quote.explain(promotion_id, shipments=names)


def picture(product: Product, sku: str, hosts: Collection[str]) -> str:
    """The address of a variant's picture; empty if it has none, or on no host to be shown from."""
    variant = product.by_sku(sku)
    url = (variant.image_url if variant else "") or product.image_url
    return url if url and urlsplit(url).netloc in hosts else ""


def static(name: str) -> str:
    """The address of a static file; it changes when the file does, so browsers keep it for good."""
    if name not in _FINGERPRINTS:
        _FINGERPRINTS[name] = sha256((HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={_FINGERPRINTS[name]}"


_FINGERPRINTS: dict[str, str] = {}

TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters.update(
    money=money,
    as_sentence=as_sentence,
    figure=figure,
    when=when,
    told=show_time,
    place=place,
    choices=choices,
    written=written,
    sum_of_units=sum_of_units,
)
TEMPLATES.globals.update(
    steps=STEPS,
    choice_field=choice_field,
    countries=sorted(country_names().items(), key=lambda pair: pair[1]),
    address_doubt=address_doubt,
    discounts=discounts,
    explained=explained,
    looks_like_phone=looks_like_phone,
    matched=matched,
    static=static,
)
