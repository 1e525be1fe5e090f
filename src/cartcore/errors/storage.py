"""What storages refuse or cannot do."""

from cartcore.errors.base import StorageError
from cartcore.errors.sentences import shown, with_article


class Conflict(StorageError):
    """A write that was based on an old version; it changed nothing (ST-8).

    Attributes:
        kind: What kind of record it is, such as "contact".
        key: Its key.
        given_version: The version that the change was based on.
        current_version: The version that is stored, or None if the record was deleted.
    """

    code = "conflict"
    kind: str
    key: str
    given_version: int
    current_version: int | None

    def __str__(self) -> str:
        current = self.current_version
        if self.given_version == 0 and current is not None:
            return (
                f"{self.kind} {shown(self.key)} is already stored, at version {shown(current)}, "
                "and this one never was: read the stored one and change that"
            )
        now = "deleted" if current is None else f"at version {shown(current)}"
        return (
            f"{self.kind} {shown(self.key)} was changed by someone else: "
            f"this change is based on version {shown(self.given_version)}, which is now {now}"
        )


class StaleDraft(Conflict):
    """A draft that someone else has saved in the meantime (OE-22)."""

    code = "stale_draft"


class AlreadyExists(StorageError):
    """A second record with a key that must be unique (id, e-mail, SKU, promo code).

    Attributes:
        kind: What kind of record it is, such as "contact".
        field: The field that must be unique.
        value: The value that is taken.
    """

    code = "already_exists"
    kind: str
    field: str
    value: str

    def __str__(self) -> str:
        return f"there is already {with_article(self.kind)} with {self.field} {shown(self.value)}"


class BulkStopped(StorageError):
    """A bulk change that stopped on the way; what failed is the `__cause__` (HA-9).

    Attributes:
        done: How many records are done: all of them are stored.
        total: How many there were to do.
        after: The id of the last one that is done, to go on after; empty for none.
        problem: What failed, in words.
    """

    code = "bulk_stopped"
    done: int
    total: int
    after: str
    problem: str

    def __str__(self) -> str:
        return (
            f"stopped after {self.done} of {self.total} records, which are stored: {self.problem}"
        )


class IdempotencyConflict(StorageError):
    """An idempotency key that was used for a different request (ST-7).

    Attributes:
        key: The idempotency key.
        order_number: The number of the order that it placed.
    """

    code = "idempotency_conflict"
    key: str
    order_number: str

    def __str__(self) -> str:
        return (
            f"the idempotency key {shown(self.key)} was used for another request, which placed "
            f"order {self.order_number}: use a new key"
        )


class WorkEnded(StorageError):
    """A unit of work that was used after its end."""

    code = "work_ended"

    def __str__(self) -> str:
        return "this unit of work has ended: open another one"


class WorkGivenUp(WorkEnded):
    """A unit of work that was used after an error had ended it; nothing of it is stored (ST-5).

    Such an error is one of the database (a full disk, a lost connection, a time limit ...), an
    interrupt, or a `commit()` that failed. A refused record (`AlreadyExists`, `Conflict`) is none.

    Attributes:
        because: What ended it.
    """

    code = "work_given_up"
    because: str

    def __str__(self) -> str:
        return f"this unit of work was given up: {self.because}; open another one"


class WorkInUse(StorageError):
    """A unit of work that was used in one thread while another one was using it."""

    code = "work_in_use"

    def __str__(self) -> str:
        return "another thread is using this unit of work: open one in each thread"


class ReadOnly(StorageError):
    """A change in a unit of work that was opened for reading (ST-1)."""

    code = "read_only"

    def __str__(self) -> str:
        return "this unit of work is for reading only: open one with write()"


class ReadOnlyPort(StorageError):
    """A change of records that the application keeps, and that cartcore only reads (HA-1).

    Attributes:
        port: Which records: "contacts", "products" or "promotions".
    """

    code = "read_only_port"
    port: str

    def __str__(self) -> str:
        return (
            f"the {self.port} are those of the application, and are only read here: "
            "change them in the application"
        )


class PortFailed(StorageError):
    """A port of the application that raised, or answered what cannot be; nothing is stored (HA-1).

    What it raised is the `__cause__`.

    Attributes:
        port: Which one: "contacts", "products" or "promotions".
        call: What it was asked, such as "many".
        problem: What was wrong with the answer.
    """

    code = "port_failed"
    port: str
    call: str
    problem: str

    def __str__(self) -> str:
        return f"the application's {self.port} failed for {self.call}: {self.problem}"


