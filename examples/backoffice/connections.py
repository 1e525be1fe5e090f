"""Connections: how long a request may take to arrive and to be answered, and how many there are.

uvicorn waits for ever for the rest of a request that began. Here it has some seconds to arrive, and
when too many connections wait for a request the one that has waited longest is closed. So whoever
opens a thousand connections and says little displaces nobody but themselves.
"""

from asyncio import BaseTransport, TimerHandle, Transport
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 20
"""From its first byte, or from the opening of its connection, a request has this long to arrive."""

ANSWER_SECONDS = 60
"""An answer has this long to be made and to be taken."""

MOST_CONNECTIONS = 200
"""So many may wait for a request, and so many for an answer; a browser opens six."""

GRACE_SECONDS = 5
"""No connection is closed before for want of room: a request that was just sent is on its way."""

Connections = dict["PatientProtocol", float]
"""Since when each waits, by the clock of the event loop."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with time limits."""

    # Of the whole process, the longest waiting first.
    _asking: ClassVar[Connections] = {}
    _answered: ClassVar[Connections] = {}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._deadline: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Wait for a request."""
        super().connection_made(cast("Transport", transport))
        self._stand_in(self._asking, REQUEST_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; once it is whole, it has time to be answered."""
        if self._deadline is None:  # kept alive, and now there is another request
            self._stand_in(self._asking, REQUEST_SECONDS)
        super().data_received(data)
        whole = self.cycle is not None and not self.cycle.more_body
        if whole and self in self._asking and not self.cycle.response_complete:
            self._stand_in(self._answered, ANSWER_SECONDS)

    def on_response_complete(self) -> None:
        """Wait for another request, for as long as uvicorn keeps a connection alive."""
        self._stand_in(self._asking, None)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._leave()
        super().connection_lost(exc)

    def _stand_in(self, queue: Connections, seconds: float | None) -> None:
        self._leave()
        queue[self] = now = self.loop.time()
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self.transport.abort)
        while len(queue) > MOST_CONNECTIONS:
            longest, since = next(iter(queue.items()))
            if now - since < GRACE_SECONDS:
                break
            longest._leave()  # noqa: SLF001  (of its own kind)
            longest.transport.abort()

    def _leave(self) -> None:
        self._asking.pop(self, None)
        self._answered.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
