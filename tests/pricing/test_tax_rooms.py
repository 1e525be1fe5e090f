"""Where the tax goes that is too much for a price."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from cartcore.pricing.tax_rooms import Rooms, Tax
from cartcore.promotions.tax import TaxRate

A, B, C, D = TAXES = [TaxRate(name=name, percent=10) for name in "ABCD"]


def filled(
    free: Sequence[int], held: Sequence[Mapping[Tax, int]], surplus: Mapping[Tax, int]
) -> Rooms:
    rooms = Rooms([*free], [dict(each) for each in held])
    rooms.fill(surplus)
    return rooms


def test_a_tax_without_room_takes_that_of_another_which_moves_on() -> None:
    """A is due in the first price alone, which B fills: one minor unit of B goes on (TX-4)."""
    rooms = filled([0, 3], [{A: 0, B: 2}, {B: 1}], {A: 1, B: 0})

    assert rooms.held == [{A: 1, B: 1}, {B: 2}]
    assert rooms.free == [0, 2]


def test_it_moves_on_over_several_prices() -> None:
    """A takes the room of B, B that of C, and C finds room: in every price just one of them."""
    rooms = filled([0, 0, 2], [{A: 0, B: 1}, {B: 0, C: 1}, {C: 0}], {A: 1, B: 0, C: 0})

    assert rooms.held == [{A: 1, B: 0}, {B: 1, C: 0}, {C: 1}]
    assert rooms.free == [0, 0, 1]


def test_the_last_tax_gives_way() -> None:
    """Where there is no room at all, what is too much of A is taken of D, and not of B or C."""
    rooms = filled([0], [{A: 0, B: 2, C: 2, D: 2}], {A: 3, B: 0, C: 0, D: 0})

    assert rooms.held == [{A: 3, B: 2, C: 1, D: 0}]


def test_an_earlier_tax_gives_no_way() -> None:
    """What is too much of B goes nowhere where only A could make room (TX-4)."""
    rooms = filled([0], [{A: 2, B: 0}], {A: 0, B: 1})

    assert rooms.held == [{A: 2, B: 0}]


@st.composite
def prices(
    draw: st.DrawFn,
) -> tuple[list[int], list[dict[Tax, int]], dict[Tax, int]]:
    """Prices that taxes share, nearly without room, and too much of each tax."""
    few = st.integers(0, 3)
    held: list[dict[Tax, int]] = draw(
        st.lists(st.dictionaries(st.sampled_from(TAXES), few, min_size=1), min_size=1, max_size=5)
    )
    free = [draw(st.sampled_from([0, 0, 0, 1, 2])) for _ in held]
    return free, held, {tax: draw(few) for tax in TAXES}


@given(prices())
def test_each_tax_finds_all_the_room_that_earlier_ones_leave(
    case: tuple[list[int], list[dict[Tax, int]], dict[Tax, int]],
) -> None:
    """As by the theorem of Hall: taxes find room if all sets of them do, in what they share (TX-4).

    No price gets more than it has room for, and no tax less than it could have beside the earlier
    ones.
    """
    free, held, surplus = case
    room = [own + sum(taxes.values()) for own, taxes in zip(free, held, strict=True)]
    wanted: dict[Tax, int] = {}
    for tax in TAXES:
        most = surplus[tax] + sum(taxes.get(tax, 0) for taxes in held)
        for count in range(len(wanted) + 1):
            for earlier in combinations(wanted, count):
                sharing = {tax, *earlier}
                shared = sum(
                    own for own, taxes in zip(room, held, strict=True) if sharing & {*taxes}
                )
                most = min(most, shared - sum(wanted[each] for each in earlier))
        wanted[tax] = most

    rooms = filled(free, held, surplus)

    assert all(amount >= 0 for taxes in rooms.held for amount in taxes.values())
    assert all(own >= 0 for own in rooms.free)
    assert [each.keys() for each in rooms.held] == [each.keys() for each in held]
    assert room == [own + sum(t.values()) for own, t in zip(rooms.free, rooms.held, strict=True)]
    assert wanted == {tax: sum(taxes.get(tax, 0) for taxes in rooms.held) for tax in TAXES}
