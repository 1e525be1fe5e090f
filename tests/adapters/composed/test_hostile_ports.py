"""Ports of an application that raise, lie, change or are slow (HA-1)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.adapters.composed import (
    ComposedStorage,
    ReadOnlyContacts,
    ReadOnlyProducts,
    ReadOnlyPromotions,
)
from cartcore.adapters.memory import MemoryStorage
from cartcore.desk import OrderDesk
from cartcore.entry.store import Store
from cartcore.errors import (
    CartcoreError,
    CurrencyMismatch,
    InvalidField,
    NotFound,
    PortFailed,
    QuoteChanged,
    ReadOnlyPort,
    StorageBusy,
    WorkGivenUp,
)
from cartcore.orders.filters import OrderFilter
from cartcore.promotions.promotion import Trigger
from cartcore.rules.builtin import FlatRate
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage.paging import Page
from cartcore.storage.ports import PromotionChanges
from cartcore.testing.records import a_contact, a_draft, a_product, a_promotion, an_address
from tests.adapters.composed.ports import CustomerService
from tests.support.shop import NOON


class Products(ReadOnlyProducts):
    """Products in a list, which a test changes."""

    def __init__(self, *there: Any) -> None:
        self.there: list[Any] = list(there)
        self._left = 0
        self._next: list[Any] = []

    def change_at(self, read: int, there: list[Any]) -> None:
        """Have other products from the so-manieth reading on."""
        self._left, self._next = read, there

    def records(self) -> Iterator[Any]:
        self._left -= 1
        if self._left == 0:
            self.there = self._next
        return iter(self.there)


class Contacts(ReadOnlyContacts):
    def records(self) -> Iterator[Contact]:
        return iter([a_contact("ann", name="Ann", addresses=[an_address()])])


class Promotions(ReadOnlyPromotions):
    def records(self) -> Any:
        return iter([a_promotion("p1")])


def priced(amount: str, currency: str = "USD") -> Product:
    """A mug at a price."""
    mug = a_product("mug")
    [variant] = mug.variants
    return attrs.evolve(
        mug, variants=(attrs.evolve(variant, price=Money(amount, currency), sku="MUG"),)
    )


def answering(call: str, answer: Any, base: type[Any]) -> Any:
    """A port that answers one call in its own way; an exception is raised."""

    def answered(self: Any, *arguments: Any, **named: Any) -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer() if callable(answer) else answer

    port = type("Port", (base,), {call: answered})
    return port(priced("5.00")) if base is Products else port()


def shop(products: Products, contacts: Any = None) -> ComposedStorage:
    """A storage with products and contacts of the application."""
    people = Contacts() if contacts is None else contacts
    return ComposedStorage(MemoryStorage(), products=lambda _: products, contacts=lambda _: people)


def desk_on(storage: Any) -> OrderDesk:
    post = FlatRate(code="post", name="Post", price=Money("4.90", "USD"))
    return OrderDesk(storage, Store(currency="USD", speeds=(post,)), clock=lambda: NOON)


@contextmanager
def in_review(desk: OrderDesk) -> Iterator[Any]:
    """A draft that is ready to be placed."""
    with desk.begin(actor="sam") as edit:
        edit.choose_contact("ann")
        edit.add_sku("MUG")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    yield desk.view(edit.draft.id)


class Cheap(Product):
    """A product whose class is the port's own."""


MUG = priced("5.00")
CHEAP = Cheap(**{f.name: getattr(MUG, f.name) for f in attrs.fields(Product)})
OTHER = a_product("pot")
NONE: Any = (None,)
CODED = a_promotion("p1", trigger=Trigger.CODE, codes=("A",))


