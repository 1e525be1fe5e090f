"""A scenario: a named set of promotions, and a policy to price by (SC-1)."""

import attrs

from cartcore.pricing.policy import DEFAULT_POLICY, PricingPolicy
from cartcore.promotions.promotion import Promotion
from cartcore.values.records import REQUIRED, checked


@attrs.frozen(kw_only=True, field_transformer=checked)
class Scenario:
    """A named set of promotions, and a policy to price by (SC-1).

    Attributes:
        name: What the frames of a run call it by.
        promotions: The promotions that may apply; automatic ones, as nobody enters codes.
        policy: How to round, split and combine.
    """

    name: str = attrs.field(metadata=REQUIRED)
    promotions: tuple[Promotion, ...] = ()
    policy: PricingPolicy = DEFAULT_POLICY
