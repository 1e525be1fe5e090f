"""How values become text on a page. Everything is escaped unless a template makes it itself."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from moneyed import Money

from backoffice.options import choice_field, choices, written
from cartcore.contact import Contact, country_names
from cartcore.quote import Decision, Phase, Quote
from cartcore.zones import local_time, show_time

HERE = Path(__file__).parent


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
    figure=figure,
    when=when,
    told=show_time,
    place=place,
    choices=choices,
    written=written,
)
TEMPLATES.globals.update(
    choice_field=choice_field,
    countries=sorted(country_names().items(), key=lambda pair: pair[1]),
    discounts=discounts,
    static=static,
)
