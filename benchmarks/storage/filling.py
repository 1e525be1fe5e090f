"""Contacts, products and orders by the million, as rows that are what the adapter would write.

Contacts and products are records whose rows the adapter's own mappings give. Orders are copies of
some that an order desk placed: what is different in each is put into their documents and rows.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import attrs
from moneyed import Money
from tests.support import postgres
from tests.torture.database import Database

from benchmarks.storage.bare import Bare, Row, Rows, rows_of_order, rows_where
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.documents.serializer import Serializer
from cartcore.entry.store import Store
from cartcore.orders.order import Order
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.rules import load_rulebook
from cartcore.rules.builtin import FlatRate, OrderPercentOff, PercentOff
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant
from cartcore.storage import Storage
from cartcore.storage.keys import FIRST_NUMBER, microseconds
from cartcore.values.search import fold, index_words

AT_ONCE = 5_000
"""Records that are written together."""

ITEMS = 10
"""Lines of the orders that are placed to be measured."""

CODE = "TAKE5"
"""A limited code; one order in a hundred has it."""

STORE = Store(currency="USD", speeds=(FlatRate(code="post", name="Post", price=Money(5, "USD")),))

_FIRST = datetime(2020, 1, 1, tzinfo=UTC)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GIVEN = _listed(
    "Ann Bob Zoë José Noah Mia Łukasz Søren Élodie Jürgen Ana Chloé Dmitri Fatima Giulia Håkon "
    "Ines Jamal Kenji Lena Mehmet Nadia Olga Pablo Quentin Rosa Sven Tomáš Uma Víctor Wanda Yara"
)
_SYLLABLES = _listed(
    "ba be bo da de di fa fe ga go ha he jo ka ke ko la le li lo ma me mi mo na ne no pa pe ra re "
    "ri ro sa se so ta te ti to va ve vo wa we za zo ä é ö ü ñ"
)
_THINGS = _listed("Mug Shirt Lamp Chair Board Cap Bottle Poster Table Rug Clock Vase Bag Pen")
_CITIES = (("Denver", "CO"), ("Boulder", "CO"), ("Austin", "TX"), ("Portland", "OR"))


@attrs.frozen
class Sizes:
    """How many of each there are."""

    contacts: int
    products: int
    orders: int

    @classmethod
    def scaled(cls, factor: float) -> "Sizes":
        """Return a share of a million contacts and orders, and of a hundred thousand products."""
        most = (1_000_000, 100_000, 1_000_000)
        return cls(*(max(1_000, round(number * factor)) for number in most))


@contextmanager
def empty(kind: str, folder: Path) -> Iterator[Database]:
    """Make an empty storage on the disk."""
    if kind == "sqlite":
        where = folder / "shop.sqlite"
        SQLiteStorage(where).close()
        yield Database(kind, str(where))
        return
    with (
        postgres.local_server(durable=True) as server,
        server.with_template(),
        server.database() as url,
    ):
        yield Database(kind, url)


def fill(
    open_storage: Callable[[], AbstractContextManager[Storage]],
    bare: Bare,
    sizes: Sizes,
    tick: Callable[[int], object],
) -> None:
    """Fill an empty storage; `tick` is told how many records were written."""
    random = Random(1)
    with open_storage() as storage:
        with storage.read() as work:
            contact_rows = _rows_of(work.contacts)
            product_rows = _rows_of(work.products)
        contacts = (contact(random, i) for i in range(sizes.contacts))
        _write(bare, map(contact_rows, contacts), tick)
        _write(bare, map(product_rows, (a_product(random, i) for i in range(sizes.products))), tick)
        _promote(storage)
        templates = _templates(storage, bare, random)
        _write(bare, _orders(templates, random, sizes), tick)
        bare.last_number(FIRST_NUMBER + len(templates) + sizes.orders - 1)
    bare.settle()


def _write(bare: Bare, records: Iterator[Rows], tick: Callable[[int], object]) -> None:
    """Write the rows of records, some thousand at a time."""
    while True:
        rows: dict[str, list[Row]] = {}
        number = 0
        for record in islice(records, AT_ONCE):
            number += 1
            for table, found in record.items():
                rows.setdefault(table, []).extend(found)
        if not number:
            return
        bare.load(rows)
        tick(number)


def _rows_of(store: Any) -> Callable[[Any], Rows]:
    """Return how the adapter spreads a record over tables."""
    serializer = Serializer(load_rulebook())
    mapping = store.mapping

    def rows(record: Any) -> Rows:
        new = attrs.evolve(record, version=1)
        row = {
            "id": new.id,
            "version": 1,
            "document": serializer.dumps(new),
            **mapping.values(new),
        }
        found = {mapping.table.name: [row]}
        for link, values in mapping.links(new).items():
            names = link.c.keys()
            found[link.name] = [dict(zip(names, row, strict=True)) for row in values]
        return found

    return rows


def surname(random: Random) -> str:
    """Return one of some millions of names, some with accents."""
    return "".join(random.choices(_SYLLABLES, k=random.randint(2, 4))).capitalize()


def contact(random: Random, number: int) -> Contact:
    """Return a contact with an address."""
    name = f"{random.choice(_GIVEN)} {surname(random)}"
    city, region = random.choice(_CITIES)
    return Contact(
        id=f"contact-{number:07}",
        name=name,
        email=f"{fold(name).replace(' ', '.')}.{number}@example.com",
        phone=f"+1 303 {random.randrange(10**7):07}",
        addresses=(
            Address(
                name=name,
                line1=f"{random.randrange(1, 999)} Main St",
                city=city,
                region=region,
                postal_code=f"{random.randrange(10**5):05}",
                country="US",
            ),
        ),
        tags=("vip",) if number % 50 == 0 else (),
    )


def a_product(random: Random, number: int) -> Product:
    """Return a product with three variants."""
    return Product(
        id=f"product-{number:06}",
        title=f"{surname(random)} {random.choice(_THINGS)} {number}",
        options=("Size",),
        variants=tuple(
            Variant(
                sku=f"SKU-{number:06}-{size}",
                options=(size,),
                price=Money(random.randrange(1, 99), "USD"),
                weight_grams=100,
            )
            for size in "SML"
        ),
    )


def _promote(storage: Storage) -> None:
    with storage.write() as work:
        work.promotions.add(
            Promotion(id="automatic", name="2% off everything", effect=PercentOff(percent=2))
        )
        work.promotions.add(
            Promotion(
                id="take5",
                name="5% off the order",
                effect=OrderPercentOff(percent=5),
                trigger=Trigger.CODE,
                codes=(CODE,),
                limits=Limits(total=10**6, per_contact=10**6),
            )
        )
        work.commit()


def draft(desk: OrderDesk, random: Random, items: int, *, code: bool = False) -> str:
    """Enter an order of so many lines, as far as review; return the draft's id."""
    draft_id = desk.start(actor="sam").id
    with desk.edit(draft_id) as edit:
        edit.choose_contact(f"contact-{random.randrange(1000):07}")
        for number in random.sample(range(1000), items):
            edit.add_sku(f"SKU-{number:06}-M", quantity=2)
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
        if code:
            edit.enter_code(CODE)
    return draft_id


