"""The condition that the order comes in through a sales channel (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import Ineligible, PricingContext, alternatives, checked, hookimpl


@attrs.frozen(kw_only=True, field_transformer=checked)
class SalesChannel:
    """Hold for orders from one of `channels`; if that is empty, for none.

    Attributes:
        channels: Names of channels, exactly as carts have them in channel; case matters. An empty
            list is allowed, and the condition then never holds, so that a form with a checkbox for
            each channel can have none ticked.
    """

    type_name: ClassVar[str] = "cartcore.sales_channel"

    channels: tuple[str, ...]

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare the channel."""
        if context.channel in self.channels:
            return None
        return Ineligible("sales_channel", f"only for {self}")

    def __str__(self) -> str:
        if not self.channels:
            return "orders from no sales channel"
        return f"orders from the sales channel {alternatives(self.channels)}"


@hookimpl
def cartcore_condition_types() -> list[type[SalesChannel]]:
    """Register the type."""
    return [SalesChannel]
