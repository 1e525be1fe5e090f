"""The draft: a cart that is being entered, saved as it goes (OE-22)."""

from datetime import datetime
from enum import StrEnum

import attrs
from moneyed import Money

from cartcore.cart import AppliedPromotion, CustomItem, ManualDiscount, PriceOverride
from cartcore.errors import InvalidField
from cartcore.shop.address import Address
from cartcore.values.arguments import check_arguments
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, as_attributes
from cartcore.values.records import typed


class Step(StrEnum):
    """The steps of order entry, in their order.

    Attributes:
        CONTACT: Who the order is for.
        ITEMS: What is ordered.
        SHIPPING: Where it goes, and how.
        REVIEW: What it costs, before it is placed.
    """

    CONTACT = "contact"
    ITEMS = "items"
    SHIPPING = "shipping"
    REVIEW = "review"


@attrs.frozen(kw_only=True, field_transformer=typed)
class LineItem:
    """Units of one variant that staff entered, at the catalogue's price until the order is placed.

    Or of a custom item, or at a price that staff set (HA-18).

    Attributes:
        id: What shipments and manual discounts call the line by; never used twice in a draft.
        product_id: The id of the product; empty for a custom item.
        sku: The SKU of the variant; empty for a custom item.
        quantity: How many units, from 1 to the most of the store.
        attributes: What the shop keeps of its own, such as an engraving (HA-8); units with other
            attributes are a line of their own.
        unit_price: The price of one unit that staff set; None is the catalogue's.
        override: Why it is not the catalogue's, with what that was then, or None.
        custom: What the line is of if it is of nothing in the catalogue, or None.

    Raises:
        InvalidField: a price without its reason, or a reason without its price.
    """

    id: str
    product_id: str
    sku: str
    quantity: int
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    unit_price: Money | None = None
    override: PriceOverride | None = None
    custom: CustomItem | None = None

    def __attrs_post_init__(self) -> None:
        why = [each for each in (self.override, self.custom) if each is not None]
        if len(why) != (self.unit_price is not None):
            expected = "given with one of override and custom, which say why it is not another"
            raise InvalidField("LineItem.unit_price", self.unit_price, expected)
        of_catalogue = (bool(self.sku), bool(self.product_id))
        if of_catalogue != (self.custom is None,) * 2:
            expected = "that of a variant, or empty for a custom item"
            raise InvalidField("LineItem.sku", self.sku, expected)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Gift:
    """A gift mark (OE-14).

    Attributes:
        message: What the card says; may be empty, and have several lines.
    """

    message: str = ""


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShipmentLine:
    """Units of a line, tied lines included, that go with one shipment.

    Attributes:
        line_id: The id of the line.
        quantity: How many units of it are in the shipment.
        gift: The gift mark of these units, or None.
    """

    line_id: str
    quantity: int
    gift: Gift | None = None


@attrs.frozen(kw_only=True, field_transformer=typed)
class Shipment:
    """Units that go to one address.

    Attributes:
        id: What the draft calls it by; never used twice in a draft.
        address: Where it goes.
        lines: The units in it; empty while addresses are being assigned.
        speed: The code of the chosen shipping speed; empty as long as none is chosen.
        attributes: What the shop keeps of its own beside it, by name (HA-8).
    """

    id: str
    address: Address
    lines: tuple[ShipmentLine, ...] = ()
    speed: str = ""
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)

    @property
    def units(self) -> tuple[tuple[str, int], ...]:
        """What is in it, as (line id, quantity) pairs."""
        return tuple([(line.line_id, line.quantity) for line in self.lines])

    def quantity_of(self, line_id: str) -> int:
        """How many units of a line are in this shipment."""
        return sum(line.quantity for line in self.lines if line.line_id == line_id)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Cleared:
    """Something that a change made invalid, and that was therefore taken away (OE-15).

    Attributes:
        what: The kind of thing: `contact`, `line`, `price`, `discount`, `shipments`, `shipment`,
            `multiple_addresses`, `split`, `speed` or `gift`.
        subject: Its id, or that of the shipment or line that it belonged to.
        message: A sentence for people.
    """

    what: str
    subject: str
    message: str

    def __str__(self) -> str:
        return self.message


@attrs.frozen(kw_only=True, field_transformer=typed)
class Draft:
    """An order being entered. Frozen: every change gives a new draft.

    Attributes:
        id: What the draft is opened by.
        currency: The ISO 4217 code of the store's currency.
        created_by: Who began it.
        created_at: When it was begun, in UTC.
        updated_at: When it was last saved, in UTC.
        updated_by: Who changed it last; empty if nobody said so.
        total: What it came to then, for lists of drafts; a view has the price of now. None in
            drafts that were stored before it was kept.
        step: The step it is on.
        contact_id: The id of the contact; empty as long as none is chosen.
        lines: The lines that staff entered; those that promotions add are derived by pricing.
        applied: The promotions applied by code or pick, in the order of application.
        refused: The ids of promotions that staff removed (OE-25).
        manual: The manual discounts, in the order given (PR-28).
        multiple_addresses: Whether its units are being spread over several addresses (OE-12).
        shipments: Where the units go.
        cleared: What the last change took away (OE-15).
        next_line: The number of the next line, so that no id is used twice.
        next_shipment: The number of the next shipment.
        next_discount: The number of the next manual discount.
        note: What staff have to tell each other; when the order is placed it goes into the history.
        reference: The id that another system knows the order by; it becomes that of the order.
        attributes: What the shop keeps of its own, such as a purchase-order number (HA-8); the
            order keeps it.
        version: Kept by the storage, and counted up by each change (ST-8).
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
    reference: str = ""
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    version: int = 0

    @check_arguments
    def line(self, line_id: str) -> LineItem | None:
        """The hand-entered line with this id."""
        return next((line for line in self.lines if line.id == line_id), None)

    @check_arguments
    def shipment(self, shipment_id: str) -> Shipment | None:
        """The shipment with this id."""
        return next((s for s in self.shipments if s.id == shipment_id), None)
