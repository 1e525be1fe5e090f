"""Which pools discounts of one cart are reckoned over together, for what never hurts (PR-14)."""

import pytest

from cartcore.pricing.dominance import _refine

ALL = 0b1111


@pytest.mark.parametrize(
    ("steps", "blocks"),
    [
        ((ALL,), {ALL}),
        ((0b0011,), {0b0011, 0b1100}),
        ((0b0011, 0b0001), {0b0001, 0b0010, 0b1100}),
        ((0b0011, 0b1100), {0b0011, 0b1100}),
    ],
)
def test_pools_within_one_block(steps: tuple[int, ...], blocks: set[int]) -> None:
    """Pools that are part of one block are a block of their own from then on."""
    found = [ALL]
    for pools in steps:
        assert _refine(found, pools)
    assert blocks == set(found)


@pytest.mark.parametrize("pools", [0b0110, 0b0111, ALL])
def test_pools_of_two_blocks(pools: int) -> None:
    """Pools of two blocks are told, and change nothing: sums over them could go either way."""
    found = [0b0011, 0b1100]
    assert not _refine(found, pools)
    assert [0b0011, 0b1100] == found
