"""What promotions would have done to many carts: the engine's own figures, in frames.

Needs the extra `notebook`: `pip install 'cartcore[notebook]'`.
"""

from cartcore.scenarios.carts import Carts
from cartcore.scenarios.comparison import Comparison
from cartcore.scenarios.reading import carts_from
from cartcore.scenarios.run import Run
from cartcore.scenarios.scenario import Scenario
from cartcore.scenarios.simulation import simulate
from cartcore.scenarios.sweeping import Sweep, sweep
from cartcore.scenarios.unlocking import Unlock, unlock

__all__ = [
    "Carts",
    "Comparison",
    "Run",
    "Scenario",
    "Sweep",
    "Unlock",
    "carts_from",
    "simulate",
    "sweep",
    "unlock",
]
