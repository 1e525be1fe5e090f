"""How many records a list has (HA-9)."""

import attrs

from cartcore.values.records import typed


@attrs.frozen(kw_only=True, field_transformer=typed)
class Count:
    """How many records a list has, as far as they were counted.

    Attributes:
        number: How many there are; with `more`, how many were counted.
        more: Whether there are more than that.
    """

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number}+" if self.more else f"{self.number}"
