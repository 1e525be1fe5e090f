"""Promotions of built-in types."""

from hypothesis import strategies as st

from cartcore.promotions.offer import Per
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.promotions.types import PromotionType
from cartcore.rules import Selection, TiedItem
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    ContactTag,
    FreeShipping,
    MinQuantity,
    MinSubtotal,
    OrderAmountOff,
    OrderPercentOff,
    PercentOff,
)
from cartcore.testing.strategies.products import selections
from cartcore.testing.strategies.texts import some_texts, texts
from cartcore.testing.strategies.values import money, times

_CODES = ("SPRING", "spring", "Straße", "STRASSE", "10  OFF", "10 off", "x")
promo_codes = st.sampled_from(_CODES)
"""Promo codes, some of which are the same but for case and spaces."""

_percents = st.decimals("0.01", 100, places=2)

# `Selection()` beside whatever is generated: most carts are not hit by anything else.
_targets = st.just(Selection()) | selections


def effects(currency: str = "USD") -> st.SearchStrategy[PromotionType]:
    """Configured promotion types, all of them built in."""
    amounts = money(currency, most=10**6).filter(bool)
    maximum = st.none() | amounts
    keys = texts.map(lambda text: text.replace(":", "-"))
    item = st.builds(TiedItem, key=keys, product_id=texts, quantity=st.integers(1, 3))
    return st.one_of(
        st.builds(PercentOff, percent=_percents, target=_targets, maximum=maximum),
        st.builds(
            AmountOff, amount=amounts, target=_targets, per=st.sampled_from(Per), maximum=maximum
        ),
        st.builds(OrderPercentOff, percent=_percents, maximum=maximum),
        st.builds(OrderAmountOff, amount=amounts),
        st.builds(FreeShipping, speeds=st.just(()) | some_texts, maximum=maximum),
        st.builds(AddProduct, items=item.map(lambda each: (each,)), percent=_percents),
    )


@st.composite
def promotions(
    draw: st.DrawFn,
    ids: st.SearchStrategy[str] = texts,
    codes: st.SearchStrategy[str] = promo_codes,
    currency: str = "USD",
) -> Promotion:
    """Promotions with these ids, and of these codes one if their trigger is a code."""
    trigger = draw(st.sampled_from(Trigger))
    starts_at, ends_at = sorted(draw(st.tuples(times, times).filter(lambda two: two[0] != two[1])))
    conditions = st.one_of(
        st.builds(MinSubtotal, amount=money(currency).filter(bool), target=_targets),
        st.builds(MinQuantity, quantity=st.integers(1, 5), target=_targets),
        st.builds(ContactTag, tags=st.lists(texts, min_size=1, max_size=2).map(tuple)),
    )
    limits = st.none() | st.integers(1, 10)
    needs_code = trigger is Trigger.CODE
    return Promotion(
        id=draw(ids),
        name=draw(texts),
        effect=draw(effects(currency)),
        trigger=trigger,
        codes=(draw(codes),) if needs_code else (),
        conditions=tuple(draw(st.lists(conditions, max_size=1))),
        priority=draw(st.integers(-5, 5)),
        starts_at=draw(st.sampled_from([None, starts_at])),
        ends_at=draw(st.sampled_from([None, ends_at])),
        enabled=draw(st.booleans()),
        limits=draw(st.builds(Limits, total=limits, per_contact=limits)),
    )
