"""The known answers about real orders can be recounted, and a plain loop finds the same."""

from benchmarks import known_answers
from tests.simulations.test_reading import SAMPLE


def test_no_row_is_lost() -> None:
    """Rows in carts and rows that were refused are all rows of the file (SC-2)."""
    frame = known_answers.read(SAMPLE)
    carts = known_answers.carts_of(frame)

    assert 3_108 == frame.height == carts.lines.height + carts.refused.height == carts.rows


def test_simulate_finds_what_a_loop_finds() -> None:
    """Three questions about a real day have the answers of a loop over integers (SC-3)."""
    carts = known_answers.carts_of(known_answers.goods(known_answers.read(SAMPLE)))
    found = known_answers.by_simulate(carts)

    assert known_answers.by_loop(carts, with_free_units=False) == found
    assert all(answer.orders and answer.discount for answer in found)
    # The cheapest of three, and no other: with free units among them it can only be less.
    with_free = known_answers.by_loop(carts, with_free_units=True)
    assert (found[0], found[2]) == (with_free[0], with_free[2])
    assert found[1].discount >= with_free[1].discount
