"""The condition that the contact has a tag (PR-9)."""

from collections.abc import Iterable
from typing import ClassVar

import attrs

from cartcore.rules import Ineligible, PricingContext, hookimpl


def _tags(values: Iterable[str]) -> tuple[str, ...]:
    tags = () if isinstance(values, str) else tuple(values)
    if not tags:
        raise ValueError(f"tags is {values!r}: at least one tag is needed, as a tuple")
    return tags


@attrs.frozen(kw_only=True)
class ContactTag:
    """Hold for contacts that have one of `tags`."""

    type_name: ClassVar[str] = "cartcore.contact_tag"

    tags: tuple[str, ...] = attrs.field(converter=_tags)

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare the tags."""
        if any(tag in self.tags for tag in context.customer.tags):
            return None
        return Ineligible("contact_tag", f"it is for contacts tagged {' or '.join(self.tags)}")


@hookimpl
def cartcore_condition_types() -> list[type[ContactTag]]:
    """Register the type."""
    return [ContactTag]
