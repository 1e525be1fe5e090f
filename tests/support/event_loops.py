"""The event loop that the browser's tests leave behind."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_event_loop() -> Iterator[None]:
    """Nothing that is tried here sees an event loop running in this thread.

    Playwright's runs there from the first page to the end of the process, also between its calls.
    """
    left = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(left)
