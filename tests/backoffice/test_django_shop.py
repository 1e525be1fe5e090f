"""The Django shop of the examples: its own tests, and a browser in which staff take an order."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.backoffice.browser import PATIENCE
from tests.support import postgres

SHOP = Path(__file__).parents[2] / "examples" / "django_shop"
PASSWORD = "correct horse battery"  # noqa: S105  (of a database that is gone after the test)

FILLED: list[dict[str, Any]] = [
    {
        "model": "store.customer",
        "pk": 7,
        "fields": {"name": "Ann Lee", "street": "1 Main St", "city": "Denver", "country": "US"},
    },
    {"model": "store.product", "pk": 1, "fields": {"name": "Mug"}},
    {"model": "store.variant", "pk": 1, "fields": {"product": 1, "sku": "MUG", "price": "9.99"}},
    {"model": "store.stock", "pk": 1, "fields": {"pieces": 3}},
]


def environment(**named: str) -> dict[str, str]:
    """The environment of the shop, with what names its database."""
    given = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "SHOP"))}
    return given | named


def manage(env: dict[str, str], *arguments: str) -> str:
    """Run a command of the shop."""
    done = subprocess.run(
        [sys.executable, SHOP / "manage.py", *arguments],
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout + done.stderr


def test_the_shop_keeps_its_promises_in_sqlite(tmp_path: Path) -> None:
    """Its own tests pass, by Django's runner and client, and it lacks no migration (HA-3)."""
    in_sqlite = environment(SHOP_DATABASE_FILE=str(tmp_path / "shop.sqlite3"))
    assert re.search(r"Ran [1-9]\d* tests(.|\n)*\nOK\n", manage(in_sqlite, "test", "django_shop"))
    assert "No changes detected" in manage(in_sqlite, "makemigrations", "--check")


def test_the_shop_keeps_its_promises_in_postgres(postgres_server: postgres.Server) -> None:
    """Its own tests pass in PostgreSQL, too (HA-3)."""
    with postgres_server.empty_database() as url:
        told = manage(environment(SHOP_DATABASE_URL=url), "test", "django_shop")
    assert re.search(r"Ran [1-9]\d* tests(.|\n)*\nOK\n", told)


@contextmanager
def served(env: dict[str, str]) -> Iterator[str]:
    """The shop behind Django's own server; gives its address."""
    command = [sys.executable, "-u", str(SHOP / "manage.py"), "runserver", "--noreload", "0"]
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    try:
        told = filter(None, (re.search(r"http://127\.0\.0\.1:\d+", x) for x in process.stdout))
        address = next(told, None)  # it listens by then
        assert address, "the server did not start"
        yield address[0]
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture(params=["sqlite", "postgresql"])
def here(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: postgres.Server
) -> Iterator[dict[str, str]]:
    """The environment of a shop that has no tables yet."""
    if request.param == "sqlite":
        yield environment(SHOP_DATABASE_FILE=str(tmp_path / "shop.sqlite3"))
        return
    with postgres_server.empty_database() as url:
        yield environment(SHOP_DATABASE_URL=url)


def test_staff_take_a_phone_order(here: dict[str, str], tmp_path: Path, chromium: Browser) -> None:
    """In a browser: sign in, take the order, see stock go down, find it in the admin (HA-3)."""
    (tmp_path / "filled.json").write_text(json.dumps(FILLED), encoding="utf-8")
    manage(here, "migrate", "--verbosity=0")
    manage(here, "loaddata", str(tmp_path / "filled.json"))
    staff = here | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    told = ("--username=sam", "--email=sam@example.com")
    manage(staff, "createsuperuser", "--noinput", *told)

    with served(here) as address, closing(chromium.new_page(base_url=address)) as page:
        page.set_default_timeout(PATIENCE)
        page.goto("/phone/")
        page.get_by_label("Username").fill("sam")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()

        page.get_by_role("button", name="New order").click()
        page.get_by_label("Find customer").fill("lee")
        page.get_by_role("button", name="Find").click()
        page.get_by_role("button", name="Ann Lee").click()
        page.get_by_label("Quantity").fill("4")
        page.get_by_role("button", name="Add").click()
        page.get_by_role("button", name="Post").click()
        expect(page.get_by_role("alert")).to_have_text("Mug: 4 ordered, 3 in stock")
        expect(page.get_by_role("button", name="Place order")).to_have_count(0)

        page.get_by_role("textbox", name="Mug").fill("2")
        page.get_by_role("button", name="Change").click()
        page.get_by_role("button", name="Place order").click()
        expect(page.get_by_role("heading", name="Order 1001")).to_be_visible()

        page.goto("/admin/store/stock/")
        expect(page.get_by_role("link", name="1 × MUG")).to_be_visible()
        page.goto("/admin/cartcore/order/")
        row = page.get_by_role("row", name="1001")
        expect(row).to_contain_text("Ann Lee")
        row.get_by_role("link", name="Open").click()
        expect(page.get_by_role("heading", name="Order 1001")).to_be_visible()
