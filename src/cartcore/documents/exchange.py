"""Everything that a storage keeps as JSON Lines, and back into another storage (ST-12).

The first line says what the file is and how far order numbers were counted; then each record has
one, `{"contact": {...}}`, in the form of the `Serializer`; the last one has how many there are of
each kind, and the SHA-256 of all lines before it.

Lines are made and read one by one: files of any size need no more memory than small ones.
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator
from hashlib import sha256
from itertools import count
from typing import Any

import attrs

from cartcore.documents.serializer import Serializer, each_key_once
from cartcore.errors import (
    AlreadyExists,
    ImportDiffers,
    InvalidExport,
    InvalidInput,
    NotFound,
    StorageNotEmpty,
)
from cartcore.errors.sentences import counted, listed, shown
from cartcore.orders.draft import Draft
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order
from cartcore.promotions.promotion import Promotion
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.shop.product import Product
from cartcore.storage.paging import Page
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.values.arguments import check_arguments
from cartcore.values.records import typed

NAME = "cartcore export"
"""What stands as `format` in the first line."""

VERSION = 1
"""The version of the file's form; records have a format version of their own."""

# As many as one statement of the SQL adapters asks for.
_AT_ONCE = 500

_SLOTS = 2**20  # bytes


@attrs.frozen
class _Kind:
    """Records of one kind: their class, a page of all of them, and how they are put back."""

    record: type[Contact | Product | Promotion | Draft | Order]
    page: Callable[[UnitOfWork, str], Page[Any]]
    restore: Callable[[UnitOfWork, Iterable[Any]], None]


KEPT = "kept promotion"  # one that orders were priced from, in the version of then (SC-11)

_KINDS = {
    "contact": _Kind(
        Contact,
        lambda work, page: work.contacts.search(ContactFilter(), page=page, limit=_AT_ONCE),
        lambda work, records: work.contacts.restore(records),
    ),
    "product": _Kind(
        Product,
        lambda work, page: work.products.search(page=page, limit=_AT_ONCE),
        lambda work, records: work.products.restore(records),
    ),
    "promotion": _Kind(
        Promotion,
        lambda work, page: work.promotions.search(page=page, limit=_AT_ONCE),
        lambda work, records: work.promotions.restore(records),
    ),
    KEPT: _Kind(
        Promotion,
        lambda work, page: work.orders.list_kept_promotions(page=page, limit=_AT_ONCE),
        lambda work, records: work.orders.keep_promotions(records),
    ),
    "draft": _Kind(
        Draft,
        lambda work, page: work.drafts.search(page=page, limit=_AT_ONCE),
        lambda work, records: work.drafts.restore(records),
    ),
    "order": _Kind(
        Order,
        lambda work, page: work.orders.search(OrderFilter(), page=page, limit=_AT_ONCE),
        lambda work, records: work.orders.restore(records),
    ),
}


@attrs.frozen(field_transformer=typed)
class Contents:
    """What a storage holds: how many records of each kind, and a digest of them all.

    Storages with the same records, versions included, have equal contents, whatever their adapters.
    The digest does not depend on the order of the records.

    Attributes:
        counts: How many records there are of each kind, as (kind, number) pairs.
        digest: A digest of all records, versions included, in hexadecimal digits.
    """

    counts: tuple[tuple[str, int], ...]
    digest: str

    @property
    def total(self) -> int:
        """How many records there are."""
        return sum(number for _, number in self.counts)

    def __str__(self) -> str:
        counts = ", ".join(counted(number, kind) for kind, number in self.counts)
        return f"{counts} (digest {self.digest[:12]})"


