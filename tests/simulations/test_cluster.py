"""A Dask cluster: a scheduler and two workers in processes of their own, one of which is killed."""

import os
import signal
from collections.abc import Iterator
from typing import Any, ClassVar

import attrs
import distributed
import pytest

from cartcore.errors import InvalidField
from cartcore.promotions.types import PromotionClass
from cartcore.rules import Offer, PricingContext
from cartcore.scenarios import Scenario, simulate, workers
from tests.simulations.test_simulation import AT, SCENARIOS, many, promotion

dask: Any = distributed  # it ships types that are none of a strict checker's


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with (
        dask.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
        ) as made,
        dask.Client(made) as client,
    ):
        yield client


@attrs.frozen
class KillsOneWorker:
    """Kills the worker that comes to an order first, and leaves the others alone."""

    type_name: ClassVar[str] = "tests.kills_one_worker"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    here: int
    flag: str

    def evaluate(self, context: PricingContext) -> Offer:
        if context.subtotal() > 5_000 and os.getpid() != self.here:
            try:
                os.close(os.open(self.flag, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return Offer()
            os.kill(os.getpid(), signal.SIGKILL)
        return Offer()


@pytest.mark.filterwarnings("ignore")
def test_run_is_the_same_when_a_worker_dies(cluster: Any, tmp_path: Any) -> None:
    """One of two is killed in the middle: others do its work, and every figure is there (SC-4)."""
    carts = many(4_500)
    kills = promotion(KillsOneWorker(here=os.getpid(), flag=str(tmp_path / "killed")))
    scenarios = [Scenario(name="kills", promotions=(kills,)), SCENARIOS[1]]
    here = simulate(carts, scenarios, at=AT, progress=False)
    assert not (tmp_path / "killed").exists()
    there = simulate(carts, scenarios, at=AT, workers=cluster, progress=False)

    assert (tmp_path / "killed").exists()
    assert here.orders.equals(there.orders)
    assert here.promotions.sort("scenario", "promotion", "reason").equals(
        there.promotions.sort("scenario", "promotion", "reason")
    )
    assert here.how.equals(there.how)


@pytest.mark.filterwarnings("ignore")
def test_worker_of_another_version_is_told(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is priced, with both versions (SC-4)."""
    monkeypatch.setattr(workers, "versions", _OLD)
    slow = Scenario(name="slow", promotions=(promotion(KillsOneWorker(here=0, flag="")),))
    with pytest.raises(InvalidField, match=r"of the versions cartcore 0\.0\.1"):
        simulate(many(3), [slow], at=AT, workers=cluster, progress=False)


class _Old:
    """The version of this process; on a worker, where it is called for real, its own."""

    def __init__(self) -> None:
        self.here = os.getpid()

    def __call__(self) -> str:
        return "cartcore 0.0.1" if os.getpid() == self.here else "cartcore 0.1.0"


_OLD = _Old()


@pytest.mark.parametrize("wrong", [0, -1, None, "2", 1.5])
def test_what_are_no_workers_is_refused(wrong: Any) -> None:
    """Neither a number of processes nor a client of a cluster (SC-4)."""
    with pytest.raises(InvalidField):
        simulate(many(3), [Scenario(name="a")], at=AT, workers=wrong, progress=False)
