"""The storage ports: what the order desk needs to keep, and what an adapter promises (ST-1)."""

from cartcore.storage.events import Events
from cartcore.storage.paging import (
    LARGEST_PAGE,
    LONGEST_TIMEOUT,
    PAGE_SIZE,
    Page,
    Position,
    count_up_to,
    decode_key,
    decode_position,
    encode_key,
    most_counted,
    page_size,
    seconds,
)
from cartcore.storage.ports import (
    NO_CODES,
    Contacts,
    Drafts,
    Orders,
    Products,
    PromotionChanges,
    Promotions,
    Storage,
    UnitOfWork,
)

__all__ = [
    "LARGEST_PAGE",
    "LONGEST_TIMEOUT",
    "NO_CODES",
    "PAGE_SIZE",
    "Contacts",
    "Drafts",
    "Events",
    "Orders",
    "Page",
    "Position",
    "Products",
    "PromotionChanges",
    "Promotions",
    "Storage",
    "UnitOfWork",
    "count_up_to",
    "decode_key",
    "decode_position",
    "encode_key",
    "most_counted",
    "page_size",
    "seconds",
]