class _Tally:
    """Contents that are being counted."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(_KINDS, 0)
        self._digests = 0

    def add(self, kind: str, line: bytes) -> None:
        self._counts[kind] += 1
        # A sum: it is the same in any order, and two equal records do not cancel each other out.
        self._digests += int.from_bytes(sha256(line).digest())

    @property
    def contents(self) -> Contents:
        return Contents(tuple(self._counts.items()), f"{self._digests % 2**256:064x}")


@check_arguments
def contents(storage: Storage, serializer: Serializer) -> Contents:
    """Return what a storage holds, to compare it with another one."""
    with storage.read() as work:
        return _contents(work, serializer, lambda _: None)


@check_arguments
def export_lines(storage: Storage, serializer: Serializer) -> Generator[bytes, None, None]:
    """Give the lines of an export, each with its line end, from one consistent view.

    The view stays open until the last line was taken, or the iterator is closed.
    """
    with storage.read() as work:
        tally = _Tally()
        digest = sha256()
        header = _header(work.orders.last_number())
        digest.update(header)
        yield header
        for kind, line in _lines(work, serializer):
            tally.add(kind, line)
            digest.update(line)
            yield line
        yield _end(tally, digest.hexdigest())


@check_arguments
def import_lines(
    storage: Storage,
    lines: Iterable[bytes],
    serializer: Serializer,
    *,
    progress: Callable[[int, int], object] | None = None,
) -> Contents:
    """Read an export into an empty storage, all of it or nothing, and return what it holds.

    Everything is read back and compared before it is committed; `progress` is told now and then how
    many records were, and of how many. Order numbers are counted on from where they were.

    Raises:
        StorageNotEmpty: the storage has records.
        InvalidExport: no export, one of a newer cartcore, a truncated or damaged one, or a record
            that cannot be kept; says in which line.
        ImportDiffers: the storage gave back something else than it was given.
        StorageError: what else the storage cannot do.
    """
    with storage.write() as work:
        for kind, records in _KINDS.items():
            if records.page(work, "").items:
                raise StorageNotEmpty(f"{kind}s")
        given = _restore(work, lines, serializer)
        show = progress or (lambda *_: None)
        found = _contents(work, serializer, lambda done: show(done, given.total))
        if given != found:
            raise ImportDiffers(str(given), str(found))
        work.commit()
    return found


# --- Writing ----------------------------------------------------------------------------------


def _lines(work: UnitOfWork, serializer: Serializer) -> Iterator[tuple[str, bytes]]:
    for kind in _KINDS:
        records = _owners_first(work) if kind == "promotion" else _listed(work, kind)
        for record in records:
            yield kind, _line(kind, record, serializer)


def _listed(work: UnitOfWork, kind: str) -> Iterator[Any]:
    """All records of a kind."""
    page = _KINDS[kind].page(work, "")
    while page.items:
        yield from page.items
        if not page.next_page:
            break
        page = _KINDS[kind].page(work, page.next_page)


def _owners_first(work: UnitOfWork) -> Iterator[Promotion]:
    """All promotions; those last of which a code leads to another promotion (OE-27).

    Codes that were told apart once can read the same: whoever is restored first keeps the code.
    """
    # A table of one size, however many codes there are: those that stand alone in a slot are not
    # shared, and for the others is asked whose they are.
    uses = bytearray(_SLOTS)
    for promotion in _listed(work, "promotion"):
        for code in promotion.normalized_codes:
            slot = hash(code) % _SLOTS
            uses[slot] = min(uses[slot] + 1, 2)

    def lacks_a_code(promotion: Promotion) -> bool:
        codes = (code for code in promotion.normalized_codes if uses[hash(code) % _SLOTS] > 1)
        return any(_owner(work, code) not in {"", promotion.id} for code in codes)

    left = False
    for promotion in _listed(work, "promotion"):
        if lacks_a_code(promotion):
            left = True
        else:
            yield promotion
    if left:
        yield from filter(lacks_a_code, _listed(work, "promotion"))


def _owner(work: UnitOfWork, code: str) -> str:
    """The id of the promotion that a code leads to; empty if it leads to none."""
    try:
        return work.promotions.by_code(code).id
    except NotFound:
        return ""


def _line(kind: str, record: object, serializer: Serializer) -> bytes:
    return f'{{"{kind}":{serializer.dumps(record)}}}\n'.encode()


def _header(last_number: int) -> bytes:
    return _json({"format": NAME, "version": VERSION, "last_order_number": last_number})


def _end(tally: _Tally, digest: str) -> bytes:  # older exports do not count what is kept
    counts = {f"{kind}s": n for kind, n in tally.contents.counts if n or kind != KEPT}
    return _json({"end": {**counts, "sha256": digest}})


def _json(data: object) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


def _contents(
    work: UnitOfWork, serializer: Serializer, progress: Callable[[int], object]
) -> Contents:
    tally = _Tally()
    for done, (kind, line) in enumerate(_lines(work, serializer), start=1):
        tally.add(kind, line)
        if not done % _AT_ONCE:
            progress(done)
    found = tally.contents
    progress(found.total)
    return found


# --- Reading ----------------------------------------------------------------------------------


def _restore(work: UnitOfWork, lines: Iterable[bytes], serializer: Serializer) -> Contents:
    """Put the records of an export into a storage, and return what it is to hold by that."""
    numbered = zip(count(1), lines, strict=False)
    line_number, header = next(numbered, (1, b""))
    last_number = _read_header(header)
    digest = sha256(header)
    written, given = _Tally(), _Tally()
    batch = _Batch(work)
    for line_number, line in numbered:
        kind, data = _read_line(line_number, line)
        if kind == "end":
            batch.store()
            _check_end(line_number, line, _end(written, digest.hexdigest()))
            break
        record = _read_record(line_number, kind, data, serializer)
        written.add(kind, line)
        digest.update(line)
        given.add(kind, _line(kind, record, serializer))
        batch.add(line_number, kind, record)
    else:
        raise InvalidExport(line_number, "the file is truncated: nothing follows this line")
    for line_number, _ in numbered:
        raise InvalidExport(line_number, "nothing may follow the last line of an export")
    work.orders.reserve_numbers(last_number)
    return given.contents


class _Batch:
    """Records of one kind, with their lines, that are stored together."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._kind = ""
        self._records: list[tuple[int, Any]] = []

    def add(self, line_number: int, kind: str, record: object) -> None:
        if kind != self._kind or len(self._records) == _AT_ONCE:
            self.store()
        self._kind = kind
        self._records.append((line_number, record))

    def store(self) -> None:
        if not self._records:
            return
        records, self._records = self._records, []
        try:
            _KINDS[self._kind].restore(self._work, [record for _, record in records])
        except (AlreadyExists, InvalidInput):
            for line_number, record in records:  # one by one, to find out which it is
                try:
                    _KINDS[self._kind].restore(self._work, [record])
                except (AlreadyExists, InvalidInput) as error:
                    raise InvalidExport(line_number, str(error)) from error
            raise


