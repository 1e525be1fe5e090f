"""Which records need not be read back before they are stored: it is sure what that would give."""

from collections.abc import Iterator, Mapping
from copy import copy
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_type_hints

import attrs
import pytest
from moneyed import Money, get_currency

from cartcore import Contact, ContactFilter, Draft, Order, OrderFilter, Product, Promotion
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.documents.certainty import is_sure
from cartcore.documents.serializer import Serializer
from cartcore.errors import CartcoreError, InvalidField
from cartcore.pricing.quote_parts import QuoteLine
from cartcore.promotions.tax import TaxRate
from cartcore.rules import load_rulebook
from cartcore.values.money import FrozenMoney
from tests.laws.test_public_values import EXAMPLES, HOSTILE
from tests.support.busy import busy_shop

SERIALIZER = Serializer(load_rulebook(), keep_opaque=True)


def classes_in(annotation: Any) -> Iterator[type]:
    """All attrs classes that an annotation names, and those that their fields name."""
    for each in get_args(annotation):
        yield from classes_in(each)
    if isinstance(annotation, type) and attrs.has(annotation):
        yield annotation
        for hint in get_type_hints(annotation).values():
            yield from classes_in(hint)


STORED = sorted(
    {kind for each in (Order, Draft, Contact, Product) for kind in classes_in(each)},
    key=lambda kind: kind.__name__,
)


def read_again(record: Any) -> Any:
    return SERIALIZER.loads(SERIALIZER.dumps(record), type(record))


@pytest.mark.parametrize("kind", [kind for kind in STORED if kind in EXAMPLES])
def test_what_is_sure_is_so(kind: type) -> None:
    """Whatever a field can be given, a record that is called sure is read as it was written."""
    example: Any = EXAMPLES[kind]
    for field in attrs.fields(kind):
        for value in HOSTILE if field.init else ():
            try:
                record = attrs.evolve(example, **{field.alias or field.name: value})
            except (CartcoreError, RuntimeError):
                continue
            if is_sure(record, kind):
                assert record == read_again(record), (field.name, value)

    assert is_sure(example, kind)
    assert example == read_again(example)


def test_orders_of_a_desk_are_sure() -> None:
    """Orders, drafts and contacts of order entry are sure, whatever stands in them (HA-17)."""
    storage = MemoryStorage()
    busy_shop(storage)
    with storage.read() as work:
        orders = work.orders.search(OrderFilter()).items
        drafts = work.drafts.search().items
        contacts = work.contacts.search(ContactFilter()).items

    assert (6, 2) == (len(orders), len(drafts))
    assert all(is_sure(order, Order) for order in orders)
    assert all(is_sure(draft, Draft) for draft in drafts)
    assert all(is_sure(contact, Contact) for contact in contacts)


class OtherContact(Contact):
    """A class that nothing is read as."""


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Order, "contact", OtherContact(id="ann", name="Ann Lee")),
        (Order, "placed_by", "half \ud800"),
        (Order, "placed_at", datetime(2026, 1, 1)),  # noqa: DTZ001
        (Order, "history", []),
        (Order, "version", True),
        (Order, "version", 2**63),
        (Order, "status", "processing"),
        (QuoteLine, "total", Money("1.00", "USD")),
        (QuoteLine, "total", FrozenMoney(Decimal("0.0000000000001"), get_currency("USD"))),
        (QuoteLine, "total", FrozenMoney(Decimal("NaN"), get_currency("USD"))),
        (TaxRate, "percent", Decimal("NaN")),
    ],
)
def test_what_is_not_sure(kind: type, field: str, value: object) -> None:
    """What no constructor lets pass, or what reading makes something else of, is not sure."""
    record: Any = copy(EXAMPLES[kind])
    assert is_sure(record, kind)
    object.__setattr__(record, field, value)

    assert not is_sure(record, kind)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (float, 0.5),
        (list[str], ["a"]),
        (dict[str, str], {"a": "b"}),
        (Mapping[str, str], MappingProxyType({})),
        (Literal["a"], "a"),
        (Any, "a"),
        (tuple, ()),
    ],
    ids=str,
)
def test_nothing_is_sure_of_other_kinds(annotation: Any, value: object) -> None:
    """A field of a kind that no test is known for makes nothing sure, be it within a tuple."""
    alone = attrs.make_class("Alone", {"kept": attrs.field(type=annotation)}, frozen=True)
    inside = attrs.make_class(
        "Inside", {"kept": attrs.field(type=tuple[annotation, ...])}, frozen=True
    )

    assert not is_sure(alone(value), alone)
    assert not is_sure(inside((value,)), inside)


def test_nothing_is_sure_of_a_plugin() -> None:
    """An object of a plugin's class is read back each time: what its reading gives is its own."""
    assert not is_sure(EXAMPLES[Promotion], Promotion)


def test_what_is_not_sure_is_read_back(tmp_path: Path) -> None:
    """A record of a derived class, with a field that nothing reads, is refused and not stored."""

    @attrs.frozen(kw_only=True)
    class Longer(Contact):
        more: str = "more"

    with SQLiteStorage(tmp_path / "shop.db") as storage, storage.write() as work:
        with pytest.raises(InvalidField):
            work.contacts.add(Longer(id="ann", name="Ann Lee"))
        work.commit()
    with SQLiteStorage(tmp_path / "shop.db") as storage, storage.read() as work:
        assert () == work.contacts.search(ContactFilter()).items
