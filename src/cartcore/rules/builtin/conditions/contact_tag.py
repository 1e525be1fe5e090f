"""The condition that the contact has a tag (PR-9)."""

from typing import ClassVar

import attrs

from cartcore.rules import (
    Ineligible,
    InvalidField,
    PricingContext,
    alternatives,
    checked,
    hookimpl,
    normal,
)


@attrs.frozen(kw_only=True, field_transformer=checked)
class ContactTag:
    """Hold for contacts that have one of `tags`, compared as texts are (OE-27).

    Attributes:
        tags: At least one tag. Case does not matter: tags are compared as all texts are.
    """

    type_name: ClassVar[str] = "cartcore.contact_tag"

    tags: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if not self.tags:
            raise InvalidField("tags", self.tags, "at least one tag")

    def check(self, context: PricingContext) -> Ineligible | None:
        """Compare the tags."""
        if not {*map(normal, self.tags)}.isdisjoint(map(normal, context.customer.tags)):
            return None
        return Ineligible("contact_tag", f"needs a contact tagged {alternatives(self.tags)}")

    def __str__(self) -> str:
        return f"contacts tagged {alternatives(self.tags)}"


@hookimpl
def cartcore_condition_types() -> list[type[ContactTag]]:
    """Register the type."""
    return [ContactTag]
