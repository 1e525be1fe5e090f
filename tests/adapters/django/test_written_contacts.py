"""Customers of the project's own model that staff add and change (HA-1, HA-3)."""

from typing import Any

import attrs
import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from moneyed import Money

from cartcore import Address, Contact, OrderDesk, OrderHooks, Store
from cartcore.adapters.composed import ComposedStorage
from cartcore.adapters.django import DjangoStorage, ModelContacts
from cartcore.errors import (
    AlreadyExists,
    CartcoreError,
    Conflict,
    HookFailed,
    InvalidField,
    NotFound,
    PortFailed,
)
from cartcore.rules.builtin import FlatRate
from tests.adapters.django.shop.models import Buyer, Goods
from tests.adapters.django.test_ports import Catalogue

pytestmark = pytest.mark.usefixtures("vendor")


class Buyers(ModelContacts):
    queryset = Buyer.objects.all()

    def contact(self, row: Any) -> Contact:
        return Contact(
            id=str(row.pk),
            name=row.name,
            email=row.email or "",
            addresses=(home(row.street),) if row.street else (),
            version=row.changes,
        )

    def write(self, row: Any, contact: Contact) -> None:
        row.name, row.email = contact.name, contact.email or None
        row.street = contact.addresses[0].line1 if contact.addresses else ""
        row.changes = contact.version + 1
        row.full_clean()
        row.save()


def home(street: str) -> Address:
    return Address(line1=street, city="Denver", country="US")


def storage(contacts: Any = Buyers) -> ComposedStorage:
    return ComposedStorage(DjangoStorage(), products=Catalogue, contacts=contacts)


def desk(**hooks: Any) -> OrderDesk:
    post = FlatRate(code="post", name="Post", price=Money("4.90", "USD"))
    return OrderDesk(storage(), Store(currency="USD", speeds=(post,)), hooks=OrderHooks(**hooks))


def ben(**fields: Any) -> Contact:
    return Contact(id="new", **{"name": "Ben Roe", "email": "ben@example.com"} | fields)


def add(contact: Contact) -> Contact:
    with storage().write() as work:
        added = work.contacts.add(contact)
        work.commit()
    return added


def save(contact: Contact) -> Contact:
    with storage().write() as work:
        saved = work.contacts.save(contact)
        work.commit()
    return saved


def test_a_new_caller_is_entered_with_the_order() -> None:
    """The contact gets a row, and an address later on, and the order is for that row."""
    Goods.objects.create(sku="MUG", name="Mug", cents=999)
    shop = desk()
    with shop.begin(actor="sam") as edit:
        edit.create_contact("Ben Roe", email="ben@example.com")
        assert 0 == Buyer.objects.count()
    row = Buyer.objects.get()
    assert ("Ben Roe", "", str(row.pk)) == (
        row.name,
        row.street,
        shop.view(edit.draft.id).draft.contact_id,
    )
    with shop.edit(edit.draft.id) as edit:
        edit.add_contact_address(home("1 Main Street"))
        edit.add_sku("MUG")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    view = shop.view(edit.draft.id)
    order = shop.place(view.draft.id, seen=view.token, actor="sam")
    assert (str(row.pk), "1 Main Street") == (
        order.contact.id,
        order.shipments[0].address.line1,
    )
    assert "1 Main Street" == Buyer.objects.get().street


def test_what_is_not_committed_is_not_there() -> None:
    """A unit of work that ends without a commit leaves no customer (HA-2)."""
    with storage().write() as work:
        work.contacts.add(ben())
    assert 0 == Buyer.objects.count()


@pytest.mark.parametrize(
    ("contact", "error", "told"),
    [
        (ben(), AlreadyExists, "there is already a contact with email 'ben@example.com'"),
        (ben(name="N" * 30, email=""), InvalidField, r"contact.name must be .*at most 20 char"),
        (
            ben(email="", phone="555"),
            InvalidField,
            r"contact.phone must be what the customers' table can keep",
        ),
        (ben(email="", tags=("vip",)), InvalidField, r"contact.tags .* which would be \(\), not"),
        (
            ben(email="", addresses=(home("a"), home("b"))),
            InvalidField,
            r"contact.addresses must be what the customers' table can keep",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused(
    contact: Contact, error: type[CartcoreError], told: str
) -> None:
    """Nothing is saved then, and the unit of work goes on."""
    add(ben())
    with storage().write() as work:
        with pytest.raises(error, match=told):
            work.contacts.add(contact)
        work.contacts.add(ben(name="Other", email=""))
        work.commit()
    assert ["Ben Roe", "Other"] == [*Buyer.objects.values_list("name", flat=True)]


def test_what_the_port_itself_finds_wrong_is_refused() -> None:
    """A ValidationError that names no field of the row is told, too, with the row (HA-1)."""

    class Closed(Buyers):
        def write(self, row: Any, contact: Contact) -> None:
            raise ValidationError("The %(what)s is closed", params={"what": "register"})

    with storage(Closed).write() as work:
        expected = r"^contact must be a valid one \(The register is closed\), not None"
        with pytest.raises(InvalidField, match=expected):
            work.contacts.add(ben())


def test_a_changed_contact_is_saved_in_its_row() -> None:
    """Other columns stay as they are, a change of an old version is refused, and one of none."""
    first = add(ben())
    Buyer.objects.update(points=7)
    second = save(attrs.evolve(first, name="Ben Lee"))
    assert (first.version + 1, "Ben Lee", 7) == (
        second.version,
        Buyer.objects.get().name,
        Buyer.objects.get().points,
    )
    with pytest.raises(Conflict):
        save(attrs.evolve(first, name="Ben Moss"))
    for wrong in ("99", "x", "01", "9" * 40):
        with pytest.raises(NotFound):
            save(attrs.evolve(second, id=wrong))
    with pytest.raises(AlreadyExists):
        save(attrs.evolve(add(ben(email="bob@example.com")), email="ben@example.com"))
    assert ["Ben Lee", "Ben Roe"] == [*Buyer.objects.order_by("pk").values_list("name", flat=True)]


def test_a_row_that_is_somebody_else_s_is_told() -> None:
    """What `write` does wrong is PortFailed, and undone; the project's own block goes on."""

    class Broken(Buyers):
        def write(self, row: Any, contact: Contact) -> None:
            super().write(row, contact)
            Buyer.objects.create(name="twice", email=contact.email)

    with transaction.atomic():
        Buyer.objects.create(name="mine")
        with pytest.raises(PortFailed, match="IntegrityError"), storage(Broken).write() as work:
            work.contacts.add(ben())
        Buyer.objects.create(name="mine, too")
    assert ["mine", "mine, too"] == [*Buyer.objects.values_list("name", flat=True)]


def test_a_hook_that_fails_leaves_the_customer_of_the_draft() -> None:
    """The customer was stored with the draft; an order that is undone takes nothing of it."""
    Goods.objects.create(sku="MUG", name="Mug", cents=999)

    def closed(*given: Any) -> None:
        Buyer.objects.update(points=1)
        raise LookupError("closed")

    shop = desk(placed=(closed,))
    with shop.begin(actor="sam") as edit:
        edit.create_contact("Ben Roe", address=home("1 Main Street"))
        edit.add_sku("MUG")
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
    view = shop.view(edit.draft.id)
    with pytest.raises(HookFailed):
        shop.place(view.draft.id, seen=view.token, actor="sam")
    assert 0 == Buyer.objects.get().points