@attrs.frozen
class Template:
    """The rows of an order, and what of its document is another one in another order."""

    rows: Rows
    event: Row
    name: str
    placed_at: str

    @classmethod
    def of(cls, bare: Bare, order: Order) -> "Template":
        """Read the rows of an order that was placed."""
        rows = rows_of_order(bare, order.id)
        [event] = rows_where(bare, "cartcore_events", "order_number", order.number)
        return cls(rows, event, order.contact.name, order.placed_at.isoformat())

    def told(self, number: str) -> Row:
        """Return the row of the event that tells of an order with this number."""
        payload = self.event["payload"].replace(f'"{self.event["order_number"]}"', f'"{number}"')
        return {**self.event, "order_number": number, "payload": payload}

    def copy(
        self, order_id: str, number: str, draft_id: str, contact_id: str, name: str, at: datetime
    ) -> Rows:
        """Return the rows of an order like this one, of another contact at another time."""
        [old] = self.rows["cartcore_orders"]
        document = old["document"]
        for before, after in (
            (f'"id":"{old["id"]}"', f'"id":"{order_id}"'),
            (f'"number":"{old["number"]}"', f'"number":"{number}"'),
            (old["draft_id"], draft_id),
            (old["contact_id"], contact_id),
            (self.name, name),
            (self.placed_at, at.isoformat()),
        ):
            document = document.replace(before, after)
        row = {
            **old,
            "id": order_id,
            "number": number,
            "number_length": len(number),
            "draft_id": draft_id,
            "idempotency_key": f"draft {draft_id}",
            "contact_id": contact_id,
            "placed_at": microseconds(at),
            "document": document,
        }
        words = index_words(self.name)  # no address has one of them
        linked = {
            table: [{**each, "order_id": order_id} for each in found]
            for table, found in self.rows.items()
        }
        return {
            **linked,
            "cartcore_orders": [row],
            "cartcore_order_terms": [
                *(each for each in linked["cartcore_order_terms"] if each["term"] not in words),
                *(
                    {"kind": kind, "term": word, "order_id": order_id}
                    for kind in ("contact", "recipient", "address")
                    for word in sorted(index_words(name))
                ),
            ],
            "cartcore_redemptions": [
                {**each, "contact_id": contact_id} for each in linked["cartcore_redemptions"]
            ],
        }


def _templates(storage: Storage, bare: Bare, random: Random) -> list[Template]:
    """Place a hundred orders of one to four lines, one of them with the code."""
    desk = OrderDesk(storage, STORE)
    found = []
    for number in range(100):
        draft_id = draft(desk, random, 1 + number % 4, code=not number)
        order = desk.place(draft_id, seen=desk.view(draft_id).quote, actor="sam")
        found.append(Template.of(bare, order))
    return found


def _orders(templates: list[Template], random: Random, sizes: Sizes) -> Iterator[Rows]:
    every = timedelta(days=6 * 365) / sizes.orders
    for i in range(sizes.orders):
        yield templates[i % len(templates)].copy(
            order_id=f"order-{i:07}",
            number=str(FIRST_NUMBER + len(templates) + i),
            draft_id=f"draft-{i:07}",
            contact_id=f"contact-{random.randrange(sizes.contacts):07}",
            name=f"{random.choice(_GIVEN)} {surname(random)}",
            at=_FIRST + i * every,
        )
