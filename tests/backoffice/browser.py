"""A browser in which staff work, and what can be seen of a page in it."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.backoffice.office import PASSWORD, Office, a_draft

PICTURES = Path(__file__).parents[2] / "test-output" / "backoffice"
CHROMIUM = os.environ.get("CARTCORE_CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)
PATIENCE = 30_000
"""Milliseconds that a page may take: a busy machine must not fail a test."""


class a_page:  # noqa: N801  (reads as what it gives)
    """A browser window of its own in which a member of staff is signed in."""

    def __init__(
        self,
        office: Office,
        browser: Browser,
        name: str,
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        scripts: bool = True,
    ) -> None:
        self._context = browser.new_context(
            base_url=office.address,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        self._context.set_default_timeout(PATIENCE)
        self._name = name
        self.wrong: list[str] = []

    def __enter__(self) -> Page:
        page = self._context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on(
            "console",
            lambda said: self.wrong.append(said.text) if _is_wrong(said.type, said.text) else None,
        )
        page.goto("/signin")
        page.get_by_label("Name").fill(self._name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Orders").wait_for()
        return page

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._context.close()
        if kind is None:
            assert not self.wrong, self.wrong


def _is_wrong(kind: str, text: str) -> bool:
    # Chromium reports every answer from 400 on; refusals are answered so on purpose.
    return kind in {"error", "warning"} and not text.startswith("Failed to load resource")


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, for people to see; nothing is compared with it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.evaluate("scrollTo(0, 0)")  # where the bar at the top sticks
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def open_draft(page: Page, office: Office, step: str) -> str:
    draft_id = a_draft(office, step=step)
    page.goto(f"/drafts/{draft_id}/{step}")
    return draft_id


def refused(field: Locator, sentence: str) -> None:
    """The field is marked, has the focus, and is described by the sentence."""
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile(re.escape(sentence), re.IGNORECASE))


class Held:
    """The requests to some address, none of which is answered before the test says so."""

    def __init__(self, page: Page, address: str) -> None:
        self.routes: list[Route] = []
        self._page = page
        page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        self.routes.append(route)

    def answer(self, number: int = 1) -> None:
        """Let the next ones be answered, once they are there."""
        for _ in range(PATIENCE // 20):
            if len(self.routes) < number:
                self._page.wait_for_timeout(20)
        for _ in range(number):
            self.routes.pop(0).continue_()


def reach(page: Page, name: str, *, most: int = 60) -> None:
    """Press Tab until something with this name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(e => e === document.body ? ''"
            " : e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || '')"
            "(document.activeElement)"
        )
        if name in focused:
            return
    pytest.fail(f"{name!r} cannot be reached with the keyboard")


def inside(page: Page, selector: str) -> bool:
    """Whether all of what a selector finds is within the width of the window, and something is."""
    boxes = page.locator(selector).evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(b => [b.width, b.left, b.right])"
    )
    width = page.evaluate("window.innerWidth")
    return bool(boxes) and all(w > 0 and 0 <= left <= right <= width for w, left, right in boxes)


class Counted:
    """A keyboard that counts what is pressed; a chord counts each of its keys."""

    def __init__(self, page: Page) -> None:
        self._keys = page.keyboard
        self.pressed = 0

    def press(self, key: str) -> None:
        self._keys.press(key)
        self.pressed += key.count("+") + 1

    def type(self, text: str) -> None:
        self._keys.type(text)
        self.pressed += len(text)
