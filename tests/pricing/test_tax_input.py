"""What a tax calculator must not answer, and what becomes of it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.entry.store import Store
from cartcore.errors import InvalidField, InvalidText, PluginError, TaxUndetermined
from cartcore.pricing.engine import price
from cartcore.pricing.policy import CrossBorder, PricingPolicy, TaxPolicy
from cartcore.pricing.quote import Quote
from cartcore.rules import PartTax, Place, TaxablePart, TaxedBy, TaxRate, TaxRequest
from cartcore.rules.builtin import TaxRow, TaxTable
from tests.support.carts import AT, cart, line, parcel, speed

Answer = Callable[[TaxRequest], Sequence[tuple[str, PartTax]]]
VAT = TaxRate(name="VAT", percent=19)
SENT = cart(line("a", "10.00", 2), shipments=(parcel("S1", ("a", 2), by=speed("5.00")),))


@attrs.frozen
class Answering:
    """A calculator with any answer."""

    type_name: ClassVar[str] = "acme.tax"

    answer: Answer

    def taxes(self, request: TaxRequest) -> Sequence[tuple[str, PartTax]]:
        return self.answer(request)


def taxed(answer: Answer) -> Quote:
    return price(SENT, at=AT, tax=Answering(answer))


def for_all(request: TaxRequest) -> list[tuple[str, PartTax]]:
    return [(part.id, PartTax(rates=(VAT,))) for part in request.parts]


@pytest.mark.parametrize(
    "percent", [101, -1, "100.0001", "-0.0001", "NaN", "sNaN", "Infinity", 19.0, "", None, True]
)
def test_a_rate_that_is_none(percent: object) -> None:
    """A rate is from 0 to 100, exact, and another one cannot be answered (TX-2, TX-9)."""
    with pytest.raises(InvalidField, match="a percentage from 0 to 100"):
        TaxRate(name="VAT", percent=percent)

    def answer(request: TaxRequest) -> list[tuple[str, PartTax]]:
        rate = TaxRate(name="VAT", percent=percent)
        return [(part.id, PartTax(rates=(rate,))) for part in request.parts]

    with pytest.raises(PluginError, match=r"acme\.tax.*a percentage from 0 to 100"):
        taxed(answer)


class Unlike(str):
    """The id of a part that cannot be compared."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, _: object) -> bool:
        raise RuntimeError


@pytest.mark.parametrize(
    "change",
    [
        lambda part, tax: (),
        lambda part, tax: (part,),
        lambda part, tax: (part, tax, "more"),
        lambda part, tax: tax,
        lambda part, tax: part,
        lambda part, tax: None,
        lambda part, tax: (tax, part),
        lambda part, tax: (part, tax.rates),
        lambda part, tax: (part, VAT),
        lambda part, tax: (part, None),
        lambda part, tax: ([part], tax),
        lambda part, tax: (None, tax),
        lambda part, tax: (Unlike(part), tax),
    ],
    ids=[
        *("empty", "alone", "three", "no pair", "a text", "nothing", "the other way round"),
        *("rates", "a rate", "no tax", "unhashable", "no name", "unlike"),
    ],
)
def test_a_pair_that_is_none(change: Callable[[str, PartTax], Any]) -> None:
    """Whatever is not a part's id and how it is taxed: the calculator is named (PK-15, TX-9)."""
    with pytest.raises(PluginError, match=r"acme\.tax"):
        taxed(lambda request: [change(*each) for each in for_all(request)])


def test_one_answer_for_all_parts() -> None:
    """An answer says nothing of the part, and so it may be that of many parts (TX-2)."""
    one = PartTax(rates=(VAT,))
    assert taxed(lambda request: [(part.id, one) for part in request.parts]) == taxed(for_all)


def test_a_calculator_sees_what_the_shop_keeps_of_lines_and_shipments() -> None:
    """Those of the line and its product for goods, and of the shipment for its price (HA-8)."""
    (goods,), (sent,) = SENT.lines, SENT.shipments
    given = attrs.evolve(
        SENT,
        lines=(attrs.evolve(goods, attributes={"a": 1}, product_attributes={"b": 2}),),
        shipments=(attrs.evolve(sent, attributes={"c": 3}),),
    )
    seen: list[dict[str, Any]] = []

    def answer(request: TaxRequest) -> list[tuple[str, PartTax]]:
        seen.extend(dict(part.attributes) for part in request.parts)
        return for_all(request)

    price(given, at=AT, tax=Answering(answer))

    assert seen == [{"a": 1, "b": 2}, {"c": 3}]
    assert not TaxablePart("alone", None).attributes


