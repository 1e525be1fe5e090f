"""The shop of `tests.support.shop` with limited promotions, and orders being entered in it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

from cartcore.desk import OrderDesk
from cartcore.errors import CodeRejected
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.promotions.types import PromotionType
from cartcore.rules.builtin import OrderAmountOff, OrderPercentOff
from cartcore.storage import Storage
from tests.support.shop import CATALOGUE, CONTACTS, PROMOTIONS, STORE, usd

CODES = ("TOTAL", "EACH", "PURSE")
"""The codes of promotions that are limited in total, for each contact, and by a budget."""

_SKUS = ("SH-BK-S", "SH-BK-L", "SH-WH-S", "MUG", "CAP-RED", "CAP-BLUE", "PIN")


def fill(storage: Storage, *, uses: int) -> None:
    """Put the shop into an empty storage; each limit is good for `uses` orders or so."""
    effect = OrderPercentOff(percent=5)
    limited: dict[str, tuple[PromotionType, Limits]] = {
        "TOTAL": (effect, Limits(total=uses)),
        "EACH": (effect, Limits(per_contact=uses // 2)),
        "PURSE": (OrderAmountOff(amount=usd("1.50")), Limits(budget=usd("1.50") * uses)),
    }
    with storage.write() as work:
        for product in CATALOGUE:
            work.products.add(product)
        for contact in CONTACTS:
            work.contacts.add(contact)
        work.promotions.add(PROMOTIONS["mugs"])
        for code, (takes_off, limits) in limited.items():
            work.promotions.add(
                Promotion(
                    id=code.lower(),
                    name=f"The code {code}",
                    effect=takes_off,
                    trigger=Trigger.CODE,
                    codes=(code,),
                    limits=limits,
                )
            )
        work.commit()


def desk_on(storage: Storage, *, wrong_by: Callable[[], float] = lambda: 0) -> OrderDesk:
    """The desk of the shop, whose clock is wrong by some seconds."""
    return OrderDesk(
        storage, STORE, clock=lambda: datetime.now(UTC) + timedelta(seconds=wrong_by())
    )


def entered(desk: OrderDesk, random: Random) -> str:
    """Enter some order as far as review, with a code if it is not used up; return its draft."""
    draft_id = desk.start(actor="sam").id
    with desk.edit(draft_id) as edit:
        edit.choose_contact(random.choice(("ann", "zoe")))
        for sku in random.sample(_SKUS, random.randint(1, len(_SKUS))):
            edit.add_sku(sku, quantity=random.randint(1, 3))
        edit.save_items()
        edit.choose_speed("s1", "post")
        edit.go_to("review")
        with suppress(CodeRejected):  # used up
            edit.enter_code(random.choice(CODES))
    return draft_id
