"""What stands between the browser and the pages: headers, sizes, origins, forms."""

import secrets
from collections.abc import Collection, Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 256 * 1024
"""No form of this application is longer, in bytes."""

MOST_FIELDS = 5_000
"""An order of a thousand lines sends a field for each; as many as this are read in 20 ms."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class SecureHeaders:
    """Give every answer the headers above, and keep pages out of caches."""

    def __init__(self, app: ASGIApp, image_hosts: Collection[str] = ()) -> None:
        self._app = app
        policy = "Content-Security-Policy"
        images = " ".join(["img-src 'self'", *(f"https://{host}" for host in image_hosts)])
        self._headers = {**HEADERS, policy: HEADERS[policy].replace("img-src 'self'", images)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                # Back and forward ask again: a page never shows what is no longer so. The address
                # of a static file has its fingerprint.
                named = scope["path"].startswith("/static/") and scope["query_string"]
                kept = named and message["status"] == HTTPStatus.OK
                lasts = "public, max-age=31536000, immutable" if kept else "no-store"
                headers.setdefault("Cache-Control", lasts)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class SameOrigin:
    """Refuse changes that another site's page asks for, whatever cookies come along."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and scope["method"] not in {"GET", "HEAD"}:
            headers = Headers(scope=scope)
            own = f"{scope['scheme']}://{headers.get('host', '')}"
            foreign = headers.get("origin", own).lower() != own.lower()
            if foreign or headers.get("sec-fetch-site", "same-origin") not in {
                "same-origin",
                "none",
            }:
                refusal = PlainTextResponse("This form was sent from another site.", 403)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the last of those with one name.

    Raises:
        HTTPException: not a form of this application's kind.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if not body:
        return {}
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "Only forms are understood here.")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise HTTPException(400, "This form cannot be read.") from error
    return dict(pairs)


def check_csrf(form: Mapping[str, str], expected: str) -> None:
    """Refuse a form that does not carry the token of its session. Raises HTTPException."""
    given = form.get("csrf", "")
    if not expected or not secrets.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(403, "This form is out of date: reload the page and try again.")


def local_path(text: str) -> str:
    """Return a path of this application to go on to; the start page for anything else."""
    parts = urlsplit(text) if text.isascii() and text.isprintable() else urlsplit("")
    ours = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if ours and not parts.scheme and not parts.netloc and "\\" not in text else "/"
