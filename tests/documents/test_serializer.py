import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine, CartShipment, ManualDiscount
from cartcore.documents.formats import FORMAT
from cartcore.documents.serializer import Serializer, make_converter
from cartcore.errors import InvalidField
from cartcore.orders.draft import Cleared, Draft, Gift, LineItem, Shipment, ShipmentLine, Step
from cartcore.orders.order import HistoryEntry, Order, OrderShipment, OrderStatus
from cartcore.pricing.engine import price
from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Limits, Promotion, Redemption, Trigger
from cartcore.promotions.types import PromotionType
from cartcore.rules import (
    PartTax,
    Selection,
    TaxRate,
    TaxRequest,
    TiedItem,
    load_rulebook,
)
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    ContactTag,
    FlatRate,
    FreeShipping,
    MinQuantity,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
    Pickup,
    SubtotalBand,
    SubtotalRates,
    WeightBand,
    WeightRates,
    Zone,
    ZoneRates,
)
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import SpeedProvider
from cartcore.testing.records import an_order
from tests.support.carts import AT, address, speed, usd

SERIALIZER = Serializer(load_rulebook())


@attrs.frozen
class Box:
    """A class that checks its values in Python's own way."""

    size: int

    def __attrs_post_init__(self) -> None:
        if self.size > 10:
            message = "too large for the shelf"
            raise ValueError(message)


CONTACT: dict[str, Any] = {
    "format": 1,
    "id": "c1",
    "name": "Ann",
    "addresses": [{"line1": "1 Main St", "country": "US"}, {"line1": "2 Elm", "country": "CA"}],
}
PROMOTION: dict[str, Any] = {
    "format": 1,
    "id": "p1",
    "name": "Spring",
    "effect": {"type": "cartcore.percent_off", "percent": "10"},
}
AMOUNT_OFF = {"type": "cartcore.amount_off", "amount": {"amount": "5.00", "currency": "USD"}}
GIFT: dict[str, Any] = {
    "type": "cartcore.add_product",
    "items": [{"key": "a", "product_id": "mug"}, {"key": "b", "product_id": "hat"}],
}


def refused(data: object, kind: type[object]) -> tuple[str, str]:
    """The path and the expectation of the error that reading gives."""
    with pytest.raises(InvalidField) as caught:
        SERIALIZER.load(data, kind)

    assert caught.value.path in str(caught.value)
    return caught.value.path, caught.value.expected