@pytest.mark.parametrize("percent", [0, 100, "0.0001", "99.9999"])
def test_a_rate_at_the_edge(percent: object) -> None:
    """None and all of a price can be tax (TX-2)."""
    assert TaxRate(name="VAT", percent=percent).percent == Decimal(str(percent))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda request: for_all(request)[:-1], "shipment S1"),
        (lambda request: [*for_all(request), for_all(request)[1]], "'shipment S1'"),
        (lambda request: [*for_all(request), ("line b", PartTax(rates=(VAT,)))], "line b"),
        (lambda _: [], "line a"),
        (lambda request: dict(for_all(request)), "not a tuple or list of pairs"),
        (lambda request: (each for each in for_all(request)), "acme.tax"),
        (
            lambda request: [(p.id, PartTax(rates=(VAT, VAT))) for p in request.parts],
            "the part 'line a' twice by the rate 'VAT' of 19 %",
        ),
        (lambda request: [1 / 0 for _ in request.parts], "ZeroDivisionError"),
        (
            lambda request: [(p.id, PartTax(by=TaxedBy.HIGHEST_GOODS)) for p in request.parts],
            "is taxed by the goods",
        ),
    ],
    ids=[
        "missing",
        "twice",
        "stranger",
        "none",
        "mapping",
        "generator",
        "same rate",
        "raises",
        "goods",
    ],
)
def test_an_answer_that_is_no_answer(answer: Answer, said: str) -> None:
    """Pricing fails and names the calculator and the part; nothing is untaxed in silence (TX-9)."""
    with pytest.raises(PluginError) as found:
        taxed(answer)

    assert said in str(found.value)
    assert "acme.tax" in str(found.value)


@attrs.frozen(kw_only=True)
class OwnRate(TaxRate):
    """A rate of a class of its own, which could be another one each time that it is read."""


