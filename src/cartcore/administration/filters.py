"""Which promotions and drafts a list shows (HA-9, HA-11)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import attrs

from cartcore.orders.draft import Draft
from cartcore.promotions.promotion import Promotion, normalize_code
from cartcore.promotions.types import PromotionClass
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, email_key
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, as_attributes
from cartcore.values.phones import has_phone, sought_digits
from cartcore.values.readers import utc
from cartcore.values.records import checked, typed
from cartcore.values.search import fold, matches, searched, starts
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
        state: What it is now.

    Raises:
        TooManyWords: a text with too many words.
    """

    text: str = ""
    code: str = ""
    promotion_class: PromotionClass | None = None
    state: PromotionState | None = None

    def __attrs_post_init__(self) -> None:
        searched(self.text)

    def matches(self, promotion: Promotion, at: datetime) -> bool:
        """Whether a promotion is one of those looked for, at an instant."""
        return (
            matches(self.text, promotion.name)
            and (not self.code or self._has_code(promotion))
            and self.promotion_class in {None, promotion.promotion_class}
            and self.state in {None, PromotionState.of(promotion, at)}
        )

    def _has_code(self, promotion: Promotion) -> bool:
        # What no code can be is a text that leaves nothing to look for (OE-28).
        return bool(normal(self.code)) and normalize_code(self.code) in promotion.normalized_codes


@attrs.frozen(kw_only=True, field_transformer=checked)
class DraftFilter:
    """What a draft must be like; all that is given must hold (HA-9, HA-11).

    Case and accents are ignored. What leaves nothing to look for matches nothing (OE-28).

    Attributes:
        contact_id: The id of its contact.
        actor: Who began it.
        unchanged_since: The time after which nobody has changed it.
        name: The start of any word of its contact's name; several words must all be found.
        email: The beginning of its contact's e-mail address.
        phone: A number, or its last digits, of its contact or of an address it goes to.
        recipient: The start of any word of a name or company that it goes to.
        address: Starts of words of an address that it goes to, which must all be found in one.
        attributes: Attributes that it has, with these values.

    Raises:
        TooManyWords: a text with too many words.
        InvalidField: a time without a time zone.
    """

    contact_id: str = ""
    actor: str = ""
    unchanged_since: datetime | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    recipient: str = ""
    address: str = ""
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)

    def __attrs_post_init__(self) -> None:
        for text in (self.name, self.recipient, self.address):
            searched(text)
        if self.unchanged_since is not None:
            utc(self.unchanged_since, "unchanged_since")

    @property
    def asks_of_contact(self) -> bool:
        """Whether the contact has to be known."""
        return bool(self.name or self.email or self.phone)

    def matches(self, draft: Draft, contact: Contact | None, country: str) -> bool:
        """Whether a draft is one of those looked for.

        `contact` is its contact, if there is one and it `asks_of_contact`; `country` is where phone
        numbers are called without a country code.
        """
        going_to = [shipment.address for shipment in draft.shipments]
        return (
            self.contact_id in {"", draft.contact_id}
            and (not self.actor or self._began(draft))
            and (self.unchanged_since is None or draft.updated_at < self.unchanged_since)
            and self._is_of(contact, going_to, country)
            and (not self.recipient or any(map(self._receives, going_to)))
            and (not self.address or any(map(self._is_there, going_to)))
            and _has(draft.attributes, self.attributes)
        )

    def _began(self, draft: Draft) -> bool:
        by = normal(self.actor)
        return bool(by) and normal(draft.created_by) == by

    def _is_of(self, contact: Contact | None, going_to: list[Address], country: str) -> bool:
        if contact is None and (self.name or self.email):
            return False
        phones = [*(contact.phones if contact else ()), *(a.phone for a in going_to)]
        return (
            (not self.phone or has_phone(phones, sought_digits(self.phone, country)))
            and (contact is None or matches(self.name, contact.name))
            and (contact is None or starts(self.email, fold(email_key(contact.email))))
        )

    def _receives(self, address: Address) -> bool:
        return matches(self.recipient, f"{address.name} {address.company}")

    def _is_there(self, address: Address) -> bool:
        return matches(self.address, address.searched_words)


def _has(attributes: Attributes, wanted: Mapping[str, object]) -> bool:
    return all(
        name in attributes and type(attributes[name]) is type(value) and attributes[name] == value
        for name, value in wanted.items()
    )


@attrs.frozen(kw_only=True, field_transformer=typed)
class Count:
    """How many records a list has, as far as they were counted.

    Attributes:
        number: How many there are; with `more`, how many were counted.
        more: Whether there are more than that.
    """

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number}+" if self.more else f"{self.number}"
