"""The application: its addresses, and what every request goes through."""

from collections.abc import Collection, Iterable, Mapping
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from backoffice import (
    contacts,
    customers,
    discounts,
    drafts,
    finding,
    items,
    kinds,
    orders,
    prices,
    review,
    shipping,
    signin,
)
from backoffice.limits import Busy, HeaderLimits, Lanes
from backoffice.render import HERE, TEMPLATES
from backoffice.security import HEADERS, LARGEST_BODY, SameOrigin, SecureHeaders
from backoffice.seen import Seen
from backoffice.staff import Staff, StaffUnavailable
from backoffice.visits import Handler, page
from cartcore.desk import OrderDesk
from cartcore.rules import Rulebook, load_rulebook

PAGES = "backoffice-pages.sqlite"
"""What pages showed: beside the accounts, and worth nothing after a day."""

LOCAL = ("localhost", "127.0.0.1", "::1")


def create_app(
    desk: OrderDesk,
    staff: Staff,
    hosts: Iterable[str] = LOCAL,
    *,
    image_hosts: Collection[str] = (),
    rulebook: Rulebook | None = None,
) -> Starlette:
    """Return the application for a desk, open to the members of `staff`.

    It answers to the names in `hosts` alone. `image_hosts` are those that pictures of products may
    come from, such as "cdn.example.com". `rulebook` has the types that are listed: the built-in
    ones, unless it is given.
    """
    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(SecureHeaders, image_hosts=image_hosts),
            Middleware(HeaderLimits),
            Middleware(TrustedHostMiddleware, allowed_hosts=[*hosts], www_redirect=False),
            Middleware(SameOrigin),
            Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY),
        ],
        exception_handlers={
            HTTPException: _refused,
            Busy: _busy,
            StaffUnavailable: _busy,
            Exception: _broken,
        },
    )
    # A path with a slash too many leads nowhere, least of all to the host that a request names.
    app.router.redirect_slashes = False
    app.state.desk = desk
    app.state.staff = staff
    app.state.image_hosts = frozenset(image_hosts)
    app.state.rulebook = load_rulebook() if rulebook is None else rulebook
    app.state.seen = Seen(staff.folder / PAGES)
    app.state.lanes = Lanes()
    return app


def _get(path: str, handler: Handler) -> Route:
    return Route(path, page(handler), methods=["GET"])


def _post(path: str, handler: Handler) -> Route:
    return Route(path, page(handler), methods=["POST"])


async def _start(_: Request) -> Response:
    return RedirectResponse("/orders", 303)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = "Page not found." if error.status_code == HTTPStatus.NOT_FOUND else error.detail
    return _sorry(detail, error.status_code)


async def _busy(_: Request, __: Exception) -> Response:
    message = "The shop is busy. Nothing was changed: try again in a moment."
    return _sorry(message, 503, {"Retry-After": "2"})


async def _broken(_: Request, __: Exception) -> Response:
    # It is answered outside of the middleware that gives all others their headers.
    message = "Something went wrong on our side. Only changes that a page has shown were saved."
    return _sorry(message, 500, {**HEADERS, "Cache-Control": "no-store"})


