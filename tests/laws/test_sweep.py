"""Every public function and method, called with something hostile for each of its parameters.

What is called is found by introspection: a new method is swept by itself, and fails here until it
has a right value for each parameter that it needs (`RIGHT`). Of its other parameters one after the
other gets each of `tests.support.hostile.values()`. Only `CartcoreError` may come out, within
seconds, and a refused call leaves everything as it was.
"""

import inspect
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import pytest

import cartcore.rules as plugin_api
import cartcore.storage as ports
import cartcore.values.allocation
import cartcore.values.money
from cartcore.__main__ import main
from cartcore.adapters.audit import audit
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.postgres import PostgresStorage, migrate
from cartcore.adapters.shopify import read_products, write_products
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.adapters.sqlite_backup import back_up
from cartcore.administration import Administration, DraftFilter, PromotionFilter
from cartcore.cart import Cart
from cartcore.desk import OrderDesk
from cartcore.documents.exchange import contents, export_lines, import_lines
from cartcore.documents.schema import config_schema
from cartcore.documents.serializer import Serializer
from cartcore.entry.editor import DraftEditor
from cartcore.errors import CartcoreError, ForeignStorage, InvalidField, WorkGivenUp
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order
from cartcore.pricing.engine import price
from cartcore.pricing.promotion_set import PromotionSet
from cartcore.promotions.promotion import Promotion
from cartcore.receipt import order_details, review_receipt
from cartcore.rules import load_rulebook
from cartcore.rules.builtin import MinQuantity
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product, Variant
from cartcore.testing.records import an_event
from cartcore.values.allocation import Rounding
from cartcore.values.text import a_text, clean, clean_code, clean_message
from tests.support import hostile
from tests.support.configurations import RULEBOOK
from tests.support.shop import (
    BERLIN,
    BOULDER,
    CATALOGUE,
    FREE_HAND,
    NOON,
    PROMOTIONS,
    STORAGES,
    Shop,
    usd,
)

SERIALIZER = Serializer(RULEBOOK)
LONGEST = 60
"""Seconds that all hostile values of one callable may take: ten times what they do."""

Arguments = dict[str, Any]


class Hangs(BaseException):
    pass


@pytest.fixture(autouse=True)
def bound() -> Iterator[None]:
    """End a call that does not come back."""

    def stop(_: int, __: FrameType | None) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def parameters(function: Callable[..., Any]) -> list[str]:
    """What can be given, by name."""
    found = inspect.signature(function).parameters.values()
    return [p.name for p in found if p.name != "self" and p.kind is not p.VAR_POSITIONAL]


def needed(function: Callable[..., Any], right: Mapping[str, Any]) -> Arguments:
    """A right value for each parameter that has no default, and for those that are named."""
    found = inspect.signature(function).parameters.values()
    return {
        p.name: right[p.name]
        for p in found
        if p.name != "self"
        and p.kind is not p.VAR_POSITIONAL
        and (p.default is p.empty or p.name in right)
    }


