"""Promotions: what triggers them, when, how often, and what they do (PR-5, PR-8, PR-12)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol

import attrs
from moneyed import Money

from cartcore.errors import InvalidField, InvalidText
from cartcore.values.converters import not_negative, positive
from cartcore.values.records import NAME, REQUIRED, as_tuple, checked, typed
from cartcore.values.text import clean_code, normal

if TYPE_CHECKING:
    from cartcore.promotions.context import PricingContext
    from cartcore.promotions.offer import Ineligible, Offer

_LONGEST_CODE = 100


class PromotionClass(StrEnum):
    """What a promotion discounts. It decides phase (PR-4) and the step for its codes (OE-17)."""

    ITEM = "item"
    PRODUCT = "product"
    ORDER = "order"
    SHIPPING = "shipping"


class Trigger(StrEnum):
    """What makes a promotion apply, apart from its conditions (PR-8)."""

    AUTOMATIC = "automatic"
    CODE = "code"
    PICKED = "picked"


class PromotionType(Protocol):
    """A kind of effect; a frozen attrs class whose fields are its configuration (PR-19).

    `type_name` is stored with promotions and has a namespace ("acme.every_third_free").

    A type may also have:

    - `uses_units: ClassVar[bool] = True`, for quantity promotions: they come before other item
      discounts (PR-5), and say in `Offer.uses` which units they use up (PR-13).
    - `needs`, a tuple of selections: while the cart has no line of one of them, an automatic
      promotion is not even asked (PR-23).
    - `at_most(context) -> int`: minor units that it can never take more than, whatever other
      promotions did before. It lets the search for the best combination rule it out early (PR-14).
    - `upgrade(fields) -> fields`, a static method: what is stored of an object, with fields that
      an older version of the type had, as fields of today (ST-4).
    """

    type_name: ClassVar[str]
    promotion_class: ClassVar[PromotionClass]

    def evaluate(self, context: "PricingContext") -> "Offer | Ineligible":
        """Say what is discounted, or why nothing is. Pure: the engine does the arithmetic."""
        ...


class ConditionType(Protocol):
    """Something that must hold for a promotion to apply; a frozen attrs class (PR-9).

    It may also have:

    - `needs`, a tuple of selections: it cannot hold while the cart has no line of one of them
      (PR-23).
    - `stays_unmet: bool`: once it does not hold for a cart, no further discount makes it hold. It
      lets the search for the best combination rule promotions out early (PR-14).
    - `least_left(context) -> int`: minor units of all items together without which it never holds,
      after the discounts that came earlier. It helps the search likewise.
    - `upgrade`, as promotion types do.
    """

    type_name: ClassVar[str]

    def check(self, context: "PricingContext") -> "Ineligible | None":
        """Return why the condition does not hold, or None if it does."""
        ...


def normalize_code(value: object) -> str:
    """Return the form in which promo codes are compared: `cartcore.values.text.normal` (PR-8).

    Raises:
        InvalidText: empty, over 100 characters, with control characters, or not a text.
    """
    code = normal(clean_code(value, "promo code", maximum=_LONGEST_CODE))
    if not code:
        raise InvalidText("promo code", value, "filled in")
    if not code.isprintable():
        raise InvalidText("promo code", value, "made of printable characters")
    return code


def _redeemed_code(value: str) -> str:
    """A code as codes are compared; one that nobody can enter any more is left as it is."""
    try:
        return normalize_code(value)
    except InvalidText:
        return value


def _codes(values: Iterable[str]) -> tuple[str, ...]:
    codes = as_tuple(values, "codes")
    for code in codes:
        normalize_code(code)
    return tuple(clean_code(code, "promo code") for code in codes)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Limits:
    """How many placed orders may redeem a promotion, and for how much together (PR-12).

    None is no limit. `per_code` is how many may use each of its codes: with 1, a list of codes is
    one of one-time codes. An order whose discount would pass the `budget` does not get it.
    """

    total: int | None = None
    per_contact: int | None = None
    per_code: int | None = None
    budget: Money | None = attrs.field(default=None, converter=attrs.converters.optional(positive))

    def __attrs_post_init__(self) -> None:
        for name in ("total", "per_contact", "per_code"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidField(f"limits.{name}", value, "a whole number of at least 1")

    def __bool__(self) -> bool:
        return self != _NO_LIMITS


_NO_LIMITS = Limits()


@attrs.frozen(kw_only=True, field_transformer=typed)
class Usage:
    """How often a promotion was redeemed: by anyone, by the contact and by the code in question.

    `discounts` are the sums that it gave so far, one for each currency.
    """

    total: int = 0
    by_contact: int = 0
    by_code: int = 0
    discounts: tuple[Money, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class Redemption:
    """One use of a promotion by one placed order, and what it gave; limits count these (PR-12).

    `promo_code` is the code that was used, as codes are compared; empty without one.
    """

    promotion_id: str
    contact_id: str
    promo_code: str = attrs.field(default="", converter=_redeemed_code)
    discount: Money | None = attrs.field(
        default=None, converter=attrs.converters.optional(not_negative)
    )


@attrs.frozen(kw_only=True, field_transformer=checked)
class Promotion:
    """A configured promotion.

    Active from `starts_at` (inclusive) to `ends_at` (exclusive), both with a time zone. Higher
    `priority` applies first. `version` is kept by the storage (ST-8).

    It combines with promotions of the classes in `combines_with` (all, unless told otherwise); both
    sides have to agree. Of one `group`, one promotion applies. An `exclusive` one applies alone,
    and wins over those that are not (PR-13).

    Goods that other promotions added count for it with what those left of them, so free ones do not
    count; with `count_gifts` they count as if they had been entered by hand (PR-31).

    Raises:
        InvalidField: a window that ends before it starts, a naive time, codes that do not fit the
            trigger, the same code twice, or an effect that is no promotion type.
    """

    id: str = attrs.field(metadata=REQUIRED)
    name: str = attrs.field(metadata=NAME)
    effect: PromotionType
    trigger: Trigger = attrs.field(default=Trigger.AUTOMATIC)
    codes: tuple[str, ...] = attrs.field(default=(), converter=_codes)
    conditions: tuple[ConditionType, ...] = ()
    priority: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    enabled: bool = True
    limits: Limits = Limits()
    combines_with: tuple[PromotionClass, ...] = tuple(PromotionClass)
    group: str = ""
    exclusive: bool = False
    count_gifts: bool = False
    version: int = 0

    def __attrs_post_init__(self) -> None:
        where = f"promotion {self.id}"
        if bool(self.codes) != (self.trigger is Trigger.CODE):
            raise InvalidField(
                f"{where}: codes", self.codes, "given with the trigger 'code', and only with it"
            )
        if self.limits.per_code is not None and not self.codes:
            expected = "None, unless the trigger is 'code'"
            raise InvalidField(f"{where}: limits.per_code", self.limits.per_code, expected)
        if len(self.normalized_codes) != len(self.codes):
            raise InvalidField(f"{where}: codes", self.codes, "unique")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise InvalidField(f"{where}: ends_at", self.ends_at.isoformat(), "after starts_at")

    @property
    def promotion_class(self) -> PromotionClass:
        """The class of its effect."""
        return self.effect.promotion_class

    @property
    def normalized_codes(self) -> frozenset[str]:
        """The codes in the form in which they are compared."""
        return frozenset(normalize_code(code) for code in self.codes)

    def has_code(self, promo_code: str) -> bool:
        """Whether this is one of its codes, however it is written (PR-8, OE-27)."""
        return promo_code in self.codes or _redeemed_code(promo_code) in self.normalized_codes


UsageByPromotion = Mapping[str, Usage]
"""Redemptions so far by promotion id; a promotion that is missing has none."""
