"""The trace of a quote: every step of the arithmetic, so that it can be done again (PR-26)."""

import attrs
from moneyed import Money

from cartcore.values.records import part


@attrs.frozen(kw_only=True, field_transformer=part)
class TracePart:
    """What a step took off one line or shipment.

    Attributes:
        line_id: The id of the line; empty for a shipment.
        shipment_id: The id of the shipment; empty for a line.
        units: Of how many units it was taken.
        discount: What was taken off.
    """

    line_id: str
    shipment_id: str
    units: int
    discount: Money


@attrs.frozen(kw_only=True, field_transformer=part)
class TraceShare:
    """The share of units that are treated alike: of equal units, or of a shipment.

    Attributes:
        before: What earlier steps left of them.
        base: What the figure of the step is applied to.
        weight: What the split is in proportion to.
        room: The most that they can give.
        units: How many units there are.
        discount: What they gave: whole minor units of the exact share, or one more (PR-3), and what
            had no room elsewhere (PR-29).
        parts: Of which lines or shipment it was taken.
    """

    before: Money
    base: Money
    weight: Money
    room: Money
    units: int
    discount: Money
    parts: tuple[TracePart, ...]


@attrs.frozen(kw_only=True, field_transformer=part)
class TraceStep:
    """One discount of a promotion.

    Attributes:
        promotion_id: The id of the promotion, or of the manual discount.
        promotion_name: Its name; the reason of a manual discount.
        phase: The phase that it belongs to (PR-4).
        kind: `"percent"`, `"amount"` or `"price"`.
        rate: The figure of that kind: a percentage, or money, as text.
        per: What an amount or a price is for: `"total"`, `"line"` or `"unit"`.
        of_original: Whether a percentage is of the price before all discounts.
        rounding: Which way it was rounded.
        rounding_point: Where it was rounded.
        remainder: Who got the minor units that the split left over.
        base: The sum that the figure was applied to.
        asked: What it comes to, rounded.
        maximum: The most that the promotion gives, or None.
        taken: What was taken off.
        cut: What found nothing left to take it off (PR-6, PR-29).
        shares: The split, group by group of equal units, or shipment by shipment.
    """

    promotion_id: str
    promotion_name: str
    phase: str
    kind: str
    rate: str
    per: str
    of_original: bool
    rounding: str
    rounding_point: str
    remainder: str
    base: Money
    asked: Money
    maximum: Money | None
    taken: Money
    cut: Money
    shares: tuple[TraceShare, ...]
