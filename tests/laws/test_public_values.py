"""Every public value of cartcore, given something hostile for each of its fields (PK-12)."""

import pkgutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfo

import attrs
import pytest
from moneyed import Money

import cartcore
from cartcore.adapters.memory import MemoryStorage
from cartcore.administration import BulkResult, Count, DraftFilter, PromotionFilter
from cartcore.cart import (
    AppliedPromotion,
    Cart,
    CartShipment,
    Customer,
    CustomItem,
    PriceOverride,
)
from cartcore.documents.exchange import contents
from cartcore.documents.serializer import Serializer, make_converter
from cartcore.entry.available_promotions import AvailablePromotion
from cartcore.entry.hooks import OrderHooks
from cartcore.entry.similar_contacts import SimilarContact
from cartcore.entry.staff_prices import StaffPrices
from cartcore.entry.store import Store
from cartcore.errors import CartcoreError
from cartcore.orders.draft import LineItem
from cartcore.orders.event import OrderEvent
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import OrderStatus, OrderSummary
from cartcore.pricing.policy import Combination, PricingPolicy, RoundingPoint
from cartcore.pricing.priced_from import KnownTax
from cartcore.pricing.quote import Quote
from cartcore.pricing.quote_parts import TaxCharge, TaxSum
from cartcore.pricing.repricing import KnownTaxes
from cartcore.promotions.offer import Discount, Ineligible, Offer, Per, TakenFirst, TiedItem
from cartcore.promotions.promotion import Promotion, Trigger, Usage
from cartcore.rules import (
    CartLine,
    PartTax,
    RequestedLine,
    ShipmentRequest,
    TaxablePart,
    TaxRate,
    TaxRequest,
)
from cartcore.rules.builtin import NthOfSet
from cartcore.scenarios import Scenario
from cartcore.shop.address import Place
from cartcore.shop.contact import ContactFilter
from cartcore.shop.product import OpenOptions
from cartcore.shop.speeds import ProviderFailure
from cartcore.storage import Page
from cartcore.values.allocation import Rounding
from cartcore.values.guard import PluginFault
from cartcore.values.money import FrozenMoney, from_minor
from cartcore.values.records import typed
from tests.documents.test_serializer import records
from tests.support.configurations import CHOICES, RULEBOOK, configurations
from tests.support.shop import NOON, STORE, Shop, usd
from tests.test_receipt import with_everything

NOT_LOOKED_AT = {
    "cartcore.administration.bulk.Bulk": "the administration makes it",
    "cartcore.administration.bulk.ManyContacts": "the administration makes it",
    "cartcore.storage.paging.Position": "it is read from the text of a page",
    "cartcore.storage.paging.Sorting": "it is configured by cartcore, and by who writes an adapter",
    "cartcore.adapters.audit": "it tells of damaged databases, and takes whatever stands in them",
    "cartcore.adapters.memory.work": "it is what a storage has, and nothing takes it",
    "cartcore.adapters.sql.mapping": "it is configured by cartcore alone",
    "cartcore.storage.ports": "it is what a storage says has changed, and only the desk takes it",
    "cartcore.promotions.opaque": "it is what the serializer read, and nobody hands it in",
    "cartcore.storage.keys": "it is configured by cartcore alone",
    "cartcore.adapters.shopify": "it tells what an import found, and nothing takes it",
    "cartcore.adapters.postgres_server": "it is made of what a storage was given and has checked",
    "cartcore.adapters.sqlite_file": "it says which file was opened, and nothing takes it",
    **dict.fromkeys(
        [
            f"cartcore.pricing.{name}"
            for name in (
                *("tax_arithmetic", "tax_rooms", "taxes"),
                *("candidate", "context", "discounting", "explain", "foreseen", "ledger"),
                *("request", "rivals", "search", "taxes", "turn"),
            )
        ],
        "it is the engine's own, made for every cart that is priced",
    ),
    "cartcore.rules.builtin.taxes.matching": "it is what a table finds rows by",
    "cartcore.rules.builtin.taxes.postal_area": "it is what a table finds rows by",
    "cartcore.promotions.rulebook": "it holds the classes of plugins, which loading looks at",
    "cartcore.testing": "it is for tests",
    "cartcore.scenarios.carts": "it has frames that were read, and nothing takes them",
    "cartcore.scenarios.column_effects": "it has what columns gave, and nothing takes it",
    "cartcore.scenarios.column_gifts": "it has what columns gave, and nothing takes it",
    "cartcore.scenarios.comparison": "it has what a simulation found, and nothing takes it",
    "cartcore.scenarios.compiled": "it has what columns gave, and nothing takes it",
    "cartcore.scenarios.unlocking": "it has what was found out, and nothing takes it",
    "cartcore.scenarios.sweeping": "it has what a simulation found, and nothing takes it",
    "cartcore.scenarios.state": "it has columns, and is the simulation's own",
    "cartcore.scenarios.rule_check": "it has what was found out, and nothing takes it",
    "cartcore.scenarios.run": "it has what a simulation found, and nothing takes it",
    "cartcore.entry.placing": "it is what the desk was asked for, and checked",
    "cartcore.entry.reference": "it is read from a quote, and nothing takes it",
    "cartcore.entry.facts.Facts": "it has what the storage gave, and nothing takes it",
    "cartcore.storage.ports.PromotionChanges": "it has what the storage gave, and nothing takes it",
}
"""Modules and classes whose values are not checked, and why."""


