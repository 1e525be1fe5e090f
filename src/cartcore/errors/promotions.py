"""Codes, promotions and manual discounts that a draft cannot have."""

from cartcore.errors.base import InvalidInput
from cartcore.errors.sentences import shown

_DISCOUNTED = {"item": "items", "product": "products", "order": "the order"}


class CodeRejected(InvalidInput):
    """A promo code that does nothing here (OE-17).

    Attributes:
        promo_code: The code, as it was entered.
        reason: Why, as a code for programs; see the list of reasons in the documentation.
        message: Why, in words.
    """

    code = "code_rejected"
    promo_code: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"the code {shown(self.promo_code)} cannot be used: {self.message}"


class CodeOnWrongStep(InvalidInput):
    """A code that belongs to another step (OE-17).

    Attributes:
        promo_code: The code, as it was entered.
        promotion_class: The class of its promotion.
        step: The step that the draft is on.
        belongs_to: The step on which it can be entered.
    """

    code = "code_on_wrong_step"
    promo_code: str
    promotion_class: str
    step: str
    belongs_to: str

    @property
    def _discounted(self) -> str:
        return _DISCOUNTED.get(self.promotion_class, self.promotion_class)

    def __str__(self) -> str:
        return (
            f"the code {shown(self.promo_code)} discounts {self._discounted}: "
            f"enter it on the {self.belongs_to} step (this is the {self.step} step)"
        )


class PromotionNotAvailable(InvalidInput):
    """A promotion that this cart and contact cannot have (OE-7).

    Attributes:
        promotion_id: The id of the promotion.
        reason: Why, as a code for programs; see the list of reasons in the documentation.
        message: Why, in words.
    """

    code = "promotion_not_available"
    promotion_id: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"the promotion {shown(self.promotion_id)} cannot be added: {self.message}"


class DiscountRejected(InvalidInput):
    """A manual discount that would take nothing off (PR-28).

    Attributes:
        what: What it was for: a line by its description, or "the order".
        reason: Why, as a code for programs.
        message: Why, in words.
    """

    code = "discount_rejected"
    what: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"this discount on {shown(self.what)} cannot be given: {self.message}"


class TiedLineError(InvalidInput):
    """A change of a line that belongs to a promotion (OE-9).

    Attributes:
        line_id: The id of the line.
        promotion_id: The id of the promotion.
        promotion_name: The name of the promotion.
    """

    code = "tied_line"
    line_id: str
    promotion_id: str
    promotion_name: str

    def __str__(self) -> str:
        return (
            f"this line was added by the promotion {shown(self.promotion_name)} and follows it: "
            "remove that promotion instead"
        )
