"""What a quote of a draft says that it is a quote of (OE-18)."""

from zlib import crc32

import attrs

from cartcore.orders.draft import Draft
from cartcore.shop.contact import Contact


@attrs.frozen
class QuoteReference:
    """A draft, its version, and a check sum of its contact's name, e-mail and phone."""

    draft_id: str
    version: int
    reach: str

    @classmethod
    def of(cls, draft: Draft, contact: Contact | None) -> "QuoteReference":
        """What the quotes of a draft refer to."""
        reach = "" if contact is None else f"{contact.name}\n{contact.email}\n{contact.phone}"
        return cls(draft.id, draft.version, f"{crc32(reach.encode()):08x}")

    @classmethod
    def parse(cls, text: str) -> "QuoteReference | None":
        """Read what `Quote.reference` has; None for that of any other cart."""
        draft_id, _, rest = text.rpartition("@")
        version, _, reach = rest.partition("#")
        try:
            return cls(draft_id, int(version), reach) if version.isdecimal() else None
        except ValueError:  # more digits than Python reads
            return None

    def __str__(self) -> str:
        return f"{self.draft_id}@{self.version}#{self.reach}"
