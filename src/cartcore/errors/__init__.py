"""Every error that cartcore raises.

::

    CartcoreError
    ├── InvalidInput (ValueError)      what was given cannot be used
    │   ├── InvalidAmount, CurrencyMismatch, UnknownCurrency
    │   ├── InvalidQuantity, InvalidText, InvalidAddress, InvalidField, TooManyWords
    │   ├── OptionsRequired, OptionsNotAvailable, NotPublished, AmbiguousBarcode
    │   ├── CustomItemsNotAllowed, PriceNotAllowed
    │   ├── CodeRejected, CodeOnWrongStep, PromotionNotAvailable
    │   ├── DiscountRejected
    │   ├── TaxUndetermined, InvalidTaxTable
    │   ├── TiedLineError, InvalidSplit, MultipleAddressesNotOffered, SpeedNotOffered
    │   └── InvalidCatalogFile, InvalidExport
    ├── NotFound (LookupError)         no such contact, product, draft, order, line ...
    ├── WorkflowError                  the right thing at the wrong time
    │   ├── StoreNotReady, ContactNeedsAddress, ContactArchived
    │   ├── StepNotReachable, EmptyOrder
    │   ├── HookFailed, CommitNotAllowed
    │   ├── SpeedsMissing, DraftHasProblems, DraftPlaced, QuoteChanged
    │   └── OrderChangeNotAllowed, CannotReprice
    ├── PluginError                    a plugin broke its contract
    │   └── InvalidPlugins
    └── StorageError                   what the storage could not do
        ├── Conflict ── StaleDraft
        ├── AlreadyExists, IdempotencyConflict, BulkStopped
        ├── WorkEnded ── WorkGivenUp
        ├── WorkInUse, ReadOnly, ReadOnlyPort, PortFailed, StorageNotEmpty, ImportDiffers
        ├── UnknownPosition
        ├── StorageUnavailable ── OutcomeUnknown
        ├── UnfitConnection
        ├── StorageBusy, ForkedStorage
        └── ForeignStorage, SchemaMismatch

`code` never changes between releases and is what programs should compare; the fields carry the
figures; `str(error)` is a sentence for people.
"""

from cartcore.errors.base import (
    CartcoreError,
    InvalidInput,
    InvalidPlugins,
    NotFound,
    PluginError,
    StorageError,
    WorkflowError,
)
from cartcore.errors.fields import (
    InvalidAddress,
    InvalidField,
    InvalidQuantity,
    InvalidText,
    TooManyWords,
)
from cartcore.errors.files import InvalidCatalogFile, InvalidExport
from cartcore.errors.money import CurrencyMismatch, InvalidAmount, UnknownCurrency
from cartcore.errors.products import (
    AmbiguousBarcode,
    CustomItemsNotAllowed,
    NotPublished,
    OpenChoice,
    OptionsNotAvailable,
    OptionsRequired,
    PriceNotAllowed,
)
from cartcore.errors.promotions import (
    CodeOnWrongStep,
    CodeRejected,
    DiscountRejected,
    PromotionNotAvailable,
    TiedLineError,
)
from cartcore.errors.shipping import InvalidSplit, MultipleAddressesNotOffered, SpeedNotOffered
from cartcore.errors.storage import (
    AlreadyExists,
    BulkStopped,
    Conflict,
    ForeignStorage,
    ForkedStorage,
    IdempotencyConflict,
    ImportDiffers,
    OutcomeUnknown,
    PortFailed,
    ReadOnly,
    ReadOnlyPort,
    SchemaMismatch,
    StaleDraft,
    StorageBusy,
    StorageNotEmpty,
    StorageUnavailable,
    UnfitConnection,
    UnknownPosition,
    WorkEnded,
    WorkGivenUp,
    WorkInUse,
)
from cartcore.errors.taxes import InvalidTaxTable, TaxUndetermined
from cartcore.errors.workflow import (
    CannotReprice,
    CommitNotAllowed,
    ContactArchived,
    ContactNeedsAddress,
    DraftHasProblems,
    DraftPlaced,
    EmptyOrder,
    HookFailed,
    OrderChangeNotAllowed,
    Priced,
    QuoteChanged,
    SpeedsMissing,
    StepNotReachable,
    StoreNotReady,
)

__all__ = (
    "AlreadyExists",
    "AmbiguousBarcode",
    "BulkStopped",
    "CannotReprice",
    "CartcoreError",
    "CodeOnWrongStep",
    "CodeRejected",
    "CommitNotAllowed",
    "Conflict",
    "ContactArchived",
    "ContactNeedsAddress",
    "CurrencyMismatch",
    "CustomItemsNotAllowed",
    "DiscountRejected",
    "DraftHasProblems",
    "DraftPlaced",
    "EmptyOrder",
    "ForeignStorage",
    "ForkedStorage",
    "HookFailed",
    "IdempotencyConflict",
    "ImportDiffers",
    "InvalidAddress",
    "InvalidAmount",
    "InvalidCatalogFile",
    "InvalidExport",
    "InvalidField",
    "InvalidInput",
    "InvalidPlugins",
    "InvalidQuantity",
    "InvalidSplit",
    "InvalidTaxTable",
    "InvalidText",
    "MultipleAddressesNotOffered",
    "NotFound",
    "NotPublished",
    "OpenChoice",
    "OptionsNotAvailable",
    "OptionsRequired",
    "OrderChangeNotAllowed",
    "OutcomeUnknown",
    "PluginError",
    "PortFailed",
    "PriceNotAllowed",
    "Priced",
    "PromotionNotAvailable",
    "QuoteChanged",
    "ReadOnly",
    "ReadOnlyPort",
    "SchemaMismatch",
    "SpeedNotOffered",
    "SpeedsMissing",
    "StaleDraft",
    "StepNotReachable",
    "StorageBusy",
    "StorageError",
    "StorageNotEmpty",
    "StorageUnavailable",
    "StoreNotReady",
    "TaxUndetermined",
    "TiedLineError",
    "TooManyWords",
    "UnfitConnection",
    "UnknownCurrency",
    "UnknownPosition",
    "WorkEnded",
    "WorkGivenUp",
    "WorkInUse",
    "WorkflowError",
)
