"""What a promotion sees: read-only, and nothing of the engine (PK-10)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.cart import Cart, CartShipment, Customer
from cartcore.pricing.engine import price
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Discount, Ineligible, Offer
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import PromotionClass
from cartcore.shop.speeds import ShippingSpeed
from tests.support.carts import line, usd

SEEN: list[PricingContext] = []


@attrs.frozen
class Keeps:
    """A promotion type that keeps hold of what it saw."""

    type_name: ClassVar[str] = "test.keeps"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    def evaluate(self, context: PricingContext) -> Offer | Ineligible:
        SEEN.append(context)
        return Offer(discounts=(Discount(lines=(context.lines[0].id,), amount=usd("1.00")),))


@pytest.fixture
def context() -> PricingContext:
    """The context of a pricing that is over, as a type that kept it has it."""
    SEEN.clear()
    speed = ShippingSpeed(code="std", name="Standard", price=usd("4.95"), days_from=2, days_to=3)
    cart = Cart(
        currency="USD",
        lines=(line("MUG", "12.00", 2), line("HAT", "20.00")),
        shipments=(CartShipment(id="s", lines=(("MUG", 1),), country="US", speed=speed),),
        customer=Customer(contact_id="c", tags=("vip",), orders_placed=3),
        channel="phone",
        timezone="Asia/Tokyo",
    )
    promotion = Promotion(id="p", name="P", effect=Keeps())
    price(cart, [promotion], at=datetime(2026, 5, 1, tzinfo=UTC))
    return SEEN[0]


def test_it_tells_what_the_cart_has(context: PricingContext) -> None:
    """Each member is that of the cart that was priced, and of the instant (PK-10, OE-30)."""
    assert ("USD", "phone", "Asia/Tokyo", "p") == (
        context.currency,
        context.channel,
        context.timezone,
        context.promotion_id,
    )
    assert datetime(2026, 5, 1, tzinfo=UTC) == context.at
    assert "2026-05-01T09:00:00" == context.local_time.replace(tzinfo=None).isoformat()
    assert ("c", 3) == (context.customer.contact_id, context.customer.orders_placed)
    assert ["s"] == [each.id for each in context.shipments]


def members(context: object) -> Iterable[str]:
    return (name for name in dir(context) if not name.startswith("_"))


def test_nothing_can_be_assigned(context: PricingContext) -> None:
    """Assigning to any member raises, and so it does for a new or a hidden one (PK-10)."""
    hidden = [name for name in dir(context) if name.startswith("_") and not name.endswith("__")]
    assert hidden
    for name in [*members(context), *hidden, "anything"]:
        with pytest.raises(AttributeError):
            setattr(context, name, None)


def test_what_it_shows_cannot_be_changed(context: PricingContext) -> None:
    """Neither lines nor customer, shipments or groups take an assignment (PK-10)."""
    shown: list[Any] = [context.lines[0], context.customer, context.shipments[0]]
    for each in [*shown, context.unit_groups()[0]]:
        names = getattr(each, "_fields", None) or [f.name for f in attrs.fields(type(each))]
        for name in names:
            with pytest.raises(AttributeError):
                setattr(each, name, None)


def test_nothing_of_the_engine_is_in_reach(context: PricingContext) -> None:
    """What members give, and what those have in turn, is no object of the engine (PK-10)."""
    found: list[Any] = []
    todo: list[Any] = [getattr(context, name) for name in members(context)]
    todo += [context.select(), context.unit_groups(), context.gift_groups()]
    while todo:
        each = todo.pop()
        found.append(each)
        if isinstance(each, (tuple, list, frozenset)):
            todo += each
        elif attrs.has(type(each)):
            todo += [getattr(each, f.name) for f in attrs.fields(type(each))]
    assert len(found) > 50
    engine = {type(each) for each in found if type(each).__module__.startswith("cartcore.pricing")}
    assert engine == set()
    assert not any(isinstance(each, (list, dict, set)) for each in found)


def test_it_has_the_members_of_the_protocol_and_no_others(context: PricingContext) -> None:
    """An author meets what is documented, and nothing else (PK-10)."""
    assert set(members(context)) == set(members(PricingContext))


def test_equal_lines_are_all_seen() -> None:
    """Lines of equal units are reckoned together, and a type sees each as entered (PR-24)."""
    SEEN.clear()
    lines = (
        line("a", "12.00", 2, sku="MUG"),
        line("b", "20.00", sku="HAT"),
        line("c", "12.00", 3, sku="MUG"),
    )
    promotion = Promotion(id="p", name="P", effect=Keeps())
    price(Cart(currency="USD", lines=lines), [promotion], at=datetime(2026, 5, 1, tzinfo=UTC))
    context = SEEN[0]

    assert lines == context.lines
    assert (lines[0], lines[2]) == context.select(Selection(skus=("MUG",)))
    assert 5 == context.quantity(Selection(skus=("MUG",)))
