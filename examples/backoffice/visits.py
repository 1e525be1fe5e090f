"""A visit: one request of a signed-in member of staff, and how it is answered."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from functools import cached_property, wraps
from typing import Any
from urllib.parse import quote, urlencode

import attrs
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from backoffice.doubts import Doubt
from backoffice.limits import lanes_of
from backoffice.render import STEPS, TEMPLATES, as_sentence, picture
from backoffice.roles import NotAllowed
from backoffice.security import check_csrf, read_form
from backoffice.seen import Seen
from backoffice.staff import Session, Staff
from cartcore.administration import Administration
from cartcore.desk import OrderDesk
from cartcore.entry.editor import DraftEditor
from cartcore.entry.view import DraftView
from cartcore.errors import (
    AlreadyExists,
    CartcoreError,
    CodeOnWrongStep,
    CodeRejected,
    DraftPlaced,
    InvalidAddress,
    InvalidField,
    InvalidQuantity,
    InvalidSplit,
    InvalidText,
    NotFound,
    OpenChoice,
    OptionsNotAvailable,
    OptionsRequired,
    StaleDraft,
    StepNotReachable,
    StorageBusy,
    StorageUnavailable,
    StoreNotReady,
)
from cartcore.errors.sentences import counted
from cartcore.orders.draft import Draft, Step
from cartcore.pricing.quote import Quote
from cartcore.values.search import ascii_digits
from cartcore.values.time_zones import show_time

EMPTY = {
    "name": "Enter a name.",
    "title": "Enter a title.",
    "reason": "Enter a reason.",
    "note": "Enter a note.",
    "to_line1": "Enter street and number.",
    "to_country": "Choose a country.",
    "promo_code": "Enter a code.",
    "sku": "Enter a SKU or barcode.",
}
"""What is said of a field that is empty and must not be."""

SEARCHES = ("filter", "filters")
"""Forms that change nothing."""

_WITH_INTERNAL_IDS = ("draft", "contact", "line", "custom item", "shipment")

PLACE = "/review/place"
COOKIE = "backoffice_session"
LOG = logging.getLogger("backoffice")
NEW = "new"
"""In an address, in place of the id of a draft: an order that begins with what is entered."""


class FieldFault(CartcoreError):
    """What is in a field of a form cannot be used; the sentence says what can be."""

    code = "field_fault"
    field: str
    sentence: str

    def __str__(self) -> str:
        return self.sentence


class Refused(CartcoreError):
    """One of many fields cannot be taken: of which form it is, and what was typed there."""

    code = "refused"
    form: str
    error: Exception
    typed: Mapping[str, str]


def whole(text: str) -> int | str:
    """A whole number in any digits, or the text: the library says what is wrong with that."""
    plain = ascii_digits(text.strip())
    digits = plain.removeprefix("-")
    return int(plain) if digits.isascii() and digits.isdecimal() and len(digits) < 18 else text  # noqa: PLR2004  (fits 64 bits)


@attrs.frozen(kw_only=True)
class Trouble:
    """What went wrong with a form: the field, the sentence, and what was typed.

    `also` has the sentences at further fields of the form. `kept_from` is the form of the button
    that therefore led nowhere, if that is another one.
    """

    form: str = ""
    field: str = ""
    message: str = ""
    typed: Mapping[str, str] = attrs.field(factory=dict)
    open: tuple[OpenChoice, ...] = ()
    also: Mapping[str, str] = attrs.field(factory=dict)
    kept: str = ""
    status: int = 422
    kept_from: str = ""

    @classmethod
    def of(cls, error: Exception, form: str, typed: Mapping[str, str]) -> "Trouble":
        """Find the field that an error of the library is about; the form as a whole if none is."""
        field, message, status = "", str(error), 422
        options: tuple[OpenChoice, ...] = ()
        match error:
            case FieldFault() | Doubt():
                field, message = error.field, error.sentence
            case InvalidAddress() | InvalidText():
                field, message = _of_text(error, typed)
            case InvalidField():
                field, message = error.path.rpartition(".")[2], f"Must be {error.expected}."
            case InvalidQuantity():
                field, message = _of_quantity(error, typed)
            case InvalidSplit():
                field, message = "units", _of_split(error)
            case AlreadyExists():
                field = error.field.replace("-", "")
            case CodeOnWrongStep() | CodeRejected():
                field, message = "promo_code", _of_code(error)
            case StepNotReachable():
                message = error.because
            case StorageBusy() | StorageUnavailable():
                message, status = unavailable(error, asked=form in SEARCHES), 503
            case NotAllowed():
                status = 403
            case OptionsRequired() | OptionsNotAvailable():
                field, options = "options", _open_options(error)
                names = dict.fromkeys(name.lower() for each in options for name in each.options)
                message = f"Choose {' and '.join(names)}."
            case _:  # about the form as a whole
                pass
        known = field in typed or field in {"options", "units"}
        kept = error.kept if isinstance(error, Doubt) else typed.get("kept", "")
        return cls(
            form=form,
            field=field if known else "",
            message=message,
            typed=typed,
            open=options,
            kept=kept,
            status=status,
        )

    def at(self, form: str, field: str = "") -> str:
        """The sentence that belongs at a field, or at the head of its form; empty if none does."""
        if form != self.form:
            return ""
        return self.message if field == self.field else self.also.get(field, "")

    def shown(self, name: str, stored: object = "") -> str:
        """What a field shows whose name is that of no other on its page."""
        return self.typed.get(name, str(stored))

    def value(self, form: str, field: str, stored: object = "") -> str:
        """What a field shows: what was typed if its form was refused, else what is stored."""
        return self.typed.get(field, "") if form == self.form else str(stored)


NO_TROUBLE = Trouble()


def _of_text(error: InvalidAddress | InvalidText, typed: Mapping[str, str]) -> tuple[str, str]:
    """The field of a text that is refused, and the sentence for it."""
    field = _field_of(error, typed)
    empty = not typed.get(field, "").strip()
    sentence = f"Must be {error.expected}."
    return field, EMPTY.get(field, sentence) if empty else sentence


def _of_quantity(error: InvalidQuantity, typed: Mapping[str, str]) -> tuple[str, str]:
    """The field of a quantity that is refused; it may be the sum with units that were there."""
    field = "quantity" if "quantity" in typed else "sku"
    if isinstance(error.quantity, int) and error.quantity != whole(typed.get(field, "")):
        units = counted(error.quantity, "unit")
        return field, f"With those in the order that would be {units}: at most {error.maximum}."
    return field, f"Enter a whole number from 1 to {error.maximum}."


def _of_split(error: InvalidSplit) -> str:
    if isinstance(error.given, int) and error.given >= 0:
        return f"{error.given} of {counted(error.quantity, 'unit')} assigned"
    return "Enter whole numbers of units, from 0."


def _of_code(error: CodeOnWrongStep | CodeRejected) -> str:
    code = f"“{error.promo_code.strip()}”"  # in quotes, so that it stays as it was typed
    if isinstance(error, CodeRejected):
        return f"{code}: {error.message}"
    step, kind = STEPS[Step(error.belongs_to)], error.promotion_class
    return f"{code} is for {kind} discounts: enter it on {step}."


def _open_options(error: OptionsRequired | OptionsNotAvailable) -> tuple[OpenChoice, ...]:
    return error.open if isinstance(error, OptionsRequired) else (error.open,)


def _field_of(error: InvalidAddress | InvalidText, typed: Mapping[str, str]) -> str:
    """The form's field: those of an address begin with "to_", and there can be two names."""
    name = error.field.replace(" ", "_")
    candidates = [field for field in (name, f"to_{name}") if field in typed]
    exact = [field for field in candidates if typed[field] == error.value]
    return next(iter(exact or candidates), name)


