"""Promotions: what triggers them, when, how often, and what they do (PR-5, PR-8, PR-12)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import attrs
from moneyed import Money

from cartcore.errors import InvalidField, InvalidText
from cartcore.errors.sentences import shown
from cartcore.promotions.types import ConditionType, PromotionClass, PromotionType
from cartcore.values.arguments import check_arguments
from cartcore.values.converters import non_negative_amount, positive_amount
from cartcore.values.labels import in_words, settings_in_words
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.readers import as_tuple
from cartcore.values.records import NAME, REQUIRED, checked, typed
from cartcore.values.text import clean_code, normal

_LONGEST_CODE = 100
_LONGEST_WORDS = 200


class Trigger(StrEnum):
    """What makes a promotion apply, apart from its conditions (PR-8).

    Attributes:
        AUTOMATIC: Nothing else: it applies whenever its conditions hold.
        CODE: One of its codes was entered.
        PICKED: Staff picked it.
    """

    AUTOMATIC = "automatic"
    CODE = "code"
    PICKED = "picked"


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

    None is no limit. An order whose discount would pass the `budget` does not get it.

    Attributes:
        total: The most redemptions by anyone.
        per_contact: The most redemptions by each contact.
        per_code: The most redemptions with each of its codes; with 1, a list of codes is one of
            one-time codes.
        budget: The most that all redemptions give together, in the currency of the shop.
    """

    total: int | None = None
    per_contact: int | None = None
    per_code: int | None = None
    budget: Money | None = attrs.field(
        default=None, converter=attrs.converters.optional(positive_amount)
    )

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
    """How often a promotion was redeemed.

    Attributes:
        total: How often by anyone.
        by_contact: How often by the contact.
        by_code: How often with the code in question.
        discounts: The sums that it gave so far, one for each currency.
    """

    total: int = 0
    by_contact: int = 0
    by_code: int = 0
    discounts: tuple[Money, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class Redemption:
    """One use of a promotion by one placed order, and what it gave; limits count these (PR-12).

    Attributes:
        promotion_id: The id of the promotion.
        contact_id: The id of the contact.
        promo_code: The code that was used, as codes are compared; empty without one.
        discount: What it took off; None in orders that were stored before this was kept.
    """

    promotion_id: str
    contact_id: str
    promo_code: str = attrs.field(default="", converter=_redeemed_code)
    discount: Money | None = attrs.field(
        default=None, converter=attrs.converters.optional(non_negative_amount)
    )


@attrs.frozen(kw_only=True, field_transformer=checked)
class Promotion(ShownAsTable):
    """A configured promotion.

    Attributes:
        id: What carts, quotes and redemptions call it by.
        name: The name that staff and customers see.
        effect: What it does: an object of a promotion type.
        trigger: What makes it apply, apart from its conditions (PR-8).
        codes: The promo codes, for the trigger `code` and only for it; compared as texts are
            (OE-27).
        conditions: What must hold for it to apply: all of them (PR-9).
        priority: In a phase, higher ones apply first (PR-5).
        starts_at: The time from which it is active, inclusive, with a time zone; None for always.
        ends_at: The time at which it ends, exclusive, with a time zone; None for never.
        enabled: False while it is switched off.
        limits: How many orders may redeem it, and for how much (PR-12).
        combines_with: The classes whose promotions it combines with, all unless told otherwise;
            both sides have to agree (PR-13).
        group: The group of which one promotion applies; empty for none (PR-13).
        exclusive: True if it applies alone, and wins over those that are not exclusive (PR-13).
        count_gifts: True if goods that other promotions added count for it as if staff had entered
            them. Otherwise they count with what those promotions left of them, and free ones not at
            all (PR-31).
        paid_by_third_party: True if somebody else pays for it, such as the maker of the goods: the
            customer pays less, and the tax is on the price before it (TX-5).
        version: Kept by the storage, and counted up by each change (ST-8).

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
    paid_by_third_party: bool = False
    version: int = 0

    def __attrs_post_init__(self) -> None:
        where = f"promotion {self.id}"
        if bool(self.codes) != (self.trigger is Trigger.CODE):
            raise InvalidField(
                f"{where}: codes", self.codes, "given with the trigger 'code', and only with it"
            )
        if self.limits.per_code is not None and not self.codes:
            expected = "left out, unless the trigger is 'code'"
            raise InvalidField(f"{where}: limits.per_code", self.limits.per_code, expected)
        if len(self.normalized_codes) != len(self.codes):
            raise InvalidField(f"{where}: codes", self.codes, "unique")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise InvalidField(f"{where}: ends_at", self.ends_at.isoformat(), "after starts_at")

    def _in_short(self) -> str:
        return f"Promotion({self.id}: {type(self.effect).__name__})"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield "Promotion", f"{self.name} ({self.id})"
        yield "Effect", self.effect_in_words
        for condition in self.conditions:
            yield "Only for", str(condition)
        if self.limits:
            yield "Limits", settings_in_words(self.limits)
        if self.codes:
            yield "Codes", ", ".join(self.codes)
        for label, instant in (("From", self.starts_at), ("Until", self.ends_at)):
            if instant is not None:
                yield label, f"{instant:%Y-%m-%d %H:%M %Z}"
        if not self.enabled:
            yield "Enabled", "no"

    @property
    def effect_in_words(self) -> str:
        """What its effect is and how it is configured, as tables show it (SC-10)."""
        return shown(self.effect, longest=_LONGEST_WORDS, write=in_words)

    @property
    def promotion_class(self) -> PromotionClass:
        """The class of its effect."""
        return self.effect.promotion_class

    @property
    def normalized_codes(self) -> frozenset[str]:
        """The codes in the form in which they are compared."""
        return frozenset(normalize_code(code) for code in self.codes)

    @check_arguments
    def has_code(self, promo_code: str) -> bool:
        """Whether this is one of its codes, however it is written (PR-8, OE-27)."""
        return promo_code in self.codes or _redeemed_code(promo_code) in self.normalized_codes


UsageByPromotion = Mapping[str, Usage]
"""Redemptions so far by promotion id; a promotion that is missing has none."""
