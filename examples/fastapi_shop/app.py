"""Order entry as a JSON API: what goes in and out is the plain form, with its schemas."""

import os
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from moneyed import Money
from pydantic import AfterValidator, BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from cartcore import Address, CartcoreError, OrderDesk, OrderFilter, Store, errors
from cartcore.adapters.postgres import PostgresStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.entry.editor import DraftEditor
from cartcore.plain import PlainForm
from cartcore.rules import load_rulebook
from cartcore.rules.builtin import FlatRate

STATUSES: dict[tuple[type[CartcoreError], ...], int] = {
    (errors.NotFound,): 404,
    (errors.InvalidInput,): 422,
    (errors.WorkflowError, errors.Conflict, errors.AlreadyExists, errors.IdempotencyConflict): 409,
    (errors.StorageBusy, errors.StorageUnavailable, errors.OutcomeUnknown): 503,
}
PROBLEM = "application/problem+json"
SCHEMAS = "#/components/schemas/"
_TEXTS = {name: {"type": "string"} for name in ("type", "title", "detail", "code")}
PROBLEM_DETAILS = {
    "type": "object",
    "properties": {**_TEXTS, "status": {"type": "integer"}, "fields": {"type": "object"}},
    "required": [*_TEXTS, "status"],
}
RULEBOOK = load_rulebook()
FORM = PlainForm(RULEBOOK)
POST = FlatRate(code="post", name="Post", price=Money("4.90", "USD"))
UTF_8 = AfterValidator(lambda sent: sent.encode("latin-1").decode())  # servers read Latin-1
Staff = Annotated[str, Header(alias="X-Staff", description="Who works on it, in UTF-8."), UTF_8]
Key = Annotated[str, Header(alias="Idempotency-Key")]


class Command(BaseModel):
    """What a client asks for: nothing is coerced, and nothing unknown is taken."""

    model_config = ConfigDict(strict=True, extra="forbid")


class NewContact(Command):
    """A contact who orders, with the first address."""

    name: str
    email: str = ""
    phone: str = ""
    address: Any  # its schema is that of the plain form, which reads it


class Quantity(Command):
    """How many units of a line; 0 removes it."""

    quantity: int = 1


class NewLine(Quantity):
    """Units of a variant."""

    sku: str


class Chosen(Command):
    """A shipping speed, a promo code or a step, by its code; a contact by the id."""

    code: str


class Placing(Command):
    """The token of the view that was agreed to."""

    token: str


def open_storage(database: str) -> PostgresStorage | SQLiteStorage:
    """Open an SQLite file by its path, or a PostgreSQL database by its URL."""
    adapter = SQLiteStorage if database.endswith(".sqlite") else PostgresStorage
    return adapter(database, rulebook=RULEBOOK)


def problem(status: int, title: str, detail: str, head: Any = None, **more: Any) -> JSONResponse:
    """An error as problem details (RFC 9457)."""
    about = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse({**about, "code": "malformed", **more}, status, head, PROBLEM)


def refused(_: Request, error: Exception) -> JSONResponse:
    """What cartcore refuses, with its code and fields."""
    found = (status for kinds, status in STATUSES.items() if isinstance(error, kinds))
    plain = FORM.to_plain(error)
    return problem(next(found, 500), type(error).__name__, plain.pop("message"), **plain)


def unfit(_: Request, error: Any) -> JSONResponse:
    """A request that is not as the API says, such as its path; what was sent is not repeated."""
    if isinstance(error, HTTPException):
        return problem(error.status_code, "Malformed", error.detail, error.headers)
    said = "; ".join(f"{'.'.join(map(str, at['loc']))}: {at['msg']}" for at in error.errors())
    said = said.replace("dictionary or object to extract fields from", "object")  # as JSON has it
    return problem(422, "Malformed", said.encode(errors="replace").decode())


def answers(name: str, status: int = 200) -> dict[str, Any]:
    """Say in OpenAPI that a value of the plain form is answered, or a problem."""
    content = {"application/json": {"schema": {"$ref": f"{SCHEMAS}{name}"}}}
    error = {PROBLEM: {"schema": {"$ref": f"{SCHEMAS}Problem_Details"}}}
    told = {"description": "Refused", "content": error}
    found = dict.fromkeys((400, *STATUSES.values()), told)
    found[status] = {"description": name, "content": content}
    return {"status_code": status, "responses": found}


