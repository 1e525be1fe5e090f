"""Order entry as a JSON API: what goes in and out is the plain form, with its schemas."""

import os
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from moneyed import Money
from pydantic import BaseModel, ConfigDict

from cartcore import Address, CartcoreError, OrderDesk, OrderFilter, Product, Store, Variant, errors
from cartcore.adapters.postgres import PostgresStorage, migrate
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
_TEXTS = {name: {"type": "string"} for name in ("type", "title", "detail", "code")}
PROBLEM_DETAILS = {
    "type": "object",
    "properties": {**_TEXTS, "status": {"type": "integer"}, "fields": {"type": "object"}},
    "required": ["type", "title", "status", "detail", "code"],
}
RULEBOOK = load_rulebook()
FORM = PlainForm(RULEBOOK)
POST = FlatRate(code="post", name="Post", price=Money("4.90", "USD"))
Staff = Annotated[str, Header(alias="X-Staff", description="Who works on the order.")]


class Command(BaseModel):
    """What a client asks for: nothing is coerced, and nothing unknown is taken."""

    model_config = ConfigDict(strict=True, extra="forbid")


class NewContact(Command):
    """A contact who orders, with the first address."""

    name: str
    email: str = ""
    phone: str = ""
    address: dict[str, Any]  # its schema is that of the plain form


class NewLine(Command):
    """Units of a variant."""

    sku: str
    quantity: int = 1


class Chosen(Command):
    """A shipping speed, a promo code or a step, by its code."""

    code: str


class Placing(Command):
    """The token of the view that was agreed to."""

    token: str


def open_storage(database: str) -> PostgresStorage | SQLiteStorage:
    """Open an SQLite file by its path, or a PostgreSQL database by its URL."""
    adapter = SQLiteStorage if database.endswith(".sqlite") else PostgresStorage
    return adapter(database, rulebook=RULEBOOK)


def set_up(database: str) -> None:
    """Make the tables, and a catalogue to try it with."""
    if not database.endswith(".sqlite"):
        migrate(database)
    mug = Variant(sku="MUG", price=Money("9.99", "USD"))
    with open_storage(database) as storage, storage.write() as work:
        if not work.products.any_published():
            work.products.add(Product(id="mug", title="Mug", variants=(mug,)))
            work.commit()


def problem(status: int, title: str, detail: str, **more: Any) -> JSONResponse:
    """An error as problem details (RFC 9457)."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, media_type=PROBLEM)


def refused(_: Request, error: Exception) -> JSONResponse:
    """What cartcore refuses, with its code and fields."""
    found = (status for kinds, status in STATUSES.items() if isinstance(error, kinds))
    plain = FORM.to_plain(error)
    message, more = plain.pop("message"), plain
    return problem(next(found, 500), type(error).__name__, message, **more)


def malformed(_: Request, error: Exception) -> JSONResponse:
    """A request that is not shaped as the API says; what was sent is not repeated."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)
    return problem(422, "Malformed", said.encode(errors="replace").decode(), code="malformed")


def answers(name: str, status: int = 200) -> dict[str, Any]:
    """Say in OpenAPI that a value of the plain form is answered, or a problem."""
    value = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    error = {"schema": {"$ref": "#/components/schemas/Problem_Details"}}
    responses = {status: {"description": name, "content": {"application/json": value}}}
    refusals = {
        code: {"description": "Refused", "content": {PROBLEM: error}} for code in (409, 422)
    }
    return {"status_code": status, "responses": {**responses, **refusals}}


def create_app(database: str = "") -> FastAPI:  # noqa: C901  (one function an operation)
    """Make the application, on the database that `SHOP_DATABASE` names unless one is given."""
    app = FastAPI(title="Order entry", version="1", redoc_url=None)
    store = Store(currency="USD", country="US", speeds=(POST,))
    desk = OrderDesk(open_storage(database or os.environ["SHOP_DATABASE"]), store)
    app.add_exception_handler(CartcoreError, refused)
    app.add_exception_handler(RequestValidationError, malformed)
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

    @app.post("/drafts", **answers("DraftView", 201))
    def start(staff: Staff) -> JSONResponse:
        return shown(desk.view(desk.start(actor=staff).id), 201)

    @app.get("/drafts/{draft_id}", **view)
    def look(draft_id: str) -> JSONResponse:
        return shown(desk.view(draft_id))

    @app.post("/drafts/{draft_id}/contact", **view)
    def create_contact(draft_id: str, new: NewContact, staff: Staff) -> JSONResponse:
        home = FORM.from_plain(new.address, Address)
        with desk.edit(draft_id, actor=staff) as edit:
            edit.create_contact(new.name, email=new.email, phone=new.phone, address=home)
        return shown(desk.view(draft_id))

    @app.post("/drafts/{draft_id}/lines", **view)
    def add_line(draft_id: str, new: NewLine, staff: Staff) -> JSONResponse:
        return changed(draft_id, staff, lambda edit: edit.add_sku(new.sku, quantity=new.quantity))

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
    def place(
        draft_id: str,
        placing: Placing,
        staff: Staff,
        key: Annotated[str, Header(alias="Idempotency-Key")] = "",
    ) -> JSONResponse:
        order = desk.place(draft_id, seen=placing.token, actor=staff, idempotency_key=key)
        return shown(order, 201)

    @app.get("/orders", **answers("OrderSummaryPage"))
    def orders(number: str = "", page: str = "") -> JSONResponse:
        return shown(desk.orders(OrderFilter(number=number), page=page))

    @app.get("/orders/{number}", **answers("Order"))
    def order(number: str) -> JSONResponse:
        return shown(desk.order(number))

    schemas = app.openapi()["components"]["schemas"]
    schemas["NewContact"]["properties"]["address"] = {"$ref": "#/components/schemas/Address"}
    schemas.update(FORM.components()["schemas"], Problem_Details=PROBLEM_DETAILS)
    return app
