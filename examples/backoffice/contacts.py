"""The contact of an order: found by typing, by filters, or made on the spot (OE-2, OE-3)."""

from collections.abc import Callable, Mapping
from functools import partial

from starlette.responses import Response

from backoffice.doubts import check_doubts
from backoffice.drafts import dialog, show_step
from backoffice.faults import with_all_faults
from backoffice.roles import check_restores
from backoffice.visits import NEW, Trouble, Visit
from cartcore.entry.editor import DraftEditor
from cartcore.errors import CartcoreError
from cartcore.orders.draft import Step
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.storage import Page

SHOWN = 8
_DIGITS_OF_A_PHONE = 5
FILTERS = ("name", "email", "phone", "city", "region", "country", "tag")
ADDRESS = (
    "name",
    "company",
    "line1",
    "line2",
    "city",
    "region",
    "postal_code",
    "country",
    "phone",
)


def address_of(form: Mapping[str, str]) -> Address:
    """Read the address in a form. Raises InvalidAddress or InvalidText."""
    return Address(**{name: form.get(f"to_{name}", "") for name in ADDRESS})


def check_address(form: Mapping[str, str], country: str) -> None:
    """Refuse an address that is wrong, or doubted. Raises Doubt, InvalidAddress or InvalidText."""
    check_doubts(form, country)
    address_of(form)


def tags_in(form: Mapping[str, str]) -> tuple[str, ...]:
    """Read the tags in a form, with commas between them."""
    return tuple(tag.strip() for tag in form.get("tags", "").split(",") if tag.strip())


def show(visit: Visit) -> Response:
    """The page of the contact."""
    typed = visit.query.get("q", "")
    found = _found(visit, typed) if typed else None
    archived = _archived(visit, typed, found)
    return show_step(visit, Step.CONTACT, matches=found, typed=typed, archived=archived)


def matches(visit: Visit) -> Response:
    """What is found by the typed part of a name, e-mail address or phone number."""
    typed = visit.query.get("q", "")
    found = _found(visit, typed) if typed.strip() else None
    version = 0 if visit.is_new else visit.desk.draft(visit.path("draft_id")).version
    return visit.render(
        "contact_matches.html",
        draft_id=visit.path("draft_id"),
        version=version,
        matches=found,
        typed=typed,
        archived=_archived(visit, typed, found),
    )


def _found(visit: Visit, typed: str) -> Page[Contact]:
    try:
        return visit.desk.find_contacts(typed, limit=SHOWN)
    except CartcoreError:  # nobody is called like this
        return Page(())


def _archived(
    visit: Visit, wanted: ContactFilter | str, found: Page[Contact] | None
) -> tuple[Contact, ...]:
    """Who would have been found, had they not been archived; told where nobody else is found."""
    if found is None or found.items:
        return ()
    try:
        return visit.administration.find_contacts(wanted, archived=True, limit=SHOWN).items
    except CartcoreError:
        return ()


def filtered(visit: Visit) -> Response:
    """The filter dialog, with what it finds."""
    typed = {name: visit.query.get(name, "") for name in FILTERS}
    typed |= _told_apart(typed["name"])
    trouble, found = Trouble(typed=typed, form="filter"), None
    archived: tuple[Contact, ...] = ()
    try:
        if any(typed.values()):
            wanted = ContactFilter(**typed)
            found = visit.desk.find_contacts(wanted, page=visit.query.get("page", ""), limit=20)
            archived = _archived(visit, wanted, found)
    except CartcoreError as error:
        trouble = Trouble.of(error, "filter", typed)
    return dialog(visit, "contact_filter.html", trouble, matches=found, archived=archived)


def choose(visit: Visit) -> Response:
    """Take a contact, restored if that is wanted; with an address, go straight on to the items."""
    contact_id = visit.form.get("contact_id", "")
    if "restore" in visit.form:
        check_restores(visit.session.role)
        visit.administration.restore_contact(contact_id)

    def do(edit: DraftEditor) -> None:
        contact = edit.choose_contact(contact_id)
        if contact.primary_address:
            edit.go_to(Step.ITEMS)

    return _changed(visit, do, "choose")


def _told_apart(text: str) -> dict[str, str]:
    """What was typed into one field, in the field where it belongs."""
    digits = sum(character.isdecimal() for character in text)
    is_phone = digits >= _DIGITS_OF_A_PHONE and not any(map(str.isalpha, text))
    field = "email" if "@" in text else "phone" if is_phone else "name"
    return {"name": "", field: text}


def new(visit: Visit) -> Response:
    """The dialog for a new contact."""
    typed = _told_apart(visit.query.get("name", ""))
    return dialog(visit, "contact_new.html", Trouble(form="contact", typed=typed))


def create(visit: Visit) -> Response:
    """Make a contact, with an address if one was typed, and take it.

    Who it could be of those there are already is asked first.
    """
    form = visit.form
    name, email, phone = (form.get(field, "") for field in ("name", "email", "phone"))
    wants_address = _has_address(form)
    try:
        _check_contact(form, visit.desk.store.country)
    except CartcoreError as error:
        trouble = Trouble.of(error, "contact", form)
        check = partial(_check_contact, country=visit.desk.store.country)
        return dialog(visit, "contact_new.html", with_all_faults(trouble, check))
    if "anyway" not in form:
        address = address_of(form) if wants_address else None
        similar = visit.desk.similar_contacts(name, email=email, phone=phone, address=address)
        if similar:
            trouble = Trouble(
                form="contact", typed=form, message="Is it one of these?", kept=form.get("kept", "")
            )
            return dialog(visit, "contact_new.html", trouble, similar=similar)

    def do(edit: DraftEditor) -> None:
        contact = edit.create_contact(
            name,
            email=email,
            phone=phone,
            tags=tags_in(form),
            address=address_of(form) if wants_address else None,
        )
        if contact.primary_address:
            edit.go_to(Step.ITEMS)

    return _changed(visit, do, "contact", "contact_new.html")


def _has_address(form: Mapping[str, str]) -> bool:
    return any(form.get(f"to_{each}") for each in ADDRESS if each != "country")


def _check_contact(form: Mapping[str, str], country: str) -> None:
    check_doubts(form, country)
    name, email, phone = (form.get(field, "") for field in ("name", "email", "phone"))
    Contact(id=NEW, name=name, email=email, phone=phone, tags=tags_in(form))
    if _has_address(form):
        address_of(form)


def new_address(visit: Visit) -> Response:
    """The dialog for a contact's address."""
    return dialog(visit, "contact_address.html")


def add_address(visit: Visit) -> Response:
    """Give the contact an address, there and then."""

    def do(edit: DraftEditor) -> None:
        check_doubts(visit.form, visit.desk.store.country)
        edit.add_contact_address(address_of(visit.form), primary="primary" in visit.form)
        edit.go_to(Step.ITEMS)

    return _changed(visit, do, "address", "contact_address.html")


def _changed(
    visit: Visit, do: Callable[[DraftEditor], object], form: str, template: str = ""
) -> Response:
    def again(v: Visit, trouble: Trouble, changes: tuple[str, ...]) -> Response:
        if template:
            check = partial(check_address, country=v.desk.store.country)
            return dialog(v, template, with_all_faults(trouble, check), changes)
        return show_step(v, Step.CONTACT, trouble, changes)

    if visit.is_new:
        return visit.begin(do, form=form, again=again)
    return visit.change(
        do,
        form=form,
        then=lambda: visit.go("drafts", visit.path("draft_id")),
        again=again,
    )
