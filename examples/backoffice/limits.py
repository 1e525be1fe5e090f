"""Limits on what one client may ask for, so that nobody keeps the others waiting.

`HeaderLimits` stands before the pages. A `Lane` does one kind of work in a few
threads of its own: reading pages, changing orders, checking passwords never wait for each other.
"""

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, Semaphore, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LARGEST_HEADERS = 16 * 1024
LARGEST_COOKIES = 4 * 1024
"""In bytes. Python reads a quoted cookie in quadratic time before 3.11.10 and 3.12.6."""

LONGEST_TARGET = 8 * 1024
"""Path and query of an address, in bytes."""

T = TypeVar("T")


class HeaderLimits:
    """Refuse long headers, cookies and addresses before anything parses them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http":
            headers: list[tuple[bytes, bytes]] = scope["headers"]
            cookies = sum(len(value) for name, value in headers if name == b"cookie")
            size = sum(len(name) + len(value) for name, value in headers)
            target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
            refusal = None
            if cookies > LARGEST_COOKIES or size > LARGEST_HEADERS:
                refusal = PlainTextResponse("The headers of this request are too long.", 431)
            elif target > LONGEST_TARGET:
                refusal = PlainTextResponse("This address is too long.", 414)
            if refusal:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


class Busy(Exception):
    """There is more to do than can be done soon: nothing was tried, and it can be tried again."""


class Lane:
    """A few threads for one kind of work.

    A client (a member of staff, or an address) has at most `each` pieces of work in the common
    queue; the others of that client wait behind them. So a client who asks for much waits for
    himself, and everybody else is served in turn.
    """

    def __init__(self, *, threads: int, each: int, waiting: int, seconds: float) -> None:
        """Make a lane.

        Args:
            threads: how many pieces of work are done at once.
            each: how many of one client are in the queue or being done.
            waiting: how many more of one client may wait behind those.
            seconds: how long a piece of work may wait for its turn.
        """
        self._limiter = CapacityLimiter(threads)
        self._turns = Semaphore(threads)
        self._each = each
        self._waiting = waiting
        self._seconds = seconds
        self._asked: Counter[str] = Counter()
        self._places: dict[str, Semaphore] = {}

    async def run(self, client: str, work: Callable[[], T]) -> T:
        """Do it in a thread, when its turn has come.

        Raises:
            Busy: this client has too much to do already, or the turn did not come in time.
        """
        if self._asked[client] >= self._each + self._waiting:
            raise Busy
        self._asked[client] += 1
        place = self._places.setdefault(client, Semaphore(self._each))
        try:
            try:
                with anyio.fail_after(self._seconds):
                    await place.acquire()
                    try:
                        await self._turns.acquire()
                    except BaseException:
                        place.release()
                        raise
            except TimeoutError:
                raise Busy from None
            try:
                return await to_thread.run_sync(work, limiter=self._limiter)
            finally:
                self._turns.release()
                place.release()
        finally:
            self._asked[client] -= 1
            if not self._asked[client]:
                del self._asked[client]
                del self._places[client]


class Lanes:
    """The lanes of the application."""

    def __init__(self) -> None:
        # Who is signed in is looked up for every request, of strangers, too: quick, and apart.
        self.door = Lane(threads=2, each=4, waiting=60, seconds=10)
        self.pages = Lane(threads=8, each=4, waiting=60, seconds=10)
        # SQLite has one writer at a time: more threads would only wait for its lock.
        self.changes = Lane(threads=2, each=1, waiting=30, seconds=10)
        # One hash takes 64 MiB and all cores for some hundredths of a second.
        self.passwords = Lane(threads=1, each=1, waiting=4, seconds=5)


def lanes_of(request: Request) -> Lanes:
    """The lanes that the requests of an application share."""
    lanes: Lanes = request.app.state.lanes
    return lanes
