"""When carts were placed: from a column of times to instants, as they are read (SC-2)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from cartcore.scenarios import refusals
from cartcore.values.time_zones import instant_of

INSTANT: Final = pl.Datetime("us", "UTC")
"""What a column of instants consists of."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instants_read(timezone: str) -> Callable[[object], tuple[int | None, str | None]]:
    """Return what reads a time: microseconds since 1970, or the reason why there are none.

    A time without a zone is one of the clocks of `timezone`, and a date is its midnight.
    """

    def read(value: object) -> tuple[int | None, str | None]:
        if value is None or value == "":
            return None, refusals.MISSING
        found = _time(value)
        if found is not None and found.utcoffset() is None:
            found = instant_of(found, timezone)
        if found is None:
            return None, refusals.NOT_A_TIME
        return (found - _EPOCH) // _MICROSECOND, None

    return read


def _time(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time()) if isinstance(value, date) else None
