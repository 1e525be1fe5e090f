"""What stands between a draft and an order, as data (OE-23)."""

import attrs

from cartcore.orders.draft import Step
from cartcore.values.records import NAME, typed

# --- Codes of problems ------------------------------------------------------------------------

NO_CONTACT = "no_contact"
"""No contact is chosen yet."""

CONTACT_GONE = "contact_gone"
"""The chosen contact was deleted."""

CONTACT_ARCHIVED = "contact_archived"
"""The chosen contact was archived (HA-9)."""

CONTACT_NEEDS_ADDRESS = "contact_needs_address"
"""The contact has no address."""

EMPTY_ORDER = "empty_order"
"""There are no lines."""

PRODUCT_GONE = "product_gone"
"""The product or variant of a line was deleted."""

NOT_PUBLISHED = "not_published"
"""The product or variant of a line is no longer on sale."""

OTHER_CURRENCY = "other_currency"
"""The price of a line is in another currency than the draft."""

CATALOGUE_PRICE_CHANGED = "catalogue_price_changed"
"""The catalogue's price changed after staff set another one; theirs stays (HA-18)."""

TOTAL_TOO_LARGE = "total_too_large"
"""The sums are larger than an order can have."""

UNITS_WITHOUT_ADDRESS = "units_without_address"
"""Units of a line are in no shipment."""

SPEED_MISSING = "speed_missing"
"""A shipment has no shipping speed."""

PROVIDER_FAILED = "provider_failed"
"""A provider gave no speeds for a shipment; this does not stop placing."""

TAX_UNDETERMINED = "tax_undetermined"
"""The tax of a line or shipment cannot be determined, such as without a region (TX-9)."""

HOST_CHECK_FAILED = "host_check_failed"
"""A check of the application could not be made; nothing is placed unchecked (HA-7)."""

DISCOUNT_NOT_APPLIED = "discount_not_applied"
"""A manual discount takes nothing off."""

PROMOTION_NOT_APPLIED = "promotion_not_applied"
"""A promotion that staff applied does nothing."""

# An automatic promotion that lacks the goods it adds is told by the reason of its decision, one of
# `cartcore.pricing.tied_lines.LACKS_GOODS`; it does not stop placing.

# --- Reasons of refused codes and picks, beside those of decisions ------------------------------

UNKNOWN_CODE = "unknown"
"""No promotion has the code."""

ALREADY_APPLIED = "already_applied"
"""The promotion is applied."""

NEEDS_CODE = "needs_code"
"""The promotion cannot be picked: it is applied by its code."""


@attrs.frozen(kw_only=True, field_transformer=typed)
class Problem:
    """Something that staff should see, where it is, and whether it stops placing (OE-23).

    Attributes:
        step: The step on which it can be mended.
        code: What programs compare; see the list of reasons and codes in the documentation.
        message: A sentence for people.
        line_id: The line it is about; empty if it is about none.
        shipment_id: The shipment it is about; empty if it is about none.
        promotion_id: The promotion or manual discount it is about; empty if it is about none.
        blocking: Whether it stops the order from being placed.
    """

    step: Step
    code: str = attrs.field(metadata=NAME)
    message: str = attrs.field(metadata=NAME)
    line_id: str = ""
    shipment_id: str = ""
    promotion_id: str = ""
    blocking: bool = True

    def __str__(self) -> str:
        return self.message
