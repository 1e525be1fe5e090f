"""Whatever the host application set its decimal context to, cartcore says the same."""

from collections.abc import Iterator
from decimal import (
    ROUND_FLOOR,
    ROUND_UP,
    Clamped,
    Context,
    FloatOperation,
    Inexact,
    Rounded,
    Subnormal,
    localcontext,
)

import attrs
import pytest
from moneyed import Money

from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.documents.exchange import contents, export_lines, import_lines
from cartcore.documents.serializer import Serializer
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import Order
from cartcore.pricing.policy import Combination, PricingPolicy
from cartcore.promotions.promotion import Limits
from cartcore.receipt import order_details, review_receipt
from cartcore.rules.builtin import PercentOff
from cartcore.rules.loading import load_rulebook
from cartcore.storage import Storage
from tests.support.shop import PROMOTIONS, STORE, Shop, usd
from tests.test_receipt import with_everything

CONTEXTS = {
    "coarse": Context(prec=6),
    "one digit": Context(prec=1, rounding=ROUND_UP),
    "traps": Context(prec=6, traps=[Inexact, Rounded, Clamped, Subnormal, FloatOperation]),
    "small": Context(prec=3, Emax=3, Emin=-3, rounding=ROUND_FLOOR, clamp=1, capitals=0),
}


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    """Not PostgreSQL: its driver has no part in what is computed here."""
    if request.param == "memory":
        yield MemoryStorage()
        return
    with SQLiteStorage(request.getfixturevalue("tmp_path") / "shop.db") as opened:
        yield opened


def said(storage: Storage) -> list[object]:
    """All that is said of a shop with large figures, from its first draft to its placed order."""
    policy = PricingPolicy(combination=Combination.BEST_FOR_CUSTOMER)
    shop = Shop(storage, attrs.evolve(STORE, maximum_quantity=1_000_000, policy=policy))
    odd = attrs.evolve(
        PROMOTIONS["mugs"],
        id="odd",
        effect=PercentOff(percent="12.345", maximum=usd("123456789.01")),
        limits=Limits(budget=usd("9999999999.99")),
    )
    with storage.write() as work:
        work.promotions.add(odd)
        work.commit()
    shop.change_variant("CARD", price=usd("1234.567891"), minimum_price=usd("999.999999"))
    draft_id = with_everything(shop)
    with shop.edit(draft_id) as edit:
        edit.set_quantity("l3", 77_777)
        edit.discount_order(percent="3.21", reason="loyal", actor="kim")
        edit.go_to("review")
    view = shop.view(draft_id)
    order = shop.placed(draft_id)
    shop.desk.add_note(order.number, "called", actor="kim")
    order = shop.desk.order(order.number)
    serializer = Serializer(load_rulebook())
    written = serializer.dumps(order)
    lines = [*export_lines(storage, serializer)]
    copy = MemoryStorage()
    import_lines(copy, lines, serializer)
    dear = OrderFilter(total_min=usd("95555555.55"), total_max=Money(10**9, "USD"))
    return [
        *(review_receipt(view), order_details(order), str(view.quote), view.quote.explain()),
        *(view.quote._repr_html_(), view.quote.totals.goods, view.quote.totals.discounts),
        *(written, serializer.loads(written, Order) == order),
        *(lines, str(contents(copy, serializer)), view.quote.differences(order.quote)),
        *(
            shop.desk.orders(dear).items,
            [*map(str, shop.desk.available_promotions(shop.started()))],
        ),
    ]


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
def test_the_decimal_context_of_the_host(context: Context) -> None:
    """Prices, receipts, documents and exports do not follow the host's decimal context (PR-2)."""
    expected = said(MemoryStorage())

    with localcontext(context):
        found = said(MemoryStorage())

    assert [str(each) for each in expected] == [str(each) for each in found]


def test_stored_in_one_context_and_read_in_another(storage: Storage) -> None:
    """What a host stored under its decimal context is the same without it (PR-2)."""
    with localcontext(CONTEXTS["traps"]):
        found = said(storage)

    assert str(said(MemoryStorage())) == str(found)