def public_classes() -> Iterator[type]:
    for module in pkgutil.walk_packages(cartcore.__path__, "cartcore."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        if module.name.startswith("cartcore.adapters.django."):  # can be read in a project alone
            continue
        for name, kind in vars(import_module(module.name)).items():
            own = getattr(kind, "__module__", "") == module.name
            if isinstance(kind, type) and own and attrs.has(kind) and not name.startswith("_"):
                yield kind


def is_looked_at(kind: type) -> bool:
    names = (kind.__module__, f"{kind.__module__}.{kind.__name__}")
    return not any(
        name == each or name.startswith(f"{each}.") for each in NOT_LOOKED_AT for name in names
    )


def examples() -> dict[type, Any]:
    """A value of each class, with as much in it as can be."""
    shop = Shop(MemoryStorage())
    draft_id = with_everything(shop)
    view = shop.view(draft_id)
    order = shop.placed(draft_id)
    shop.desk.mark_shipped(order.number, "s1", actor="kim", note="by hand")
    order = shop.desk.order(order.number)
    red = OpenOptions("k", "cap", "Cap", ("Size",), (("L",), ("M",)), (("Color", "Red"),))
    line = CartLine(id="1", sku="A", quantity=2, unit_price=usd("5.00"), options=(("Size", "L"),))
    parcel = ShipmentRequest(
        shipment_id="s1",
        address=view.shipments[0].shipment.address,
        lines=(
            RequestedLine(line_id="1", sku="A", quantity=1, weight_grams=5, amount=usd("5.00")),
        ),
        subtotal=usd("5.00"),
    )
    charge = TaxCharge(
        name="VAT", percent="7", line_id="1", shipment_id="", base=usd("1"), amount=usd("0.07")
    )
    one = from_minor(100, "USD")
    taxable = TaxablePart("1", line)
    asked = TaxRequest(parts=(taxable,), currency="USD", at=view.quote.at)
    offer = Offer(
        discounts=(Discount(lines=("1",), amount=usd("1.00"), per=Per.UNIT, limit=2),),
        tied_items=(TiedItem(key="mug", product_id="mug", options=(("Size", "L"),)),),
        shared_units=(("1", 1),),
        used_units=(("1", 2),),
    )
    no = Ineligible(
        "conditions", "no", missing_amount=usd("1.00"), missing_units=1, open_options=(red,)
    )
    converter = make_converter(RULEBOOK)
    configured: list[Any] = [
        converter.structure(plain, choice) for choice in CHOICES for plain in configurations(choice)
    ]
    cart = Cart(
        currency="USD",
        lines=(line,),
        shipments=(CartShipment(id="s1", lines=(("1", 2),), country="US"),),
        applied=(AppliedPromotion(promotion_id="p", choices=(("k", "CAP-RED"),)),),
        customer=Customer(contact_id="ann", tags=("vip",), orders_placed=3),
    )
    pages: list[Any] = [Page((1, "2"), "next"), contents(shop.storage, Serializer())]
    more = (
        *(cart, ContactFilter(name="Ann"), SimilarContact(shop.contact("ann"), ("email",))),
        *(Store(currency="USD", speeds=STORE.speeds), PricingPolicy(), line, parcel, charge, offer),
        *(no, TaxRate(name="VAT", percent="7"), Usage(discounts=(usd("1.00"),))),
        *(asked, PartTax(rates=(TaxRate(name="VAT", percent=7),))),
        OrderHooks(placed=(print,), changed=(print,), problems=(lambda _: (),)),
        TaxSum(name="VAT", percent="7", base=one, amount=one),
        *(OrderFilter(total_min=usd("1.00"), sku="MUG"), OrderSummary.of(order)),
        OrderEvent.of(order),
        StaffPrices(largest_custom_price=usd("9.00"), lower_percent="5", raise_percent="500"),
        LineItem(
            id="l1",
            product_id="mug",
            sku="MUG",
            quantity=1,
            unit_price=usd("6.00"),
            override=PriceOverride(catalogue_price=usd("7.50"), reason="r", actor="kim"),
        ),
        CustomItem(title="Engraving", actor="kim"),
        *(Count(number=3, more=True), BulkResult(changed=1, unchanged=2, missing=3)),
        PromotionFilter(text="a", promotion_class="item", state="active"),  # type: ignore[arg-type]
        DraftFilter(name="Ann", unchanged_since=NOON, attributes={"po": "7"}),
        *(ProviderFailure("post", "closed"), *pages, *configured),
        Scenario(name="s", promotions=(Promotion(id="p", name="P", effect=configured[0]),)),
        PluginFault("acme.does", "promotion 'p'", "it raised an error"),
        AvailablePromotion(
            Promotion(id="p", name="P", effect=configured[0]), view.quote.decisions[0]
        ),
    )
    found: dict[type, Any] = {}
    again = shop.desk.reprice(order.number)
    known = KnownTax(parts=(("1", ""),), rates=(TaxRate(name="VAT", percent=7),))
    kept = (again, next(shop.desk.carts()), KnownTaxes((known,), Place(country="US")))
    for each in (*more, *kept, view, view.shown, order, *records().values()):
        _collect(each, found)
    return found


def _collect(value: Any, found: dict[type, Any]) -> None:
    if isinstance(value, tuple):
        for each in value:
            _collect(each, found)
    elif attrs.has(type(value)):
        # The fuller one.
        known = found.get(type(value))
        if known is None or len(repr(known)) < len(repr(value)) < 100_000:
            found[type(value)] = value
        for field in attrs.fields(type(value)):
            _collect(getattr(value, field.name), found)


EXAMPLES = examples()
KINDS = [kind for kind in public_classes() if is_looked_at(kind)]
FIELDS = [
    pytest.param(kind, field.name, id=f"{kind.__name__}.{field.name}")
    for kind in KINDS
    if kind in EXAMPLES
    for field in attrs.fields(attrs.resolve_types(kind))
    if field.init
]


class OtherChoice(StrEnum):
    UNIT = "unit"


class EvilText(str):
    __slots__ = ()

    def strip(self, *_: object) -> str:
        raise RuntimeError


HOSTILE: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 2**63, 10**5000, -(10**5000), 2.5, float("nan"), float("inf"), 1j),
    *("", " ", "x", "no", "two\nlines", "a\x00b", "\ud800", "x" * 300_000, "dearest", "unit", "US"),
    *(b"x", bytearray(b"xy"), [], ["x"], [["x", "y"]], ("xy",), (None,), [1], ("\ud800",), ((),)),
    *((("a", 1),), (("a", True),), (("a", 0),), (("a", 10**5000),), (("\udfff", 1),), [("a", "b")]),
    *({}, {"x": "y"}, {"x"}, range(3), object(), type, print, Exception("x")),
    *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E+1000000"), Decimal(7)),
    *(Decimal(10) ** -100, Money("NaN", "USD"), Money("1E+99999", "USD"), Money("7.00", "USD")),
    *(Money("0.0000000000001", "USD"), Money("-1", "JPY"), [Money(1, "USD")], usd("1") / 3),
    *(
        from_minor(100, "USD") / 3,
        datetime(2026, 1, 1),  # noqa: DTZ001
        datetime.max,  # noqa: DTZ901
        datetime(1, 1, 1, tzinfo=UTC),
    ),
    *(
        zone
        for edge in (datetime.min, datetime.max)  # noqa: DTZ901
        for zone in (
            edge.replace(tzinfo=timezone(timedelta(hours=14))),
            edge.replace(tzinfo=timezone(timedelta(hours=-12))),
            edge.replace(tzinfo=ZoneInfo("America/Denver")),
        )
    ),
    *(Per.UNIT, OtherChoice.UNIT, EvilText("x"), TakenFirst, Money, CartLine, EXAMPLES[Promotion]),
)


