"""The trace of a quote: every step of the arithmetic, so that it can be done again (PR-26)."""

import attrs
from moneyed import Money

from cartcore.values.records import part


@attrs.frozen(kw_only=True, field_transformer=part)
class TracePart:
    """What a step took off one line or shipment, and of how many units."""

    line_id: str
    shipment_id: str
    units: int
    discount: Money


@attrs.frozen(kw_only=True, field_transformer=part)
class TraceShare:
    """The share of units that are treated alike: of equal units, or of a shipment.

    `before` is what earlier steps left of them, `base` what the figure of the step is applied to,
    `weight` what the split is in proportion to, `room` the most that they can give, and `discount`
    what they gave: whole minor units of the exact share, or one more (PR-3), and what had no room
    elsewhere (PR-29). `parts` says of which lines.
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

    `kind` is "percent", "amount" or "price", `rate` its figure: a percentage, or money. `per` says
    what an amount or a price is for, `of_original` that a percentage is of the price before all
    discounts. `base` is the sum that the figure was applied to. `asked` is what it comes to,
    rounded by `rounding` at `rounding_point`; `maximum` the most that the promotion gives; `taken`
    what was taken, and `cut` what found nothing left to take it off (PR-6, PR-29). `remainder` says
    who got the minor units that the split left over.
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
