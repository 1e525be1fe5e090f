"""What must hold of every tax calculator that a plugin gives, besides what holds of all (TX-11)."""

from typing import Any

import attrs

from cartcore.promotions.tax import PartTax
from cartcore.testing.plugins.broken import LawBroken
from cartcore.testing.plugins.cases import TaxCase
from cartcore.testing.plugins.laws import ANSWERS, CAN_BE_ASKED, OF_ALL_TYPES, Law, ask_anyhow
from cartcore.testing.plugins.watching import Call
from cartcore.testing.pricing.tax_laws import TAX_LAWS


def it_answers_for_each_part(case: TaxCase) -> None:
    """It answers once for each part that it is asked for, or says what it cannot tell (TX-9)."""

    def compare(call: Call) -> None:
        answers = call.answer
        if not isinstance(answers, (tuple, list)):
            return  # another law tells that
        found = [each[0] for each in answers if isinstance(each, (tuple, list)) and len(each) == 2]
        asked = [part.id for part in call.seen.parts]
        for told, parts in (
            ("it gave no answer for", [each for each in asked if each not in found]),
            ("it answered for what it was not asked for:", [e for e in found if e not in asked]),
            ("it answered twice for", [each for each in asked if found.count(each) > 1]),
        ):
            if parts and len(found) == len(answers):
                raise LawBroken(f"asked for {', '.join(asked)}, {told} {parts[0]!r}")

    ask_anyhow(case, after=compare)


def the_order_of_parts_does_not_matter(case: TaxCase) -> None:
    """Whatever part comes first, each is taxed as it was (TX-4)."""

    def turn(call: Call) -> None:
        if call.error is not None:
            return
        turned = attrs.evolve(call.seen, parts=call.seen.parts[::-1])
        here, there = _by_part(call.answer), _by_part(call.method(call.configured, turned))
        for part, answer in here.items():
            if answer != there.get(part):
                told = f"of {len(here)} parts, {part} is taxed by {answer}"
                raise LawBroken(f"{told}; the other way round, by {there.get(part)}")

    ask_anyhow(case, after=turn)


def _by_part(answers: Any) -> dict[str, str]:
    return {part: _told(answer) for part, answer in answers}


def _told(answer: PartTax) -> str:
    rates = " and ".join(f"{rate.percent:f} % {rate.name}" for rate in answer.rates)
    return rates or answer.exempt or str(answer.by)


FIRST_TAX_LAWS = frozenset([it_answers_for_each_part])
"""What breaks one of these makes all others meaningless."""

TAX_CALCULATOR_LAWS: tuple[Law, ...] = (
    *CAN_BE_ASKED,
    it_answers_for_each_part,
    *ANSWERS,
    *OF_ALL_TYPES,
    the_order_of_parts_does_not_matter,
    *TAX_LAWS,
)
"""The laws of tax calculators, those of tax itself among them."""
