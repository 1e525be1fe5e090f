"""A carrier and a tax service, as tests want them."""

from collections.abc import Sequence
from typing import Any, ClassVar

import attrs

from cartcore.rules import PartTax, ShipmentRequest, ShippingSpeed, TaxRequest
from cartcore.rules.builtin import FlatRate
from tests.support.carts import usd

STANDARD = FlatRate(code="standard", name="Standard", price=usd("5.00"), days_from=2, days_to=4)


@attrs.frozen
class Carrier:
    """A provider that answers, or raises, what a test wants, and remembers what it was asked."""

    type_name: ClassVar[str] = "acme.carrier"

    answer: Any
    asked: list[ShipmentRequest] = attrs.field(factory=list)

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: Sequence[ShippingSpeed] = self.answer
        return answer


class CountingTax:
    """A tax calculator that counts how often something is priced."""

    type_name = "test.counting_tax"

    def __init__(self) -> None:
        self.priced = 0

    def taxes(self, request: TaxRequest) -> tuple[tuple[str, PartTax], ...]:
        self.priced += 1
        return tuple((part.id, PartTax(exempt="by law")) for part in request.parts)
