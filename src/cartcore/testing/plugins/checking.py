"""Trying a type on many cases: which laws hold, which do not, and how often it applied."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import Any

import attrs
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from cartcore.errors import CartcoreError, PluginError, TaxUndetermined
from cartcore.pricing.quote import Quote
from cartcore.testing.plugins.broken import figures
from cartcore.testing.plugins.cases import (
    Case,
    SpeedCase,
    TaxCase,
    method_of,
    outcome,
    rulebook_of,
    subject,
)
from cartcore.testing.plugins.drawing import promotion_cases, speed_cases
from cartcore.testing.plugins.drawing_taxes import tax_cases
from cartcore.testing.plugins.elsewhere import places
from cartcore.testing.plugins.laws import (
    FIRST_LAWS,
    PROMOTION_LAWS,
    SPEED_LAWS,
    Law,
    it_answers_in_time,
)
from cartcore.testing.plugins.patience import TooLong, ended_after
from cartcore.testing.plugins.reducing import smallest
from cartcore.testing.plugins.report import told_broken
from cartcore.testing.plugins.surroundings import Surroundings
from cartcore.testing.plugins.taxes import FIRST_TAX_LAWS, TAX_CALCULATOR_LAWS

EXAMPLES = 60
"""Cases that a type is tried on."""

LEAST_SHARE = 0.1
"""In cases of this share of the examples it has to apply."""

MORE_ROUNDS = 9
"""So often as many cases are drawn again where it did not apply in enough of them."""

PATIENCE = 60.0
"""Seconds after which a law is ended that has not come to an end."""

_REDUCING = 3.0  # seconds, for each broken law


def it_loads(kind: Any) -> None:
    """A plugin that gives the type can be loaded. Raises AssertionError."""
    try:
        rulebook_of(kind)
    except CartcoreError as error:
        raise AssertionError(str(error)) from error


@attrs.frozen
class BrokenLaw:
    """A law that does not hold.

    Attributes:
        name: The name of the law.
        told: What was found, in at most thirty lines: the figures, and the smallest case as code.
    """

    name: str
    told: str


@attrs.frozen
class Checked:
    """What came of it.

    Attributes:
        type_name: The type.
        laws: The names of the laws that were tried.
        cases: How many cases were drawn.
        applied: In how many of them it applied.
        needed: In how many of them it has to apply.
        broken: The laws that do not hold.
    """

    type_name: str
    laws: tuple[str, ...]
    cases: int
    applied: int
    needed: int
    broken: tuple[BrokenLaw, ...]

    @property
    def vacuous(self) -> str:
        """What to say where it applied too seldom to know anything of it; empty otherwise."""
        if self.applied >= self.needed or self.broken:
            return ""
        return (
            f"{self.type_name} applied in {self.applied} of {self.cases} cases, and has to in"
            f" {self.needed} at least: hardly anything is known of it. Say in a contract class"
            " what it is made for, such as its `configurations`, `goods`, `customers` or `places`."
        )

    def told(self, law: str) -> str:
        """What was found of a law; empty where it holds."""
        return next((each.told for each in self.broken if each.name == law), "")


def laws_of(kind: Any) -> tuple[Law, ...]:
    """The laws for a type."""
    return _LAWS.get(method_of(kind), PROMOTION_LAWS)


def check(
    kind: Any,
    surroundings: Surroundings = Surroundings(),  # noqa: B008  (it is frozen)
    *,
    examples: int = EXAMPLES,
    least_share: float = LEAST_SHARE,
) -> Checked:
    """Try a promotion type, a condition, a provider of speeds or a tax calculator.

    Where a law is broken without which the others mean nothing, no other is tried. The cases are
    the same each time that the same modules are loaded. Where it applied in too few of them, more
    are drawn, and it is tried on those in which it applies.

    Raises:
        ImportError: the type stands where another process cannot import it.
        NoCase: hardly any object of it could be made from its fields alone.
    """
    try:
        it_loads(kind)
    except AssertionError as error:
        told = told_broken(kind, it_loads, str(error))
        broken = (BrokenLaw("it_loads", told),)
        name = getattr(kind, "type_name", kind.__name__)
        return Checked(str(name), ("it_loads",), 0, 0, 0, broken)
    draw: Any = _DRAWN.get(method_of(kind), promotion_cases)
    cases = draw(kind, surroundings)
    trial = Trial(kind, laws_of(kind))
    needed = ceil(least_share * examples)
    _try_all(cases, trial.try_case, examples, 0)
    for number in range(1, MORE_ROUNDS + 1):
        if trial.broken or trial.applied >= needed:
            break
        _try_all(cases, lambda case: trial.try_if_it_applies(case, needed), examples, number)
    return Checked(
        kind.type_name,
        ("it_loads", *(law.__name__ for law in trial.laws)),
        trial.cases,
        trial.applied,
        needed,
        tuple(trial.broken),
    )


_DRAWN: Mapping[str, Callable[..., st.SearchStrategy[Any]]] = MappingProxyType(
    {"speeds": speed_cases, "taxes": tax_cases}
)
_LAWS: Mapping[str, tuple[Law, ...]] = MappingProxyType(
    {"speeds": SPEED_LAWS, "taxes": TAX_CALCULATOR_LAWS}
)


def _try_all(
    cases: st.SearchStrategy[Any], each: Callable[[Any], None], examples: int, number: int
) -> None:
    """Try so many cases: the same ones each time, and others for each `number`."""

    # Nothing fails in there, so there is nothing to shrink or to keep.
    @seed(number)
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def every(case: Any) -> None:
        each(case)

    try:
        every()
    except Unsatisfiable:
        raise NoCase("hardly any object could be made from the fields of the type") from None


class NoCase(Exception):
    """Nothing could be made to try a type on."""


@attrs.frozen
class Found:
    """What a law found, and whether pricing failed in the middle of it."""

    told: str
    raised: bool = False


class Trial:
    """The laws of one type, as they are tried case by case."""

    def __init__(self, kind: Any, laws: Sequence[Law]) -> None:
        self.kind = kind
        self.laws = laws
        self.cases = self.applied = 0
        self.broken: list[BrokenLaw] = []
        self._over = False

    def try_case(self, case: Case) -> None:
        """Try all laws that were not broken yet."""
        if self._over:
            return
        places(case)  # raises where another process cannot import it
        self.cases += 1
        for law in self.laws:
            if any(law.__name__ == each.name for each in self.broken):
                continue
            try:
                found = _found(law, case)
            except TooLong:  # it waits for something that only a law brings about
                name = it_answers_in_time.__name__
                told = f"{law.__name__} had not come to an end after {PATIENCE:g} s"
                text = told_broken(self.kind, it_answers_in_time, told, case)
                self.broken.append(BrokenLaw(name, text))
                self._over = True
                return
            if found is not None:
                self._note(law, case, found)
                if law in FIRST_LAWS | FIRST_TAX_LAWS:
                    self._over = True
                    return
        self.applied += _applies(case)

    def try_if_it_applies(self, case: Case, needed: int) -> None:
        """Try a further case, as long as it applied in fewer than needed."""
        if self._over or self.applied >= needed:
            return
        if _applies(case):
            self.try_case(case)
        else:
            self.cases += 1

    def _note(self, law: Law, case: Case, broken: Found) -> None:
        """Keep a broken law with the smallest case that breaks it, and what is found there."""

        def breaks(smaller: Case) -> bool:
            nonlocal broken
            if not isinstance(smaller, (SpeedCase, TaxCase)) and not smaller.promotions:
                return False
            try:
                found = _found(law, smaller) if type(subject(smaller)) is self.kind else None
                # What fails in another way breaks another law.
                if found is not None and found.raised != broken.raised:
                    return False
            except Exception:  # noqa: BLE001  (it became a case of something else)
                return False
            broken = found or broken
            return found is not None

        least = smallest(case, breaks, seconds=_REDUCING)
        self.broken.append(BrokenLaw(law.__name__, told_broken(self.kind, law, broken.told, least)))


def _found(law: Law, case: Case) -> Found | None:
    """What a law finds; None where it holds."""
    try:
        with ended_after(PATIENCE):
            law(case)
    except AssertionError as error:
        return Found(figures(error))
    except TaxUndetermined:  # it says what it cannot tell
        return None
    except PluginError as error:  # pricing fails in the middle of a law
        return Found(str(error), raised=True)
    return None


def _applies(case: Case) -> bool:
    try:
        with ended_after(PATIENCE):
            found = outcome(case)
    except (CartcoreError, TooLong):
        return False
    if isinstance(case, SpeedCase):
        return bool(found)
    if isinstance(case, TaxCase):
        return isinstance(found, Quote) and (bool(found.taxed_parts) or not case.cart.lines)
    decision = found.decision(case.promotions[0].id)
    return decision is not None and decision.applied
