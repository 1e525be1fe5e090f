"""A back office that runs, and a browser that is signed in to it."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import uvicorn
from backoffice.app import LOCAL, create_app
from backoffice.connections import PatientProtocol
from backoffice.roles import CLERK, SUPERVISOR
from backoffice.seed import fill
from backoffice.staff import Staff
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from shop import STORE

from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.rules import load_rulebook
from tests.backoffice.browser import ARGUMENTS, CHROMIUM, PATIENCE, a_page
from tests.backoffice.office import PASSWORD, QUICK, Office


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
