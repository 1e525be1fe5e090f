"""When carts were placed: from a column of times to instants, as they are read (SC-2)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

import polars as pl

from cartcore.scenarios import refusals
from cartcore.values.time_zones import day_begins, instant_of

INSTANT: Final = pl.Datetime("us", "UTC")
"""What a column of instants consists of."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instants_read(timezone: str) -> Callable[[object], tuple[int | None, str | None]]:
    """Return what reads a time: microseconds since 1970, or the reason why there are none.

    A time without a zone is one of the clocks of `timezone`, and a date is its beginning.
    """

    def read(value: object) -> tuple[int | None, str | None]:
        given = value.strip() if isinstance(value, str) else value
        if given is None or given == "":
            return None, refusals.MISSING
        try:
            found = _instant(given, timezone)
        except (ValueError, OverflowError):  # no form of ISO 8601, or no year that Python has
            found = None
        if found is None:
            return None, refusals.NOT_A_TIME
        return (found - _EPOCH) // _MICROSECOND, None

    return read


def _instant(value: object, timezone: str) -> datetime | None:
    """The instant in UTC; None for what is no time, or one that clocks never showed."""
    when = _parsed(value) if isinstance(value, str) else value
    if isinstance(when, datetime):
        return instant_of(when, timezone) if when.utcoffset() is None else when.astimezone(UTC)
    return day_begins(when, timezone) if isinstance(when, date) else None


def _parsed(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text)