def outcome(call: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """What a call came to: the name of the error, or nothing. Anything else comes out."""
    try:
        result = call(*args, **kwargs)
        if isinstance(result, AbstractContextManager):
            with result:
                pass
        elif isinstance(result, Iterator):
            list(result)
    except CartcoreError as error:
        return type(error).__name__ if str(error) else "says nothing"
    except hostile.Broken:
        return "Broken"  # the collection itself: its owner is told
    return ""


def variations(right: Arguments, name: str) -> Iterator[tuple[object, Arguments]]:
    for value in hostile.values():
        yield value, {**right, name: value}


# --- The order desk and the editor of drafts ---------------------------------------------------


class Scene:
    """A shop with an order, and drafts on the items, with several addresses, and on review."""

    def __init__(self) -> None:
        self.shop = shop = Shop(MemoryStorage())
        shop.desk = shop.desk_with(staff_prices=FREE_HAND)
        placed = shop.placed(shop.reviewed({"MUG": 1}))
        self.order = shop.desk.set_reference(placed.number, "ERP-1", actor="sam")
        shop.promote("clothing", "mugs", "vip", "cap", "free-post")
        self.items = shop.with_items({"MUG": 2, "SH-BK-L": 1})
        self.review = shop.reviewed({"MUG": 2})
        self.split = shop.shipping({"MUG": 2, "SH-BK-L": 1, "PIN": 3})
        with shop.edit(self.split) as edit:
            edit.use_multiple_addresses()
            edit.add_shipment(BOULDER)
            edit.set_price("l3", usd("3.30"), reason="r", actor="sam")
            edit.add_fee("Rush", usd("1.00"), actor="sam")
            edit.go_to("shipping")
            self.discount_id = edit.discount_line("l1", percent=5, reason="r", actor="sam")
        self.right: Arguments = {
            "draft_id": self.items,
            "actor": "sam",
            "number": "1001",
            "shipment_id": "s1",
            "contact_id": "zoe",
            "name": "Bob",
            "address": BERLIN,
            "order": self.order,
            "earlier": shop.desk.draft(self.split),
            "attributes": {"engraving": "Ann"},
            "product_id": "mug",
            "sku": "MUG",
            "code": "MUG",
            "line_id": "l1",
            "quantity": 2,
            "promo_code": "WEAR10",
            "promotion_id": "vip",
            "discount_id": self.discount_id,
            "parts": {"s1": 1, "s2": 1},
            "speed": "post",
            "step": "items",
            "reason": "why",
            "title": "Engraving",
            "price": usd("7.00"),
            "note": "by hand",
            "reference": "ERP-2",
            "seen": shop.quote(self.review),
        }
        self.state = shop.storage._committed  # type: ignore[attr-defined]

    def reset(self) -> None:
        self.shop.storage._committed = self.state  # type: ignore[attr-defined]

    @property
    def changed(self) -> bool:
        """Whether anything was committed since."""
        return self.shop.storage._committed is not self.state  # type: ignore[attr-defined]


OWN: Mapping[str, Callable[[Scene], Arguments]] = {
    "place": lambda scene: {"draft_id": scene.review},
    "placed": lambda scene: {"idempotency_key": scene.order.idempotency_key},
    "order_by_reference": lambda scene: {"reference": scene.order.reference},
    "prune_events": lambda _: {"up_to": 1},
    "set_options": lambda _: {"line_id": "l2", "options": {"Color": "Black", "Size": "S"}},
    "reset_price": lambda _: {"line_id": "l3"},
    "change_custom_item": lambda _: {"line_id": "l4", "title": "Engraving", "weight_grams": 5},
    "remove_promotion": lambda _: {"promotion_id": "mugs"},
    "discount_line": lambda _: {"percent": 5},
    "discount_order": lambda _: {"percent": 5},
}
"""What single methods need in place of `Scene.right`."""

ON_ITEMS = {"enter_code", "pick_promotion", "remove_promotion"}
ON_REVIEW = {"discount_order"}
"""The methods of the editor that need a draft which has not been spread over addresses."""

NOT_SWEPT = {"end", "store_contacts"}
"""Methods of the editor that are the desk's own."""


def methods(kind: type) -> list[str]:
    return [name for name, each in vars(kind).items() if callable(each) and name[0] != "_"]


def right_for(scene: Scene, kind: type, name: str) -> Arguments:
    own = OWN[name](scene) if name in OWN else {}
    function = getattr(kind, name)
    required = {
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.default is p.empty and p.name != "self"
    }
    return {each: {**scene.right, **own}[each] for each in required | own.keys()}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize("name", methods(OrderDesk))
def test_the_desk(scene: Scene, name: str) -> None:
    """The desk refuses what is no value of a parameter, and stores nothing then (OE-24)."""
    right = right_for(scene, OrderDesk, name)
    call = getattr(scene.shop.desk, name)
    scene.reset()
    assert not outcome(call, **right)
    for parameter in parameters(getattr(OrderDesk, name)):
        for value, arguments in variations(right, parameter):
            scene.reset()
            refused = outcome(call, **arguments)
            assert not (refused and scene.changed), (parameter, hostile.shown(value))


@pytest.mark.parametrize("name", [n for n in methods(DraftEditor) if n not in NOT_SWEPT])
def test_the_editor(scene: Scene, name: str) -> None:
    """The editor makes a change wholly, or refuses it and stays as it was (OE-24)."""
    scene.reset()
    right = right_for(scene, DraftEditor, name)
    draft_id = scene.split
    if name in ON_ITEMS | ON_REVIEW:
        draft_id = scene.items if name in ON_ITEMS else scene.review
    with scene.shop.desk.preview(draft_id) as edit:
        assert not outcome(getattr(edit, name), **right)
    for parameter in parameters(getattr(DraftEditor, name)):
        tries = variations(right, parameter)
        more = True
        while more:  # what was accepted has changed the draft: the next one begins anew
            more = False
            with scene.shop.desk.preview(draft_id) as edit:
                before = edit.draft
                for value, arguments in tries:
                    if not outcome(getattr(edit, name), **arguments):
                        assert edit.view.quote.reference
                        more = True
                        break
                    told = parameter, hostile.shown(value)
                    assert (before, {}, {}) == (
                        edit.draft,
                        edit._contacts._new,
                        edit._contacts._changed,
                    ), told


# --- The administration -----------------------------------------------------------------------

WANTED: Mapping[str, Any] = {
    "find_contacts": ContactFilter(name="zoe"),
    "find_promotions": PromotionFilter(text="mug"),
    "find_drafts": DraftFilter(name="zoe"),
    "count_contacts": ContactFilter(name="zoe"),
    "count_orders": OrderFilter(contact="zoe"),
    "count_promotions": PromotionFilter(text="mug"),
    "count_drafts": DraftFilter(name="zoe"),
}
"""What the lists of the administration are asked for: each has a filter of its own."""

NAMED = {Contact: "name", Product: "title", Promotion: "name"}


def to_keep(scene: Scene, name: str) -> Arguments:
    """Right values for a method of the administration: a new record, or one that is changed."""
    with scene.shop.storage.read() as work:
        contact = work.contacts.get("zoe")
        product = work.products.get("mug")
        promotion = work.promotions.get("mugs")
    if name.startswith("create"):
        mug = (Variant(sku="OTHER", price=usd("1.00")),)
        contact = attrs.evolve(contact, id="other", email="", version=0)
        product = attrs.evolve(product, id="other", variants=mug, version=0)
        promotion = attrs.evolve(promotion, id="other", version=0)
    right: Arguments = {
        "contact": contact,
        "product": product,
        "promotion": promotion,
        "contact_id": "zoe",
        "product_id": "mug",
        "promotion_id": "mugs",
        "contact_ids": ["zoe"],
        "product_ids": ["mug"],
        "promotion_ids": ["mugs"],
        "change": lambda record: attrs.evolve(record, **{NAMED[type(record)]: "Other"}),
        "wanted": WANTED.get(name),
    }
    return {k: v for k, v in right.items() if k in parameters(getattr(Administration, name))}


@pytest.mark.parametrize("name", methods(Administration))
def test_the_administration(scene: Scene, name: str) -> None:
    """The administration refuses what is no value of a parameter, and stores nothing then (HA-9).

    What `change` and `progress` do when they are called is theirs; of a bulk change, whole chunks.
    """
    scene.reset()
    administration = Administration(scene.shop.storage, between=lambda: None)
    call = getattr(administration, name)
    right = to_keep(scene, name)
    assert not outcome(call, **right)
    for parameter in parameters(getattr(Administration, name)):
        for value, arguments in variations(right, parameter):
            if parameter == "progress" and callable(value):
                continue
            scene.reset()
            refused = outcome(call, **arguments)
            assert not (refused and scene.changed), (parameter, hostile.shown(value))


# --- The storages -----------------------------------------------------------------------------

PORTS = {
    port: methods(kind)
    for port, kind in {
        "contacts": ports.Contacts,
        "products": ports.Products,
        "promotions": ports.Promotions,
        "drafts": ports.Drafts,
        "orders": ports.Orders,
        "events": ports.Events,
    }.items()
}


@pytest.fixture(scope="module")
def storages(tmp_path_factory: pytest.TempPathFactory, postgres_server: Any) -> Iterator[Any]:
    """The three storages with the same in them, and right values."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server.database())
        migrate(url)
        file = tmp_path_factory.mktemp("sweep") / "shop.db"
        opened: list[ports.Storage] = [
            MemoryStorage(),
            stack.enter_context(SQLiteStorage(file)),
            stack.enter_context(PostgresStorage(url)),
        ]
        assert len(STORAGES) == len(opened)
        for storage in opened:
            shop = Shop(storage)
            shop.promote("clothing", "mugs")
            order = shop.placed(shop.reviewed({"MUG": 1}))
            draft_id = shop.reviewed({"MUG": 1})
            with storage.write() as work:
                work.contacts.save(attrs.evolve(work.contacts.get("ann"), reference="ERP-1"))
                work.products.save(attrs.evolve(work.products.get("mug"), reference="ERP-1"))
                order = work.orders.save(attrs.evolve(order, reference="ERP-1"))
                work.commit()
        with storage.read() as work:
            found: dict[str, Any] = {
                "contact": work.contacts.get("ann"),
                "product": work.products.get("mug"),
                "promotion": work.promotions.get("mugs"),
                "draft": work.drafts.get(draft_id),
                "order": order,
            }
            last = work.events.last()
        mug = (Variant(sku="OTHER", price=usd("1.00")),)
        keys = {"number": "77", "draft_id": "x", "idempotency_key": "y", "reference": ""}
        changes: Mapping[str, Arguments] = {
            "contact": {"email": "", "reference": ""},
            "product": {"variants": mug, "reference": ""},
            "order": keys,
        }
        new = {
            kind: attrs.evolve(record, id="other", **changes.get(kind, {}))
            for kind, record in found.items()
        }
        found["event"] = an_event()
        new["event"] = an_event(sequence=last + 1)
        right = {
            "contact_id": "ann",
            "product_id": "mug",
            "promotion_id": "mugs",
            "draft_id": draft_id,
            "order_id": order.id,
            "number": "1001",
            "key": "k",
            "sku": "MUG",
            "barcode": "123",
            "reference": "ERP-1",
            "promo_code": "WEAR10",
            "up_to": 5000,
            "position": last,
            "limit": 10,
            "at": NOON,
            "product_ids": ["mug"],
            "promotion_ids": ["mugs"],
            "since": 0,
            "was": NOON,
            "now": NOON,
            "versions": [("mugs", 1)],
            "promotions": [found["promotion"]],
        }
        yield opened, found, new, right


@pytest.mark.parametrize(
    ("port", "name"),
    [(p, n) for p, names in PORTS.items() for n in names if n != "begin_after"],
)
def test_the_storages(storages: Any, port: str, name: str) -> None:
    """Storages answer alike, and a refused call leaves all that they hold as it was (ST-5).

    `begin_after` is for storages that never had an event; the contract has hostile values for it.
    """
    opened, found, new, right = storages
    function = getattr(
        {
            "contacts": ports.Contacts,
            "products": ports.Products,
            "promotions": ports.Promotions,
            "drafts": ports.Drafts,
            "orders": ports.Orders,
            "events": ports.Events,
        }[port],
        name,
    )
    kind = port[:-1]
    records = {kind: new[kind] if name == "add" else found[kind], port: [new[kind]]}
    filters = {
        "contact": ContactFilter(),
        "promotion": PromotionFilter(text="mug"),
        "draft": DraftFilter(),
    }
    wanted: Arguments = {"wanted": filters.get(kind, OrderFilter())}
    if name == "prune":
        wanted["up_to"] = right["position"]
    good = needed(
        function,
        {**right, **records, **wanted} if name != "usage" else {**right, "contact_id": "ann"},
    )
    good = {k: v for k, v in good.items() if k in parameters(function)}
    places = [
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.kind is p.POSITIONAL_ONLY and p.name != "self"
    ]

    def call(work: Any, arguments: Arguments) -> str:
        named = {k: v for k, v in arguments.items() if k not in places}
        return outcome(getattr(getattr(work, port), name), *(arguments[p] for p in places), **named)

    for storage in opened:
        with storage.write() as work:
            assert not call(work, good)
    before = {id(storage): contents(storage, SERIALIZER) for storage in opened}
    assert 1 == len(set(before.values()))
    for parameter in parameters(function):
        outcomes = []
        for storage in opened:
            told: list[str] = []
            tries = [arguments for _, arguments in variations(good, parameter)]
            done = False
            while not done:  # what was accepted is left alone, and the next one begins anew
                with storage.write() as work:
                    for arguments in tries[len(told) :]:
                        told.append(call(work, arguments))
                        if told[-1] in {"", "Broken"}:
                            break
                    else:
                        work.commit()
                    done = len(told) == len(tries)
            outcomes.append(told)
            assert not {ForeignStorage.__name__, WorkGivenUp.__name__} & set(told)
            assert before[id(storage)] == contents(storage, SERIALIZER), (storage, parameter)
        for value, answers in zip(hostile.values(), zip(*outcomes, strict=True), strict=True):
            assert 1 == len(set(answers)), (parameter, hostile.shown(value), answers)


# --- Functions --------------------------------------------------------------------------------

SCENE = Scene()
VIEW = SCENE.shop.view(SCENE.review)
AMOUNTS = {"amount": "1.00", "value": "1.00", "minor": 5, "code": "USD", "amounts": [usd("1.00")]}
LATER = NOON + timedelta(days=1)
SNOWBOARDS = Path(__file__).parents[2] / "examples" / "catalog" / "snowboards.csv"

FUNCTIONS: Mapping[Callable[..., Any], Callable[[Path], Arguments]] = {
    price: lambda _: {"cart": Cart(currency="USD"), "at": NOON},
    PromotionSet: lambda _: {},
    Administration: lambda _: {"storage": MemoryStorage()},
    contents: lambda _: {"storage": SCENE.shop.storage, "serializer": SERIALIZER},
    export_lines: lambda _: {"storage": SCENE.shop.storage, "serializer": SERIALIZER},
    import_lines: lambda _: {
        "storage": MemoryStorage(),
        "lines": [*export_lines(MemoryStorage(), SERIALIZER)],
        "serializer": SERIALIZER,
    },
    Serializer: lambda _: {},
    SERIALIZER.dump: lambda _: {"record": SCENE.order},
    SERIALIZER.dumps: lambda _: {"record": SCENE.order},
    SERIALIZER.load: lambda _: {"data": SERIALIZER.dump(SCENE.order), "kind": Order},
    SERIALIZER.loads: lambda _: {"text": SERIALIZER.dumps(SCENE.order), "kind": Order},
    SERIALIZER.loads_summary: lambda _: {"text": SERIALIZER.dumps(SCENE.order)},
    review_receipt: lambda _: {"view": VIEW},
    order_details: lambda _: {"order": SCENE.order},
    config_schema: lambda _: {"kind": MinQuantity, "rulebook": RULEBOOK},
    a_text: lambda _: {"value": "x"},
    clean: lambda _: {"value": "x", "field": "name"},
    clean_message: lambda _: {"value": "x", "field": "name"},
    clean_code: lambda _: {"value": "x", "field": "name"},
    cartcore.values.money.to_minor: lambda _: AMOUNTS,
    cartcore.values.money.amount: lambda _: AMOUNTS,
    cartcore.values.money.unit_price: lambda _: AMOUNTS,
    cartcore.values.money.minor_digits: lambda _: AMOUNTS,
    cartcore.values.money.total: lambda _: AMOUNTS,
    cartcore.values.money.from_minor: lambda _: AMOUNTS,
    cartcore.values.allocation.divide: lambda _: {
        "numerator": 7,
        "denominator": 2,
        "rounding": Rounding.HALF_UP,
    },
    cartcore.values.allocation.allocate: lambda _: {"whole": 7, "weights": [1, 2]},
    SCENE.order.mark_shipped: lambda _: {"shipment_id": "s1", "at": LATER, "actor": "sam"},
    SCENE.order.with_note: lambda _: {"note": "by hand", "at": LATER, "actor": "sam"},
    SCENE.order.with_reference: lambda _: {"reference": "ERP-2", "at": LATER, "actor": "sam"},
    SCENE.order.cancelled: lambda _: {"at": LATER, "actor": "sam"},
    SCENE.order.contact.with_address: lambda _: {"address": BERLIN},
    CATALOGUE[0].choose: lambda _: {},
    CATALOGUE[0].open_options: lambda _: {},
    CATALOGUE[0].by_sku: lambda _: {"sku": "MUG"},
    CATALOGUE[0].with_barcode: lambda _: {"barcode": "123"},
    SCENE.shop.desk.store.day_begins: lambda _: {"day": NOON.date()},
    VIEW.draft.line: lambda _: {"line_id": "l1"},
    VIEW.draft.shipment: lambda _: {"shipment_id": "s1"},
    VIEW.shipment: lambda _: {"shipment_id": "s1"},
    VIEW.quote.line: lambda _: {"line_id": "l1"},
    VIEW.quote.decision: lambda _: {"promotion_id": "vip"},
    VIEW.quote.adjustments_of: lambda _: {"line_id": "l1", "shipment_id": "1"},
    VIEW.quote.explain: lambda _: {},
    VIEW.quote.differences: lambda _: {"later": VIEW.quote},
    VIEW.differences: lambda _: {"later": VIEW},
    VIEW.why_not: lambda _: {"step": VIEW.draft.step},
    PROMOTIONS["mugs"].has_code: lambda _: {"promo_code": "MUGS"},
    plugin_api.percentage: lambda _: {"value": 5},
    plugin_api.percentage_or_zero: lambda _: {"value": 5},
    plugin_api.positive_int: lambda _: {"value": 5},
    plugin_api.positive_amount: lambda _: {"value": usd("1.00")},
    plugin_api.non_negative_amount: lambda _: {"value": usd("1.00")},
    plugin_api.one_currency: lambda _: {"amounts": {"a": usd("1.00")}},
    plugin_api.nested_condition: lambda _: {"value": MinQuantity(quantity=1)},
    plugin_api.nested_conditions: lambda _: {"values": [MinQuantity(quantity=1)]},
    MemoryStorage: lambda _: {},
    SQLiteStorage: lambda folder: {"path": folder / "other.db"},
    back_up: lambda folder: {"path": folder / "shop.db", "copy": folder / "copy.db"},
    audit: lambda folder: {"database": folder / "shop.db"},
    read_products: lambda _: {"source": SNOWBOARDS.read_bytes(), "currency": "USD"},
    write_products: lambda folder: {"products": CATALOGUE[1:2], "target": folder / "out.csv"},
}
"""Public functions, with right values of what they need."""

WORDS = {"field", "where", "maximum", "required", "visible"}
"""Parameters that are written in a program, as texts and figures, and not given to it."""

FILES = {"path", "copy", "database", "source", "target"}
"""Parameters that name files: what the system says of a name is an error of its own (OSError)."""


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: getattr(f, "__qualname__", ""))
def test_functions(
    function: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public function refuses what is no value of a parameter with a typed error (PK-12)."""
    monkeypatch.chdir(tmp_path)
    SQLiteStorage(tmp_path / "shop.db").close()

    def run(arguments: Arguments) -> None:
        (tmp_path / "copy.db").unlink(missing_ok=True)
        try:
            made = function(**arguments)
            if isinstance(made, SQLiteStorage):
                made.close()
            elif isinstance(made, Iterator):
                list(made)
        except (CartcoreError, hostile.Broken):
            pass

    names = [p for p in parameters(function) if p not in WORDS]
    right = {k: v for k, v in FUNCTIONS[function](tmp_path).items() if k in (*names, "field")}
    run(right)
    for name in names:
        for value, arguments in variations(right, name):
            if name == "progress" and callable(value):
                continue  # what it does is its own
            try:
                run(arguments)
            except OSError:
                assert name in FILES
            except Exception as error:
                error.add_note(f"{name}: {hostile.shown(value)}")
                raise


@pytest.mark.parametrize(
    "timeout", [-1, 10**5000, float("nan"), "1", None, True, hostile.Index()], ids=hostile.shown
)
def test_timeouts(timeout: Any, tmp_path: Path) -> None:
    """A timeout is a number of seconds, on every storage (ST-10)."""
    for opened in (
        lambda: MemoryStorage(timeout=timeout),
        lambda: SQLiteStorage(tmp_path / "shop.db", timeout=timeout),
        lambda: PostgresStorage("dbname=shop", timeout=timeout),
        lambda: migrate("dbname=shop", timeout=timeout),
    ):
        with pytest.raises(InvalidField, match="timeout"):
            opened()
    assert not any(tmp_path.iterdir())


def test_plugins_that_are_none() -> None:
    """What has no hook of cartcore is no plugin, and is told instead of ignored (PK-4)."""
    for value in hostile.values():
        with pytest.raises(CartcoreError):
            load_rulebook(value)


@pytest.mark.parametrize("command", ["export", "import", "backup", "migrate", "check"])
@pytest.mark.parametrize(
    "given",
    [
        ["\ud800"],
        ["\ud800", "\ud800"],
        ["shop.db", "\ud800"],
        ["folder"],
        ["folder", "folder"],
        ["shop.db", "folder"],
        ["missing.db", "missing/copy.db"],
        ["shop.db", "missing/copy.db"],
        ["x" * 10_000],
        ["9" * 10_000, "9" * 10_000],
        ["shop.db", "x" * 10_000],
        [""],
        ["", ""],
        ["postgresql://\ud800"],
        ["postgresql://localhost:" + "9" * 400],
        ["host=\ud800"],
        ["shop.csv"],
        ["a\x00b"],
        ["shop.db", "a\x00b"],
    ],
    ids=lambda given: " ".join(given)[:30].encode("ascii", "replace").decode(),
)
def test_the_command_line(
    command: str,
    given: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A command tells what is wrong in one line, whatever it is given (ST-3, ST-12)."""
    monkeypatch.chdir(tmp_path)
    SQLiteStorage("shop.db").close()
    (tmp_path / "folder").mkdir()
    (tmp_path / "shop.csv").write_bytes(b"\xff" * 200)
    with (tmp_path / "shop.csv").open() as lines:
        monkeypatch.setattr("sys.stdin", lines)
        try:
            status = main([command, *given])
        except SystemExit as error:  # wrong usage, told by argparse
            status = int(str(error.code))
    told = capfd.readouterr().err
    fine = command in {"migrate", "check", "export"} and given == ["shop.db"]
    assert status in ({0} if fine else {1, 2})
    assert "Traceback" not in told
    assert told.startswith(("cartcore: ", "usage: "))
