"""Why a promotion was not considered for carts at all, so that no decision tells of it (SC-13)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from cartcore.promotions.promotion import Trigger
from cartcore.scenarios.scenario import Scenario

NOT_CONSIDERED: Final = "not_considered"
"""The cart has no goods that it is for."""

CODE_NOT_ENTERED: Final = "code_not_entered"
"""It needs one of its codes, and none was entered: see `Scenario.codes`."""

NOT_PICKED: Final = "not_picked"
"""Staff have to pick it, and nobody did."""

REASONS: Final = {
    Trigger.AUTOMATIC: NOT_CONSIDERED,
    Trigger.CODE: CODE_NOT_ENTERED,
    Trigger.PICKED: NOT_PICKED,
}
"""The reason for each way in which promotions come to be considered."""


def left_over(
    scenarios: Sequence[Scenario], orders: pl.DataFrame, known: Mapping[tuple[str, str, str], int]
) -> Iterator[tuple[tuple[str, str, str, str], int]]:
    """How many carts each promotion was not considered for: all but those with a decision.

    Args:
        scenarios: The scenarios of a run.
        orders: Its orders, as `Run.orders` has them.
        known: How many carts have a decision, by scenario, promotion and currency.
    """
    sums = orders.group_by("scenario", "currency", maintain_order=True).len().rows()
    for scenario in scenarios:
        for promotion in scenario.promotions:
            for name, code, count in sums:
                left = count - known.get((name, promotion.id, code), 0)
                if name == scenario.name and left:
                    yield (name, promotion.id, REASONS[promotion.trigger], code), left
