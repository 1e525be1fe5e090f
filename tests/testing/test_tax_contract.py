"""The contract of tax calculators: good ones keep it, and each law finds its breach."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import strategies as st

from cartcore.rules import PartTax, Place, TaxRate, TaxRequest, TaxUndetermined
from cartcore.testing.plugins import TaxCalculatorContract, check

VAT = TaxRate(name="VAT", percent=19)
_calls = count()


@attrs.frozen
class Vat:
    """A rate in one country, and none where customers are in business."""

    type_name: ClassVar[str] = "test.contract_vat"

    percent: int = attrs.field(default=19, validator=attrs.validators.in_(range(101)))
    country: str = "DE"

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return [self._of(part, request) for part in request.parts]

    def _of(self, part: Any, request: TaxRequest) -> tuple[str, PartTax]:
        if part.place.country != self.country:
            raise TaxUndetermined("a rate", str(part.place), part.line_id, part.shipment_id)
        if "business" in request.customer.tags:
            return (part.id, PartTax(exempt="reverse charge"))
        return (part.id, PartTax(rates=(TaxRate(name="VAT", percent=self.percent),)))


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

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return [(part.id, PartTax(rates=(VAT,))) for part in request.parts]


@attrs.frozen
class Forgetful(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return super().taxes(request)[1:]


@attrs.frozen
class Twice(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        answers = super().taxes(request)
        return [*answers, answers[0]]


@attrs.frozen
class Stranger(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return [*super().taxes(request), ("gift wrap", PartTax(rates=(VAT,)))]


@attrs.frozen
class Outside(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=190)
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


@attrs.frozen
class OutsideByForce(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=19)
        object.__setattr__(rate, "percent", Decimal(-19))
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


@attrs.frozen
class FailsAbroad(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rates = {"US": 5}
        return [
            (part.id, PartTax(rates=(TaxRate(name="VAT", percent=rates[part.place.country]),)))
            for part in request.parts
        ]


@attrs.frozen
class Unanswered(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return {part.id: VAT for part in request.parts}  # type: ignore[return-value]


@attrs.frozen
class Fickle(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=next(_calls) % 2)
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


@attrs.frozen
class RemembersCustomers(Broken):
    KNOWN: ClassVar[set[str]] = set()

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        self.KNOWN.add(request.customer.contact_id)
        rate = TaxRate(name="VAT", percent=len(self.KNOWN))
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


@attrs.frozen
class Timely(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=datetime.now(tz=request.at.tzinfo).month)
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


@attrs.frozen
class FirstFree(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        first, *others = (part.id for part in request.parts)
        taxed = [(part, PartTax(rates=(VAT,))) for part in others]
        return [(first, PartTax(exempt="the first one")), *taxed]


@attrs.frozen
class TwoDigits(Broken):
    """Takes minor units for cents."""

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        total = sum(part.minor for part in request.parts)
        spent = sum(part.amount.amount for part in request.parts)
        rate = TaxRate(name="Luxury", percent=20 if 100 * spent > total else 5)
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


@attrs.frozen
class SetsLine(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        for part in request.parts:
            if part.line is not None:
                object.__setattr__(part.line, "tax_class", "")
                object.__setattr__(part.line, "title", "Taxed")
        return super().taxes(request)


@attrs.define
class Counting(Broken):
    asked: int = 0


@attrs.frozen
class Loses(Broken):
    percent: int = 5

    @staticmethod
    def upgrade(fields: Mapping[str, Any], version: int, /) -> Mapping[str, Any]:
        return {}

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=min(self.percent, 100))
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]


@attrs.frozen
class Unequal(Broken):
    number: int = attrs.field(factory=_calls.__next__, init=False)


@attrs.frozen
class Nowhere(Broken):
    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        raise TaxUndetermined("a rate", "anywhere", "", "")


BROKEN: dict[str, list[Any]] = {
    "it_loads": [Counting],
    "it_changes_nothing_that_it_sees": [SetsLine],
    "its_configuration_is_a_value": [Unequal],
    "it_answers_in_plain_values": [OutsideByForce, Unanswered],
    "it_answers_for_each_part": [Forgetful, Twice, Stranger],
    "it_answers_in_every_case": [Outside, FailsAbroad],
    "asked_again_it_answers_the_same": [Fickle, RemembersCustomers],
    "it_reads_no_clock": [Timely],
    "what_is_stored_prices_alike": [Loses],
    "the_currency_does_not_matter": [TwoDigits],
    "the_order_of_parts_does_not_matter": [FirstFree],
}
TABLE = [(law, kind) for law, kinds in BROKEN.items() for kind in kinds]


@pytest.mark.parametrize(("law", "kind"), TABLE, ids=[f"{law}-{k.__name__}" for law, k in TABLE])
def test_each_fault_of_a_calculator_is_told_by_its_law(law: str, kind: Any) -> None:
    """Each law names the fault of the calculator that breaks it (PK-18, PK-19, TX-11)."""
    RemembersCustomers.KNOWN.clear()
    checked = check(kind, examples=12)

    told = checked.told(law)
    assert told, [each.told for each in checked.broken]
    assert len(told.splitlines()) <= 30


def test_a_correct_calculator_passes() -> None:
    """A calculator that keeps the laws is told nothing of, wherever it knows a rate (PK-18)."""
    checked = check(Vat, examples=15)

    assert [each.told for each in checked.broken] == []
    assert checked.vacuous == ""


def test_a_calculator_that_never_answers() -> None:
    """Where it answers in no order, nothing is known of it (PK-18)."""
    checked = check(Nowhere, examples=4)

    assert checked.broken == ()
    assert "applied in 0 of 40 cases, and has to in 1 at least" in checked.vacuous
