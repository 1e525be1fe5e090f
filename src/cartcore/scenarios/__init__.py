"""What promotions would have done to many carts: the engine's own figures, in frames.

Needs the extra `notebook`: `pip install 'cartcore[notebook]'`.
"""

from cartcore.scenarios.carts import Carts
from cartcore.scenarios.comparison import Comparison
from cartcore.scenarios.ordered import carts_from_orders
from cartcore.scenarios.reading import carts_from
from cartcore.scenarios.rule_check import RuleFault, RuleFinding, check_rules
from cartcore.scenarios.run import Run
from cartcore.scenarios.scenario import Scenario
from cartcore.scenarios.simulation import simulate
from cartcore.scenarios.sweeping import Sweep, sweep
from cartcore.scenarios.unlocking import Unlock, unlock

__all__ = [
    "Carts",
    "Comparison",
    "RuleFault",
    "RuleFinding",
    "Run",
    "Scenario",
    "Sweep",
    "Unlock",
    "carts_from",
    "carts_from_orders",
    "check_rules",
    "simulate",
    "sweep",
    "unlock",
]