class TestFaults:
    """A bad document is refused with the path of the field and what was expected."""

    @pytest.mark.parametrize(
        ("change", "path", "expected"),
        [
            ({"name": 5}, "Contact.name", "a text"),
            ({"name": None}, "Contact.name", "a text"),
            ({"version": "1"}, "Contact.version", "a whole number"),
            ({"version": True}, "Contact.version", "a whole number"),
            ({"version": 1.0}, "Contact.version", "a whole number"),
            ({"version": float("nan")}, "Contact.version", "a whole number"),
            ({"tags": "vip"}, "Contact.tags", "a list"),
            ({"tags": {"vip": 1}}, "Contact.tags", "a list"),
            ({"tags": None}, "Contact.tags", "a list"),
            ({"tags": ["vip", 5]}, "Contact.tags[1]", "a text"),
            ({"addresses": ["1 Main St"]}, "Contact.addresses[0]", "an object"),
            ({"addresses": [None]}, "Contact.addresses[0]", "an object"),
            ({"addresses": {"line1": "x"}}, "Contact.addresses", "a list"),
            (
                {"addresses": [CONTACT["addresses"][0], {"line1": "x", "country": 5}]},
                "Contact.addresses[1].country",
                "a text",
            ),
            (
                {"addresses": [{"line1": "x", "country": "US", "planet": "Earth"}]},
                "Contact.addresses[0].planet",
                "left out (there is no such field)",
            ),
            (
                {"email_address": "a@b.c"},
                "Contact.email_address",
                "left out (there is no such field)",
            ),
        ],
        ids=str,
    )
    def test_contact(self, change: dict[str, Any], path: str, expected: str) -> None:
        """Nothing is coerced, left out or dropped (PR-18)."""
        assert (path, expected) == refused(CONTACT | change, Contact)

    @pytest.mark.parametrize("field", ["id", "name"])
    def test_missing_field(self, field: str) -> None:
        """A field that is required and missing is named (PR-18)."""
        data = {key: value for key, value in CONTACT.items() if key != field}

        assert (f"Contact.{field}", "given") == refused(data, Contact)

    @pytest.mark.parametrize(
        ("change", "path", "expected"),
        [
            ({"enabled": 1}, "Promotion.enabled", "true or false"),
            ({"priority": True}, "Promotion.priority", "a whole number"),
            ({"limits": {"total": "5"}}, "Promotion.limits.total", "a whole number"),
            ({"limits": {"total": 0}}, "Promotion.limits.total", "a whole number of at least 1"),
            (
                {"trigger": "sometimes"},
                "Promotion.trigger",
                "one of automatic, code, picked",
            ),
            ({"trigger": 1}, "Promotion.trigger", "one of automatic, code, picked"),
            (
                {"trigger": "AUTOMATIC"},
                "Promotion.trigger",
                "one of automatic, code, picked",
            ),
            (
                {"conditions": [{"type": "cartcore.min_quantity", "quantity": 0}]},
                "Promotion.conditions[0].quantity",
                "a whole number of at least 1",
            ),
            (
                {"conditions": [{"type": "cartcore.contact_tag", "tags": []}]},
                "Promotion.conditions[0].tags",
                "at least one tag",
            ),
            (
                {"effect": GIFT | {"items": []}},
                "Promotion.effect.items",
                "at least one tied item, each with a key of its own",
            ),
            (
                {"effect": GIFT | {"items": [*GIFT["items"], {"key": 5, "product_id": "x"}]}},
                "Promotion.effect.items[2].key",
                "a text",
            ),
            (
                {"effect": AMOUNT_OFF | {"amount": {"amount": 5, "currency": "USD"}}},
                "Promotion.effect.amount.amount",
                'an amount as text, such as "12.50"',
            ),
            (
                {"effect": AMOUNT_OFF | {"amount": {"amount": 5.5, "currency": "USD"}}},
                "Promotion.effect.amount.amount",
                'an amount as text, such as "12.50"',
            ),
            (
                {"effect": AMOUNT_OFF | {"amount": "5.00"}},
                "Promotion.effect.amount",
                'money such as {"amount": "12.50", "currency": "USD"}',
            ),
            (
                {"effect": {"type": "cartcore.percent_off", "percent": 10}},
                "Promotion.effect.percent",
                'a decimal number as text, such as "12.5"',
            ),
            (
                {"effect": {"type": "cartcore.percent_off", "percent": "0"}},
                "Promotion.effect.percent",
                "a percentage over 0 and up to 100, such as 60 or '12.5'",
            ),
            (
                {"starts_at": "2026-01-31T12:00:00"},
                "Promotion.starts_at",
                'an ISO 8601 time, such as "2026-01-31T12:00Z"',
            ),
            (
                {"starts_at": 1767225600},
                "Promotion.starts_at",
                'an ISO 8601 time, such as "2026-01-31T12:00Z"',
            ),
            (
                {"starts_at": "0001-01-01T00:00+14:00"},
                "Promotion.starts_at",
                'an ISO 8601 time, such as "2026-01-31T12:00Z"',
            ),
        ],
        ids=str,
    )
    def test_promotion(self, change: dict[str, Any], path: str, expected: str) -> None:
        """The sentence of a type's own check reaches whoever wrote the promotion (PR-18)."""
        assert (path, expected) == refused(PROMOTION | change, Promotion)

    @pytest.mark.parametrize(
        ("amount", "currency"),
        [("1e5", "USD"), ("NaN", "USD"), ("", "USD"), ("5", "ABC"), ("5", ["USD"]), ("5", None)],
    )
    def test_impossible_money(self, amount: object, currency: object) -> None:
        """Money that cannot be is refused at its path (PR-2)."""
        effect = AMOUNT_OFF | {"amount": {"amount": amount, "currency": currency}}
        path, _ = refused(PROMOTION | {"effect": effect}, Promotion)

        assert "Promotion.effect.amount" == path

    def test_value_that_was_found(self) -> None:
        """The error holds the value that stands at the path, whatever refused it (PR-18)."""
        condition = {"type": "cartcore.min_quantity", "quantity": 0}
        with pytest.raises(InvalidField) as caught:
            SERIALIZER.load(PROMOTION | {"conditions": [condition]}, Promotion)

        assert 0 == caught.value.value

    def test_what_is_not_of_cartcore_refused(self) -> None:
        """Whatever a plugin's class raises, the error has path, value and its sentence (PR-18)."""
        with pytest.raises(InvalidField) as caught:
            SERIALIZER.load({"format": 1, "size": 11}, Box)

        assert ("Box", {"size": 11}) == (caught.value.path, caught.value.value)
        assert "valid (too large for the shelf)" == caught.value.expected

    @pytest.mark.parametrize("version", [True, 1.0, "1", FORMAT + 1, None])
    def test_format_version(self, version: object) -> None:
        """A document of another format is refused as such (PR-18)."""
        path, expected = refused(CONTACT | {"format": version}, Contact)

        assert "format" == path
        assert "one that this cartcore reads (1, 2, 3, 4, 5)" == expected

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[" * 100_000, b"\xff", '{"format": ' + "1" * 5000 + "}", "[]", "null", "5"],
        ids=lambda text: repr(text[:10]),
    )
    def test_not_a_document(self, text: str | bytes) -> None:
        """What is no JSON, or no object, is refused and not crashed on (PR-18)."""
        with pytest.raises(InvalidField):
            SERIALIZER.loads(text, Contact)


