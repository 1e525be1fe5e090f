"""The page of a customer: who it is, their addresses, their orders and drafts."""

from collections.abc import Callable, Mapping

import attrs
from starlette.responses import Response

from backoffice.contacts import address_of, tags_in
from backoffice.doubts import check_doubts
from backoffice.faults import with_all_faults
from backoffice.roles import check_restores
from backoffice.visits import NO_TROUBLE, Trouble, Visit
from cartcore.errors import CartcoreError, Conflict
from cartcore.orders.filters import OrderFilter
from cartcore.shop.contact import Contact

SHOWN = 10


def details(visit: Visit) -> Response:
    """A contact with all that belongs to it."""
    return _details(visit)


def _details(visit: Visit, trouble: Trouble = NO_TROUBLE, status: int = 200) -> Response:
    contact = _contact(visit)
    wanted = OrderFilter(contact_id=contact.id, placed_by=visit.whose_orders)
    return visit.render(
        "customer.html",
        trouble=trouble,
        status=status,
        contact=contact,
        orders=visit.desk.orders(wanted, limit=SHOWN),
        drafts=visit.desk.drafts(contact_id=contact.id, limit=SHOWN),
    )


def edit(visit: Visit) -> Response:
    """The dialog for name, e-mail, phone and tags."""
    return visit.render("customer_edit.html", contact=_contact(visit))


def save(visit: Visit) -> Response:
    """Change name, e-mail, phone and tags."""
    return _changed(
        visit,
        "contact",
        lambda contact, form: attrs.evolve(
            contact,
            name=form.get("name", ""),
            email=form.get("email", ""),
            phone=form.get("phone", ""),
            tags=tags_in(form),
        ),
        "customer_edit.html",
    )


def new_address(visit: Visit) -> Response:
    """The dialog for a further address."""
    return visit.render("customer_address.html", contact=_contact(visit))


def add_address(visit: Visit) -> Response:
    """Give the contact a further address."""
    return _changed(
        visit,
        "address",
        lambda contact, form: contact.with_address(
            address_of(form), primary="primary" in form or not contact.addresses
        ),
        "customer_address.html",
    )


def back_to_contact(visit: Visit) -> Response:
    """The address of a form of a contact leads to that contact."""
    return visit.go("contacts", _contact(visit).id)


def restore(visit: Visit) -> Response:
    """Offer an archived contact for orders again."""
    check_restores(visit.session.role)
    return visit.go("contacts", visit.administration.restore_contact(_contact(visit).id).id)


def _contact(visit: Visit) -> Contact:
    return visit.administration.contact(visit.path("contact_id"))


def _changed(
    visit: Visit,
    form: str,
    change: Callable[[Contact, Mapping[str, str]], Contact],
    template: str,
) -> Response:
    """Store a changed contact, if it is still as it was shown."""
    contact = _contact(visit)

    def changed(form: Mapping[str, str]) -> Contact:
        check_doubts(form, visit.desk.store.country)
        return change(attrs.evolve(contact, version=visit.version), form)

    try:
        to_be_saved = changed(visit.form)
        with visit.desk.storage.write() as work:
            work.contacts.save(to_be_saved)
            work.commit()
    except Conflict:
        sentence = "Somebody else changed this contact in the meantime. Your change was not saved."
        trouble = Trouble(form=form, message=sentence, typed=visit.form)
        return visit.render(template, trouble=trouble, status=409, contact=contact)
    except CartcoreError as error:
        trouble = with_all_faults(Trouble.of(error, form, visit.form), changed)
        return visit.render(template, trouble=trouble, contact=contact)
    return visit.go("contacts", contact.id)
