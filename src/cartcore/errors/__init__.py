"""Every error that cartcore raises.

::

    CartcoreError
    ├── InvalidInput (ValueError)      what was given cannot be used
    │   ├── InvalidAmount, CurrencyMismatch, UnknownCurrency
    │   ├── InvalidQuantity, InvalidText, InvalidAddress, InvalidField, TooManyWords
    │   ├── OptionsRequired, OptionsNotAvailable, NotPublished, AmbiguousBarcode
    │   ├── CodeRejected, CodeOnWrongStep, PromotionNotAvailable
    │   ├── DiscountRejected
    │   ├── TiedLineError, InvalidSplit, MultipleAddressesNotOffered, SpeedNotOffered
    │   └── InvalidCatalogFile, InvalidExport
    ├── NotFound (LookupError)         no such contact, product, draft, order, line ...
    ├── WorkflowError                  the right thing at the wrong time
    │   ├── StoreNotReady, ContactNeedsAddress, StepNotReachable, EmptyOrder
    │   ├── SpeedsMissing, DraftHasProblems, DraftPlaced, QuoteChanged
    │   └── OrderChangeNotAllowed
    ├── PluginError                    a plugin broke its contract
    └── StorageError                   what the storage could not do
        ├── Conflict ── StaleDraft
        ├── AlreadyExists, IdempotencyConflict
        ├── WorkEnded ── WorkGivenUp
        ├── WorkInUse, ReadOnly, StorageNotEmpty, ImportDiffers
        ├── StorageUnavailable ── OutcomeUnknown
        ├── StorageBusy, ForkedStorage
        └── ForeignStorage, SchemaMismatch

`code` never changes between releases and is what programs should compare; the fields carry the
figures; `str(error)` is a sentence for people.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, dataclass_transform

from cartcore.errors.sentences import listed, shown, with_article

if TYPE_CHECKING:
    from cartcore.entry.shown import Shown
    from cartcore.pricing.quote import Quote
    from cartcore.shop.product import OpenOptions


@dataclass_transform()
class CartcoreError(Exception):
    """The root of the tree above.

    A subclass declares its typed fields; they are given in this order or by name. Not attrs: forty
    generated classes would be a fifth of what `import cartcore` takes.
    """

    code: ClassVar[str] = "error"
    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = tuple(
            name for name in cls.__annotations__ if name not in CartcoreError.__annotations__
        )
        cls._fields = (*cls._fields, *own)

    def __init__(self, *values: object, **named: object) -> None:
        given = dict(zip(self._fields, values, strict=False)) | named
        if len(values) > len(self._fields) or given.keys() != set(self._fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self._fields) or 'nothing'}")
        for name, value in given.items():
            setattr(self, name, value)
        super().__init__(*(given[name] for name in self._fields))


class InvalidInput(CartcoreError, ValueError):
    """What was given cannot be used; nothing was changed."""

    code = "invalid_input"


class InvalidAmount(InvalidInput):
    """An amount that is not an exact, allowed sum of money (PR-2).

    Attributes:
        value: What was given.
        expected: What would be right, in words.
    """

    code = "invalid_amount"
    value: object
    expected: str

    def __str__(self) -> str:
        return f"{shown(self.value)} is not a usable amount: {self.expected}"


class CurrencyMismatch(InvalidInput):
    """Two currencies where there can be only one (PR-1).

    Attributes:
        expected: The ISO 4217 code of the currency that is used.
        given: That of the currency that was given.
        where: Whose currency it is, such as "the price of MUG".
    """

    code = "currency_mismatch"
    expected: str
    given: str
    where: str

    def __str__(self) -> str:
        return f"{self.where} is in {self.given}, but {self.expected} is used here"


class UnknownCurrency(InvalidInput):
    """A currency code that ISO 4217 does not have.

    Attributes:
        currency: What was given.
    """

    code = "unknown_currency"
    currency: object

    def __str__(self) -> str:
        return f"{shown(self.currency)} is not a currency code of ISO 4217, such as 'USD'"


class InvalidQuantity(InvalidInput):
    """A quantity that is not a whole number in the allowed range (OE-5).

    Attributes:
        quantity: What was given.
        maximum: The largest quantity that is allowed.
    """

    code = "invalid_quantity"
    quantity: object
    maximum: int

    def __str__(self) -> str:
        return (
            f"{shown(self.quantity)} is not a usable quantity: "
            f"a whole number from 1 to {self.maximum} is needed"
        )


class InvalidText(InvalidInput):
    """A text that is empty, too long or has control characters.

    Attributes:
        field: The name of the field or parameter.
        value: What was given.
        expected: What would be right, in words.
    """

    code = "invalid_text"
    field: str
    value: object
    expected: str

    def __str__(self) -> str:
        return f"{self.field} {shown(self.value)} cannot be used: {self.expected}"


class TooManyWords(InvalidInput):
    """A search with more different words than are looked for (OE-28).

    Attributes:
        words: How many different words the search has.
        most: How many are allowed.
    """

    code = "too_many_words"
    words: int
    most: int

    def __str__(self) -> str:
        return f"the search has {self.words} different words; at most {self.most} are looked for"


class InvalidAddress(InvalidInput):
    """An address that a parcel cannot be sent to.

    Attributes:
        field: The name of the field.
        value: What was given.
        expected: What would be right, in words.
    """

    code = "invalid_address"
    field: str
    value: object
    expected: str

    def __str__(self) -> str:
        return f"the address has {self.field} {shown(self.value)}: {self.expected}"


class InvalidField(InvalidInput):
    """A field of a record (product, promotion, store ...) with a value it cannot have.

    Attributes:
        path: The field, with the way to it: "Promotion.effect.percent".
        value: What was given.
        expected: What would be right, in words.
    """

    code = "invalid_field"
    path: str
    value: object
    expected: str

    def __str__(self) -> str:
        return f"{self.path} is {shown(self.value)}: {self.expected}"


class OptionsRequired(InvalidInput):
    """Options of a product were left open (OE-4, OE-7).

    Attributes:
        open: The products whose options are open, with what can be chosen.
    """

    code = "options_required"
    open: "tuple[OpenOptions, ...]"

    def __str__(self) -> str:
        return f"choose options first: {'; '.join(str(o) for o in self.open)}"


class OptionsNotAvailable(InvalidInput):
    """A choice of options that no published variant has (OE-4).

    Attributes:
        given: The choice, as values by option name.
        open: What can be chosen instead.
    """

    code = "options_not_available"
    given: Mapping[str, str]
    open: "OpenOptions"

    def __str__(self) -> str:
        given = ", ".join(f"{name}={shown(value)}" for name, value in self.given.items())
        return f"{self.open.title} is not to be had with {given or 'no options'}: {self.open}"


class NotPublished(InvalidInput):
    """A product or variant that is not on sale (OE-5).

    Attributes:
        kind: What it is: "product" or "variant".
        key: Its id or SKU.
    """

    code = "not_published"
    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind} {shown(self.key)} is not published, so it cannot be ordered"


class AmbiguousBarcode(InvalidInput):
    """A barcode that several variants on sale have.

    Attributes:
        barcode: The barcode.
        variants: The variants, as (SKU, title) pairs.
    """

    code = "ambiguous_barcode"
    barcode: str
    variants: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        choices = "; ".join(f"{title} ({sku})" for sku, title in self.variants)
        barcode = shown(self.barcode)
        return f"several variants have the barcode {barcode}; add one of them by its SKU: {choices}"


class CodeRejected(InvalidInput):
    """A promo code that does nothing here (OE-17).

    Attributes:
        promo_code: The code, as it was entered.
        reason: Why, as a code for programs; see the list of reasons in the documentation.
        message: Why, in words.
    """

    code = "code_rejected"
    promo_code: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"the code {shown(self.promo_code)} cannot be used: {self.message}"


class CodeOnWrongStep(InvalidInput):
    """A code that belongs to another step (OE-17).

    Attributes:
        promo_code: The code, as it was entered.
        promotion_class: The class of its promotion.
        step: The step that the draft is on.
        belongs_to: The step on which it can be entered.
    """

    code = "code_on_wrong_step"
    promo_code: str
    promotion_class: str
    step: str
    belongs_to: str

    def __str__(self) -> str:
        return (
            f"the code {shown(self.promo_code)} is for {shown(self.promotion_class, write=str)} "
            f"discounts: enter it on the step {shown(self.belongs_to)}, not on {shown(self.step)}"
        )


class PromotionNotAvailable(InvalidInput):
    """A promotion that this cart and contact cannot have (OE-7).

    Attributes:
        promotion_id: The id of the promotion.
        reason: Why, as a code for programs; see the list of reasons in the documentation.
        message: Why, in words.
    """

    code = "promotion_not_available"
    promotion_id: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"the promotion {shown(self.promotion_id)} cannot be added: {self.message}"


class DiscountRejected(InvalidInput):
    """A discount by hand that would take nothing off (PR-28).

    Attributes:
        what: What it was for: a line by its description, or "the order".
        reason: Why, as a code for programs.
        message: Why, in words.
    """

    code = "discount_rejected"
    what: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"this discount on {shown(self.what)} cannot be given: {self.message}"


class TiedLineError(InvalidInput):
    """A change of a line that belongs to a promotion (OE-9).

    Attributes:
        line_id: The id of the line.
        promotion_id: The id of the promotion.
        promotion_name: The name of the promotion.
    """

    code = "tied_line"
    line_id: str
    promotion_id: str
    promotion_name: str

    def __str__(self) -> str:
        return (
            f"this line was added by the promotion {shown(self.promotion_name)} and follows it: "
            "remove that promotion instead"
        )


class InvalidSplit(InvalidInput):
    """Units of a line that do not add up over its shipments (OE-12).

    Attributes:
        line_id: The id of the line.
        description: The title of the line with its options.
        quantity: How many units the line has.
        given: How many were assigned.
    """

    code = "invalid_split"
    line_id: str
    description: str
    quantity: int
    given: int

    def __str__(self) -> str:
        units = shown(self.quantity)
        return (
            f"there are {units} × {shown(self.description, write=str)}, "
            f"but {shown(self.given)} were assigned: the parts must add up to {units}"
        )


class MultipleAddressesNotOffered(InvalidInput):
    """Several addresses for an order that cannot be split, or gifts without them (OE-12, OE-14).

    Attributes:
        message: Why, in words.
    """

    code = "multiple_addresses_not_offered"
    message: str

    def __str__(self) -> str:
        return self.message


class SpeedNotOffered(InvalidInput):
    """A shipping speed that no provider quotes for this shipment (OE-13).

    Attributes:
        shipment_id: The id of the shipment.
        address: Where it goes.
        speed: The code that was asked for.
        offered: The codes of the speeds on offer.
    """

    code = "speed_not_offered"
    shipment_id: str
    address: str
    speed: str
    offered: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"the speed {shown(self.speed)} is not offered "
            f"for {shown(self.address, write=str)}: choose from {listed(self.offered)}"
        )


class InvalidCatalogFile(InvalidInput):
    """A catalogue file that cannot be read at all.

    Attributes:
        problem: What is wrong.
        expected: What would be right, in words.
    """

    code = "invalid_catalog_file"
    problem: str
    expected: str

    def __str__(self) -> str:
        return f"the catalogue file cannot be read: {self.problem}; {self.expected}"


class InvalidExport(InvalidInput):
    """A line of an export that cannot be read, or does not belong there (ST-12).

    Attributes:
        line: The number of the line; 1 is the first.
        problem: What is wrong.
    """

    code = "invalid_export"
    line: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.line} of the export: {self.problem}"


class NotFound(CartcoreError, LookupError):
    """Nothing is kept under this key.

    Attributes:
        kind: What was looked for, such as "contact".
        key: The key that it was looked for by.
    """

    code = "not_found"
    kind: str
    key: object

    def __str__(self) -> str:
        return f"there is no {self.kind} {shown(self.key)}"


class WorkflowError(CartcoreError):
    """A change that is not possible in the present state; nothing was changed."""

    code = "workflow"


class StoreNotReady(WorkflowError):
    """A store in which no orders can be entered (OE-1).

    Attributes:
        missing: What the store lacks, in words.
    """

    code = "store_not_ready"
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"orders cannot be entered in this store: {'; '.join(self.missing)}"


class ContactNeedsAddress(WorkflowError):
    """A contact without any address (OE-3).

    Attributes:
        contact_id: The id of the contact.
        name: The name of the contact.
    """

    code = "contact_needs_address"
    contact_id: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} has no address: add one to go on"


class StepNotReachable(WorkflowError):
    """A step whose predecessors are not finished (OE-23).

    Attributes:
        step: The step that was asked for.
        reachable: The steps that can be reached.
        because: What has to be done first.
    """

    code = "step_not_reachable"
    step: str
    reachable: tuple[str, ...]
    because: str

    def __str__(self) -> str:
        return (
            f"the step {shown(self.step)} cannot be reached: {self.because} "
            f"(reachable: {listed(self.reachable)})"
        )


class EmptyOrder(WorkflowError):
    """An order with no lines (OE-10)."""

    code = "empty_order"

    def __str__(self) -> str:
        return "the order has no items: add one first"


class SpeedsMissing(WorkflowError):
    """Shipments without a usable shipping speed (OE-13).

    Attributes:
        shipments: The ids of the shipments.
        addresses: Where they go, in the same order.
    """

    code = "speeds_missing"
    shipments: tuple[str, ...]
    addresses: tuple[str, ...]

    def __str__(self) -> str:
        return f"choose a shipping speed for {listed(self.addresses, '; ')}"


class DraftHasProblems(WorkflowError):
    """A draft that cannot be placed yet (OE-18, OE-23).

    Attributes:
        problems: Why, one by one: each is a `Problem`.
    """

    code = "draft_has_problems"
    problems: tuple[object, ...]

    def __str__(self) -> str:
        return f"the order cannot be placed: {'; '.join(str(p) for p in self.problems)}"


class DraftPlaced(WorkflowError):
    """A change of a draft that has become an order.

    Attributes:
        draft_id: The id of the draft.
        order_number: The number of the order that it became.
    """

    code = "draft_placed"
    draft_id: str
    order_number: str

    def __str__(self) -> str:
        return f"this draft was placed as order {self.order_number} and cannot be changed"


class QuoteChanged(WorkflowError):
    """What would be charged, or to whom, differs from what the caller saw (OE-18).

    Attributes:
        seen: What was shown, or None where only a token was given.
        current: What it costs now.
        differences: What differs, one sentence each; empty where `seen` is None.
    """

    code = "quote_changed"
    seen: "Quote | Shown | None"
    current: "Quote"
    differences: tuple[str, ...]

    def __str__(self) -> str:
        what = "; ".join(self.differences) or "look through it once more"
        return f"the order has changed since it was shown: {what}"


class OrderChangeNotAllowed(WorkflowError):
    """A change that an order in this state does not allow (OE-21).

    Attributes:
        order_number: The number of the order.
        change: What was asked for, in words.
        status: The status of the order.
        because: Why it is not possible.
        allowed: What is possible.
    """

    code = "order_change_not_allowed"
    order_number: str
    change: str
    status: str
    because: str
    allowed: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"order {self.order_number} is {self.status}; {self.change} is not possible: "
            f"{self.because} (possible: {listed(self.allowed)})"
        )


class PluginError(CartcoreError):
    """A plugin that broke its contract (PR-20).

    Attributes:
        plugin: The type or plugin at fault.
        subject: What it was asked for.
        problem: What went wrong.
    """

    code = "plugin"
    plugin: str
    subject: str
    problem: str

    def __str__(self) -> str:
        return f"the plugin {self.plugin!r} failed for {self.subject}: {self.problem}"


class StorageError(CartcoreError):
    """What the storage refused or could not do."""

    code = "storage"


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
        now = "deleted" if current is None else f"at version {shown(current)}"
        return (
            f"{self.kind} {shown(self.key)} was changed by someone else: "
            f"this change is based on version {shown(self.given_version)}, it is now {now}"
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
            f"the idempotency key {shown(self.key)} has already placed order {self.order_number} "
            f"for another request: use a new key"
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
        return "a unit of work for reading changes nothing: open one with write()"


class StorageNotEmpty(StorageError):
    """A storage that has records already, where an export was to be read into it (ST-12).

    Attributes:
        kind: What it has already, such as "contacts".
    """

    code = "storage_not_empty"
    kind: str

    def __str__(self) -> str:
        return f"the storage already has {self.kind}: an export is read into an empty one"


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
        return f"the storage was given {self.given}, and holds {self.found}: nothing was imported"


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
        return f"{self.where} was opened in another process: open it after the fork, in each one"


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
                f"{self.where} is of a newer cartcore: its schema has version {self.found}, and "
                f"this cartcore needs {self.needed}: update cartcore"
            )
        has = f"a schema of version {self.found}" if self.found else "no tables of cartcore"
        return f"{self.where} has {has}, and this cartcore needs {self.needed}: migrate it first"
