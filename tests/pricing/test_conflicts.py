"""Which promotions do not combine, told by their fields alone (PR-13)."""

from decimal import Decimal
from itertools import chain, combinations

from cartcore.cart import ManualDiscount
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.conflicts import compatible_sets, conflicts
from cartcore.promotions.promotion import Promotion
from cartcore.promotions.types import PromotionClass, PromotionType
from cartcore.rules import TiedItem
from cartcore.rules.builtin import AddProduct, FreeShipping, OrderPercentOff, PercentOff
from tests.laws.best_combination import goes_with
from tests.support.carts import promotion

EFFECTS: tuple[PromotionType, ...] = (
    PercentOff(percent=10),
    AddProduct(items=(TiedItem(key="a", product_id="pen"),)),
    OrderPercentOff(percent=10),
    FreeShipping(),
)
"""One of each class."""

ANY_CLASSES = [*chain(*(combinations(PromotionClass, n) for n in range(5)))]

EVERY_KIND = [
    promotion(effect, f"p{n}-{len(classes)}-{k}", combines_with=classes)
    for n, effect in enumerate(EFFECTS)
    for k, classes in enumerate(ANY_CLASSES)
]
"""Of each class one for each choice of classes that it combines with: 64."""


def candidates(promotions: list[Promotion]) -> list[Candidate]:
    """These promotions, and a discount by hand at the end."""
    by_hand = ManualDiscount(id="m", percent=Decimal(5), reason="late", actor="kim")
    return [*map(Candidate.of, promotions), Candidate.by_hand(by_hand, 1)]


def members(bits: int, promotions: list[Promotion]) -> list[Promotion]:
    return [each for i, each in enumerate(promotions) if bits >> i & 1]


def test_each_conflict_and_no_other() -> None:
    """Two conflict if a class, a group or an exclusive one says so, not else (PR-13, PR-28)."""
    promotions = [
        promotion(EFFECTS[0], "any"),
        *EVERY_KIND[::3],
        *(promotion(effect, f"g{n}", group="g") for n, effect in enumerate(EFFECTS)),
        *(promotion(effect, f"h{n}", group="h") for n, effect in enumerate(EFFECTS)),
        promotion(EFFECTS[0], "alone", exclusive=True),
    ]
    found = conflicts(candidates(promotions))

    assert found is not None
    assert found.pop() == 0, "a discount by hand goes with everything (PR-28)"
    for i, one in enumerate(promotions):
        rivals = [each for each in promotions if each is not one and not goes_with(one, each)]
        assert rivals == members(found[i], promotions)


def test_none_where_all_combine() -> None:
    """Promotions of all classes that say nothing else combine, so none is looked for (PR-13)."""
    promotions = [promotion(each, f"p{n}") for n, each in enumerate(EFFECTS)]

    assert conflicts(candidates(promotions)) is None


def test_the_largest_sets_that_combine() -> None:
    """Each set of kinds that combine is the largest that it can be, and none is missing (PR-13).

    There are 236 of them if all 64 kinds take part, and there can be no more than that.
    """
    places = range(len(EVERY_KIND))
    by_hand = 1 << len(EVERY_KIND)
    found = compatible_sets(candidates(EVERY_KIND))
    assert all(bits & by_hand for bits in found)
    sets = [{i for i in places if bits >> i & 1} for bits in found]
    friends = [
        {i for i in places if i != own and goes_with(EVERY_KIND[i], EVERY_KIND[own])}
        for own in places
    ]

    assert len({frozenset(each) for each in sets}) == len(sets) == 236
    for own in sets:
        assert all(own <= friends[i] | {i} for i in own)
        assert not any(own <= friends[i] for i in places)
    for i in places:
        assert friends[i] | {i} == set().union(*(own for own in sets if i in own))
