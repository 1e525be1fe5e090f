"""The form of an export: its lines, written and read (ST-12).

The first one says what the file is, how far order numbers were counted, and up to which one events
were pruned; then each record has one, `{"contact": {...}}`, in the form of the `Serializer`, and
each event one with its payload; the last one has how many there are of each kind, and the SHA-256
of all lines before it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cartcore.documents.serializer import Serializer, each_key_once
from cartcore.errors import InvalidExport, InvalidInput
from cartcore.errors.sentences import listed, shown
from cartcore.orders.draft import Draft
from cartcore.orders.event import OrderEvent
from cartcore.orders.order import Order
from cartcore.promotions.promotion import Promotion
from cartcore.shop.contact import Contact
from cartcore.shop.product import Product
from cartcore.values.readers import as_mapping

NAME = "cartcore export"
"""What stands as `format` in the first line."""

VERSION = 2
"""The version of the file's form; records have a format version of their own."""

_WITHOUT_EVENTS = 1  # a version, which is read as well

KEPT = "kept promotion"
"""The kind of the promotions that orders were priced from, in the versions of then (SC-11)."""

_NEW = {"event", KEPT}  # since that version

RECORDS: Mapping[str, type[Contact | Product | Promotion | Draft | Order | OrderEvent]] = {
    "contact": Contact,
    "product": Product,
    "promotion": Promotion,
    KEPT: Promotion,
    "draft": Draft,
    "order": Order,
    "event": OrderEvent,
}
"""The classes of records, by their kinds, in the order of a file."""

# --- Writing ----------------------------------------------------------------------------------


def line(kind: str, record: object, serializer: Serializer) -> bytes:
    """The line of a record."""
    if isinstance(record, OrderEvent):
        return _json({kind: record.payload})
    return f'{{"{kind}":{serializer.dumps(record)}}}\n'.encode()


def header(last_number: int, pruned_events: int, version: int = VERSION) -> bytes:
    """The first line."""
    counted_on = {"last_order_number": last_number}
    if version > _WITHOUT_EVENTS:
        counted_on["pruned_events"] = pruned_events
    return _json({"format": NAME, "version": version, **counted_on})


def end(counted: Iterable[tuple[str, int]], digest: str, version: int = VERSION) -> bytes:
    """The last line, with how many records there are of each kind."""
    known = _kinds(version)
    counts = {f"{kind}s": number for kind, number in counted if kind in known}
    return _json({"end": {**counts, "sha256": digest}})


def _kinds(version: int) -> list[str]:
    return [kind for kind in RECORDS if kind not in _NEW or version > _WITHOUT_EVENTS]


def _json(data: object) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


# --- Reading ----------------------------------------------------------------------------------


def read_header(line: bytes) -> tuple[int, int, int]:
    """Return the version of the form, the last order number, and the last event that was pruned.

    Raises InvalidExport.
    """
    try:
        data = _read_json(1, line)
    except InvalidExport:
        data = {}
    if data.get("format") != NAME:
        raise InvalidExport(1, f"this is not a {NAME}: its first line would say so")
    version = data.get("version")
    if type(version) is not int or version not in {_WITHOUT_EVENTS, VERSION}:
        raise InvalidExport(
            1,
            f"the export has version {shown(version)}; this cartcore reads versions "
            f"{_WITHOUT_EVENTS} and {VERSION}",
        )
    last_number, pruned_events = data.get("last_order_number"), data.get("pruned_events", 0)
    if (
        type(last_number) is not int
        or type(pruned_events) is not int
        or header(last_number, pruned_events, version).strip() != line.strip()
    ):
        keys = [*json.loads(header(0, 0, version))]
        raise InvalidExport(1, f"it must have {listed(keys)}, and nothing else")
    return version, last_number, pruned_events


def read_line(line_number: int, line: bytes, version: int = VERSION) -> tuple[str, object]:
    """Return the kind of a line, and what it has. Raises InvalidExport."""
    data = _read_json(line_number, line)
    known = (*_kinds(version), "end")
    if len(data) != 1 or not data.keys() <= set(known):
        given = listed(tuple(data)) if data else "nothing"
        raise InvalidExport(
            line_number, f"it must have exactly one of {listed(known)}; it has {given}"
        )
    [(kind, value)] = data.items()
    return kind, value


def _read_json(line_number: int, line: bytes) -> dict[str, Any]:
    if not isinstance(line, bytes):
        raise InvalidExport(line_number, f"it must be bytes, not {shown(line)}")
    try:
        data = json.loads(line.decode(), object_pairs_hook=each_key_once)
    except (ValueError, RecursionError) as error:
        raise InvalidExport(line_number, f"it is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise InvalidExport(line_number, f"it must be a JSON object, not {shown(data)}")
    return data


def read_record(line_number: int, kind: str, data: object, serializer: Serializer) -> Any:
    """Return the record that a line has. Raises InvalidExport."""
    record = RECORDS[kind]
    try:
        if record is OrderEvent:
            return OrderEvent.from_payload(as_mapping(data, kind))
        return serializer.load(data, record)
    except InvalidInput as error:
        raise InvalidExport(line_number, str(error)) from error


def check_end(line_number: int, line: bytes, expected: bytes) -> None:
    """Refuse a last line that does not fit the lines before it. Raises InvalidExport."""
    if line.strip() != expected.strip():
        said, found = line.decode().strip(), expected.decode().strip()
        raise InvalidExport(
            line_number,
            f"the file is damaged: this line says {said}, but the lines before it come to {found}",
        )
