"""Processes, servers and more that fail while orders are placed: the short form (ST-5, ST-7)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres
from tests.torture.faults import FAULTS, possible
from tests.torture.killing import torment
from tests.torture.scene import Scene, in_file, on_server

SEED = 7


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.LocalServer]:
    """A server that can be killed and stopped."""
    with postgres.local_server() as started, started.with_template():
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """A filled shop, for several processes."""
    if request.param == "sqlite":
        with in_file(tmp_path / "sqlite", uses=12) as made:
            yield made
    else:
        own: postgres.LocalServer = request.getfixturevalue("server")
        with on_server(own, tmp_path / "postgresql", uses=12) as made:
            yield made


def test_whatever_fails_no_order_is_lost_or_doubled(scene: Scene) -> None:
    """Whatever else fails, killed processes leave whole orders, all acknowledged ones (ST-5).

    Each acknowledged order is there once, as it was answered; lost answers can be asked for again
    by their keys (ST-7); and all go on when the fault is over (ST-10).
    """
    faults = possible(scene)
    run = torment(scene, seed=SEED, kills=len(faults), faults=faults, every=1)

    assert () == run.findings
    assert {fault.name: 1 for fault in faults} == run.faults
    assert run.unanswered  # one in four dies right after it placed an order
    assert run.placed == run.acknowledged >= run.kills  # each had placed at least one before


def test_all_faults_are_tried(scene: Scene) -> None:
    """A full disk, one that is read-only and all others are tried, where the system allows it."""
    here = [each for each in FAULTS if scene.database.kind in each.kinds]
    missing = [each.name for each in here if each not in possible(scene)]
    if missing:
        pytest.skip(f"this user may not mount a disk, or the system has no limits: {missing}")


@pytest.mark.parametrize(
    ("scene", "wrong", "faults"),
    [
        ("sqlite", "early", []),
        ("postgresql", "early", []),
        ("postgresql", "lazy", ["server stopped"]),
    ],
    indirect=["scene"],
)
def test_orders_that_were_not_yet_committed_are_missed(
    scene: Scene, wrong: str, faults: list[str]
) -> None:
    """Writers that acknowledge early, or do not wait for the server's disk, lose orders (ST-5)."""
    drawn = [each for each in FAULTS if each.name in faults]
    run = torment(scene, seed=SEED, kills=4, faults=drawn, every=1, wrong=wrong)

    assert [found for found in run.findings if "was acknowledged; there is []" in found]