OF_ONE = {"lines": "quantity", "codes": "code", "countries": "country", "phone_country": "country"}
"""What errors call one of several values of a field."""


def fits(value: Any, kind: Any) -> bool:  # noqa: C901, PLR0912  (a table)
    """Whether a value is what an annotation says, and can be kept by any storage."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return any(fits(value, each) for each in args)
    if origin is tuple:
        if type(value) is not tuple:
            return False
        of = args[:1] * len(value) if args[-1] is Ellipsis else args
        return len(value) == len(of) and all(map(fits, value, of))
    if origin is Literal:
        return value in args
    if kind is str:
        value.encode()
        return type(value) is str
    if kind is int:
        return type(value) is int and abs(value) < 2**63
    if kind is bool:
        return type(value) is bool
    if kind is NoneType:
        return value is None
    if kind is Decimal:
        return type(value) is Decimal and value.is_finite()
    if kind is Money:
        return type(value) is FrozenMoney and value.amount.is_finite()
    if kind is date:
        return type(value) is date
    if kind is datetime:
        return isinstance(value, datetime) and value.tzinfo is UTC
    if isinstance(kind, type) and issubclass(kind, Enum):
        return type(value) is kind
    if getattr(kind, "_is_protocol", False):
        return isinstance(getattr(value, "type_name", None), str)
    return not isinstance(kind, type) or isinstance(value, kind)


def test_every_public_class_has_an_example() -> None:
    """No public class is forgotten here: each is given hostile values, or has a reason why not."""
    assert [] == [kind for kind in KINDS if kind not in EXAMPLES]
    assert [] == [
        name
        for name in NOT_LOOKED_AT
        if not any(f"{k.__module__}.{k.__name__}".startswith(name) for k in public_classes())
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_examples_fit(kind: type) -> None:
    """What a value is made with stays as it is, and is of the type that its annotation says."""
    example = EXAMPLES[kind]
    for field in attrs.fields(kind):
        if field.init:
            assert fits(getattr(example, field.name), field.type), field.name
    assert example == attrs.evolve(example)


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_hostile_values(kind: Any, name: str) -> None:
    """A value is converted to what its field says, or refused with an error that names it."""
    field = attrs.fields_dict(kind)[name]
    # The parts of a quote are looked at when they are put into a record.
    owner = attrs.make_class("Owner", {"its": attrs.field(type=kind)}, field_transformer=typed)
    for value in HOSTILE:
        try:
            made = owner(attrs.evolve(EXAMPLES[kind], **{name: value})).its
        except CartcoreError as error:
            said = str(error).replace(" ", "_")
            words = (name, kind.__name__, OF_ONE.get(name, name))
            assert any(word in said for word in words), (value, said)
        else:
            kept = getattr(made, name)
            assert fits(kept, field.type), (value, kept)


@pytest.mark.parametrize(
    ("kind", "fields", "kept"),
    [
        (Discount, {"percent": 1, "lines": ("1",), "which": "dearest"}, TakenFirst.DEAREST),
        (Discount, {"amount": usd("1"), "lines": ("1",), "per": "unit"}, Per.UNIT),
        (
            Promotion,
            {"id": "p", "name": "P", "effect": EXAMPLES[NthOfSet], "trigger": "picked"},
            Trigger.PICKED,
        ),
        (PricingPolicy, {"rounding": "up"}, Rounding.UP),
        (PricingPolicy, {"rounding_point": "line"}, RoundingPoint.LINE),
        (PricingPolicy, {"combination": "best_for_customer"}, Combination.BEST_FOR_CUSTOMER),
        (OrderFilter, {"status": "complete"}, OrderStatus.COMPLETE),
    ],
)
def test_texts_that_name_a_choice(kind: Any, fields: dict[str, Any], kept: object) -> None:
    """A text that names a choice is that choice, wherever a public value takes one (PK-12)."""
    assert getattr(kind(**fields), list(fields)[-1]) is kept


class NoProvider:
    """Has the method of a provider, and not its name."""

    def speeds(self, request: ShipmentRequest) -> tuple[()]:
        return ()


@pytest.mark.parametrize("provider", [NoProvider(), NoProvider, "post", None, STORE, print])
def test_a_store_refuses_what_is_no_provider(provider: Any) -> None:
    """A store says at once that a provider or tax calculator is none (OE-13)."""
    with pytest.raises(CartcoreError, match=r"Store\.speeds"):
        Store(currency="USD", speeds=(provider,))
    if provider is not None:
        with pytest.raises(CartcoreError, match=r"Store\.tax"):
            Store(currency="USD", tax=provider)


def test_dumps_are_plain() -> None:
    """What a serializer gives of any record is plain data: texts, and no members of enums."""

    def plain(data: Any) -> bool:
        if isinstance(data, Mapping):
            return all(type(key) is str and plain(value) for key, value in data.items())
        if type(data) is list:
            return all(map(plain, data))
        return data is None or type(data) in {str, int, bool}

    serializer = Serializer(RULEBOOK)
    for record in (*records().values(), EXAMPLES[Quote], EXAMPLES[Promotion]):
        assert plain(serializer.dump(record))
