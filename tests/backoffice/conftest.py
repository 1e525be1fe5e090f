"""A back office that runs, and a browser to work in it."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import uvicorn
from argon2 import PasswordHasher
from backoffice.app import LOCAL, create_app
from backoffice.connections import PatientProtocol
from backoffice.roles import CLERK, SUPERVISOR
from backoffice.seed import fill
from backoffice.staff import Staff
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from shop import STORE
from starlette.applications import Starlette

from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.rules import load_rulebook

PASSWORD = "correct horse battery"  # noqa: S105  (of a member of staff who does not exist)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # for tests; else far slower
PICTURES = Path(__file__).parents[2] / "test-output" / "backoffice"

CHROMIUM = os.environ.get("CARTCORE_CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)


@attrs.frozen
class Office:
    """A back office: its application, its desk, its staff and, while it is served, its address."""

    app: Starlette
    desk: OrderDesk
    staff: Staff
    address: str = ""


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small back office, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("backoffice")
    with SQLiteStorage(folder / "shop.sqlite", rulebook=load_rulebook()) as storage:
        fill(storage, number_of_contacts=60)
    staff = Staff(folder / "staff.sqlite", hasher=QUICK)
    for name in ("sam", "kim"):
        staff.add(name, PASSWORD, SUPERVISOR)
    staff.add("cleo", PASSWORD, CLERK)
    return folder


@pytest.fixture
def office(filled: Path, tmp_path: Path) -> Iterator[Office]:
    for file in filled.iterdir():
        shutil.copy(file, tmp_path)
    staff = Staff(tmp_path / "staff.sqlite", hasher=QUICK)
    with SQLiteStorage(tmp_path / "shop.sqlite", rulebook=load_rulebook()) as storage:
        desk = OrderDesk(storage, STORE)
        yield Office(create_app(desk, staff, [*LOCAL, "testserver"]), desk, staff)


@pytest.fixture
def served(office: Office) -> Iterator[Office]:
    """The back office behind a real server on a free port of this machine."""
    config = uvicorn.Config(
        office.app,
        port=0,
        http=PatientProtocol,
        log_level="warning",
        ws="none",
        lifespan="off",
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield attrs.evolve(office, address=f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join(10)


PATIENCE = 30_000
"""Milliseconds that a page may take: a busy machine must not fail a test."""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    if not CHROMIUM:
        message = "no chromium is installed: apt install chromium, or name it in CARTCORE_CHROMIUM"
        if os.environ.get("CARTCORE_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def page(served: Office, chromium: Browser) -> Iterator[Page]:
    """A page of sam's, signed in; what goes wrong in it fails the test."""
    with a_page(served, chromium, "sam") as opened:
        yield opened


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
            assert not self.wrong


def _is_wrong(kind: str, text: str) -> bool:
    # Chromium reports every answer from 400 on; refusals are answered so on purpose.
    return kind in {"error", "warning"} and not text.startswith("Failed to load resource")


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, for people to see; nothing is compared with it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.evaluate("scrollTo(0, 0)")  # where the bar at the top sticks
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
