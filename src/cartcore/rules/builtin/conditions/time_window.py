"""The condition that the order is priced on certain weekdays or at a time of day (PR-9)."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import attrs

from cartcore.rules import (
    Ineligible,
    InvalidField,
    PricingContext,
    alternatives,
    checked,
    hookimpl,
    local_time,
    zone_name,
)

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


class Weekday(StrEnum):
    """The days of the week, in the order of Python's `weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_WEEKDAYS = tuple(Weekday)


def _weekdays(values: Iterable[str]) -> tuple[Weekday, ...]:
    if not isinstance(values, str):
        try:
            return tuple(map(Weekday, values))
        except (TypeError, ValueError):
            pass
    raise InvalidField("weekdays", values, f"a list of {', '.join(Weekday)}")


def _zone(value: object) -> str:
    return "" if value == "" else zone_name(value)


@attrs.frozen(kw_only=True, field_transformer=checked)
class TimeWindow:
    """Hold on `weekdays` (any if empty), from `from_time` until right before `to_time`.

    Times are "HH:MM" on the store's clocks, or in a `timezone` of the IANA database. An empty time
    is midnight, the beginning or the end of the day. A window that ends before it begins runs past
    midnight, and belongs to the weekday on which it began: Friday from 22:00 to 02:00 lasts until
    Saturday.

    When clocks go forward, a window within the hour that is skipped does not occur that day; when
    they go back, one within the hour that is repeated occurs twice.

    Raises:
        InvalidField: no weekdays and no times, an empty window, or an unknown time zone.

    Attributes:
        weekdays: Days in lower case, monday to sunday. Empty means any day.
        from_time: When it begins, as HH:MM; at midnight if empty.
        to_time: When it ends, as HH:MM; at midnight if empty.
        timezone: A time zone of the IANA database, such as Europe/Berlin; that of the store if left
            out.
    """

    type_name: ClassVar[str] = "cartcore.time_window"

    weekdays: tuple[Weekday, ...] = attrs.field(default=(), converter=_weekdays)
    from_time: str = ""
    to_time: str = ""
    timezone: str = attrs.field(default="", converter=_zone)

    def __attrs_post_init__(self) -> None:
        for name in ("from_time", "to_time"):
            value = getattr(self, name)
            if value and not _TIME.fullmatch(value):
                raise InvalidField(name, value, 'a time of day, such as "09:30"')
        if not (self.weekdays or self.from_time or self.to_time):
            raise InvalidField("weekdays", (), "given, unless a time of day is")
        if self.to_time == (self.from_time or "00:00"):
            raise InvalidField("to_time", self.to_time, "another time than from_time")

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare with the local time of the instant that is priced for."""
        own = self.timezone
        if self.holds_at(local_time(context.at, own) if own else context.local_time):
            return None
        return Ineligible("time_window", f"only for {self}")

    def holds_at(self, local: datetime) -> bool:
        """Whether it holds when clocks of its zone show this."""
        now = f"{local:%H:%M}"  # written so, times compare as they follow each other
        begin, end = self.from_time or "00:00", self.to_time or "24:00"
        past_midnight = end < begin and now < end
        inside = past_midnight or (begin <= now and (now < end or end < begin))
        began_on = _WEEKDAYS[local.weekday() - past_midnight]
        return inside and (not self.weekdays or began_on in self.weekdays)

    def __str__(self) -> str:
        days = alternatives(day.capitalize() for day in self.weekdays)
        parts = (
            days and f"on {days}",
            self.from_time and f"from {self.from_time}",
            self.to_time and f"until {self.to_time}",
            self.timezone and f"({self.timezone})",
        )
        return f"orders {' '.join(part for part in parts if part)}"


@hookimpl
def cartcore_condition_types() -> list[type[TimeWindow]]:
    """Register the type."""
    return [TimeWindow]
