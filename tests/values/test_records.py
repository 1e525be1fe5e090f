import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from cartcore.cart import Cart
from cartcore.entry.store import Store
from cartcore.errors import InvalidField, InvalidText
from cartcore.pricing.policy import PricingPolicy
from cartcore.promotions.offer import TiedItem
from cartcore.promotions.promotion import Limits, Promotion
from cartcore.rules import Selection, checked
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    ContactTag,
    FlatRate,
    FreeShipping,
    MinQuantity,
    PercentOff,
    SubtotalRates,
    WeightBand,
    WeightRates,
    Zone,
    ZoneRates,
)
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import ShippingSpeed
from tests.support.carts import usd

VARIANT = Variant(sku="MUG", price=usd("1.00"))
PERCENT = PercentOff(percent="10")
ZONE = Zone(name="here", price=usd("1.00"))


def with_plain_fields(kind: Callable[..., Any], **plain: Any) -> Callable[..., Any]:
    return lambda fields: kind(**(plain | fields))


RECORDS = {
    "product": with_plain_fields(Product, id="mug", title="Mug", variants=(VARIANT,)),
    "variant": with_plain_fields(Variant, sku="MUG", price=usd("1.00")),
    "address": with_plain_fields(Address, line1="1 Main Street", country="US"),
    "contact": with_plain_fields(Contact, id="ann", name="Ann"),
    "filter": with_plain_fields(ContactFilter),
    "promotion": with_plain_fields(Promotion, id="sale", name="Sale", effect=PERCENT),
    "limits": with_plain_fields(Limits),
    "speed": with_plain_fields(ShippingSpeed, code="post", name="Post", price=usd("1.00")),
    "store": with_plain_fields(Store, currency="USD"),
    "policy": with_plain_fields(PricingPolicy),
    "cart": with_plain_fields(Cart, currency="USD"),
    "selection": with_plain_fields(Selection),
    "tied item": with_plain_fields(TiedItem, key="mug", product_id="mug"),
    "percent off": with_plain_fields(PercentOff, percent=10),
    "amount off": with_plain_fields(AmountOff, amount=usd("1.00")),
    "gift": with_plain_fields(AddProduct, items=(TiedItem(key="mug", product_id="mug"),)),
    "free shipping": with_plain_fields(FreeShipping),
    "tag": with_plain_fields(ContactTag, tags=("vip",)),
    "quantity": with_plain_fields(MinQuantity, quantity=1),
    "flat": with_plain_fields(FlatRate, code="post", name="Post", price=usd("1.00")),
    "weight": with_plain_fields(
        WeightRates, code="post", name="Post", bands=[WeightBand(price=usd("1.00"))]
    ),
    "subtotal": with_plain_fields(SubtotalRates, code="post", name="Post"),
    "zone": with_plain_fields(Zone, name="here", price=usd("1.00")),
    "zones": with_plain_fields(ZoneRates, code="post", name="Post", zones=[ZONE]),
}


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ("product", {"published": "false"}),
        ("product", {"published": 0}),
        ("product", {"variants": ({},)}),
        ("product", {"variants": VARIANT}),
        ("product", {"version": True}),
        ("variant", {"published": "no"}),
        ("variant", {"requires_shipping": None}),
        ("variant", {"price": "1.00"}),
        ("variant", {"compare_at_price": 1}),
        ("variant", {"weight_grams": 1.5}),
        ("contact", {"addresses": ({},)}),
        ("promotion", {"enabled": "false"}),
        ("promotion", {"limits": {"total": 1}}),
        ("promotion", {"limits": None}),
        ("promotion", {"effect": PercentOff}),
        ("promotion", {"effect": None}),
        ("promotion", {"conditions": ("x",)}),
        ("promotion", {"conditions": (MinQuantity,)}),
        ("promotion", {"priority": "1"}),
        ("promotion", {"starts_at": "2026-06-01"}),
        ("promotion", {"trigger": "by code"}),
        ("limits", {"total": "1"}),
        ("speed", {"price": 1}),
        ("speed", {"days_from": 1.0}),
        ("store", {"ecommerce_enabled": "false"}),
        ("store", {"speeds": ("post",)}),
        ("store", {"speeds": (FlatRate,)}),
        ("store", {"tax": "VAT"}),
        ("store", {"policy": "half_up"}),
        ("store", {"maximum_quantity": 1.0}),
        ("policy", {"rounding": "banana"}),
        ("policy", {"rounding_point": None}),
        ("cart", {"lines": ("x",)}),
        ("cart", {"customer": "ann"}),
        ("selection", {"exclude": "mug"}),
        ("tied item", {"options": {"Size": "L"}}),
        ("tied item", {"options": ("Size", "L")}),
        ("tied item", {"options": (("Size", 1),)}),
        ("tied item", {"options": "Size"}),
        ("percent off", {"target": "mug"}),
        ("percent off", {"target": None}),
        ("amount off", {"per": "each"}),
        ("gift", {"items": ("mug",)}),
        ("gift", {"items": ()}),
        ("free shipping", {"speeds": "post"}),
        ("tag", {"tags": "vip"}),
        ("tag", {"tags": ()}),
        ("quantity", {"quantity": "2"}),
        ("quantity", {"quantity": 0}),
        ("flat", {"days_to": "4"}),
        ("weight", {"bands": ("cheap",)}),
        ("weight", {"bands": ()}),
        ("subtotal", {"bands": ()}),
        ("zone", {"regions": "QC"}),
        ("zones", {"zones": ("here",)}),
        ("zones", {"zones": ()}),
    ],
    ids=str,
)
def test_values_of_another_type(record: str, fields: dict[str, Any]) -> None:
    """A value of the wrong type is refused where it is given, by the name of its field (PR-18)."""
    [name] = fields
    with pytest.raises(InvalidField, match=name):
        RECORDS[record](fields)


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ("contact", {"tags": (1,)}),
        ("address", {"city": None}),
        ("filter", {"name": 7}),
        ("tied item", {"key": 1}),
        ("tied item", {"product_id": ""}),
        ("flat", {"code": 1}),
    ],
    ids=str,
)
def test_texts_that_are_none(record: str, fields: dict[str, Any]) -> None:
    """A text that is none, or empty where it is needed, is refused."""
    with pytest.raises(InvalidText):
        RECORDS[record](fields)


