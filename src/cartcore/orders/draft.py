"""The draft: a cart that is being entered, saved as it goes (OE-22)."""

from datetime import datetime
from enum import StrEnum

import attrs
from moneyed import Money

from cartcore.cart import AppliedPromotion, ManualDiscount
from cartcore.shop.address import Address
from cartcore.values.records import typed


class Step(StrEnum):
    """The steps of order entry, in their order."""

    CONTACT = "contact"
    ITEMS = "items"
    SHIPPING = "shipping"
    REVIEW = "review"


@attrs.frozen(kw_only=True, field_transformer=typed)
class LineItem:
    """Units of one variant, entered by hand. Its price is the catalogue's until it is placed."""

    id: str
    product_id: str
    sku: str
    quantity: int


@attrs.frozen(kw_only=True, field_transformer=typed)
class Gift:
    """A gift mark, with an optional message (OE-14)."""

    message: str = ""


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShipmentLine:
    """Units of a line, tied lines included, that go with one shipment."""

    line_id: str
    quantity: int
    gift: Gift | None = None


@attrs.frozen(kw_only=True, field_transformer=typed)
class Shipment:
    """Units that go to one address; `speed` is the code of the chosen shipping speed."""

    id: str
    address: Address
    lines: tuple[ShipmentLine, ...] = ()
    speed: str = ""

    def quantity_of(self, line_id: str) -> int:
        """How many units of a line are in this shipment."""
        return sum(line.quantity for line in self.lines if line.line_id == line_id)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Cleared:
    """Something that a change made invalid, and that was therefore taken away (OE-15)."""

    what: str
    subject: str
    message: str

    def __str__(self) -> str:
        return self.message


@attrs.frozen(kw_only=True, field_transformer=typed)
class Draft:
    """An order being entered. Frozen: every change gives a new draft.

    `applied` are promotions by code or pick, in order; `refused` ids of promotions that staff
    removed (OE-25). `manual` are discounts that staff gave by hand, in order (PR-28). `cleared` is
    what the last change took away (OE-15). `next_line`, `next_shipment` and `next_discount` number
    them, so that an id is never used twice. `note` is what staff have to tell each other; with the
    order it stands in the history. `version` is kept by the storage (ST-8).

    `updated_by` is who changed it last, empty if nobody said so. `total` is what it came to then,
    for lists of drafts: a view has the price of now. It is None in drafts that were stored before
    it was kept.
    """

    id: str
    currency: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    updated_by: str = ""
    total: Money | None = None
    step: Step = Step.CONTACT
    contact_id: str = ""
    lines: tuple[LineItem, ...] = ()
    applied: tuple[AppliedPromotion, ...] = ()
    refused: tuple[str, ...] = ()
    manual: tuple[ManualDiscount, ...] = ()
    multiple_addresses: bool = False
    shipments: tuple[Shipment, ...] = ()
    cleared: tuple[Cleared, ...] = ()
    next_line: int = 1
    next_shipment: int = 1
    next_discount: int = 1
    note: str = ""
    version: int = 0

    @property
    def reference(self) -> str:
        """Which draft this is, at which version: what its quotes are quotes of."""
        return f"{self.id}@{self.version}"

    def line(self, line_id: str) -> LineItem | None:
        """The hand-entered line with this id."""
        return next((line for line in self.lines if line.id == line_id), None)

    def shipment(self, shipment_id: str) -> Shipment | None:
        """The shipment with this id."""
        return next((s for s in self.shipments if s.id == shipment_id), None)
