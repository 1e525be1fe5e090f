"""Everything that a storage keeps as JSON Lines, and back into another storage (ST-12).

Lines are made and read one by one: files of any size need no more memory than small ones. See
`cartcore.documents.export_form` for what they say.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from hashlib import sha256
from itertools import count
from typing import Any

import attrs

from cartcore.documents import export_form as form
from cartcore.documents.serializer import Serializer
from cartcore.errors import (
    AlreadyExists,
    ImportDiffers,
    InvalidExport,
    InvalidInput,
    NotFound,
    StorageNotEmpty,
)
from cartcore.errors.sentences import counted
from cartcore.orders.event import OrderEvent
from cartcore.orders.filters import OrderFilter
from cartcore.promotions.promotion import Promotion
from cartcore.shop.contact import ContactFilter
from cartcore.storage.paging import Page
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.values.arguments import check_arguments
from cartcore.values.calls import tell
from cartcore.values.records import typed

# As many as one statement of the SQL adapters asks for.
_AT_ONCE = 500

_SLOTS = 2**20  # bytes


@attrs.frozen
class _Kind:
    """Records of one kind: a page of all of them, and how they are put back."""

    page: Callable[[UnitOfWork, str], Page[Any]]
    restore: Callable[[UnitOfWork, Iterable[Any]], None]


def _events(work: UnitOfWork, page: str) -> Page[OrderEvent]:
    """A page of events; the next one goes on after the last of them."""
    found = work.events.after(int(page) if page else work.events.pruned(), limit=_AT_ONCE)
    return Page(tuple(found), str(found[-1].sequence) if found else "")


_KINDS = {
    "contact": _Kind(
        lambda work, page: work.contacts.search(ContactFilter(), page=page, limit=_AT_ONCE),
        lambda work, records: work.contacts.restore(records),
    ),
    "product": _Kind(
        lambda work, page: work.products.search(page=page, limit=_AT_ONCE),
        lambda work, records: work.products.restore(records),
    ),
    "promotion": _Kind(
        lambda work, page: work.promotions.search(page=page, limit=_AT_ONCE),
        lambda work, records: work.promotions.restore(records),
    ),
    form.KEPT: _Kind(
        lambda work, page: work.orders.list_kept_promotions(page=page, limit=_AT_ONCE),
        lambda work, records: work.orders.keep_promotions(records),
    ),
    "draft": _Kind(
        lambda work, page: work.drafts.search(page=page, limit=_AT_ONCE),
        lambda work, records: work.drafts.restore(records),
    ),
    "order": _Kind(
        lambda work, page: work.orders.search(OrderFilter(), page=page, limit=_AT_ONCE),
        lambda work, records: work.orders.restore(records),
    ),
    "event": _Kind(_events, lambda work, records: work.events.restore(records)),
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
        first = form.header(work.orders.last_number(), work.events.pruned())
        digest.update(first)
        yield first
        for kind, line in _lines(work, serializer):
            tally.add(kind, line)
            digest.update(line)
            yield line
        yield form.end(tally.contents.counts, digest.hexdigest())


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

        def show(done: int) -> None:
            if progress is not None:
                tell(progress, "progress", done, given.total)

        found = _contents(work, serializer, show)
        if given != found:
            raise ImportDiffers(str(given), str(found))
        work.commit()
    return found


# --- Writing ----------------------------------------------------------------------------------


def _lines(work: UnitOfWork, serializer: Serializer) -> Iterator[tuple[str, bytes]]:
    for kind in _KINDS:
        records = _owners_first(work) if kind == "promotion" else _listed(work, kind)
        for record in records:
            yield kind, form.line(kind, record, serializer)


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
    line_number, first = next(numbered, (1, b""))
    version, last_number, pruned_events = form.read_header(first)
    try:
        work.events.begin_after(pruned_events)
    except InvalidInput as error:
        raise InvalidExport(1, str(error)) from error
    digest = sha256(first)
    written, given = _Tally(), _Tally()
    batch = _Batch(work)
    for line_number, line in numbered:
        kind, data = form.read_line(line_number, line, version)
        if kind == "end":
            batch.store()
            form.check_end(
                line_number, line, form.end(written.contents.counts, digest.hexdigest(), version)
            )
            break
        record = form.read_record(line_number, kind, data, serializer)
        written.add(kind, line)
        digest.update(line)
        given.add(kind, form.line(kind, record, serializer))
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