def create_app(database: str = "") -> FastAPI:  # noqa: C901  (one function an operation)
    """Make the application, on the database that `SHOP_DATABASE` names unless one is given."""
    handlers: Any = {CartcoreError: refused, RequestValidationError: unfit, HTTPException: unfit}
    app = FastAPI(title="Order entry", version="1", redoc_url=None, exception_handlers=handlers)
    store = Store(currency="USD", country="US", speeds=(POST,))
    desk = OrderDesk(open_storage(database or os.environ["SHOP_DATABASE"]), store)
    view = answers("DraftView")

    def changed(draft_id: str, staff: str, change: Callable[[DraftEditor], object]) -> JSONResponse:
        with desk.edit(draft_id, actor=staff) as edit:
            change(edit)
        return shown(desk.view(draft_id))

    def shown(value: object, status: int = 200) -> JSONResponse:
        return JSONResponse(FORM.to_plain(value), status)

    @app.get("/products", **answers("ProductPage"))
    def find_products(text: str = "", page: str = "") -> JSONResponse:
        return shown(desk.find_products(text, page=page))

    @app.get("/contacts", **answers("ContactPage"))
    def find_contacts(text: str = "", page: str = "") -> JSONResponse:
        return shown(desk.find_contacts(text, page=page))

    @app.post("/drafts", **answers("DraftView", 201))
    def start(staff: Staff) -> JSONResponse:
        return shown(desk.view(desk.start(actor=staff).id), 201)

    @app.get("/drafts/{draft_id}", **view)
    def look(draft_id: str) -> JSONResponse:
        return shown(desk.view(draft_id))

    @app.post("/drafts/{draft_id}/contact", **view)
    def create_contact(draft_id: str, new: NewContact, staff: Staff) -> JSONResponse:
        given = {**new.model_dump(), "address": FORM.from_plain(new.address, Address)}
        return changed(draft_id, staff, lambda edit: edit.create_contact(**given))

    @app.put("/drafts/{draft_id}/contact", **view)
    def choose_contact(draft_id: str, chosen: Chosen, staff: Staff) -> JSONResponse:
        return changed(draft_id, staff, lambda edit: edit.choose_contact(chosen.code))

    @app.post("/drafts/{draft_id}/lines", **view)
    def add_line(draft_id: str, new: NewLine, staff: Staff) -> JSONResponse:
        return changed(draft_id, staff, lambda edit: edit.add_sku(new.sku, quantity=new.quantity))

    @app.put("/drafts/{draft_id}/lines/{line_id}", **view)
    def set_quantity(draft_id: str, line_id: str, to: Quantity, staff: Staff) -> JSONResponse:
        if not to.quantity:
            return changed(draft_id, staff, lambda edit: edit.remove_line(line_id))
        return changed(draft_id, staff, lambda edit: edit.set_quantity(line_id, to.quantity))

    @app.post("/drafts/{draft_id}/codes", **view)
    def enter_code(draft_id: str, chosen: Chosen, staff: Staff) -> JSONResponse:
        return changed(draft_id, staff, lambda edit: edit.enter_code(chosen.code))

    @app.post("/drafts/{draft_id}/step", **view)
    def go_to(draft_id: str, chosen: Chosen, staff: Staff) -> JSONResponse:
        return changed(draft_id, staff, lambda edit: edit.go_to(chosen.code))

    @app.post("/drafts/{draft_id}/shipments/{shipment_id}/speed", **view)
    def choose_speed(draft_id: str, shipment_id: str, chosen: Chosen, staff: Staff) -> JSONResponse:
        return changed(draft_id, staff, lambda edit: edit.choose_speed(shipment_id, chosen.code))

    @app.post("/drafts/{draft_id}/order", **answers("Order", 201))
    def place(draft_id: str, agreed: Placing, staff: Staff, key: Key = "") -> JSONResponse:
        return shown(desk.place(draft_id, seen=agreed.token, actor=staff, idempotency_key=key), 201)

    @app.get("/orders", **answers("OrderSummaryPage"))
    def orders(number: str = "", page: str = "") -> JSONResponse:
        return shown(desk.orders(OrderFilter(number=number), page=page))

    @app.get("/orders/{number}", **answers("Order"))
    def order(number: str) -> JSONResponse:
        return shown(desk.order(number))

    schemas = app.openapi()["components"]["schemas"]
    schemas["NewContact"]["properties"]["address"] = {"$ref": f"{SCHEMAS}Address"}
    schemas.update(FORM.components()["schemas"], Problem_Details=PROBLEM_DETAILS)
    return app