@pytest.mark.parametrize(
    ("call", "answer", "told"),
    [
        ("get", None, "None, which is not a Product"),
        ("get", CHEAP, "a Cheap, which is not a Product"),
        ("get", SimpleNamespace(id="mug"), "which is not a Product"),
        ("get", OTHER, "answered the product 'pot' instead"),
        ("get", KeyError("mug"), "it raised KeyError('mug')"),
        ("get", SystemExit(1), "it raised SystemExit(1)"),
        ("many", None, "None, which is not a mapping"),
        ("many", [MUG], "which is not a mapping"),
        ("many", {"mug": None}, "None, which is not a Product"),
        ("many", {"mug": OTHER}, "answered the product 'pot' instead"),
        ("many", {"mug": MUG, "pot": OTHER}, "answered the product 'pot', too"),
        ("many", {5: MUG}, "answered the product 'mug' instead"),
        ("many", NotFound("product", "mug"), "it raised there is no product 'mug'"),
        ("by_sku", OTHER, "which does not have it"),
        ("by_sku", InvalidField("SKU", 1, "a text"), "it raised SKU must be a text, not 1"),
        ("by_reference", OTHER, "which has another reference"),
        ("by_reference", None, "None, which is not a Product"),
        ("search", None, "None, which is not a Page"),
        ("search", [MUG], "which is not a Page"),
        ("search", lambda: Page((MUG, None)), "None, which is not a Product"),
        ("search", lambda: Page((MUG,) * 51), "51 products, more than 50"),
        ("search", lambda: (_ for _ in ()).throw(OSError("gone")), "it raised OSError('gone')"),
        ("count", None, "None, not a number from 0 to 1000"),
        ("count", -1, "-1, not a number from 0 to 1000"),
        ("count", 1001, "1001, not a number from 0 to 1000"),
        ("count", True, "True, not a number from 0 to 1000"),
        ("any_published", "yes", "'yes', not True or False"),
        ("any_published", None, "None, not True or False"),
    ],
)
def test_what_products_answer_is_looked_at(call: str, answer: Any, told: str) -> None:
    """The error names port, call and what was wrong; nothing of the work is stored (HA-1)."""
    records = MemoryStorage()
    storage = ComposedStorage(records, products=lambda _: answering(call, answer, Products))
    ask = {
        "get": lambda products: products.get("mug"),
        "many": lambda products: products.many(["mug"]),
        "by_sku": lambda products: products.by_sku("MUG"),
        "by_reference": lambda products: products.by_reference("ERP-1"),
        "search": lambda products: products.search(),
        "count": lambda products: products.count(),
        "any_published": lambda products: products.any_published(),
    }
    with storage.write() as work:
        work.drafts.add(a_draft())
        with pytest.raises(PortFailed, match=re.escape(told)) as caught:
            ask[call](work.products)
        for use in (lambda: work.drafts, lambda: work.products.get("mug"), work.commit):
            with pytest.raises(WorkGivenUp):
                use()

    assert ("products", call) == (caught.value.port, caught.value.call)
    with records.read() as reader:
        assert () == reader.drafts.search().items


@pytest.mark.parametrize(
    ("call", "answer", "told"),
    [
        ("active", None, "None, which is not a sequence"),
        ("active", [CODED], "'p1', which is not"),
        ("active", [a_promotion("p1", enabled=False)], "'p1', which is not"),
        ("active", {"p1": a_promotion("p1")}, "which is not a sequence"),
        ("active", [None], "None, which is not a Promotion"),
        ("revision", -1, "-1, not a revision or None"),
        ("revision", "7", "'7', not a revision or None"),
        ("revision", True, "True, not a revision or None"),
        ("by_code", CODED, "which has other codes"),
        ("by_code", LookupError("B"), "it raised LookupError('B')"),
    ],
)
def test_what_promotions_answer_is_looked_at(call: str, answer: Any, told: str) -> None:
    """No promotion applies that may not, whatever a port says of it (HA-1)."""
    storage = ComposedStorage(
        MemoryStorage(), promotions=lambda _: answering(call, answer, Promotions)
    )
    ask = {
        "active": lambda promotions: promotions.active(NOON),
        "revision": lambda promotions: promotions.revision(),
        "by_code": lambda promotions: promotions.by_code("B"),
    }
    with storage.read() as work, pytest.raises(PortFailed, match=re.escape(told)):
        ask[call](work.promotions)


@pytest.mark.parametrize("reference", ["ERP-1", "erp-1", ""])
def test_a_contact_with_another_reference(reference: str) -> None:
    """A contact that another system knows otherwise is told, and gets no order (HA-1, HA-8)."""
    zoe = a_contact("zoe", reference="ERP-2")
    storage = ComposedStorage(
        MemoryStorage(), contacts=lambda _: answering("by_reference", zoe, Contacts)
    )
    refused: type[CartcoreError] = PortFailed if reference else NotFound
    with storage.read() as work, pytest.raises(refused) as caught:
        work.contacts.by_reference(reference)
    if reference:
        assert "answered 'zoe', which has another reference" in str(caught.value)


