"""Nobody keeps the others waiting (WB-12): attacks from a second process, a colleague's page.

The server is the command itself, in a third process. What is measured is the page of somebody who
works meanwhile, against a bound that means "it hangs": some ten times what such a page took while
this was written, and a fraction of what it took before there were limits.
"""

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import attrs
import psutil
import pytest
from backoffice.roles import SUPERVISOR
from backoffice.staff import Staff
from shop import STORE

from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.rules import load_rulebook
from tests.backoffice.attacker import ATTACKS, SECONDS, ask
from tests.backoffice.browser import PICTURES
from tests.backoffice.client import field
from tests.backoffice.office import PASSWORD, QUICK
from tests.backoffice.test_start import EXAMPLES

HANGS = 5.0
"""Seconds. A page took 0.1 to 2 under these attacks on a busy machine; before, 8 to 23."""


RESULTS = PICTURES.parent / "attacks.txt"


@attrs.frozen
class Server:
    """A back office that is served by its command."""

    process: psutil.Process
    port: int
    folder: Path
    draft_id: str
    sessions: dict[str, str]

    def page(self, name: str, path: str = "/orders") -> tuple[str, float]:
        """Load a page: its status, and for how many seconds it was waited for."""
        began = time.monotonic()
        status, text = ask(self.port, "GET", path, Cookie=self.sessions[name])
        return str(status or text), time.monotonic() - began


@pytest.fixture(scope="module")
def server(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "backoffice.sqlite").write_bytes((filled / "shop.sqlite").read_bytes())
    staff = Staff(folder / "backoffice-staff.sqlite", hasher=QUICK)
    for name in ("sam", "kim"):
        staff.add(name, PASSWORD, SUPERVISOR)
    sessions = {
        name: f"backoffice_session={staff.sign_in(name, PASSWORD, '::1')}"
        for name in ("sam", "kim")
    }
    with SQLiteStorage(folder / "backoffice.sqlite", rulebook=load_rulebook()) as storage:
        draft_id = OrderDesk(storage, STORE).start(actor="kim").id
    command = [sys.executable, "-u", "-m", "backoffice", "--folder", str(folder), "--port", "0"]
    path = folder / "log"
    log = path.open("w")
    with subprocess.Popen(  # noqa: S603  (this interpreter, with arguments written here)
        command, env=os.environ | {"PYTHONPATH": str(EXAMPLES)}, stdout=log, stderr=log
    ) as process:
        while not (told := re.search(r"http://127\.0\.0\.1:(\d+)/", path.read_text())):
            assert process.poll() is None, path.read_text()
            time.sleep(0.1)
        port = int(told[1])
        while ask(port, "GET", "/signin")[0] != 200:
            assert process.poll() is None, path.read_text()
            time.sleep(0.1)
        yield Server(psutil.Process(process.pid), port, folder, draft_id, sessions)
        process.terminate()
    log.close()


