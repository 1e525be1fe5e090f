"""The JSON text of a record is that of its plain data, letter by letter (HA-17)."""

import json
from typing import Any

import attrs
import pytest

from cartcore import Address, OrderFilter
from cartcore.adapters.memory import MemoryStorage
from cartcore.documents.serializer import Serializer
from cartcore.entry.hooks import OrderHooks
from cartcore.errors import InvalidField
from cartcore.orders.draft import ShipmentLine
from cartcore.rules import load_rulebook
from tests.laws.test_public_values import EXAMPLES, HOSTILE
from tests.support.busy import busy_shop

SERIALIZER = Serializer(load_rulebook(), keep_opaque=True)


def by_way_of_plain_data(record: object) -> str:
    plain = SERIALIZER.dump(record)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


RECORDS = [
    each
    for each in EXAMPLES.values()
    if attrs.has(type(each)) and not isinstance(each, OrderHooks)  # functions are never written
]


@pytest.mark.parametrize("example", RECORDS, ids=lambda each: type(each).__name__)
def test_whatever_stands_in_a_record(example: Any) -> None:
    """Whatever a field can be given; also what is only kept from it by the record around it."""
    assert by_way_of_plain_data(example) == SERIALIZER.dumps(example)
    for field in attrs.fields(type(example)):
        for value in HOSTILE if field.init else ():
            try:
                record = attrs.evolve(example, **{field.alias or field.name: value})
                expected = by_way_of_plain_data(record)
            except Exception:  # noqa: BLE001, S112  (it cannot be made, or not be written)
                continue
            assert expected == SERIALIZER.dumps(record), (field.name, value)


def test_orders_of_a_desk() -> None:
    storage = MemoryStorage()
    busy_shop(storage)
    with storage.read() as work:
        records = [*work.orders.search(OrderFilter()).items, *work.drafts.search().items]

    assert len(records) == 6 + 2
    for record in records:
        assert by_way_of_plain_data(record) == SERIALIZER.dumps(record)


@attrs.frozen
class Folder:
    """A record whose class names itself."""

    name: str
    inside: tuple["Folder", ...] = ()
    beside: "Folder | None" = None


def test_a_record_that_contains_others_of_its_class() -> None:
    leaf = Folder('"é" \\ \n')
    folder = Folder("a", (leaf, Folder("b", (leaf,))), leaf)

    assert by_way_of_plain_data(folder) == SERIALIZER.dumps(folder)
    assert folder == SERIALIZER.loads(SERIALIZER.dumps(folder), Folder)


@pytest.mark.parametrize("value", [None, True, 2.5, "2"])
def test_what_was_put_past_the_checks_is_written_as_it_is(value: object) -> None:
    line = ShipmentLine(line_id="1", quantity=2)
    object.__setattr__(line, "quantity", value)
    object.__setattr__(line, "line_id", value)

    assert by_way_of_plain_data(line) == SERIALIZER.dumps(line)


def test_texts_of_a_class_of_ones_own() -> None:
    class Street(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "elsewhere"

    address = Address(line1="1 Main St", city="Reno", country="US")
    object.__setattr__(address, "line1", Street("2 Main St"))

    assert by_way_of_plain_data(address) == SERIALIZER.dumps(address)


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(InvalidField, match="a record, such as an Order"):
        SERIALIZER.dumps({"id": "1"})
