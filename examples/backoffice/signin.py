"""Signing in and out."""

import secrets
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from backoffice.limits import Busy, lanes_of
from backoffice.render import TEMPLATES
from backoffice.security import check_csrf, local_path, read_form
from backoffice.staff import SESSION_SECONDS, Staff, StaffUnavailable, TooManyFailures
from backoffice.visits import COOKIE, client_address

FORM_COOKIE = "backoffice_signin"
LONGEST = 200


async def show(request: Request) -> Response:
    """The form."""
    query = request.query_params
    message = "You were signed out, and what you sent was not saved." if "lost" in query else ""
    return _form(request, wanted=query.get("next", ""), message=message)


async def sign_in(request: Request) -> Response:
    """Check name and password, and begin a session."""
    form = await read_form(request)
    check_csrf(form, request.cookies.get(FORM_COOKIE, ""))
    name, password = form.get("name", "").strip()[:LONGEST], form.get("password", "")[:LONGEST]
    wanted = form.get("next", "")
    staff: Staff = request.app.state.staff
    lanes = lanes_of(request)
    address, before = client_address(request), request.cookies.get(COOKIE, "")
    try:
        token = await lanes.passwords.run(
            address, lambda: staff.sign_in(name, password, address, instead_of=before)
        )
    except TooManyFailures as error:
        message = f"{error}."
        answer = _form(request, wanted=wanted, name=name, message=message, status=429)
        answer.headers["Retry-After"] = str(error.wait)
        return answer
    except Busy:
        message = "Many people are signing in. Try again in a moment."
        answer = _form(request, wanted=wanted, name=name, message=message, status=503)
        answer.headers["Retry-After"] = "5"
        return answer
    if token is None:
        message = "Wrong name or password."
        return _form(request, wanted=wanted, name=name, message=message, status=422)
    answer = RedirectResponse(local_path(wanted), 303)
    _set_cookie(request, answer, COOKIE, token, SESSION_SECONDS)
    answer.delete_cookie(FORM_COOKIE, path="/signin")
    return answer


async def sign_out(request: Request) -> Response:
    """End the session. It always works: the browser forgets its cookie even if the file cannot."""
    staff: Staff = request.app.state.staff
    lanes = lanes_of(request)
    token, form = request.cookies.get(COOKIE, ""), await read_form(request)
    with suppress(StaffUnavailable, Busy):
        session = await lanes.door.run(token, lambda: staff.session(token))
        if session is not None:
            check_csrf(form, session.csrf)
            await lanes.door.run(token, lambda: staff.sign_out(token))
    answer = RedirectResponse("/signin", 303)
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