class OwnText(str):
    """A text of a class of its own, likewise."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("field", "forged"),
    [
        ("rates", [VAT]),
        ("rates", ("VAT",)),
        ("rates", (VAT, None)),
        ("rates", (OwnRate(name="VAT", percent=19),)),
        ("rates", ()),
        ("exempt", "resale"),
        ("exempt", None),
        ("exempt", OwnText()),
        ("by", "own_rates"),
        ("by", TaxedBy.GOODS),
    ],
)
def test_an_answer_that_was_changed_since_it_was_made(field: str, forged: Any) -> None:
    """What an answer is made of is looked at again: it could be anything by then (PK-15, TX-9)."""

    def answer(request: TaxRequest) -> list[tuple[str, PartTax]]:
        found = for_all(request)
        object.__setattr__(found[0][1], field, forged)
        return found

    with pytest.raises(PluginError, match=r"acme\.tax"):
        taxed(answer)


def test_a_reason_that_cannot_be_stored() -> None:
    """Half of a character is no text: such a reason of an exemption is a fault (TX-9)."""

    def answer(request: TaxRequest) -> list[tuple[str, PartTax]]:
        return [(part.id, PartTax(exempt="resale \ud83d")) for part in request.parts]

    with pytest.raises(PluginError, match=r"acme\.tax.*PartTax\.exempt"):
        taxed(answer)


@pytest.mark.parametrize("exempt", ["  ", "\u200b", "resale\nTOTAL 0.00 USD", "x" * 256, "\ud800"])
def test_a_reason_that_nobody_could_read(exempt: str) -> None:
    """An exemption whose reason says nothing would be a silent zero (TX-2, TX-9)."""
    with pytest.raises(InvalidText, match=r"PartTax\.exempt"):
        PartTax(exempt=exempt)

    def answer(request: TaxRequest) -> list[tuple[str, PartTax]]:
        forged = PartTax(exempt="resale")
        object.__setattr__(forged, "exempt", exempt)
        return [(part.id, forged) for part in request.parts]

    with pytest.raises(PluginError, match=r"acme\.tax.*PartTax\.exempt"):
        taxed(answer)


def test_a_reason_is_read_without_white_space_around_it() -> None:
    """A reason is a text like others (TX-2)."""
    assert PartTax(exempt=" resale ").exempt == "resale"


def test_answers_in_another_order() -> None:
    """Each answer says which part it is for, so that their order does not matter (TX-2, TX-4)."""
    assert taxed(lambda request: for_all(request)[::-1]) == taxed(for_all)


def test_every_part_has_an_id_of_its_own() -> None:
    """However lines and shipments are called, no two parts are called the same (TX-1, TX-9)."""
    odd = "units of line 'a' in shipment 'S1'"
    lines = [line(each, "10.00", 2) for each in ("a", "S1", "line a", odd)]
    sent = (
        parcel("S1", ("a", 1), by=speed("5.00")),
        parcel("line a", ("line a", 1), ("S1", 2), by=speed("5.00")),
        parcel("S1' in", ("a", 1), by=speed("5.00")),
    )
    asked: list[TaxRequest] = []

    def answer(request: TaxRequest) -> list[tuple[str, PartTax]]:
        asked.append(request)
        return for_all(request)

    price(cart(*lines, shipments=sent), at=AT, tax=Answering(answer))

    ids = [part.id for part in asked[0].parts]
    assert len({*ids}) == len(ids) == 2 + 1 + 2 + 1 + 3
    # The amounts of all of them are a sequence like any other.
    amounts = asked[0].parts[0].amounts
    assert len(amounts) == len(ids)
    assert [*amounts] == [part.minor for part in asked[0].parts]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"rates": (VAT,), "exempt": "resale"},
        {"rates": (VAT,), "by": TaxedBy.GOODS},
        {"exempt": "resale", "by": TaxedBy.GOODS},
    ],
    ids=["neither", "both", "rates and goods", "reason and goods"],
)
def test_a_part_is_taxed_in_one_way(fields: dict[str, object]) -> None:
    """It has rates, a reason why there are none, or is taxed as the goods are (TX-2, TX-9)."""
    with pytest.raises(InvalidField):
        PartTax(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("by", [TaxedBy.GOODS, TaxedBy.HIGHEST_GOODS])
def test_the_goods_of_an_empty_shipment(by: TaxedBy) -> None:
    """Shipping that is taxed as its goods has no tax without any: it is said (TX-6, TX-9)."""
    given = cart(line("a", "10.00"), shipments=(parcel("S1", by=speed("5.00")),))

    def answer(request: TaxRequest) -> list[tuple[str, PartTax]]:
        return [
            (part.id, PartTax(rates=(VAT,))) if part.line_id else (part.id, PartTax(by=by))
            for part in request.parts
        ]

    with pytest.raises(TaxUndetermined, match="without goods in the shipment"):
        price(given, at=AT, tax=Answering(answer))


def test_a_region_that_rates_need() -> None:
    """Where rates are by region, the country alone is too little (TX-7, TX-9)."""
    rows = (TaxRow(country="US", region="CA", name="CA", percent="7.25"),)
    (shipment,) = SENT.shipments
    shipment = attrs.evolve(shipment, country="US")
    given = attrs.evolve(SENT, shipments=(shipment,))
    with pytest.raises(TaxUndetermined, match="region"):
        price(given, at=AT, tax=TaxTable(rows=rows))

    given = attrs.evolve(SENT, shipments=(attrs.evolve(shipment, region="CA"),))
    assert price(given, at=AT, tax=TaxTable(rows=rows)).totals.tax


@pytest.mark.parametrize("keeps", [CrossBorder.NET_KEPT, CrossBorder.NET_KEPT_NET_UNIT])
def test_a_store_that_keeps_net_prices_says_which_tax_they_include(keeps: CrossBorder) -> None:
    """Otherwise the gross price would stay, and nobody would be told (TX-3, TX-12)."""
    with pytest.raises(InvalidField, match=rf"included_at must be the place .*{keeps}"):
        Store(currency="EUR", policy=PricingPolicy(tax=TaxPolicy(cross_border=keeps)))

    home = TaxPolicy(cross_border=keeps, included_at=Place(country="DE"))
    assert Store(currency="EUR", policy=PricingPolicy(tax=home)).policy.tax is home


def test_zero_has_no_sign() -> None:
    """A rate of -0 is one of 0, and nobody reads "-0 %" on a receipt (TX-2, TX-8)."""
    assert str(TaxRate(name="VAT", percent=Decimal("-0.0")).percent) == "0.0"


def test_rates_of_home_that_do_not_fit() -> None:
    """Where the tax in a price cannot be told, neither can the price abroad (TX-3, TX-9)."""
    rows = (TaxRow(country="FR", name="VAT", percent="20"),)
    given = attrs.evolve(
        cart(line("a", "12.00")), place=Place(country="FR"), prices_include_tax=True
    )
    home = TaxPolicy(cross_border=CrossBorder.NET_KEPT, included_at=Place(country="DE"))
    with pytest.raises(TaxUndetermined, match=r"Germany|DE"):
        price(given, at=AT, tax=TaxTable(rows=rows), policy=PricingPolicy(tax=home))
