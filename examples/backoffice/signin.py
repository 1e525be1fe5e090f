"""Signing in and out."""

import secrets

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from backoffice.render import TEMPLATES
from backoffice.security import check_csrf, local_path, read_form
from backoffice.staff import SESSION_SECONDS, Staff, TooManyFailures
from backoffice.visits import COOKIE, Visit

FORM_COOKIE = "backoffice_signin"
LONGEST = 200


async def show(request: Request) -> Response:
    """The form."""
    return _form(request, wanted=request.query_params.get("next", ""))


async def sign_in(request: Request) -> Response:
    """Check name and password, and begin a session."""
    form = await read_form(request)
    check_csrf(form, request.cookies.get(FORM_COOKIE, ""))
    name, password = form.get("name", "").strip()[:LONGEST], form.get("password", "")[:LONGEST]
    wanted = form.get("next", "")
    staff: Staff = request.app.state.staff
    address = request.client.host if request.client else ""
    try:
        token = await run_in_threadpool(staff.sign_in, name, password, address)
    except TooManyFailures as error:
        message = f"{error}."
        answer = _form(request, wanted=wanted, name=name, message=message, status=429)
        answer.headers["Retry-After"] = str(error.wait)
        return answer
    if token is None:
        message = "Wrong name or password."
        return _form(request, wanted=wanted, name=name, message=message, status=422)
    answer = RedirectResponse(local_path(wanted), 303)
    _set_cookie(request, answer, COOKIE, token, SESSION_SECONDS)
    answer.delete_cookie(FORM_COOKIE, path="/signin")
    return answer


def sign_out(visit: Visit) -> Response:
    """End the session."""
    staff: Staff = visit.request.app.state.staff
    staff.sign_out(visit.request.cookies[COOKIE])
    answer = visit.go("signin")
    answer.delete_cookie(COOKIE)
    return answer


def _form(
    request: Request, *, wanted: str, name: str = "", message: str = "", status: int = 200
) -> Response:
    csrf = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    text = TEMPLATES.get_template("signin.html").render(
        csrf=csrf, wanted=wanted, name=name, message=message
    )
    answer = HTMLResponse(text, status)
    _set_cookie(request, answer, FORM_COOKIE, csrf, 3600, path="/signin")
    return answer


def _set_cookie(
    request: Request, answer: Response, name: str, value: str, seconds: int, *, path: str = "/"
) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