@contextmanager
def attacked(server: Server, attack: str, *more: str) -> Iterator[None]:
    """While the block runs, somebody attacks."""
    command = [sys.executable, "-m", "tests.backoffice.attacker", attack, str(server.port), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as attacker:  # noqa: S603  (as above)
        assert attacker.stdout
        assert attacker.stdout.readline() == "attacking\n"
        yield
        attacker.wait(SECONDS + 60)


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_a_colleague_goes_on_working(server: Server, attack: str) -> None:
    """Whatever somebody else asks for, a page comes, and the process does not grow (WB-12)."""
    with attacked(server, attack, server.sessions["kim"], server.draft_id):
        until = time.monotonic() + SECONDS
        seen = []
        while time.monotonic() < until:
            seen.append(server.page("sam"))
            time.sleep(0.05)

    waits = [wait for _, wait in seen]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a") as results:
        results.write(f"{attack}: {len(seen)} pages, {max(waits):.2f} s at most\n")
    assert {"200"} == {status for status, _ in seen}
    assert median(waits) < HANGS
    assert max(waits) < 4 * HANGS  # a connection that a flood pushed out is asked for again
    assert server.process.memory_info().rss < 400_000_000


def test_many_sign_ins_let_others_in(server: Server) -> None:
    """Guessing from one address leaves the door open for others, who wait for a moment (WB-12)."""
    with attacked(server, "sign_ins"):
        time.sleep(1)
        status, text = ask(server.port, "GET", "/signin")
        assert (200, True) == (status, "Sign in" in text)


def test_guessing_is_limited_whatever_the_headers_say(server: Server) -> None:
    """X-Forwarded-For is nothing to the limits unless a proxy is named (WB-13)."""
    form = f"csrf={'x' * 43}&name=kim&password=wrong"
    answers = []
    for number in range(30):
        address = {"X-Forwarded-For": f"10.9.8.{number}", "Cookie": f"backoffice_signin={'x' * 43}"}
        answers.append(ask(server.port, "POST", "/signin", form, **address)[0])

    assert 429 == answers[-1]
    assert answers.count(422) <= 5
    assert "sign-in of 'kim' from 127.0.0.1" in (server.folder / "log").read_text()


def test_reading_does_not_wait_for_writers(server: Server) -> None:
    """With the shop's file locked and changes waiting, pages that only read come (WB-12, WB-14)."""
    kim = server.sessions["kim"]
    _, text = ask(server.port, "GET", "/orders", Cookie=kim)
    form = f"csrf={field(text, 'csrf')}&contact_id=ann"
    begin = "/drafts/new/contact/choose"
    with closing(sqlite3.connect(server.folder / "backoffice.sqlite")) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(24) as pool:
            writers = [
                pool.submit(ask, server.port, "POST", begin, form, Cookie=server.sessions["kim"])
                for _ in range(24)
            ]
            time.sleep(0.5)
            waits = [server.page("sam", "/drafts")[1] for _ in range(10)]
            answers = [writer.result() for writer in writers]
        holder.rollback()

    assert max(waits) < HANGS
    assert {503} == {status for status, _ in answers}
    assert all("busy" in text and str(server.folder) not in text for _, text in answers)


def test_a_locked_file_of_accounts(server: Server) -> None:
    """Pages say soon that the shop is busy, and signing out works all the same (WB-14)."""
    _, text = ask(server.port, "GET", "/orders", Cookie=server.sessions["kim"])
    form = f"csrf={field(text, 'csrf')}"
    with closing(sqlite3.connect(server.folder / "backoffice-staff.sqlite")) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        status, text = ask(server.port, "GET", "/orders", Cookie=server.sessions["kim"])
        assert (503, True) == (status, "busy" in text)
        out, _ = ask(server.port, "POST", "/signout", form, Cookie=server.sessions["kim"])
        assert 303 == out
        holder.rollback()


def test_a_full_disk(server: Server) -> None:
    """A change that cannot be written is a 503 in words, and what was typed stays (WB-14)."""
    sam = server.sessions["sam"]
    path = f"/drafts/{server.draft_id}/contact"
    _, text = ask(server.port, "GET", path, Cookie=sam)
    typed = {"name": "Bea Berg", "to_line1": "1 High St", "to_city": "Denver", "to_country": "US"}
    form = urlencode(typed | {name: field(text, name) for name in ("csrf", "version", "seen")})
    before = server.process.rlimit(psutil.RLIMIT_FSIZE)
    server.process.rlimit(psutil.RLIMIT_FSIZE, (33_000, before[1]))  # no file grows any more
    try:
        for _ in range(20):  # until the log is full
            status, answer = ask(server.port, "POST", f"{path}/new", form, Cookie=sam)
            if status == 503:
                break
            _, text = ask(server.port, "GET", path, Cookie=sam)
            now = {name: field(text, name) for name in ("csrf", "version", "seen")}
            form = urlencode(typed | now)
        shown, _ = ask(server.port, "GET", "/orders", Cookie=sam)
        again, _ = ask(server.port, "GET", path, Cookie=sam)
    finally:
        server.process.rlimit(psutil.RLIMIT_FSIZE, before)

    assert (503, 200, 200) == (status, shown, again)
    assert "may or may not have been saved" in answer
    assert 'value="Bea Berg"' in answer
    assert str(server.folder) not in answer
    status, _ = ask(server.port, "POST", f"{path}/new", form, Cookie=sam)
    assert 303 == status


def test_memory_stays_flat(server: Server) -> None:
    """Looking at drafts again and again, each time another version, keeps nothing (WB-16)."""
    path = server.folder / "backoffice.sqlite"
    with SQLiteStorage(path, rulebook=load_rulebook()) as storage:
        desk = OrderDesk(storage, STORE)
        with desk.begin(actor="sam") as edit:
            edit.choose_contact("ann")
            for product in desk.find_products("").items:
                for variant in product.available:
                    edit.add_sku(variant.sku)
            draft_id = edit.draft.id
        sizes = []
        for number in range(240):
            if number % 4 == 0:
                with desk.edit(draft_id) as edit:
                    edit.set_quantity("l1", 1 + number % 9)
            assert "200" == server.page("sam", f"/drafts/{draft_id}/items")[0]
            sizes.append(server.process.memory_info().rss)

    assert sizes[-1] - sizes[60] < 20_000_000


def test_the_files_are_the_owners_alone(server: Server) -> None:
    """Nobody else on the machine reads the database, its log or the accounts (WB-14)."""
    files = [file for file in server.folder.iterdir() if "sqlite" in file.name]

    assert {"backoffice.sqlite", "backoffice.sqlite-wal", "backoffice-staff.sqlite"} <= {
        file.name for file in files
    }
    assert {0o600} == {file.stat().st_mode & 0o777 for file in files}


def test_it_stops_when_it_is_told_to(server: Server) -> None:
    """Half-sent requests do not keep the process from ending (WB-12); this test is the last."""
    with attacked(server, "half_bodies"):
        began = time.monotonic()
        server.process.terminate()
        server.process.wait(30)

    assert time.monotonic() - began < 15
