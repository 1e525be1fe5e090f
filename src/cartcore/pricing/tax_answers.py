"""What a tax calculator answers for the parts of a cart, once it is looked at (TX-2, TX-9)."""

from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any

from cartcore.cart import Customer
from cartcore.errors import PluginError, TaxUndetermined
from cartcore.errors.sentences import shown
from cartcore.pricing import sentences
from cartcore.pricing.priced_from import Answered
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.tax_parts import is_in
from cartcore.promotions.tax import PartTax, TaxablePart, TaxedBy, TaxRate, TaxRequest, reason
from cartcore.promotions.types import TaxCalculator
from cartcore.values.guard import FAULTS, blame, type_name_of

_WHOLE = 100
_OWN_RATES = TaxedBy.OWN_RATES  # looked up once, as Python 3.11 takes long for it
_ID = itemgetter(0)  # by its place: a third less than by its name, and there are many parts


def ask(
    request: PricingRequest, parts: Sequence[TaxablePart], customer: Customer | None = None
) -> Sequence[PartTax]:
    """Ask the calculator, and return its answers in the order of the parts; see `taxed`."""
    tax, cart = request.tax, request.cart
    if tax is None or not parts:
        return ()
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
        names: list[str] = []
        unusual = _without_rates(answers, names)
        if unusual is None:
            raise _fault(tax, _told(answers))
        ids = [*map(_ID, parts)]
        if names != ids:
            answers = _in_order(answers, ids, tax)
    except FAULTS as error:
        if type(error) is TaxUndetermined and all(type(each) is str for each in error.args):
            raise
        blame(error, type_name_of(tax), "tax")
    found: Sequence[PartTax] = tuple(answers)
    for part, answer in zip(parts, found, strict=True) if unusual else ():
        if answer.by is _OWN_RATES:
            continue
        if part.line is not None:
            raise _fault(tax, sentences.goods_as_goods(shown(part.id)))
        if not any(is_in(each, part) for each in parts):
            # An empty shipment is nothing that the calculator could help.
            missing = "goods in the shipment"
            raise TaxUndetermined(missing, str(part.place), "", part.shipment_id)
    request.answered.append(Answered(customer is not None, parts, found))
    return found


def _without_rates(answers: Any, names: list[str]) -> list[PartTax] | None:
    """The answers that have no rates of their own; None if one is not what it should be.

    `names` gets what they call the parts.

    No subclasses: they could do anything where their fields are read (PK-15). Rates that answers
    share, as nearly all do, are looked at once.
    """
    if type(answers) not in (tuple, list):
        return None
    found: list[PartTax] = []
    known: Any = None
    seen: dict[int, object] = {}
    for answer in answers:
        if type(answer) is not PartTax:
            return None
        name, rates, exempt, by = answer
        names.append(name)
        if rates is not known:
            if id(rates) not in seen and not _are_rates(rates):
                return None
            seen[id(rates)] = known = rates
        if by is not _OWN_RATES or exempt != "" or not rates:
            found.append(answer)
    for answer in found:
        if type(answer.by) is not TaxedBy or type(answer.exempt) is not str:
            return None
        if answer.rates or bool(answer.exempt) is (answer.by is not _OWN_RATES):
            return None
        if answer.exempt:
            reason(answer.exempt)
    return found


def _are_rates(rates: object) -> bool:
    """Whether something is a tuple of rates, none of them twice."""
    return type(rates) is tuple and all(map(_is_rate, rates)) and len({*rates}) == len(rates)


def _told(answers: Any) -> str:
    """What is wrong with answers that are not what they should be."""
    for answer in answers if type(answers) in (tuple, list) else ():
        own = answer.rates if type(answer) is PartTax else ()
        if type(own) is tuple and all(map(_is_rate, own)):
            for rate in own:
                if own.count(rate) > 1:
                    percent = f"{rate.percent:f}"
                    return sentences.rate_twice(shown(answer.part), shown(rate.name), percent)
    return sentences.tax_answered(shown(answers))


def _is_rate(rate: object) -> bool:
    """Whether a rate is what it was when it was made: nothing else may come into the arithmetic."""
    return (
        type(rate) is TaxRate
        and type(rate.name) is str
        and type(rate.percent) is Decimal
        and rate.percent.is_finite()
        and 0 <= rate.percent <= _WHOLE
    )


def _fault(tax: TaxCalculator, problem: str) -> PluginError:
    return PluginError(type_name_of(tax), "tax", problem)


def _in_order(
    answers: Sequence[PartTax], ids: Sequence[str], tax: TaxCalculator
) -> Sequence[PartTax]:
    """The answers in the order of the parts."""
    found = {answer.part: answer for answer in answers}
    strangers = sorted(found.keys() - {*ids})
    missing = [each for each in ids if each not in found]
    if strangers:
        raise _fault(tax, sentences.tax_of_strangers(shown(strangers[0])))
    if missing:
        raise _fault(tax, sentences.tax_missing(shown(missing[0])))
    if len(answers) > len(ids):
        names = [answer.part for answer in answers]
        twice = next(each for each in names if names.count(each) > 1)
        raise _fault(tax, sentences.tax_twice(shown(twice)))
    return [found[each] for each in ids]
