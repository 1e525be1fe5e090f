"""What stands between a draft and an order, as data (OE-23)."""

import attrs

from cartcore.orders.draft import Step
from cartcore.values.records import typed


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
    code: str
    message: str
    line_id: str = ""
    shipment_id: str = ""
    promotion_id: str = ""
    blocking: bool = True

    def __str__(self) -> str:
        return self.message
