"""The types that plugins give: of promotions, of conditions, of tax (PR-19).

Each is a Protocol: a plugin writes a frozen attrs class that has these members, and inherits
nothing. The optional members stand below them, a Protocol each.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Ineligible, Offer
from cartcore.promotions.selection import Selection
from cartcore.promotions.tax import PartTax, TaxRequest


class PromotionClass(StrEnum):
    """What a promotion discounts. It decides phase (PR-4) and the step for its codes (OE-17).

    Attributes:
        ITEM: Lines, or units of them.
        PRODUCT: Adds lines of its own.
        ORDER: All lines together.
        SHIPPING: Shipping prices.
    """

    ITEM = "item"
    PRODUCT = "product"
    ORDER = "order"
    SHIPPING = "shipping"


class PromotionType(Protocol):
    """A kind of effect; a frozen attrs class whose fields are its configuration (PR-19).

    `type_name` is stored with promotions and has a namespace ("acme.every_third_free"). It may also
    have the members of `UsesUnits`, `Needs`, `AtMost`, `Upgrades` and `Renamed`. No field may have
    the name of such a member (PK-11).
    """

    type_name: ClassVar[str]
    promotion_class: ClassVar[PromotionClass]

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        """Say what is discounted, or why nothing is. Pure: the engine does the arithmetic."""
        ...


class ConditionType(Protocol):
    """Something that must hold for a promotion to apply; a frozen attrs class (PR-9).

    It may also have the members of `Needs`, `StaysUnmet`, `LeastLeft`, `Upgrades` and `Renamed`. No
    field may have the name of such a member (PK-11).
    """

    type_name: ClassVar[str]

    def check(self, context: PricingContext) -> Ineligible | None:
        """Return why the condition does not hold, or None if it does."""
        ...


class TaxCalculator(Protocol):
    """A configured source of tax rates; a frozen attrs class, registered by its type name."""

    type_name: ClassVar[str]

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        """Say how each part is taxed, as pairs of its id and the answer. Pure: the engine computes.

        Parts that are taxed alike had best have one `PartTax`, made before a loop over the parts.

        Raises:
            TaxUndetermined: it cannot tell, such as without a region.
        """
        ...


# --- optional members ---


class UsesUnits(Protocol):
    """A quantity promotion: it comes before other item discounts (PR-5).

    It says in `Offer.used_units` which units it uses up (PR-13).
    """

    uses_units: ClassVar[bool]


class Needs(Protocol):
    """A type of promotion or condition that cannot hold for every cart."""

    @property
    def needs(self) -> tuple[Selection, ...]:
        """While the cart has no line of one of these, an automatic promotion is not asked (PR-23).

        Nor is one listed as earned that could be picked. A property of the type, or a class
        variable, and no field; it gives the same ones as long as the promotion is the same.
        """
        ...


@runtime_checkable
class AtMost(Protocol):
    """A promotion type whose discount the search for the best combination can bound (PR-14)."""

    def at_most(self, context: PricingContext) -> int:
        """Minor units that it can never take more than, whatever others did before.

        It is asked while nothing is discounted. Nobody relies on a claim that looked at discounts.
        """
        ...


@runtime_checkable
class LeastLeft(Protocol):
    """A condition that needs so much to be left of the items (PR-14)."""

    def least_left(self, context: PricingContext) -> int:
        """Minor units of all items together, after discounts, below which it never holds."""
        ...


class StaysUnmet(Protocol):
    """A condition that discounts can only break (PR-14)."""

    @property
    def stays_unmet(self) -> bool:
        """Whether no further discount makes it hold for a cart once it does not.

        A class variable or a property of the type, and no field.
        """
        ...


class Upgrades(Protocol):
    """A type whose fields have changed since promotions were stored (PK-14).

    `config_version` counts the changes and is 1 if it is left out. It is stored with the fields,
    under its name, from 2 on.
    """

    config_version: ClassVar[int]

    @staticmethod
    def upgrade(fields: Mapping[str, Any], version: int, /) -> Mapping[str, Any]:
        """Return the fields that an older version of the type had as fields of today.

        Asked with fields of an older version; with all, if `config_version` is left out. The fields
        are plain data, as JSON has them. What it raises is told with the version, and keeps that
        promotion alone from applying.
        """
        ...


class Renamed(Protocol):
    """A type that had other names: promotions that were stored under them are read as its own.

    They are stored under its present name when they change (PK-14).
    """

    former_names: ClassVar[tuple[str, ...]]


class DisplayName(Protocol):
    """A type that says what people call it (PK-13); otherwise it is the name of its class.

    A field says its own name and what it means in its metadata, under `label` and `help`.
    """

    display_name: ClassVar[str]
