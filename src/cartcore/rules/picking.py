"""Which units of a cart a quantity promotion names in its offer (PR-13)."""

from collections.abc import Iterable

from cartcore.promotions.context import UnitGroup


def first_units(groups: Iterable[UnitGroup], count: int) -> tuple[tuple[str, int], ...]:
    """The first so many units of groups, as (line id, units) pairs; all if there are fewer."""
    found = []
    for _, line_id, _, there in groups:
        units = min(there, count)
        if units < 1:
            break
        found.append((line_id, units))
        count -= units
    return tuple(found)
