"""Everything that a plugin can do wrong, and each place where the engine asks it (PK-15)."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, ClassVar

import attrs

from cartcore.errors import CurrencyMismatch, PluginError
from cartcore.promotions.promotion import Promotion
from cartcore.rules import (
    Discount,
    Ineligible,
    Offer,
    PricingContext,
    PromotionClass,
    Selection,
    TiedItem,
)
from cartcore.rules.builtin import AllOf, PercentOff
from tests.support.carts import promotion, usd

# --- what can go wrong ---


class Unspeakable(Exception):
    """An error that cannot be written, compared or kept."""

    def __str__(self) -> str:
        raise ZeroDivisionError

    __repr__ = __str__


class Evil:
    """An object that lies about its class and fails in whatever it is asked."""

    def fails(self, *_: object) -> Any:
        raise ZeroDivisionError

    __class__ = property(fails)
    __str__ = __repr__ = __eq__ = __hash__ = __len__ = __iter__ = __bool__ = fails
    __getattr__ = __lt__ = __int__ = __index__ = fails


EVIL: Any = [Evil()] * 3


class OwnText(str):
    """What a plugin's __repr__ may return."""

    __slots__ = ()

    def __len__(self) -> int:
        raise ZeroDivisionError


class Unnamed(type):
    def __getattribute__(cls, name: str) -> Any:
        raise ZeroDivisionError


class OfNoName(metaclass=Unnamed):
    def __repr__(self) -> str:
        raise ZeroDivisionError


class Written:
    def __repr__(self) -> str:
        return OwnText("written")


class OwnOffer(Offer):
    discounts = property(Evil.fails)


class OwnDiscount(Discount):
    of_shipments = property(Evil.fails)


class OwnItem(TiedItem):
    product_id = property(Evil.fails)


class OwnSelection(Selection):
    def matches(self, line: Any, discounted: bool = False) -> bool:  # noqa: FBT001, FBT002
        raise ZeroDivisionError


class OwnIneligible(Ineligible):
    message = property(Evil.fails)


class OwnPluginError(PluginError):
    def __str__(self) -> str:
        raise ZeroDivisionError


class OwnMismatch(CurrencyMismatch):
    def __str__(self) -> str:
        raise ZeroDivisionError


def raising(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def again() -> Any:
    return again()


def endless() -> Iterator[int]:
    yield from count()


FAULTS: dict[str, Callable[[], Any]] = {
    "raises": raising(RuntimeError("secret")),
    "has no memory": raising(MemoryError()),
    "leaves": raising(SystemExit(3)),
    "calls itself": again,
    "stops": raising(StopIteration()),
    "raises several": raising(ExceptionGroup("several", [ValueError(), OSError()])),
    "raises what cannot be written": raising(Unspeakable()),
    "blames others": raising(OwnPluginError("x", "y", "z")),
    "blames with objects": raising(PluginError(*EVIL)),
    "mistakes the currency": raising(OwnMismatch("USD", "EUR", "it")),
    "has no such attribute": raising(AttributeError("what")),
    "answers a number": lambda: -5,
    "answers a text": lambda: "10",
    "answers a huge number": lambda: -(10**5000),
    "answers nan": lambda: float("nan"),
    "answers without an end": endless,
    "answers evil": Evil,
    "answers what is written oddly": Written,
    "answers what has no name": OfNoName,
    "answers a class": lambda: Offer,
    "answers a coroutine": lambda: [lambda: None],
    "answers a subclass": OwnOffer,
    "answers a discount of its own": lambda: Offer(
        discounts=(OwnDiscount(lines=("a",), percent=10),)
    ),
    "answers a selection of its own": lambda: Offer(
        discounts=(Discount(lines=OwnSelection(), percent=10),)
    ),
    "answers an item of its own": lambda: Offer(tied_items=(OwnItem(key="k", product_id="pen"),)),
    "answers a reason of its own": lambda: OwnIneligible("no", "no"),
}


# --- where plugins are asked ---


@attrs.frozen(eq=False)
class Does:
    """A promotion type that fails in one place, and does what is right in others."""

    where: str
    what: Callable[[], Any]
    promotion_class: PromotionClass = PromotionClass.ITEM
    type_name: ClassVar[str] = "acme.does"

    def evaluate(self, context: PricingContext) -> Any:
        if self.where == "evaluate":
            return self.what()
        if self.where != "needs":
            context.subtotal(after_discounts=True)  # so that the search asks for claims
        return Offer(discounts=(Discount.amount_off(usd("1.00"), (context.lines[-1].id,)),))

    def at_most(self, context: PricingContext) -> Any:
        return self.what() if self.where == "at_most" else 100

    @property
    def needs(self) -> Any:
        return self.what() if self.where == "needs" else ()

    @property
    def uses_units(self) -> Any:
        return self.what() if self.where == "uses_units" else False


@attrs.frozen(eq=False)
class Asks:
    """A condition that fails in one place."""

    where: str
    what: Callable[[], Any]
    type_name: ClassVar[str] = "acme.asks"

    def check(self, context: PricingContext) -> Any:
        context.subtotal(after_discounts=True)
        return self.what() if self.where == "check" else None

    def least_left(self, context: PricingContext) -> Any:
        return self.what() if self.where == "least_left" else 0

    @property
    def stays_unmet(self) -> Any:
        return self.what() if self.where == "stays_unmet" else False

    @property
    def needs(self) -> Any:
        return self.what() if self.where == "needs" else ()


Place = Callable[[Callable[[], Any]], Promotion]


def bad(effect: Any, *conditions: Any, **fields: Any) -> Promotion:
    return promotion(effect, "bad", priority=1, conditions=conditions, **fields)


RIGHT = PercentOff(percent=20)
PLACES: dict[str, Place] = {
    "evaluate": lambda what: bad(Does("evaluate", what)),
    "evaluate of an order": lambda what: bad(Does("evaluate", what, PromotionClass.ORDER)),
    "evaluate of a product": lambda what: bad(Does("evaluate", what, PromotionClass.PRODUCT)),
    "evaluate of shipping": lambda what: bad(Does("evaluate", what, PromotionClass.SHIPPING)),
    "evaluate of one that excludes": lambda what: bad(Does("evaluate", what), exclusive=True),
    "check": lambda what: bad(RIGHT, Asks("check", what)),
    "check inside another": lambda what: bad(RIGHT, AllOf(conditions=(Asks("check", what),))),
    "needs": lambda what: bad(Does("needs", what)),
    "needs of a condition": lambda what: bad(RIGHT, Asks("needs", what)),
    "needs inside another": lambda what: bad(RIGHT, AllOf(conditions=(Asks("needs", what),))),
    "uses_units": lambda what: bad(Does("uses_units", what)),
    "at_most": lambda what: bad(Does("at_most", what)),
    "least_left": lambda what: bad(RIGHT, Asks("least_left", what)),
    "stays_unmet": lambda what: bad(RIGHT, Asks("stays_unmet", what)),
}
CLAIMS = {"at_most", "least_left", "stays_unmet"}
