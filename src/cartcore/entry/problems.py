"""What stands between a draft and an order, as data (OE-23)."""

import attrs

from cartcore.orders.draft import Step
from cartcore.values.records import typed


@attrs.frozen(kw_only=True, field_transformer=typed)
class Problem:
    """Something that staff should see, where it is, and whether it stops placing (OE-23)."""

    step: Step
    code: str
    message: str
    line_id: str = ""
    shipment_id: str = ""
    promotion_id: str = ""
    blocking: bool = True

    def __str__(self) -> str:
        return self.message
