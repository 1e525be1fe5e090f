"""Keeping contacts, products and promotions, beside entering orders (HA-9)."""

from cartcore.administration.administration import Administration
from cartcore.administration.bulk import CHUNK, BulkResult
from cartcore.administration.filters import Count
from cartcore.orders.filters import DraftFilter
from cartcore.promotions.filters import PromotionFilter, PromotionState

__all__ = [
    "CHUNK",
    "Administration",
    "BulkResult",
    "Count",
    "DraftFilter",
    "PromotionFilter",
    "PromotionState",
]