def test_numbers_are_kept_as_they_are() -> None:
    """A whole number of any size that a database takes comes back exactly (PR-18)."""
    contact = SERIALIZER.loads(json.dumps(CONTACT | {"version": 2**63 - 1}), Contact)

    assert 2**63 - 1 == contact.version
    with pytest.raises(InvalidField, match="version"):
        SERIALIZER.loads(json.dumps(CONTACT | {"version": 2**63}), Contact)


def records() -> dict[str, object]:
    """One record of each kind, with every field filled with something other than its default."""
    home = address(name="Ann", company="A & B", line2="Apt 2", region="IL", postal_code="62701")
    contact = Contact(
        id="c1",
        name="Ann Ünïcode 山田",
        email="a@b.co",
        phone="+1 555",
        addresses=(home, address(city="Reno")),
        tags=("vip",),
        version=3,
    )
    shirt = Product(
        id="shirt",
        title="Shirt",
        variants=(
            Variant(
                sku="S-M",
                price=usd("0.0125"),
                options=("M",),
                compare_at_price=usd("20"),
                weight_grams=200,
                requires_shipping=False,
                published=False,
                barcode="123",
            ),
        ),
        options=("Size",),
        published=False,
        description="Two\nlines",
        vendor="Acme",
        categories=("Clothes/Shirts",),
        tags=("new",),
        version=2,
    )
    promotion = Promotion(
        id="p1",
        name="Spring",
        effect=AddProduct(
            items=(TiedItem(key="a", product_id="shirt", quantity=2, options=(("Size", "M"),)),),
            percent="12.5",
        ),
        trigger=Trigger.CODE,
        codes=("SPRING", "Frühling"),
        conditions=(
            MinSubtotal(
                amount=usd("10.00"),
                target=Selection(
                    skus=("a",), tags=("b",), exclude=Selection(categories=("c",), products=("d",))
                ),
                after_discounts=True,
            ),
            MinQuantity(quantity=2),
            ContactTag(tags=("vip",)),
        ),
        priority=-5,
        starts_at=datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        ends_at=datetime(2026, 2, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        enabled=False,
        limits=Limits(total=10, per_contact=1),
        version=7,
    )
    gift = AddProduct(items=(TiedItem(key="k", product_id="z"),))
    yen = Money(1000, "JPY")
    quote = price(
        Cart(
            currency="JPY",
            lines=(CartLine(id="L1", sku="a", quantity=3, unit_price=Money("0.333333", "JPY")),
                   CartLine(id="L2", sku="b", quantity=1, unit_price=yen)),
            shipments=(CartShipment(id="S1", lines=(("L2", 1),), speed=speed(yen)),),
            applied=(AppliedPromotion(promotion_id="gone", promo_code="GONE"),),
        ),
        [
            Promotion(id="x", name="X", effect=PercentOff(percent="10")),
            Promotion(id="y", name="Y", effect=gift),
        ],
        at=datetime(2026, 6, 1, 12, 30, 15, 999999, tzinfo=UTC),
        tax=Vat(),
    )  # fmt: skip
    parts = (ShipmentLine(line_id="L2", quantity=1, gift=Gift(message="Hi\nthere")),)
    draft = Draft(
        id="d1",
        currency="JPY",
        created_by="ann",
        created_at=AT,
        updated_at=AT,
        step=Step.REVIEW,
        contact_id="c1",
        lines=(LineItem(id="L1", product_id="a", sku="a", quantity=3),),
        applied=(AppliedPromotion(promotion_id="p", promo_code="P", choices=(("k", "S-M"),)),),
        refused=("q",),
        manual=(
            ManualDiscount(id="d1", line_id="L1", percent="2.50", reason="Dent", actor="kim"),
            ManualDiscount(id="d2", amount=usd("1.00"), reason="Late", actor="kim"),
            ManualDiscount(id="d3", price=usd("9.00"), reason="Agreed", actor="lee"),
        ),
        multiple_addresses=True,
        shipments=(Shipment(id="S1", address=home, lines=parts, speed="standard"),),
        cleared=(Cleared(what="speed", subject="S1", message="gone"),),
        next_line=4,
        next_shipment=2,
        next_discount=4,
        version=9,
    )
    order = Order(
        id="o1",
        number="1001",
        draft_id="d1",
        idempotency_key="k",
        request_digest="x",
        contact=contact,
        shipments=(
            OrderShipment(id="S1", address=home, lines=parts, speed=speed(yen), shipped_at=AT),
            OrderShipment(id="S2", address=home, lines=(), speed=speed(yen)),
        ),
        quote=quote,
        redemptions=(
            Redemption(promotion_id="p", contact_id="c1", promo_code="P", discount=usd("1.50")),
        ),
        status=OrderStatus.CANCELLED,
        history=(HistoryEntry(status=OrderStatus.PROCESSING, at=AT, actor="ann", note="placed"),),
        placed_at=AT,
        placed_by="ann",
        version=2,
    )
    return {type(each).__name__: each for each in (contact, shirt, promotion, quote, draft, order)}


@attrs.frozen
class Vat:
    type_name: ClassVar[str] = "acme.vat"

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=Decimal("7.70"))
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