def _read_header(line: bytes) -> int:
    try:
        data = _read_json(1, line)
    except InvalidExport:
        data = {}
    if data.get("format") != NAME:
        raise InvalidExport(1, f"this is not a {NAME}: its first line would say so")
    if data.get("version") != VERSION:
        found = shown(data.get("version"))
        raise InvalidExport(
            1, f"the export has version {found}; this cartcore reads version {VERSION}"
        )
    last_number = data.get("last_order_number")
    if type(last_number) is not int or _header(last_number).strip() != line.strip():
        raise InvalidExport(
            1, "it must have format, version and last_order_number, and nothing else"
        )
    return last_number


def _read_line(line_number: int, line: bytes) -> tuple[str, object]:
    data = _read_json(line_number, line)
    known = (*_KINDS, "end")
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


def _read_record(line_number: int, kind: str, data: object, serializer: Serializer) -> Any:
    try:
        return serializer.load(data, _KINDS[kind].record)
    except InvalidInput as error:
        raise InvalidExport(line_number, str(error)) from error


def _check_end(line_number: int, line: bytes, expected: bytes) -> None:
    if line.strip() != expected.strip():
        said, found = line.decode().strip(), expected.decode().strip()
        raise InvalidExport(
            line_number,
            f"the file is damaged: this line says {said}, but the lines before it come to {found}",
        )