def test_lists_become_tuples() -> None:
    """Records can be made with lists, and stay frozen."""
    assert (VARIANT,) == RECORDS["product"]({"variants": [VARIANT]}).variants
    assert (("Size", "L"),) == RECORDS["tied item"]({"options": [["Size", "L"]]}).options


@attrs.frozen(field_transformer=checked)
class Own:
    """What an author of a plugin may write."""

    at: datetime | None = None
    rate: float = 1
    anything: Any = None
    named: "int" = 1
    small: int = attrs.field(default=1, validator=attrs.validators.lt(10))


def test_only_what_can_be_checked() -> None:
    """Types that cartcore has no use for are left to the author."""
    assert 2 == Own(rate=2, anything="x", at=datetime(2026, 1, 1, tzinfo=UTC)).rate


def test_own_validators_stay() -> None:
    """A validator of the class itself runs after the check of the type."""
    with pytest.raises(ValueError, match="small"):
        Own(small=10)
    with pytest.raises(InvalidField, match=r"Own\.small"):
        Own(small="x")  # type: ignore[arg-type]


INTERRUPTED = """\
import os, signal, sys
import attrs
from cartcore.values.records import typed

def kind():
    os.kill(os.getpid(), signal.SIGINT)
    return int

@attrs.frozen(field_transformer=typed)
class Record:
    number: "kind()"

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    Record(1)
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_an_interrupt_can_be_caught(tmp_path: Path) -> None:
    """Whoever catches a Ctrl-C that came while a check was made decides about the exit status."""
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    command = (sys.executable, "-m", "interrupted")

    assert 130 == subprocess.run(command, cwd=tmp_path, check=False).returncode
