"""Ask the back office for pages, on 100,000 contacts and 10,000 products: `make bench-backoffice`.

The application runs in a process of its own, with the timing below around its storage and its
templates; only here, so that the application itself stays as it is. This process is the staff:
first one, then several at once. The times of pages are those that a browser would wait; the parts
are processor time, which tells the same on a busy machine as on an idle one.
"""

import argparse
import asyncio
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import attrs
import httpx2
import uvicorn
from backoffice import visits
from backoffice.app import create_app
from backoffice.seed import MORE_PROMOTIONS, contacts
from backoffice.staff import Staff
from jinja2 import Template
from moneyed import Money
from shop import PROMOTIONS, STORE
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.promotions.promotion import Limits
from cartcore.rules import load_rulebook
from cartcore.shop.product import Product, Variant
from cartcore.storage import Storage, UnitOfWork

CONTACTS, PRODUCTS, ORDERS = 100_000, 10_000, 1_000
PASSWORD = "bench bench bench"  # noqa: S105  (of a member of staff who lives as long as this runs)
WORDS = (
    "Board",
    "Boots",
    "Jacket",
    "Helmet",
    "Gloves",
    "Goggles",
    "Binding",
    "Wax",
    "Strap",
    "Bag",
)

# --- the shop ---


def products() -> Iterator[Product]:
    """Products with two options and four variants each, half of them snowboards."""
    for i in range(PRODUCTS):
        variants = tuple(
            Variant(
                sku=f"P{i}-{size}-{color}",
                price=Money(f"{20 + i % 200}.90", "USD"),
                options=(size, color),
                weight_grams=900,
            )
            for size in ("S", "L")
            for color in ("black", "white")
        )
        yield Product(
            id=f"p{i}",
            title=f"{WORDS[i % 10]} {WORDS[i // 10 % 10]} {i}",
            options=("Size", "Color"),
            categories=("Snowboards" if i % 2 else "Shirts",),
            variants=variants,
        )


def a_draft(desk: OrderDesk, number: int) -> str:
    """An order of five lines with a code, on review."""
    draft_id = desk.start(actor="sam").id
    with desk.edit(draft_id) as edit:
        edit.choose_contact(_with_address(desk, number))
        for i in range(5):
            product = (number * 7 + i * 131) % PRODUCTS
            edit.add_sku(f"P{product}-S-black", quantity=1 + i % 3)
        edit.save_items()
        edit.choose_speed(edit.draft.shipments[0].id, "standard")
        edit.go_to("review")
        edit.enter_code("WELCOME5")
    return draft_id


def _with_address(desk: OrderDesk, number: int) -> str:
    with desk.storage.read() as work:
        while not work.contacts.get(f"c{number}").addresses:
            number += 1
    return f"c{number}"


def fill(storage: Storage) -> None:
    """Make the shop, and orders in it."""
    with storage.write() as work:
        for contact in contacts(CONTACTS):
            work.contacts.add(contact)
        for product in products():
            work.products.add(product)
        for promotion in (*PROMOTIONS, *MORE_PROMOTIONS):
            if promotion.id not in {"boots", "shirt"}:  # of products that this shop does not have
                work.promotions.add(attrs.evolve(promotion, limits=Limits()))
        work.commit()
    desk = OrderDesk(storage, STORE)
    for number in range(ORDERS):
        draft_id = a_draft(desk, number * 40)
        desk.place(draft_id, seen=desk.view(draft_id).quote, actor="sam")


# --- the application, timed ---

spent: ContextVar[dict[str, float]] = ContextVar("spent")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Add the processor time of the block to the request's account; blocks inside count apart."""
    account = spent.get({})
    before, start = sum(account.values()), time.thread_time()
    try:
        yield
    finally:
        inside = sum(account.values()) - before
        took = time.thread_time() - start - inside
        account[what] = account.get(what, 0.0) + took


class TimedPorts:
    """Stores, or a unit of work with them, whose every call is timed as storage."""

    def __init__(self, real: object) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not callable(found):
            return TimedPorts(found)

        def call(*of: Any, **more: Any) -> Any:
            with timed("storage"):
                return found(*of, **more)

        return call


class TimedStorage:
    """A storage that is timed."""

    def __init__(self, real: Storage) -> None:
        self._real = real

    @contextmanager
    def _work(self, opened: AbstractContextManager[UnitOfWork]) -> Iterator[Any]:
        with timed("storage"):
            work = opened.__enter__()
        try:
            yield TimedPorts(work)
        except BaseException as error:
            opened.__exit__(type(error), error, error.__traceback__)
            raise
        with timed("storage"):
            opened.__exit__(None, None, None)

    def read(self) -> AbstractContextManager[Any]:
        """Open a unit of work for reading."""
        return self._work(self._real.read())

    def write(self) -> AbstractContextManager[Any]:
        """Open a unit of work for writing."""
        return self._work(self._real.write())


