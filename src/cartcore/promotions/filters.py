"""Which promotions a list shows (HA-9)."""

from datetime import datetime
from enum import StrEnum

import attrs

from cartcore.errors import InvalidField
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass
from cartcore.values.readers import of_kind, utc
from cartcore.values.records import checked
from cartcore.values.search import matches, searched
from cartcore.values.text import normal


class PromotionState(StrEnum):
    """What a promotion is at an instant.

    Attributes:
        ACTIVE: It can apply.
        SCHEDULED: It begins later.
        ENDED: Its time is over.
        ARCHIVED: It is switched off.
    """

    ACTIVE = "active"
    SCHEDULED = "scheduled"
    ENDED = "ended"
    ARCHIVED = "archived"

    @classmethod
    def of(cls, promotion: Promotion, at: datetime) -> "PromotionState":
        """What a promotion is at an instant."""
        if not promotion.enabled:
            return cls.ARCHIVED
        if promotion.ends_at is not None and promotion.ends_at <= at:
            return cls.ENDED
        if promotion.starts_at is not None and at < promotion.starts_at:
            return cls.SCHEDULED
        return cls.ACTIVE


@attrs.frozen(kw_only=True, field_transformer=checked)
class PromotionFilter:
    """What a promotion must be like; all that is given must hold (HA-9).

    Attributes:
        text: The start of any word of the name; several words must all be found.
        code: One of its codes, whole, in any case.
        promotion_class: What it discounts.
        state: What it is.
        at: When it is that; the administration asks for the present unless told otherwise.

    Raises:
        TooManyWords: a text with too many words.
        InvalidField: a time without a time zone.
    """

    text: str = ""
    code: str = ""
    promotion_class: PromotionClass | None = None
    state: PromotionState | None = None
    at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        searched(self.text)
        if self.at is not None:
            utc(self.at, "at")

    def matches(self, promotion: Promotion) -> bool:
        """Whether a promotion is one of those looked for: the definition that adapters follow."""
        code = normal(self.code)
        return (
            matches(self.text, promotion.name)
            and (not self.code or (bool(code) and code in promotion.normalized_codes))
            and self.promotion_class in {None, promotion.promotion_class}
            and self.state in {None, self._state_of(promotion)}
        )

    def _state_of(self, promotion: Promotion) -> PromotionState | None:
        return None if self.at is None else PromotionState.of(promotion, self.at)


EVERY_PROMOTION = PromotionFilter()
"""What all promotions match."""


def asked_for(wanted: object) -> PromotionFilter:
    """What a storage was asked for. Raises InvalidField for a state without a time."""
    found = of_kind(PromotionFilter, wanted, "wanted")
    if found.state is not None and found.at is None:
        raise InvalidField("wanted.at", found.at, "a time, as a state is asked for")
    return found
