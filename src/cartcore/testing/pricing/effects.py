"""Configurations of the built-in promotion types."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from cartcore.promotions.offer import Per, TakenFirst, TiedItem
from cartcore.promotions.types import PromotionType
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    AmountTier,
    Bundle,
    BundlePart,
    BuyXGetY,
    FirstAndFurtherOff,
    FixedPrice,
    FreeShipping,
    NthOfSet,
    OrderAmountOff,
    OrderFixedPrice,
    OrderPercentOff,
    PercentOff,
    PercentTier,
    ShippingAmountOff,
    ShippingFixedPrice,
    ShippingPercentOff,
    Spread,
    TieredAmountOff,
    TieredPercentOff,
)
from cartcore.testing.pricing.figures import Configurations, amounts, maybe, percents, selections
from cartcore.values.money import from_minor


def _percent_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        PercentOff,
        percent=percents,
        target=selections(currency),
        maximum=maybe(amounts(currency)),
        limit=maybe(st.integers(3, 8)),
        which=st.sampled_from(TakenFirst),
        group_size=st.sampled_from([1, 1, 1, 2, 3]),
        of_original=st.booleans(),
    )


def _amount_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        AmountOff,
        amount=amounts(currency),
        target=selections(currency),
        per=st.sampled_from(Per),
        maximum=maybe(amounts(currency)),
        limit=maybe(st.integers(3, 8)),
        which=st.sampled_from(TakenFirst),
        group_size=st.sampled_from([1, 1, 1, 2, 3]),
    )


def _fixed_price(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        FixedPrice,
        price=amounts(currency, least=0),
        target=selections(currency),
        per=st.sampled_from([Per.UNIT, Per.UNIT, Per.TOTAL]),
        limit=maybe(st.integers(1, 5)),
        which=st.sampled_from(TakenFirst),
        maximum=maybe(amounts(currency)),
    )


def _first_and_further(currency: str) -> st.SearchStrategy[PromotionType]:
    some = amounts(currency)
    target = selections(currency)
    first = st.builds(
        FirstAndFurtherOff,
        first=some,
        further=maybe(some),
        target=target,
        limit=maybe(st.integers(1, 5)),
    )
    further = st.builds(
        FirstAndFurtherOff, further=some, target=target, limit=maybe(st.integers(2, 5))
    )
    return first | further


def _buy_x_get_y(currency: str) -> st.SearchStrategy[PromotionType]:
    known = {
        "buy_from": selections(currency),
        "get": st.integers(1, 3),
        "get_from": maybe(selections(currency)),
        "whole": st.booleans(),
        "percent": percents,
        "which": st.sampled_from(TakenFirst),
        "max_units": maybe(st.integers(1, 4)),
        "maximum": maybe(amounts(currency)),
    }
    units = st.builds(BuyXGetY, buy=st.integers(1, 3), limit=maybe(st.integers(1, 3)), **known)
    return units | units | st.builds(BuyXGetY, spend=amounts(currency), **known)


def _bundle(currency: str) -> st.SearchStrategy[PromotionType]:
    part = st.builds(BundlePart, target=selections(currency), quantity=st.integers(1, 2))
    return st.builds(
        Bundle,
        price=amounts(currency, least=0),
        parts=st.lists(part, min_size=1, max_size=3).map(tuple),
        limit=maybe(st.integers(1, 3)),
        which=st.sampled_from(TakenFirst),
        maximum=maybe(amounts(currency)),
    )


def _nth_of_set(currency: str) -> st.SearchStrategy[PromotionType]:
    places = st.integers(1, 4).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size)))
    return st.builds(
        lambda place, **fields: NthOfSet(size=place[0], position=place[1], **fields),
        places,
        percent=percents,
        target=selections(currency),
        order=st.sampled_from(TakenFirst),
        spread=st.sampled_from(Spread),
        limit=maybe(st.integers(1, 3)),
        max_units=maybe(st.integers(1, 3)),
        maximum=maybe(amounts(currency)),
    )


def _tiers(currency: str, tier: type, field: str, values: st.SearchStrategy[Any]) -> Any:
    def by_quantity(starts: list[int], figures: list[Any]) -> tuple[Any, ...]:
        pairs = zip(sorted(starts), figures, strict=False)
        return tuple(tier(**{field: figure, "from_quantity": start}) for start, figure in pairs)

    def by_spend(starts: list[int], figures: list[Any]) -> tuple[Any, ...]:
        pairs = zip(sorted(starts), figures, strict=False)
        return tuple(
            tier(
                **{field: figure, "from_amount": from_minor(start, currency) if start else None},
            )
            for start, figure in pairs
        )

    figures = st.lists(values, min_size=3, max_size=3)
    quantities = st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True)
    spends = st.lists(st.integers(0, 5_000), min_size=1, max_size=3, unique=True)
    return st.builds(by_quantity, quantities, figures) | st.builds(by_spend, spends, figures)


def _tiered_percent_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        TieredPercentOff,
        tiers=_tiers(currency, PercentTier, "percent", percents),
        target=selections(currency),
        maximum=maybe(amounts(currency)),
    )


def _tiered_amount_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        TieredAmountOff,
        tiers=_tiers(currency, AmountTier, "amount", amounts(currency)),
        target=selections(currency),
        maximum=maybe(amounts(currency)),
    )


def _add_product(currency: str) -> st.SearchStrategy[PromotionType]:
    item = st.builds(
        TiedItem,
        key=st.sampled_from(["a", "b"]),
        product_id=st.sampled_from(["pen", "pen", "bag", "gone"]),
        quantity=st.integers(1, 3),
        options=st.sampled_from([(), (("Size", "1"),)]),
    )
    return st.builds(
        AddProduct,
        items=st.lists(item, min_size=1, max_size=2, unique_by=lambda each: each.key).map(tuple),
        percent=st.just("100") | percents | st.just("0"),
        per_unit_of=maybe(selections(currency)),
        top_up=st.booleans(),
        separately=st.booleans(),
    )


def _order_percent_off(currency: str) -> st.SearchStrategy[PromotionType]:
    maximum = maybe(amounts(currency))
    return st.builds(OrderPercentOff, percent=percents, maximum=maximum, of_original=st.booleans())


def _order_amount_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(OrderAmountOff, amount=amounts(currency))


def _order_fixed_price(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(OrderFixedPrice, price=amounts(currency, least=0))


_some_speeds = st.sampled_from([(), (), ("fast",), ("fast", "slow")])


def _free_shipping(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(FreeShipping, speeds=_some_speeds, maximum=maybe(amounts(currency)))


def _shipping_percent_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        ShippingPercentOff,
        percent=percents,
        speeds=_some_speeds,
        maximum=maybe(amounts(currency)),
        of_original=st.booleans(),
    )


def _shipping_amount_off(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(
        ShippingAmountOff, amount=amounts(currency), speeds=_some_speeds, each=st.booleans()
    )


def _shipping_fixed_price(currency: str) -> st.SearchStrategy[PromotionType]:
    return st.builds(ShippingFixedPrice, price=amounts(currency, least=0), speeds=_some_speeds)


EFFECTS: Mapping[str, Configurations] = {
    "cartcore.add_product": _add_product,
    "cartcore.amount_off": _amount_off,
    "cartcore.bundle": _bundle,
    "cartcore.buy_x_get_y": _buy_x_get_y,
    "cartcore.first_and_further": _first_and_further,
    "cartcore.fixed_price": _fixed_price,
    "cartcore.free_shipping": _free_shipping,
    "cartcore.nth_of_set": _nth_of_set,
    "cartcore.order_amount_off": _order_amount_off,
    "cartcore.order_fixed_price": _order_fixed_price,
    "cartcore.order_percent_off": _order_percent_off,
    "cartcore.percent_off": _percent_off,
    "cartcore.shipping_amount_off": _shipping_amount_off,
    "cartcore.shipping_fixed_price": _shipping_fixed_price,
    "cartcore.shipping_percent_off": _shipping_percent_off,
    "cartcore.tiered_amount_off": _tiered_amount_off,
    "cartcore.tiered_percent_off": _tiered_percent_off,
}
"""Configurations of the built-in promotion types, by type name."""