class ServerTiming:
    """Say in the header Server-Timing what a page spent where: all of it on answering."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        account: dict[str, float] = {}
        token = spent.set(account)

        async def send_with_timing(message: Message) -> None:
            if message["type"] == "http.response.start":
                text = ", ".join(f"{name};dur={1000 * t:.2f}" for name, t in account.items())
                message["headers"].append((b"server-timing", text.encode()))
            await send(message)

        try:
            await self._app(scope, receive, send_with_timing)
        finally:
            spent.reset(token)


def serve(folder: Path, port: int) -> None:
    """Serve the timed application."""
    render: Callable[..., str] = Template.render
    answer = visits._answer  # noqa: SLF001  (what answers a visit, in its thread)

    def timed_answer(handler: visits.Handler, visit: visits.Visit) -> Response:
        with timed("library"):
            return answer(handler, visit)

    def timed_render(self: Template, *of: Any, **more: Any) -> str:
        with timed("template"):
            return render(self, *of, **more)

    Template.render = timed_render  # type: ignore[method-assign]
    visits._answer = timed_answer  # noqa: SLF001
    staff = Staff(folder / "staff.sqlite")
    with SQLiteStorage(folder / "shop.sqlite", rulebook=load_rulebook()) as storage:
        app = create_app(OrderDesk(TimedStorage(storage), STORE), staff)
        uvicorn.run(ServerTiming(app), port=port, log_level="warning")


# --- the staff ---


class Member:
    """One member of staff with a draft, who asks for one page after the other."""

    def __init__(self, client: httpx2.AsyncClient, draft_id: str, number: str) -> None:
        self._client = client
        self._base = f"/drafts/{draft_id}"
        self._number = number
        self._turn = 0

    def pages(self) -> dict[str, str]:
        """The pages that are asked for, by what they are called in the table."""
        self._turn += 1
        typed = "abcdefghijklmnoprstw"[self._turn % 20]
        return {
            "Orders, newest": "/orders",
            "Orders, filtered": "/orders?contact=m&status=processing&promo_code=WELCOME5",
            "Order details": f"/orders/{self._number}",
            "Contact, typed letter": f"{self._base}/contact/matches?q={typed}",
            "Contact, filters": f"{self._base}/contact/filter?city=den&tag=club&name={typed}",
            "Items": f"{self._base}/items",
            "Product, typed letter": f"{self._base}/items/products?q={typed}",
            "Product promotions": f"{self._base}/items/promotions",
            "Shipping": f"{self._base}/shipping",
            "Review": f"{self._base}/review",
        }

    async def turn(self, note: Callable[[str, httpx2.Response, float], None]) -> None:
        """Ask for each page once, and change a quantity."""
        text = ""
        for name, path in self.pages().items():
            start = time.perf_counter()
            answer = await self._client.get(path)
            note(name, answer, time.perf_counter() - start)
            text = answer.text
        form = {name: _field(text, name) for name in ("csrf", "version", "seen")}
        form["quantity/l1"] = str(1 + self._turn % 9)
        start = time.perf_counter()
        answer = await self._client.post(f"{self._base}/items/quantity", data=form)
        note("Change a quantity", answer, time.perf_counter() - start)
        # Back to review, where the next turn looks.
        for step in ("shipping", "review"):
            page = (await self._client.get(f"{self._base}/items")).text
            form = {name: _field(page, name) for name in ("csrf", "version")} | {"step": step}
            await self._client.post(f"{self._base}/step", data=form)


def _field(text: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', text)
    return found[1] if found else ""


async def load(address: str, members: list[tuple[str, str]], turns: int) -> str:
    """Let the members work at the same time; return the table."""
    times: dict[str, list[float]] = defaultdict(list)
    parts: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))

    def note(name: str, answer: httpx2.Response, took: float) -> None:
        if answer.status_code not in {200, 303}:
            message = f"{name}: {answer.status_code}\n{answer.text[:2000]}"
            raise RuntimeError(message)
        times[name].append(1000 * took)
        for part, figure in re.findall(r"(\w+);dur=([\d.]+)", answer.headers["server-timing"]):
            parts[name][part].append(float(figure))

    async def work(draft_id: str, number: str) -> None:
        async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
            form = (await client.get("/signin")).text
            signing = {"csrf": _field(form, "csrf"), "name": "sam", "password": PASSWORD}
            await client.post("/signin", data=signing)
            member = Member(client, draft_id, number)
            for _ in range(turns):
                await member.turn(note)

    start = time.perf_counter()
    await asyncio.gather(*(work(*member) for member in members))
    seconds = time.perf_counter() - start
    rows = [
        "| page | median | 95 % | slowest | of it storage | library | template |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, found in times.items():
        split = [median(parts[name].get(p) or [0.0]) for p in ("storage", "library", "template")]
        figures = [median(found), quantiles(found, n=20)[-1], max(found), *split]
        rows.append(f"| {name} | " + " | ".join(f"{f:.1f}" for f in figures) + " |")
    answers = sum(len(found) for found in times.values())
    rows.append(f"\n{answers} pages in {seconds:.1f} s, {len(members)} at a time; milliseconds.")
    return "\n".join(rows)


def main() -> None:
    """Make the shop if it is not there, start the application, and be the staff."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, help="keep the shop there for the next time")
    arguments.add_argument("--turns", type=int, default=25)
    arguments.add_argument("--members", type=int, default=4)
    arguments.add_argument("--serve", type=int, metavar="PORT", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        serve(given.folder, given.serve)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        Staff(folder / "staff.sqlite").add("sam", PASSWORD)
        with SQLiteStorage(folder / "shop.sqlite", rulebook=load_rulebook()) as storage:
            desk = OrderDesk(storage, STORE)
            if not desk.orders(limit=1).items:
                print("Making the shop takes some minutes …", flush=True)
                fill(storage)
            drafts = [a_draft(desk, 17 + i * 1000) for i in range(given.members)]
            number = desk.orders(limit=1).items[0].number
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        command = [sys.executable, __file__, "--folder", str(folder), "--serve", str(port)]
        server = subprocess.Popen(command)  # noqa: S603  (this script)
        try:
            address = f"http://127.0.0.1:{port}"
            transport = httpx2.HTTPTransport(retries=10)
            with httpx2.Client(transport=transport) as client:
                client.get(f"{address}/signin")
            members = [(draft_id, number) for draft_id in drafts]
            for many in (members[:1], members):
                print(asyncio.run(load(address, many, given.turns)), end="\n\n")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
