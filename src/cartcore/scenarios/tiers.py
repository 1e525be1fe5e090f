"""What is left of a promotion with tiers above those that are reached (SC-7, SC-14)."""

import attrs

from cartcore.promotions.promotion import Promotion
from cartcore.rules.builtin import TieredAmountOff, TieredPercentOff


def from_each_tier(promotion: Promotion) -> tuple[Promotion, ...]:
    """Return a promotion with all its tiers, without its first one, and so on; none without tiers.

    One of them applies where its first tier is reached, so what it lacks is what that tier lacks.
    """
    effect = promotion.effect
    if not isinstance(effect, (TieredPercentOff, TieredAmountOff)):
        return ()
    left = [
        attrs.evolve(effect, tiers=effect.tiers[reached:], by=effect.by)  # type: ignore[arg-type]
        for reached in range(len(effect.tiers))
    ]
    return tuple([attrs.evolve(promotion, effect=each) for each in left])
