"""Other processes of this machine: what they cannot be sent, and what they cannot start with."""

import subprocess
import sys
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.errors import InvalidField
from cartcore.promotions.types import PromotionClass
from cartcore.rules import Offer, PricingContext
from cartcore.scenarios import Scenario, simulate
from tests.simulations.test_cluster import KillsOneWorker
from tests.simulations.test_simulation import AT, many, promotion


def test_promotion_that_cannot_be_sent_is_told() -> None:
    """A type that lives inside a function is known to this process only (SC-4)."""

    @attrs.frozen
    class Local:
        type_name: ClassVar[str] = "tests.local"
        promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

        def evaluate(self, context: PricingContext) -> Offer:
            return Offer()

    scenario = Scenario(name="a", promotions=(promotion(Local()),))
    with pytest.raises(InvalidField, match="workers must be 1 for promotions that other"):
        simulate(many(3), [scenario], at=AT, workers=2, progress=False)


def test_type_of_a_notebook_is_told() -> None:
    """A notebook is no module that other processes could import; neither is `python -c` (SC-4)."""
    program = """
import attrs
from cartcore.promotions.types import PromotionClass
from cartcore.rules import Offer
from cartcore.scenarios import Scenario, simulate
from tests.simulations.test_simulation import AT, many, promotion
@attrs.frozen
class Here:
    type_name = "here.here"
    promotion_class = PromotionClass.ORDER
    def evaluate(self, context):
        return Offer()
simulate(many(3), [Scenario(name="a", promotions=(promotion(Here()),))], at=AT, workers=2)
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert "workers must be 1 for a type that is defined in a notebook" in done.stderr


def test_killed_process_is_told(tmp_path: Any) -> None:
    """Where a process dies, the run ends with an error of cartcore that says so (SC-4)."""
    kills = promotion(KillsOneWorker(here=0, flag=str(tmp_path / "killed")))
    with pytest.raises(InvalidField, match="where a process was killed"):
        simulate(
            many(60), [Scenario(name="a", promotions=(kills,))], at=AT, workers=2, progress=False
        )