def _sorry(message: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    text = TEMPLATES.get_template("sorry.html").render(
        visit=None, message=message, path="", status=status
    )
    return HTMLResponse(text, status, headers)


_DRAFT = "/drafts/{draft_id}"
_ORDER = "/orders/{number}"
_CONTACT = "/contacts/{contact_id:path}"  # ids from elsewhere have slashes in them

ROUTES: list[Route | Mount] = [
    Route("/", _start, methods=["GET"]),
    Mount("/static", StaticFiles(directory=HERE / "static")),
    Route("/signin", signin.show, methods=["GET"]),
    Route("/signin", signin.sign_in, methods=["POST"]),
    Route("/signout", signin.sign_out, methods=["POST"]),
    # Orders that were placed
    _get("/orders", orders.listing),
    _get("/shortcuts", orders.shortcuts),
    _get(_ORDER, orders.details),
    _post(f"{_ORDER}/shipped", orders.mark_shipped),
    _post(f"{_ORDER}/note", orders.add_note),
    _post(f"{_ORDER}/cancel", orders.cancel),
    _post(f"{_ORDER}/duplicate", orders.duplicate),
    _get(f"{_ORDER}/print", orders.printed),
    _get(f"{_ORDER}/{{rest:path}}", orders.back_to_order),
    _get("/promotion-types", kinds.listing),
    # Search and customers
    _get("/search", finding.find),
    _get(f"{_CONTACT}/edit", customers.edit),
    _post(f"{_CONTACT}/edit", customers.save),
    _get(f"{_CONTACT}/address", customers.new_address),
    _post(f"{_CONTACT}/address", customers.add_address),
    _post(f"{_CONTACT}/restore", customers.restore),
    _get(f"{_CONTACT}/restore", customers.back_to_contact),
    _get(_CONTACT, customers.details),
    # Orders being entered
    _get("/drafts", drafts.listing),
    _get(_DRAFT, drafts.resume),
    _post(f"{_DRAFT}/discard", drafts.discard),
    _post(f"{_DRAFT}/step", drafts.go_to),
    _post(f"{_DRAFT}/note", drafts.set_note),
    # Contact
    _get(f"{_DRAFT}/contact", contacts.show),
    _get(f"{_DRAFT}/contact/matches", contacts.matches),
    _get(f"{_DRAFT}/contact/filter", contacts.filtered),
    _get(f"{_DRAFT}/contact/new", contacts.new),
    _post(f"{_DRAFT}/contact/new", contacts.create),
    _get(f"{_DRAFT}/contact/address", contacts.new_address),
    _post(f"{_DRAFT}/contact/address", contacts.add_address),
    _post(f"{_DRAFT}/contact/choose", contacts.choose),
    # Items
    _get(f"{_DRAFT}/items", items.show),
    _get(f"{_DRAFT}/items/new", items.new),
    _post(f"{_DRAFT}/items/new", items.add),
    _get(f"{_DRAFT}/items/products", items.products),
    _get(f"{_DRAFT}/items/promotions", items.promotions),
    _post(f"{_DRAFT}/items/promotions", items.pick),
    _post(f"{_DRAFT}/items/code", items.enter_code),
    _post(f"{_DRAFT}/items/remove-promotion", items.remove_promotion),
    _post(f"{_DRAFT}/items/save", items.save),
    _post(f"{_DRAFT}/items/quantity", items.set_quantity),
    _post(f"{_DRAFT}/items/scan", items.scan),
    _post(f"{_DRAFT}/items/remove", items.remove),
    _post(f"{_DRAFT}/items/undo", items.undo),
    _get(f"{_DRAFT}/items/edit", items.edit),
    _post(f"{_DRAFT}/items/edit", items.save_line),
    # What is not in the catalogue
    _get(f"{_DRAFT}/items/custom", prices.new),
    _post(f"{_DRAFT}/items/custom", prices.save),
    _get(f"{_DRAFT}/items/price", prices.ask),
    _post(f"{_DRAFT}/items/price", prices.give),
    _post(f"{_DRAFT}/items/price/reset", prices.reset),
    # Manual discounts, on items and on review
    _get(f"{_DRAFT}/discount", discounts.new),
    _post(f"{_DRAFT}/discount", discounts.give),
    _post(f"{_DRAFT}/discount/remove", discounts.remove),
    # Shipping
    _get(f"{_DRAFT}/shipping", shipping.show),
    _post(f"{_DRAFT}/shipping/to", shipping.change),
    _get(f"{_DRAFT}/shipping/address", shipping.new_address),
    _post(f"{_DRAFT}/shipping/address", shipping.add_address),
    _post(f"{_DRAFT}/shipping/several", shipping.change),
    _post(f"{_DRAFT}/shipping/assign", shipping.change),
    _post(f"{_DRAFT}/shipping/split", shipping.change),
    _post(f"{_DRAFT}/shipping/gift", shipping.change),
    _post(f"{_DRAFT}/shipping/speed", shipping.change),
    _post(f"{_DRAFT}/shipping/save", shipping.save),
    # Review
    _get(f"{_DRAFT}/review", review.show),
    _post(f"{_DRAFT}/review/code", review.enter_code),
    _post(f"{_DRAFT}/review/remove-promotion", review.remove_promotion),
    _post(f"{_DRAFT}/review/place", review.place),
    # What is no page: the address of a form leads back to its draft. With all else, who is signed
    # in has the menu to go on from.
    _get(f"{_DRAFT}/{{rest:path}}", drafts.resume),
    _get("/{path:path}", orders.not_found),
]
