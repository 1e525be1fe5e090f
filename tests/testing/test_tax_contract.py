"""The contract of tax calculators: good ones keep it, and each law finds its breach."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import strategies as st

from cartcore.rules import PartTax, Place, TaxRate, TaxRequest, TaxUndetermined
from cartcore.testing.plugins import TAX_CALCULATOR_LAWS, TaxCalculatorContract

VAT = TaxRate(name="VAT", percent=19)
_calls = count()


@attrs.frozen
class Vat:
    """A rate in one country, and none where customers are in business."""

    type_name: ClassVar[str] = "test.contract_vat"

    percent: int = 19
    country: str = "DE"

    def taxes(self, request: TaxRequest) -> Sequence[PartTax]:
        return [self._of(part, request) for part in request.parts]

    def _of(self, part: Any, request: TaxRequest) -> PartTax:
        if part.place.country != self.country:
            raise TaxUndetermined("a rate", str(part.place), part.line_id, part.shipment_id)
        if "business" in request.customer.tags:
            return PartTax(part=part.id, exempt="reverse charge")
        return PartTax(part=part.id, rates=(TaxRate(name="VAT", percent=self.percent),))


class TestVat(TaxCalculatorContract):
    type = Vat
    examples = 6
    places: ClassVar[Sequence[Place]] = (*[Place(country="DE")] * 2, Place(country="FR"))
    customer_tags = ("business",)

    def configurations(self, currency: str) -> st.SearchStrategy[Vat]:
        return st.builds(Vat, percent=st.integers(0, 30))


class Broken:
    """What the calculators below have in common."""

    type_name: ClassVar[str] = "test.contract_broken"

    def taxes(self, request: TaxRequest) -> Sequence[PartTax]:
        return [PartTax(part=part.id, rates=(VAT,)) for part in request.parts]


@attrs.frozen
class Forgetful(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[PartTax]:
        return super().taxes(request)[1:]


@attrs.frozen
class Fickle(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[PartTax]:
        rate = TaxRate(name="VAT", percent=next(_calls) % 2)
        return [PartTax(part=part.id, rates=(rate,)) for part in request.parts]


@attrs.frozen
class Timely(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[PartTax]:
        rate = TaxRate(name="VAT", percent=datetime.now(tz=request.at.tzinfo).month)
        return [PartTax(part=part.id, rates=(rate,)) for part in request.parts]


@attrs.frozen
class FirstFree(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[PartTax]:
        first, *others = (part.id for part in request.parts)
        taxed = [PartTax(part=part, rates=(VAT,)) for part in others]
        return [PartTax(part=first, exempt="the first one"), *taxed]


@attrs.define
class Counting(Broken):
    asked: int = 0

    def taxes(self, request: TaxRequest) -> Sequence[PartTax]:
        self.asked += 1
        return super().taxes(request)


@attrs.frozen
class Unequal(Broken):
    number: int = attrs.field(factory=_calls.__next__, init=False)


@pytest.mark.parametrize(
    ("kind", "law"),
    [
        (Forgetful, "it_answers_for_each_part"),
        (Fickle, "asked_again_it_answers_the_same"),
        (Timely, "asked_again_it_answers_the_same"),
        (FirstFree, "the_order_of_parts_does_not_matter"),
        (Counting, "it_changes_nothing_that_it_sees"),
        (Unequal, "its_configuration_goes_through_json"),
    ],
)
def test_a_calculator_that_breaks_a_law_is_found(kind: type, law: str) -> None:
    """Each law finds the calculator that breaks it (PK-19, TX-11)."""

    class Contract(TaxCalculatorContract):
        type = kind

        def configurations(self, currency: str) -> st.SearchStrategy[Any]:
            return st.builds(kind)

    (own,) = (each for each in TAX_CALCULATOR_LAWS if each.__name__ == law)
    with pytest.raises(AssertionError):
        Contract().test_law(own)


def test_a_calculator_that_hardly_ever_answers() -> None:
    """Where it answers in no order, nothing is known of it (PK-18)."""

    class Contract(TestVat):
        places = (Place(country="US"),)

    with pytest.raises(pytest.fail.Exception, match="say which `places` it knows"):
        Contract().test_it_answers()
