"""Tax as a plugin gives it (PR-4): cartcore itself knows no rates."""

from decimal import Decimal

import attrs

from cartcore.values.converters import tax_percent
from cartcore.values.records import typed


@attrs.frozen(kw_only=True, field_transformer=typed)
class TaxRate:
    """A percentage on top of what is left of some lines and shipments.

    Attributes:
        name: The name that quotes and invoices show.
        percent: The percentage, 0 or more.
        lines: The ids of the lines that it is for.
        shipments: The ids of the shipments whose shipping price it is for.
    """

    name: str
    percent: Decimal = attrs.field(converter=tax_percent)
    lines: tuple[str, ...] = ()
    shipments: tuple[str, ...] = ()