class TestRoundTrip:
    @pytest.mark.parametrize("kind", list(records()))
    def test_records(self, kind: str) -> None:
        """A record comes back equal, and writes the same text again (PR-18)."""
        record = records()[kind]
        text = SERIALIZER.dumps(record)
        back = SERIALIZER.loads(text, type(record))

        assert record == back
        assert text == SERIALIZER.dumps(back)
        assert FORMAT == json.loads(text)["format"]

    def test_summary(self) -> None:
        """The summary of a written order says what the order says, as it stands there (OE-20)."""
        order: Any = records()["Order"]
        summary = SERIALIZER.loads_summary(SERIALIZER.dumps(order))

        assert ("o1", "1001", OrderStatus.CANCELLED, AT, "ann", 2) == (
            summary.id,
            summary.number,
            summary.status,
            summary.placed_at,
            summary.placed_by,
            summary.version,
        )
        assert (order.contact, order.quote.totals.total) == (summary.contact, summary.total)

    @pytest.mark.parametrize(
        "effect",
        [
            PercentOff(percent="33.333", target=Selection(tags=("a",)), maximum=usd("5.00")),
            AmountOff(amount=usd("5.00"), target=Selection(skus=("a",)), per=Per.UNIT),
            AmountOff(amount=usd("5.00"), maximum=usd("9.00")),
            OrderPercentOff(percent="5", maximum=usd("5.00")),
            OrderAmountOff(amount=Money("0.125", "KWD")),
            FreeShipping(speeds=("standard",), maximum=usd("5.00")),
            FreeShipping(),
            AddProduct(items=(TiedItem(key="a", product_id="x"),)),
        ],
        ids=lambda effect: effect.type_name,
    )
    def test_built_in_effects(self, effect: PromotionType) -> None:
        """The configuration of each built-in type comes back equal (PR-22)."""
        promotion = Promotion(id="p", name="P", effect=effect)
        back = SERIALIZER.loads(SERIALIZER.dumps(promotion), Promotion)

        assert effect == back.effect

    @pytest.mark.parametrize(
        "provider",
        [
            FlatRate(code="a", name="A", price=usd("1.00"), days_from=1, countries=("US",)),
            Pickup(place="the shop", days_to=3),
            WeightRates(
                code="a",
                name="A",
                bands=(WeightBand(price=usd("1"), up_to_grams=5), WeightBand(price=usd("2"))),
            ),
            SubtotalRates(
                code="a",
                name="A",
                bands=(
                    SubtotalBand(price=usd("1")),
                    SubtotalBand(price=usd("0"), from_subtotal=usd("9")),
                ),
            ),
            ZoneRates(
                code="a",
                name="A",
                zones=(
                    Zone(
                        name="z",
                        price=usd("1"),
                        countries=("US",),
                        regions=("HI",),
                        postal_prefixes=("9",),
                        days_from=1,
                        days_to=2,
                    ),
                ),
            ),
        ],
        ids=lambda provider: provider.type_name,
    )
    def test_built_in_providers(self, provider: SpeedProvider) -> None:
        """The configuration of each built-in provider comes back equal (PR-22)."""
        converter = make_converter(load_rulebook())
        plain = converter.unstructure(provider, unstructure_as=SpeedProvider)

        assert provider.type_name == plain["type"]
        assert provider == converter.structure(
            json.loads(json.dumps(plain)),
            SpeedProvider,  # type: ignore[type-abstract]
        )

    @given(st.decimals(0, 10**12, places=8).map(lambda amount: Money(amount, "USD")))
    def test_prices(self, unit_price: Money) -> None:
        """A unit price of any fineness comes back exactly (PR-2)."""
        record = Product(id="p", title="P", variants=(Variant(sku="a", price=unit_price),))

        assert record == SERIALIZER.loads(SERIALIZER.dumps(record), Product)

    def test_a_time_without_a_zone_is_not_written(self) -> None:
        """It would be read as another instant on another machine (PR-18)."""
        naive = datetime(2026, 6, 1)  # noqa: DTZ001  (that is the point)
        with pytest.raises(InvalidField, match="time zone"):
            Draft(id="d", currency="USD", created_by="a", created_at=naive, updated_at=AT)

    def test_an_unloaded_type(self) -> None:
        """A promotion of a plugin that is not loaded names the type and those there are (PR-22)."""
        text = SERIALIZER.dumps(Promotion(id="p", name="P", effect=PercentOff(percent="1")))
        with pytest.raises(
            InvalidField, match=r"effect\.type must be .* not 'cartcore\.percent_off'"
        ) as caught:
            Serializer().loads(text, Promotion)

        assert "none is loaded" in caught.value.expected


def test_too_little_memory_is_no_fault_of_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """A MemoryError while a document is read stays one: the document is not called damaged (ST-10).

    That is so however deep in it the memory ended.
    """
    order = an_order()
    text = Serializer(load_rulebook()).dumps(order)

    def end_of_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("cartcore.documents.serializer._read_money", end_of_memory)
    with pytest.raises(MemoryError):
        Serializer(load_rulebook()).loads(text, Order)
