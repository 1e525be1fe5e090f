"""Tax as a plugin gives it (PR-4): cartcore itself knows no rates."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Protocol

import attrs

from cartcore.values.converters import tax_percent
from cartcore.values.records import typed

if TYPE_CHECKING:
    from cartcore.promotions.context import PricingContext


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


class TaxCalculator(Protocol):
    """A configured source of tax rates; a frozen attrs class, registered by its type name."""

    type_name: ClassVar[str]

    def rates(self, context: "PricingContext") -> Sequence[TaxRate]:
        """Return the rates for this cart. Pure: the engine computes and splits the tax."""
        ...