def test_active_promotions_are_put_in_order() -> None:
    """Whatever order a port answers in, they are listed by id, as of any storage (PR-23)."""
    answer = [a_promotion("p2"), a_promotion("p3"), a_promotion("p1")]
    port = type("P", (Promotions,), {"active": lambda *_: answer})()
    storage = ComposedStorage(MemoryStorage(), promotions=lambda _: port)
    with storage.read() as work:
        assert ["p1", "p2", "p3"] == [each.id for each in work.promotions.active(NOON)]


@pytest.mark.parametrize(
    "answer",
    [None, (), PromotionChanges(revision=1, promotions=NONE), [a_promotion()]],
    ids=["none", "tuple", "of nothing", "list"],
)
def test_what_has_changed_is_looked_at(answer: Any) -> None:
    """What a port says of changed promotions is not taken on trust either."""
    port = type("P", (Promotions,), {"revision": lambda _: 1, "changes": lambda *_: answer})()
    storage = ComposedStorage(MemoryStorage(), promotions=lambda _: port)
    with storage.read() as work:
        assert ["p1"] == [each.id for each in work.promotions.active(NOON)]
        with pytest.raises(PortFailed, match="changes"):
            work.promotions.changes(1, NOON, NOON)


def test_a_port_that_cannot_be_made() -> None:
    """A port whose making fails is told by its name, when it is first asked for."""

    def none(work: Any) -> Any:
        return work.no_such_thing

    storage = ComposedStorage(MemoryStorage(), contacts=none)
    with storage.write() as work:
        assert () == work.drafts.search().items
        with pytest.raises(PortFailed, match="contacts failed for its making"):
            work.contacts.get("ann")
    for wrong in ("contacts", Contacts(), 5):
        with pytest.raises(InvalidField):
            ComposedStorage(MemoryStorage(), contacts=wrong)  # type: ignore[arg-type]


def test_what_a_port_may_say_passes_unchanged() -> None:
    """A busy storage of the application is that, for those who try again; a bad page, too."""
    busy = StorageBusy("the customers are being moved")
    storage = ComposedStorage(
        MemoryStorage(), products=lambda _: answering("any_published", busy, Products)
    )
    with storage.read() as work:
        with pytest.raises(InvalidField, match="page"):
            work.products.search(page="nonsense")
        with pytest.raises(StorageBusy) as caught:
            work.products.any_published()
        assert busy is caught.value


def test_a_read_only_port_is_for_reading() -> None:
    """Staff cannot change contacts that are only read; the draft is not half changed (HA-1)."""
    desk = desk_on(shop(Products(MUG)))
    draft = desk.start(actor="sam")

    def make() -> None:
        with desk.begin(actor="sam") as edit:
            edit.create_contact("Bob", address=an_address())

    def change() -> None:
        with desk.edit(draft.id) as edit:
            edit.choose_contact("ann")
            edit.add_contact_address(an_address(city="Rome"))

    for do in (make, change):
        with pytest.raises(ReadOnlyPort, match="contacts are those of the application"):
            do()
    assert [draft] == list(desk.drafts().items)


@pytest.mark.parametrize("outside", [False, True])
def test_prices_are_read_again_within_the_lock(*, outside: bool) -> None:
    """A price that changes just before the lock is told; one that changes after it is not charged.

    Whatever a port answers next, the order has the price that was agreed to, or there is none
    (HA-1, OE-18).
    """
    told = []
    for change_at in range(1, 9):
        products = Products(MUG)
        vars(products)["outside_transaction"] = outside
        desk = desk_on(shop(products))
        with in_review(desk) as view:
            products.change_at(change_at, [priced("7.00")])
            try:
                order = desk.place(view.draft.id, seen=view.quote, actor="sam")
            except QuoteChanged as error:
                told.append(error.current.total)
                assert 1 == len(desk.drafts().items)
                assert () == desk.orders(OrderFilter()).items
            else:
                assert view.quote.total == order.quote.total

    assert [Money("11.90", "USD")] * len(told) == told
    assert 2 == len(told)  # once before the lock, once within it


def test_a_port_outside_the_transaction_is_seen_in_one_state() -> None:
    """Within a unit of work a record stays as it was first read; the next one reads anew (HA-1)."""
    products = Products(MUG)
    vars(products)["outside_transaction"] = True
    storage = ComposedStorage(MemoryStorage(), products=lambda _: products)
    with storage.read() as work:
        first = work.products.get("mug")
        products.there = [priced("9.00")]
        assert [first] * 3 == [
            work.products.get("mug"),
            work.products.many(["mug", "none"])["mug"],
            work.products.by_sku("MUG"),
        ]
    with storage.read() as work:
        assert priced("9.00") == work.products.get("mug")