class StorageNotEmpty(StorageError):
    """A storage that has records already, where an export was to be read into it (ST-12).

    Attributes:
        kind: What it has already, such as "contacts".
    """

    code = "storage_not_empty"
    kind: str

    def __str__(self) -> str:
        return (
            f"the storage already has {self.kind}: an export can only be imported into an empty one"
        )


class ImportDiffers(StorageError):
    """What a storage gave back differed from what was read into it; nothing was kept (ST-12).

    Attributes:
        given: What was read into it: counts and digest.
        found: What it gave back.
    """

    code = "import_differs"
    given: str
    found: str

    def __str__(self) -> str:
        return f"the storage was given {self.given}, but holds {self.found}: nothing was imported"


class UnknownPosition(StorageError):
    """A position that reading events cannot go on from without missing some (HA-6).

    Attributes:
        position: The position that was asked for.
        first: The sequence number of the oldest event that is left.
        last: The sequence number of the last event.
    """

    code = "unknown_position"
    position: int
    first: int
    last: int

    def __str__(self) -> str:
        if self.position > self.last:
            return (
                f"there is no event {shown(self.position)}, since the last one is "
                f"{shown(self.last)}: the position is of another storage, or of one that was "
                "later restored from a backup"
            )
        return (
            f"the events after {shown(self.position)} were pruned up to {shown(self.first - 1)}: "
            f"read the orders themselves, and go on after {shown(self.first - 1)}"
        )


class StorageBusy(StorageError):
    """Another writer kept the storage locked for longer than the timeout; try again.

    Attributes:
        detail: What was waited for.
    """

    code = "storage_busy"
    detail: str

    def __str__(self) -> str:
        return f"the storage is busy: {self.detail}"


class StorageUnavailable(StorageError):
    """The storage cannot be reached, read or written.

    Attributes:
        detail: What went wrong.
    """

    code = "storage_unavailable"
    detail: str

    def __str__(self) -> str:
        return f"the storage is not available: {self.detail}"


class UnfitConnection(StorageError):
    """A connection of the application in whose transaction nothing can be stored safely (HA-2).

    Attributes:
        setting: What about it is unfit, such as "isolation level".
        found: What it is.
        needed: What it has to be.
    """

    code = "unfit_connection"
    setting: str
    found: str
    needed: str

    def __str__(self) -> str:
        return (
            f"the {self.setting} of the application's transaction must be {self.needed}, "
            f"not {self.found}"
        )


class OutcomeUnknown(StorageUnavailable):
    """A commit of which nobody can tell whether it is stored: the answer was lost, or the file.

    An order can be asked for by its idempotency key (ST-7).
    """

    code = "outcome_unknown"

    def __str__(self) -> str:
        return f"it is not known whether this was stored: {self.detail}"


class ForkedStorage(StorageError):
    """A storage that was opened before the process forked, used in the new process.

    Attributes:
        where: The file or database, without passwords.
    """

    code = "forked_storage"
    where: str

    def __str__(self) -> str:
        return (
            f"{self.where} was opened in another process: open it after the fork, in each process"
        )


class ForeignStorage(StorageError):
    """A file or database that is damaged or not cartcore's.

    Attributes:
        where: The file or database, without passwords.
        problem: What is wrong with it.
    """

    code = "foreign_storage"
    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where} is not a usable cartcore storage: {self.problem}"


class SchemaMismatch(StorageError):
    """A database whose tables are of another version than this cartcore's (ST-3).

    Attributes:
        where: The file or database, without passwords.
        found: The version of its tables; 0 without any tables of cartcore.
        needed: The version that this cartcore needs.
    """

    code = "schema_mismatch"
    where: str
    found: int
    needed: int

    def __str__(self) -> str:
        if self.found > self.needed:
            return (
                f"{self.where} was made by a newer cartcore: it has schema version {self.found}, "
                f"but this cartcore needs {self.needed}: update cartcore"
            )
        has = f"schema version {self.found}" if self.found else "no tables of cartcore"
        return (
            f"{self.where} has {has}, but this cartcore needs schema version {self.needed}: "
            "migrate it first"
        )
