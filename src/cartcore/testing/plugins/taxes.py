"""What must hold of every tax calculator: laws, and as tests (PK-19, TX-11)."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

import attrs
import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cartcore.documents.serializer import Serializer
from cartcore.errors import CartcoreError, PluginError, TaxUndetermined
from cartcore.promotions.rulebook import Rulebook
from cartcore.promotions.tax import PartTax, TaxRequest
from cartcore.promotions.types import TaxCalculator
from cartcore.rules import hookimpl, load_rulebook
from cartcore.shop.address import Place
from cartcore.testing.plugins.broken import LawBroken
from cartcore.testing.plugins.configurations import configurations
from cartcore.testing.plugins.watching import state
from cartcore.testing.pricing.cases import PricingCase, policies, pricing_cases
from cartcore.testing.pricing.tax_laws import TAX_LAWS

Law = Callable[[PricingCase], None]

_CLOCKS = [datetime(2031, month, 2 * month + 1, month, tzinfo=UTC) for month in (1, 6, 12)]
_LEAST_SHARE = 0.1


@attrs.frozen
class _Plugin:
    """A plugin that gives one calculator."""

    kind: type[TaxCalculator]

    @hookimpl
    def cartcore_tax_calculators(self) -> Sequence[type[TaxCalculator]]:
        """Return the calculator."""
        return [self.kind]


@attrs.frozen
class _Written:
    """A calculator as it is written down."""

    tax: TaxCalculator


@attrs.frozen
class _Listening:
    """A calculator that hands on what another one is asked."""

    type_name: ClassVar[str] = "cartcore.testing.listening_tax"

    tax: TaxCalculator
    asked: list[TaxRequest]

    def taxes(self, request: TaxRequest) -> Sequence[PartTax]:
        """Answer as the other one does."""
        self.asked.append(request)
        return self.tax.taxes(request)


def _asked(case: PricingCase) -> list[TaxRequest]:
    """What the calculator is asked when the case is priced."""
    asked: list[TaxRequest] = []
    if case.tax is not None:
        with suppress(CartcoreError):  # whether it answers is another law
            case.but(tax=_Listening(case.tax, asked)).price()
    return asked


def _answer(case: PricingCase, request: TaxRequest) -> object:
    """What it answers, by part; or what it cannot tell."""
    assert case.tax is not None
    try:
        return {answer.part: answer for answer in case.tax.taxes(request)}
    except TaxUndetermined as error:
        return str(error)


def it_answers_for_each_part(case: PricingCase) -> None:
    """It answers once for each part that it is asked for, or says what it cannot tell (TX-9)."""
    try:
        case.price()
    except TaxUndetermined:
        pass
    except PluginError as error:
        raise LawBroken(str(error)) from error


def asked_again_it_answers_the_same(case: PricingCase) -> None:
    """It is pure: asked again, and at whatever time, it answers the same (TX-2)."""
    for request in _asked(case):
        first = _answer(case, request)
        answers = [_answer(case, request)]
        for clock in _CLOCKS:
            with time_machine.travel(clock, tick=False):
                answers.append(_answer(case, request))
        for again in answers:
            if again != first:
                raise LawBroken(f"it answered {first!r:.300}, and then {again!r:.300}")


def the_order_of_parts_does_not_matter(case: PricingCase) -> None:
    """Whatever part comes first, each is taxed as it was (TX-4)."""
    for request in _asked(case):
        first = _answer(case, request)
        turned = attrs.evolve(request, parts=request.parts[::-1])
        other = _answer(case, turned)
        if isinstance(first, dict) and other != first:
            raise LawBroken(f"it answered {first!r:.300}, and the other way round {other!r:.300}")


def it_changes_nothing_that_it_sees(case: PricingCase) -> None:
    """What it is asked, and its own configuration, are as before (PK-15)."""
    for request in _asked(case):
        before = state(request), state(case.tax)
        _answer(case, request)
        if before != (state(request), state(case.tax)):
            raise LawBroken("it changed what it was asked, or its own configuration")


def its_configuration_goes_through_json(case: PricingCase) -> None:
    """Written as JSON and read again it is equal, and taxes alike (PR-22)."""
    assert case.tax is not None
    serializer = Serializer(rulebook_with(type(case.tax)))
    again = serializer.loads(serializer.dumps(_Written(case.tax)), _Written).tax
    if again != case.tax:
        raise LawBroken(f"it was {case.tax!r:.300}, and is {again!r:.300}")


def rulebook_with(kind: type[TaxCalculator]) -> Rulebook:
    """The built-in types, and a calculator. Raises PluginError where it cannot be loaded."""
    built_in = load_rulebook()
    if kind in built_in.tax_calculators.values():
        return built_in
    return load_rulebook(_Plugin(kind))


TAX_CALCULATOR_LAWS: tuple[Law, ...] = (
    it_answers_for_each_part,
    asked_again_it_answers_the_same,
    the_order_of_parts_does_not_matter,
    it_changes_nothing_that_it_sees,
    its_configuration_goes_through_json,
    *TAX_LAWS,
)
"""The laws of a tax calculator, those of tax itself among them."""


class TaxCalculatorContract:
    """The laws of a tax calculator: subclass it, and name the `type`.

    Attributes:
        type: The calculator.
        examples: How many orders each law is tried on.
        places: Where goods go: places that the calculator knows, and some that it does not.
        tax_classes: The tax classes of products that it knows.
        customer_tags: The tags of customers that it looks at.
    """

    type: ClassVar[Any]
    examples: ClassVar[int] = 15
    places: ClassVar[Sequence[Place]] = (Place(country="US", region="CA"), Place(country="DE"))
    tax_classes: ClassVar[Sequence[str]] = ("", "reduced")
    customer_tags: ClassVar[Sequence[str]] = ("vip",)

    def configurations(self, currency: str) -> st.SearchStrategy[Any]:
        """Calculators of the type; made from its fields if not overridden."""
        return configurations(self.type, currency)

    def cases(self) -> st.SearchStrategy[PricingCase]:
        """Orders that are taxed."""
        return _cases(self)

    @pytest.mark.parametrize("law", TAX_CALCULATOR_LAWS, ids=lambda law: law.__name__)
    def test_law(self, law: Law) -> None:
        """The law holds, or the calculator says what it cannot tell (PK-19, TX-11)."""
        self._try(lambda case: _unless_undetermined(law, case))

    def test_it_loads(self) -> None:
        """A plugin that gives the calculator can be loaded (PK-4)."""
        rulebook_with(self.type)

    def test_it_answers(self) -> None:
        """It answered in a tenth of the orders at least: of others nothing is known (PK-18)."""
        found: list[bool] = []
        self._try(lambda case: found.append(_answers(case)))
        told = f"it answered in {sum(found)} of {len(found)} orders: say which `places` it knows"
        if sum(found) < _LEAST_SHARE * len(found):
            pytest.fail(told, pytrace=False)

    def _try(self, each: Law) -> None:
        @settings(
            max_examples=self.examples,
            phases=[Phase.generate, Phase.shrink],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(self.cases())
        def every(case: PricingCase) -> None:
            each(case)

        every()


def _unless_undetermined(law: Law, case: PricingCase) -> None:
    with suppress(TaxUndetermined):
        law(case)


def _answers(case: PricingCase) -> bool:
    try:
        return bool(case.price().taxed_parts) or not case.cart.lines
    except TaxUndetermined:
        return False


@st.composite
def _cases(draw: st.DrawFn, contract: TaxCalculatorContract) -> PricingCase:
    """Cases with the calculator, its places, classes and tags."""
    case = draw(
        pricing_cases(
            policies=policies,
            most=2,
            counts=st.integers(1, 4),
            taxes=contract.configurations("USD"),
        )
    )
    places = st.sampled_from(contract.places)
    place = draw(places)
    together = {each.place for each in case.cart.shipments} <= {case.cart.place}
    shipments = []
    for shipment in case.cart.shipments:
        own = place if together else draw(places)
        shipments.append(attrs.evolve(shipment, **attrs.asdict(own)))
    classes = {
        line.sku: draw(st.sampled_from(contract.tax_classes))
        for line in sorted(case.cart.lines, key=lambda line: line.sku)
    }
    tags = st.lists(st.sampled_from(contract.customer_tags), max_size=2, unique=True)
    cart = attrs.evolve(
        case.cart,
        place=place,
        shipments=tuple(shipments),
        lines=tuple(attrs.evolve(line, tax_class=classes[line.sku]) for line in case.cart.lines),
        customer=attrs.evolve(case.cart.customer, tags=tuple(draw(tags))),
    )
    return case.but(cart=cart)