@attrs.frozen(kw_only=True, slots=False)  # not slotted: cached properties
class Visit:
    """A request with its form, its session and the desk to work at."""

    request: Request
    form: Mapping[str, str]
    session: Session
    desk: OrderDesk
    seen: Seen

    @property
    def query(self) -> Mapping[str, str]:
        """What stands in the address after the question mark."""
        return self.request.query_params

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    @property
    def version(self) -> int:
        """The version that the form was made for; 0, which nothing has, if it does not say."""
        text = self.form.get("version", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0  # noqa: PLR2004  (fits 64 bits)

    @property
    def is_new(self) -> bool:
        """Whether the address is that of an order of which nothing is stored yet."""
        return self.path("draft_id") == NEW

    @cached_property
    def view(self) -> DraftView:
        """The draft of the address, as it is now."""
        if self.is_new:
            blank = self.desk.blank(actor=self.session.name)
            return attrs.evolve(blank, draft=attrs.evolve(blank.draft, id=NEW))
        return self.desk.view(self.path("draft_id"))

    @property
    def administration(self) -> Administration:
        """Where records are kept, those that are archived too."""
        return Administration(self.desk.storage, country=self.desk.store.country)

    @cached_property
    def not_ready(self) -> str:
        """Why no order can be entered at present, in a sentence; empty if one can (OE-1)."""
        try:
            self.desk.check_ready()
        except StoreNotReady as error:
            return f"{error}."
        except CartcoreError:  # it is told where something is asked for
            return ""
        return ""

    @property
    def whose_orders(self) -> str:
        """The name of whose orders are shown: of all members of staff if it is empty."""
        return "" if self.session.role.sees_all else self.session.name

    @property
    def image_hosts(self) -> Collection[str]:
        """The hosts that pictures may come from."""
        hosts: Collection[str] = self.request.app.state.image_hosts
        return hosts

    def pictures(self, quote: Quote) -> Mapping[str, str]:
        """The addresses of the pictures of lines, by line id, where pictures may be shown."""
        if not self.image_hosts:
            return {}
        with self.desk.storage.read() as work:
            products = work.products.many({line.product_id for line in quote.lines})
        found = {
            line.line_id: picture(products[line.product_id], line.sku, self.image_hosts)
            for line in quote.lines
            if line.product_id in products
        }
        return {line_id: url for line_id, url in found.items() if url}

    def render(
        self, template: str, *, trouble: Trouble = NO_TROUBLE, status: int = 200, **more: Any
    ) -> Response:
        """Answer with a page."""
        text = TEMPLATES.get_template(template).render(
            visit=self, trouble=trouble, path=self.request.url.path, status=status, **more
        )
        return HTMLResponse(text, trouble.status if trouble.message and status == 200 else status)  # noqa: PLR2004

    def go(self, *parts: str, query: str = "") -> Response:
        """Answer with the way to another page: reloading that one repeats nothing."""
        address = "/" + "/".join(quote(part, safe="") for part in parts)
        return RedirectResponse(address + query, 303)

    def change(
        self,
        do: Callable[[DraftEditor], object],
        *,
        form: str,
        then: Callable[[], Response],
        again: Callable[["Visit", Trouble, tuple[str, ...]], Response],
    ) -> Response:
        """Change the draft and go on; or show the page `again`, with what stands in the way.

        The change is made only on the version that the form was made for, so a form that is sent
        twice changes once, and nobody overwrites what somebody else did (OE-22). A form that is
        only tried is answered with what it would come to.
        """
        draft_id = self.path("draft_id")
        if "try" in self.form:
            return self._effect(do)
        try:
            with self.desk.edit(draft_id, version=self.version, actor=self.session.name) as edit:
                do(edit)
                if edit.draft.cleared:  # addresses, gifts, splits: one click must not lose them
                    self._keep_before()
        except StaleDraft:
            sentence = f"{self.meanwhile} Your change was not saved."
            trouble = Trouble(form=form, message=sentence, typed=self.form)
            return again(self, trouble, self.changes())
        except DraftPlaced:
            raise
        except Refused as refused:
            trouble = Trouble.of(refused.error, refused.form, {**self.form, **refused.typed})
            return again(self, attrs.evolve(trouble, kept_from=form), ())
        except (CartcoreError, NotAllowed) as error:
            return again(self, Trouble.of(error, form, self.form), ())
        return then()

    def _keep_before(self) -> None:
        """Keep what the draft was that is being changed, so that the change can be taken back."""
        stored = self.desk.draft(self.path("draft_id"))
        if stored.version == self.version:
            self.seen.keep(self.session.name, stored)

    def begin(
        self,
        do: Callable[[DraftEditor], object],
        *,
        form: str,
        again: Callable[["Visit", Trouble, tuple[str, ...]], Response],
    ) -> Response:
        """Begin an order with a change, and go on with it; nothing is stored if that is refused."""
        try:
            with self.desk.begin(actor=self.session.name) as edit:
                do(edit)
                draft_id = edit.draft.id
        except CartcoreError as error:
            return again(self, Trouble.of(error, form, self.form), ())
        return self.go("drafts", draft_id)

    def _effect(self, do: Callable[[DraftEditor], object]) -> Response:
        """Answer with the total that a change leads to; with none while there is none (OE-24)."""
        try:
            with self.desk.preview(self.path("draft_id"), version=self.version) as trial:
                do(trial)
                after = trial.quote.total
        except (CartcoreError, NotAllowed):
            return HTMLResponse("")
        return self.render("effect.html", before=self.view.quote.total, after=after)

    def remove(
        self,
        do: Callable[[DraftEditor], object],
        *,
        form: str,
        step: Step,
        gone: str,
        again: Callable[["Visit", Trouble, tuple[str, ...]], Response],
    ) -> Response:
        """Remove something; the page then offers to take that back, with all that went along."""

        def remove(edit: DraftEditor) -> None:
            before = edit.draft
            do(edit)
            self.seen.keep(self.session.name, before)

        query = f"?{urlencode({'gone': gone})}"
        draft_id = self.path("draft_id")
        then = lambda: self.go("drafts", draft_id, step.value, query=query)  # noqa: E731  (it is short)
        return self.change(remove, form=form, then=then, again=again)

    @property
    def before(self) -> Draft | None:
        """What the draft was before what was removed just now; None if it was changed since."""
        draft = self.view.draft
        return self.seen.kept(self.session.name, draft.id, draft.version - 1)

    @property
    def token(self) -> str:
        """What stands for the draft as this page shows it."""
        return self.seen.remember(self.session.name, self.view)

    @property
    def meanwhile(self) -> str:
        """Who changed the draft last, and when, in a sentence (OE-22)."""
        draft = self.view.draft
        return self.changed(draft.updated_by, draft.updated_at)

    def changed(self, by: str, at: datetime) -> str:
        """Who changed an order, and when; one's own change is another window's."""
        who, where = by or "somebody", ""
        if by == self.session.name:
            who, where = "you", " in another window"
        time = show_time(at, self.desk.store.timezone)
        return f"{as_sentence(who)} changed this order{where} at {time}."

    def changes(self) -> tuple[str, ...]:
        """What others changed since the page was shown that this form stood on."""
        before = self.seen.recall(
            self.session.name, self.path("draft_id"), self.form.get("seen", "")
        )
        found = before.differences(self.view.shown, self.view.quote) if before else ()
        return found or ("review the order before you go on",)


Handler = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def page(handler: Handler) -> Endpoint:
    """Let a handler answer requests: of staff only, with forms that come from its own pages."""

    @wraps(handler)
    async def endpoint(request: Request) -> Response:
        state = request.app.state
        staff: Staff = state.staff
        lanes = lanes_of(request)
        token = request.cookies.get(COOKIE, "")
        session = None
        if token:
            session = await lanes.door.run(token, lambda: staff.session(token))
        if session is None:
            return _to_sign_in(request)
        form: dict[str, str] = {}
        if request.method == "POST":
            form = await read_form(request)
            check_csrf(form, session.csrf)
        visit = Visit(request=request, form=form, session=session, desk=state.desk, seen=state.seen)
        changes = request.method == "POST" and "try" not in form
        lane = lanes.changes if changes else lanes.pages
        return await lane.run(session.name, lambda: _answer(handler, visit))

    return endpoint


def client_address(request: Request) -> str:
    """Where a request comes from; behind a proxy that is trusted, what that proxy says."""
    return request.client.host if request.client else ""


def _to_sign_in(request: Request) -> Response:
    """The way to the sign-in, and from there back to where one was."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    query = {"next": here} if here != "/" else {}
    if request.method != "GET":  # its address leads to the page that it was sent from
        query["lost"] = "yes"
    return RedirectResponse("/signin" + (f"?{urlencode(query)}" if query else ""), 303)


def _answer(handler: Handler, visit: Visit) -> Response:
    try:
        return handler(visit)
    except DraftPlaced as error:
        # Back, reload or a second click after placing: there is the order. What was changed by
        # then is not in it, which has to be said.
        placing = visit.request.url.path.endswith(PLACE)
        late = visit.request.method == "POST" and not placing
        return visit.go("orders", error.order_number, query="?late=1" if late else "?placed=1")
    except NotFound as error:
        missing = f"There is no such {error.kind}: it may have been removed."
        message = missing if error.kind in _WITH_INTERNAL_IDS else f"{error}."
        return visit.render("sorry.html", status=404, message=message)
    except StoreNotReady as error:
        return visit.render("sorry.html", status=409, message=f"{error}.")
    except (FieldFault, InvalidField) as error:
        return visit.render("sorry.html", status=400, message=str(error))
    except (StorageBusy, StorageUnavailable) as error:
        asked = visit.request.method == "GET"
        return visit.render("sorry.html", status=503, message=unavailable(error, asked=asked))
    except NotAllowed as error:
        return visit.render("sorry.html", status=403, message=str(error))
    except CartcoreError as error:  # a plugin that fails, a shop that changed its currency
        return visit.render("sorry.html", status=500, message=str(error))


def unavailable(error: StorageBusy | StorageUnavailable, *, asked: bool) -> str:
    """What staff are told, who only `asked` or changed something; where the file is, the log has.

    Whoever waited in vain for the lock changed nothing. Data that can no longer be reached may have
    what was sent, as the answer may be what was lost.
    """
    LOG.error("%s", error)
    if isinstance(error, StorageBusy):
        return "The shop is busy. Nothing was changed: try again in a moment."
    unsure = "" if asked else " Your change may or may not have been saved."
    return f"The shop's data cannot be reached.{unsure} Try again in a moment."
