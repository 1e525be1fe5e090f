"""Time zones by their names in the IANA database: what clocks and calendars of a shop show (OE-30).

On a machine without that database (Windows) Python takes it from the package `tzdata`.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from cartcore.errors import InvalidField

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_OF_THE_MACHINE = ("localtime", "posixrules", "posix/", "right/")
"""Names that mean another zone, or another count of seconds, on another machine."""

_EXACTLY = timedelta(seconds=1)  # clocks are changed on a second


@lru_cache(maxsize=64)
def _zone(name: str) -> "ZoneInfo":
    # Here and not above: with it comes all that Python knows of how it was built.
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    try:
        return ZoneInfo("" if name.startswith(_OF_THE_MACHINE) else name)
    except (KeyError, ValueError, OSError) as error:  # OSError: a folder of zones
        expected = "a time zone of the IANA database, such as 'Europe/Berlin'"
        raise InvalidField("timezone", name, expected) from error


def zone_name(value: object) -> str:
    """Return the name of a time zone. Raises InvalidField for one that the database lacks."""
    if not isinstance(value, str):
        expected = "the name of a time zone, such as 'Europe/Berlin'"
        raise InvalidField("timezone", value, expected)
    _zone(value)
    return value


def local_time(instant: datetime, timezone: str) -> datetime:
    """Return an instant as the clocks of a zone show it; in UTC where no year has a number for it.

    Raises:
        InvalidField: no zone has this name.
    """
    try:
        return instant.astimezone(_zone(timezone))
    except OverflowError:  # at the edge of what datetime can be
        return instant.astimezone(UTC)


def instant_of(shown: datetime, timezone: str) -> datetime | None:
    """Return the instant, in UTC, at which the clocks of a zone show this; the first of two.

    None where they never do, as they are put forward over it, or where UTC has no date for it.

    Raises:
        InvalidField: no zone has this name.
    """
    there = shown.replace(tzinfo=_zone(timezone), fold=0)
    try:
        instant = there.astimezone(UTC)
        again = instant.astimezone(there.tzinfo)
    except OverflowError:
        return None
    return instant if again.replace(tzinfo=None) == shown.replace(fold=0) else None


def show_time(instant: datetime, timezone: str) -> str:
    """Return an instant as text, with the zone's abbreviation: "2026-06-01 00:00 EDT"."""
    shown = local_time(instant, timezone)
    return f"{shown:%Y-%m-%d %H:%M} {shown.tzname()}"


def day_begins(day: date, timezone: str) -> datetime:
    """Return the instant, in UTC, at which a day of the calendar begins in a zone.

    Where clocks are put forward over midnight it is when they are; a midnight that comes twice
    counts when it comes first.

    Raises:
        InvalidField: no date, one at the edge of what datetime can be, or an unknown zone.
    """
    if not isinstance(day, date) or isinstance(day, datetime):
        raise InvalidField("day", day, "a date")
    midnight = datetime.combine(day, time(), _zone(timezone))
    try:
        begins = midnight.astimezone(UTC)
        before = midnight.replace(fold=1).astimezone(UTC)
        if local_time(begins, timezone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
            return begins
    except OverflowError as error:
        raise InvalidField("day", day, "a date whose beginning has a date in UTC") from error
    # There is no midnight: the day begins between its two readings.
    while begins - before > _EXACTLY:
        middle = before + (begins - before) // 2
        if local_time(middle, timezone).date() < day:
            before = middle
        else:
            begins = middle
    return begins.replace(microsecond=0)