def test_a_change_is_seen_by_who_made_it() -> None:
    """What was read of a port outside the transaction is read anew after a change (HA-1)."""
    storage = ComposedStorage(MemoryStorage(), contacts=lambda _: service)
    service = CustomerService()
    service.restore([a_contact("ann", name="Ann")])
    with storage.write() as work:
        first = work.contacts.get("ann")
        saved = work.contacts.save(attrs.evolve(first, name="Anna"))
        assert saved == work.contacts.get("ann")
        work.contacts.restore([attrs.evolve(saved, name="Annie")])
        assert "Annie" == work.contacts.get("ann").name


def test_a_record_is_found_by_its_reference_or_code() -> None:
    """Read-only ports look through all their records; by no text at all none is found (HA-1)."""

    class Two(ReadOnlyPromotions):
        def records(self) -> Iterator[Any]:
            return iter([a_promotion("p0"), CODED])

    products = Products(MUG, attrs.evolve(MUG, id="cup", reference="ERP-1"))
    storage = ComposedStorage(
        MemoryStorage(), products=lambda _: products, promotions=lambda _: Two()
    )
    with storage.read() as work:
        assert "cup" == work.products.by_reference("ERP-1").id
        assert "p1" == work.promotions.by_code("a").id
        for nobodys in ("", "ERP-2"):
            with pytest.raises(NotFound):
                work.products.by_reference(nobodys)
            with pytest.raises(NotFound):
                work.promotions.by_code(nobodys)


def test_a_product_in_another_currency() -> None:
    """A price in another currency than the store's is told with the product; nothing is added."""
    desk = desk_on(shop(Products(priced("5.00", "EUR"))))
    with desk.begin(actor="sam") as edit:
        edit.choose_contact("ann")
        with pytest.raises(CurrencyMismatch, match="EUR"):
            edit.add_sku("MUG")

    assert () == desk.draft(edit.draft.id).lines


def test_a_draft_has_the_id_that_its_new_contact_was_given() -> None:
    """Where the application numbers its customers, draft and order have that number (HA-1)."""
    service = CustomerService()
    desk = desk_on(shop(Products(MUG), service))
    with desk.begin(actor="sam") as edit:
        edit.create_contact("Zoë", address=an_address())
        edit.add_contact_address(an_address(city="Rome"))
        edit.add_sku("MUG")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    view = desk.view(edit.draft.id)
    order = desk.place(view.draft.id, seen=view.quote, actor="sam")

    assert "C-1" == view.draft.contact_id == order.contact.id
    assert 2 == len(service.kept["C-1"].addresses)
    draft = desk.start(actor="sam")
    with desk.edit(draft.id) as edit:
        edit.create_contact("Bob", address=an_address())
    assert "C-2" == desk.draft(draft.id).contact_id


def test_a_port_that_gives_ids_says_so() -> None:
    """Another id than that of the record is a fault of a port that does not declare it."""

    class Quiet(CustomerService):
        gives_ids = False

    storage = ComposedStorage(MemoryStorage(), contacts=lambda _: Quiet())
    with storage.write() as work, pytest.raises(PortFailed, match="'C-1' instead"):
        work.contacts.add(a_contact("ann"))


def test_ports_obey_the_unit_of_work() -> None:
    """A port is not asked for changes by a reader, nor for anything after the end."""
    service = CustomerService()
    storage = ComposedStorage(MemoryStorage(), contacts=lambda _: service)
    with storage.read() as work, pytest.raises(CartcoreError, match="reading only"):
        work.contacts.add(a_contact("ann"))
    with storage.write() as work:
        contacts = work.contacts
        work.commit()
        for use in (lambda: contacts.search(ContactFilter()), lambda: work.orders):
            with pytest.raises(CartcoreError, match="has ended"):
                use()
    with storage.read() as work:
        contacts = work.contacts
    with pytest.raises(CartcoreError, match="has ended"):
        contacts.search(ContactFilter())

    assert {} == service.kept


def test_an_interrupt_passes_and_ends_the_work() -> None:
    """Ctrl-C in a port is the caller's, and nothing of the work is stored."""
    storage = ComposedStorage(
        MemoryStorage(), products=lambda _: answering("get", KeyboardInterrupt(), Products)
    )
    with storage.write() as work:
        with pytest.raises(KeyboardInterrupt):
            work.products.get("mug")
        with pytest.raises(WorkGivenUp):
            work.commit()
