"""What a tax calculator answers for the parts of a cart, once it is looked at (TX-2, TX-9)."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from cartcore.cart import Customer
from cartcore.errors import PluginError, TaxUndetermined
from cartcore.errors.sentences import shown
from cartcore.pricing import sentences
from cartcore.pricing.priced_from import Answered
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.tax_parts import is_in
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy, TaxRate, TaxRequest
from cartcore.promotions.types import TaxCalculator
from cartcore.values.guard import FAULTS, blame, type_name_of

_NONE, _WHOLE = Decimal(0), Decimal(100)
_OWN_RATES = TaxedBy.OWN_RATES  # looked up once, as Python 3.11 takes long for it


def ask(
    request: PricingRequest, parts: Sequence[TaxablePart], customer: Customer | None = None
) -> Answered:
    """Ask the calculator; its answers are in the order of the parts. See `taxed`."""
    tax, cart = request.tax, request.cart
    if tax is None or not parts:
        return Answered(customer is not None, parts, (), ())
    asked = TaxRequest(
        parts=tuple(parts),
        customer=cart.customer if customer is None else customer,
        currency=cart.currency,
        channel=cart.channel,
        at=request.at,
        timezone=cart.timezone,
        attributes=cart.attributes,
    )
    try:
        answers: Any = tax.taxes(asked)
        # Read here, too: what an answer is made of has not been looked at yet.
        pairs = _apart(answers)
        if pairs is None:
            raise _fault(tax, sentences.tax_answered(shown(answers)))
        names, found = pairs
        ids = tuple([part.id for part in parts])
        if names != ids:
            found = _in_order(names, found, ids, tax)
        kinds = _kinds(found)
        for each in kinds:
            if not _is_answer(each):
                raise _fault(tax, _told(ids, found))
    except FAULTS as error:
        if type(error) is TaxUndetermined and all(type(each) is str for each in error.args):
            raise
        blame(error, type_name_of(tax), "tax")
    if any(each.by is not _OWN_RATES for each in kinds):
        _check_by_goods(tax, parts, found)
    answered = Answered(customer is not None, parts, found, kinds)
    request.answered.append(answered)
    return answered


def _apart(answers: Any) -> tuple[tuple[str, ...], tuple[PartTax, ...]] | None:
    """What the parts are called, and how they are taxed; None if the answers are no pairs."""
    if type(answers) not in (tuple, list):
        return None
    try:
        names, found = zip(*answers, strict=True) if answers else ((), ())
    except (TypeError, ValueError):
        return None
    return names, found


def _kinds(answers: Sequence[PartTax]) -> Collection[PartTax]:
    """The answers, each once: nearly all parts have the same as the one before."""
    kinds: dict[int, PartTax] = {}
    last: object = kinds  # none of the answers, whatever they are
    for each in answers:
        if each is not last:
            last = kinds[id(each)] = each
    return kinds.values()


def _is_answer(answer: object) -> bool:
    """Whether an answer is what it was when it was made.

    No subclasses: they could do anything where their fields are read (PK-15).
    """
    if type(answer) is not PartTax:
        return False
    rates, exempt, by = answer.rates, answer.exempt, answer.by
    if type(rates) is not tuple or not all(map(_is_rate, rates)) or len({*rates}) < len(rates):
        return False
    if type(exempt) is not str or type(by) is not TaxedBy:
        return False
    taxed = rates and exempt == "" and by is _OWN_RATES  # as nearly always
    return bool(taxed) or PartTax(rates, exempt, by) == answer


def _told(ids: Sequence[str], answers: Sequence[Any]) -> str:
    """What is wrong with answers that are not what they should be."""
    for part, answer in zip(ids, answers, strict=True):
        own = answer.rates if type(answer) is PartTax else ()
        if type(own) is tuple and all(map(_is_rate, own)):
            for rate in own:
                if own.count(rate) > 1:
                    return sentences.rate_twice(shown(part), shown(rate.name), f"{rate.percent:f}")
    return sentences.tax_answered(shown([*zip(ids, answers, strict=True)]))


def _is_rate(rate: object) -> bool:
    """Whether a rate is what it was when it was made: nothing else may come into the arithmetic."""
    return (
        type(rate) is TaxRate
        and type(rate.name) is str
        and type(rate.percent) is Decimal
        and rate.percent.is_finite()
        and _NONE <= rate.percent <= _WHOLE
    )


def _fault(tax: TaxCalculator, problem: str) -> PluginError:
    return PluginError(type_name_of(tax), "tax", problem)


def _check_by_goods(
    tax: TaxCalculator, parts: Sequence[TaxablePart], answers: Sequence[PartTax]
) -> None:
    """Look whether what is taxed as the goods are is the price of a shipment with goods."""
    for part, answer in zip(parts, answers, strict=True):
        if answer.by is _OWN_RATES:
            continue
        if part.line is not None:
            raise _fault(tax, sentences.goods_as_goods(shown(part.id)))
        if not any(is_in(each, part) for each in parts):
            # An empty shipment is nothing that the calculator could help.
            missing = "goods in the shipment"
            raise TaxUndetermined(missing, str(part.place), "", part.shipment_id)


def _in_order(
    names: Sequence[str], answers: Sequence[PartTax], ids: Sequence[str], tax: TaxCalculator
) -> tuple[PartTax, ...]:
    """The answers in the order of the parts, if there is one for each."""
    by_part = dict(zip(names, answers, strict=True))
    known = {*ids}
    for name in names:
        if name not in known:
            raise _fault(tax, sentences.tax_of_strangers(shown(name)))
    for name in ids:
        if name not in by_part:
            raise _fault(tax, sentences.tax_missing(shown(name)))
    if len(by_part) < len(names):
        twice = next(name for name in ids if names.count(name) > 1)
        raise _fault(tax, sentences.tax_twice(shown(twice)))
    return tuple(by_part[name] for name in ids)
