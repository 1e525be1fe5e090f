"""The command that starts it, and what a page costs."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from backoffice.seed import contacts
from backoffice.taxes import tax_table
from sqlalchemy import event
from starlette.testclient import TestClient

from cartcore.rules import load_rulebook
from cartcore.shop.product import Product, Variant
from tests.backoffice.client import field, sign_in
from tests.backoffice.office import Office, a_draft
from tests.support.distributions import NEVER, distribution
from tests.support.shop import usd

EXAMPLES = Path(__file__).parents[2] / "examples"


@contextmanager
def started(folder: Path, *more: str, plugins: Path | None = None) -> Iterator[list[str]]:
    """Run the command until the block ends; gives what it printed before it began to serve."""
    path = os.pathsep.join(map(str, filter(None, (EXAMPLES, plugins))))
    command = [sys.executable, "-u", "-m", "backoffice", "--folder", str(folder)]
    process = subprocess.Popen(  # noqa: S603  (this interpreter, with arguments written here)
        [*command, "--port", "0", *more],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    printed: list[str] = []
    for line in process.stdout:
        printed.append(line.strip())
        if not line.strip() and len(printed) > 2:
            break
    yield printed
    process.terminate()
    process.communicate()


def answer(address: str) -> str:
    """The page at an address, once it is served."""
    transport = httpx2.HTTPTransport(retries=8)
    with httpx2.Client(transport=transport, timeout=10) as client:
        return client.get(address, follow_redirects=True).text


def test_it_finds_plugins(tmp_path: Path) -> None:
    """Plugins that are installed are loaded and told of, and one can be blocked (PK-3, PK-4)."""
    for name, source in (("one", NEVER.format(type_name="one.never")), ("two", "raise OSError")):
        distribution(tmp_path, name, source)
    with started(tmp_path, plugins=tmp_path) as printed:
        assert "Plugins: one, two (left out, see the log)." in printed
    with started(tmp_path, "--block-plugin", "one", plugins=tmp_path) as blocked:
        assert "Plugins: one (blocked), two (left out, see the log)." in blocked


def test_it_starts_and_says_where(tmp_path: Path) -> None:
    """The first start fills the files and makes a sign-in; the second keeps both (WB-1)."""
    with started(tmp_path) as printed:
        text = "\n".join(printed)
        address = re.search(r"http://127\.0\.0\.1:\d+/", text)
        password = re.search(r"with +(\S+)", text)
        assert address
        assert password
        assert "Sign in" in answer(address[0])
        assert "Filled" in text
    with started(tmp_path) as again:
        assert "Filled" not in "\n".join(again)
        assert any(re.fullmatch(r"Sign in as +sam", line) for line in again)
    with started(tmp_path, "--add", "kim") as third:
        assert any(re.fullmatch(r"with +\S+ +\(shown only now\)", line) for line in third)
    with started(tmp_path, "--password", "kim") as fourth:
        assert any(re.fullmatch(r"with +\S+ +\(shown only now\)", line) for line in fourth)
    with started(tmp_path, "--password", "kimm") as slip:
        assert not any("with" in line for line in slip)
    with started(tmp_path, "--role", "clerk") as nobodys:  # it would be the role of no account
        assert not nobodys
    assert 0o600 == (tmp_path / "backoffice-staff.sqlite").stat().st_mode & 0o777


def test_it_starts_with_a_tax_table(tmp_path: Path) -> None:
    """A table is read before anything is made, and one that is wrong is told (TX-7)."""
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("country,name,percent\nUS,Tax,101\n", encoding="utf-8")
    for file in (wrong, tmp_path / "none.toml"):
        folder = tmp_path / file.stem
        folder.mkdir()
        with started(folder, "--tax-table", str(file)) as refused:
            assert not refused
        assert not [*folder.iterdir()]
    us = EXAMPLES / "taxes" / "us.csv"
    with started(tmp_path, "--tax-table", str(us), "--prices-include-tax") as printed:
        assert "Back office" in "\n".join(printed)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "a.csv",
            b"country,name,percent\nUS,Tax,101\n",
            "row 2: percent must be a percentage from 0 to 100",
        ),
        ("a.csv", b"\xff\xfe\x00", "it is not UTF-8 text (byte 0): save it as CSV UTF-8"),
        ("a.toml", b"format = 4\nrows = []\n", "TaxTable.rows must be at least one row, not ()"),
        ("a.toml", b"country,name,percent\n", "Expected '=' after a key"),
        ("a.toml", b'format = 4\nrows = [{country = "US", name = "A"}]', "rows[0].percent must be"),
    ],
)
def test_what_is_no_tax_table(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    """A file that is no tax table is refused with what is wrong in it (TX-7)."""
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(told)):
        tax_table(file, load_rulebook())


def test_a_port_in_use_changes_nothing(tmp_path: Path) -> None:
    """An account that is asked for on a port in use is not made, and the next try makes it."""
    with started(tmp_path, "--add", "sam") as running:
        port = re.search(r"http://127\.0\.0\.1:(\d+)/", "\n".join(running))
        assert port
        with started(tmp_path, "--add", "kim", "--port", port[1]) as refused:
            assert [] == refused
        with started(tmp_path, "--add", "kim") as later:
            assert any(re.fullmatch(r"Sign in as +kim", line) for line in later)


def test_the_member_of_staff_is_the_actor(office: Office) -> None:
    """The history has the name of who signed in, whatever a form says (WB-9, OE-20)."""
    draft_id = a_draft(office, step="review")
    with TestClient(office.app, follow_redirects=False) as client:
        sign_in(client, "kim")
        text = client.get(f"/drafts/{draft_id}/review").text
        form = {name: field(text, name) for name in ("csrf", "version", "seen")}
        client.post(f"/drafts/{draft_id}/review/place", data=form | {"actor": "boss"})

    assert ["kim"] == [entry.actor for entry in office.desk.order("1001").history]


def statements(office: Office, client: TestClient, path: str) -> int:
    """How often a page asks the database."""
    asked: list[str] = []
    engine = office.desk.storage._engine  # type: ignore[attr-defined]

    def count(*of: object) -> None:
        asked.append(str(of[2]))

    event.listen(engine, "before_cursor_execute", count)
    assert 200 == client.get(path).status_code
    event.remove(engine, "before_cursor_execute", count)
    return len(asked)


@pytest.mark.parametrize(
    "path",
    [
        "/orders",
        "/drafts",
        "/drafts/DRAFT/items",
        "/drafts/DRAFT/contact/matches?q=w",
        "/drafts/DRAFT/contact/filter?city=den",
        "/drafts/DRAFT/items/products?q=b",
    ],
)
def test_a_page_costs_the_same(office: Office, path: str) -> None:
    """With ten times the contacts and products it asks the database as often (WB-11, ST-9)."""
    draft_id = a_draft(office, step="items")
    address = path.replace("DRAFT", draft_id)
    with TestClient(office.app) as client:
        sign_in(client, "sam")
        before = statements(office, client, address)
        with office.desk.storage.write() as work:
            for contact in list(contacts(660))[60:]:
                work.contacts.add(contact)
            for i in range(100):
                variant = Variant(sku=f"B{i}", price=usd("1.00"))
                work.products.add(Product(id=f"b{i}", title=f"Board {i}", variants=(variant,)))
            work.commit()

        assert 0 < before == statements(office, client, address)
