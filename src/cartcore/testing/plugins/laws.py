"""What must hold of every type that a plugin gives (PK-6).

Each law is a function of a case: it returns where it holds, and raises `LawBroken` with the figures
where it does not. Laws of promotions and conditions are about a case of pricing, whose first
promotion has the type as its effect, or as its first condition; those of providers are about a
shipment. Their order is that of their importance: what breaks an early one makes later ones
meaningless.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import attrs
import time_machine
from moneyed import Money

from cartcore.cart import AppliedPromotion, Cart, CartLine
from cartcore.errors import CartcoreError, PluginError
from cartcore.pricing.policy import DEFAULT_POLICY, Combination, OnPluginError, Stacking
from cartcore.pricing.quote import Quote
from cartcore.promotions.offer import Discount, Ineligible, Offer, TiedItem
from cartcore.promotions.promotion import Limits, Promotion, Trigger
from cartcore.promotions.selection import Selection
from cartcore.promotions.tax import PartTax, TaxRate
from cartcore.promotions.types import PromotionClass
from cartcore.rules.builtin import MinQuantity, OrderPercentOff, PercentOff
from cartcore.shop.speeds import ShippingSpeed
from cartcore.testing.plugins.broken import LawBroken, apart
from cartcore.testing.plugins.cases import (
    Case,
    SpeedCase,
    TaxCase,
    Undetermined,
    currency_of,
    method_of,
    outcome,
    record_of,
    rulebook_of,
    serializer_of,
    subject,
    types_in,
    written,
)
from cartcore.testing.plugins.elsewhere import NoAnswer, elsewhere, outcomes
from cartcore.testing.plugins.watching import Call, Look, sight, state, watched
from cartcore.testing.plugins.words import currencies_of
from cartcore.testing.pricing import laws as pricing_laws
from cartcore.testing.pricing.carts import GOODS
from cartcore.testing.pricing.cases import PricingCase
from cartcore.testing.pricing.figures import CURRENCIES
from cartcore.values.money import fine_of, from_fine, from_minor, minor_digits, show

Law = Callable[[Any], None]

BUDGET = 0.25
"""Seconds that one answer may take; usual ones take a thousandth of that."""

_CLOCKS = [
    datetime(2031, month, 2 * month + 1, 2 * month - 1, 5 * month - 1, tzinfo=UTC)
    for month in range(1, 13)
]
_LONGEST_TEXT = 300
_PLAIN_ANSWERS = {
    "evaluate": (Offer, Ineligible),
    "check": (Ineligible, type(None)),
    "speeds": (tuple, list),
    "taxes": (tuple, list),
}


def _demand(holds: object, told: str) -> None:
    if not holds:
        raise LawBroken(told)


def _name(case: Case) -> str:
    return type(subject(case)).__name__


def _asked(case: Case) -> list[Call]:
    """The calls that it takes to price the case."""
    with watched(case) as calls:
        outcome(case)
    return calls


def _come_to(found: Any) -> str:
    """An outcome in a line: the total and what was decided, or the speeds."""
    if isinstance(found, Quote):
        decided = "; ".join(f"{d.reason} ({show(d.discount)} off)" for d in found.decisions)
        rows = found.taxes_by_rate()
        taxes = [f"{show(row.amount)} {row.name} of {row.percent} %" for row in rows]
        return ", ".join(filter(None, [show(found.total), *taxes, decided]))
    if isinstance(found, Undetermined):
        return f"no tax ({found.told})"
    return ", ".join(f"{each.code} {show(each.price)}" for each in found) or "no speed"


# --- it answers ---


def it_answers_in_every_case(case: Case) -> None:
    """It answers whatever is in the cart: nothing at all, free goods, a million units."""
    for each in (case, _emptied(case)):
        _check_answers(each)


def _emptied(case: Case) -> Case:
    """The case without any goods."""
    if isinstance(case, SpeedCase):
        nothing = from_minor(0, currency_of(case))
        return attrs.evolve(case, request=attrs.evolve(case.request, lines=(), subtotal=nothing))
    shipments = tuple(attrs.evolve(each, lines=()) for each in case.cart.shipments)
    return case.but(cart=attrs.evolve(case.cart, lines=(), shipments=shipments, manual=()))


def _check_answers(case: Case) -> None:
    with watched(case) as calls:
        try:
            outcome(case)
        except Exception as error:
            asked = isinstance(case, SpeedCase) or isinstance(error, PluginError)
            if not asked and isinstance(error, CartcoreError):
                raise  # the cart itself cannot be priced
            raise LawBroken(_raised(case, error, calls)) from error
        except BaseException as error:
            if all(call.error is not error for call in calls):
                raise  # somebody interrupts the kit
            told = f"it raised {type(error).__name__}, which ends the program that asks it"
            raise LawBroken(told) from error


def _raised(case: Case, error: Exception, calls: list[Call]) -> str:
    own = next((call.error for call in calls if call.error is not None), None)
    if own is not None and (isinstance(case, SpeedCase) or not isinstance(own, CartcoreError)):
        if not isinstance(own, Exception):
            return f"it raised {type(own).__name__}, which ends the program that asks it"
        return f"{method_of(type(subject(case)))}() raised {own!r}"
    return str(error) if isinstance(error, CartcoreError) else f"pricing raised {error!r}"


def it_answers_in_time(case: Case) -> None:
    """Each answer takes at most a quarter of a second. It is asked in a process that can be ended.

    What cannot be written, so that it could be sent there, is told by another law.
    """
    for each in (case, _another(case)):
        slow = _seconds(each)
        for _ in range(2):  # a machine may have been busy
            if slow > BUDGET:
                elsewhere(each).forget()
                slow = min(slow, _seconds(each))
        _demand(slow <= BUDGET, f"an answer took {slow:.2f} s; it may take {BUDGET} s")


def _seconds(case: Case) -> float:
    try:
        return elsewhere(case).ask(case).seconds
    except NoAnswer as error:
        raise LawBroken(str(error)) from error
    except (CartcoreError, TypeError, ValueError, AttributeError, KeyError):
        return 0


def it_answers_in_plain_values(case: Case) -> None:
    """It answers in cartcore's own classes, with values as their constructors let them through."""
    kinds = _PLAIN_ANSWERS[method_of(type(subject(case)))]

    def plain(call: Call) -> None:
        if call.error is None:
            _demand(type(call.answer) in kinds, f"it answered a {type(call.answer).__name__}")
            _check_made_anew(call.answer)

    ask_anyhow(case, after=plain)


def ask_anyhow(case: Case, *, before: Look | None = None, after: Look | None = None) -> None:
    """Have the type asked, whatever it raises: whether it answers is another law."""
    calls: list[Call] = []
    try:
        with watched(case, before=before, after=after) as calls:
            outcome(case)
    except LawBroken:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and all(call.error is not error for call in calls):
            raise


def _check_made_anew(value: Any) -> None:
    """Make a value once more: what was forced into one past its checks comes to light."""
    if isinstance(value, (tuple, list)):
        for each in value:
            _check_made_anew(each)
    if not any(isinstance(value, kind) for kind in _ANSWERED):
        return
    name = type(value).__name__
    _demand(type(value) in _ANSWERED, f"it answered a {name}, which is a class of its own")
    for field in attrs.fields(type(value)):
        _check_made_anew(getattr(value, field.name))
    try:
        again = attrs.evolve(value)
    except CartcoreError as error:
        raise LawBroken(f"no {name} can be made like the one it answered: {error}") from error
    _demand(state(again) == state(value), f"its {name} is {value}, made anew it is {again}")


_ANSWERED = {Offer, Ineligible, Discount, TiedItem, ShippingSpeed, PartTax, TaxRate}


def it_changes_nothing_that_it_sees(case: Case) -> None:
    """Cart, lines, customer, shipments, its own configuration: all are as before, to the bit."""
    case = deepcopy(case)  # what it changes stays changed
    before: dict[int, tuple[dict[str, Any], Any]] = {}

    def keep(call: Call) -> None:
        before[id(call)] = sight(call.seen), state(call.configured)

    def compare(call: Call) -> None:
        seen, own = before[id(call)]
        for name, now in sight(call.seen).items():
            _demand(seen[name] == now, f"it changed {name}: {_difference(seen[name], now)}")
        changed = state(call.configured)
        _demand(own == changed, f"it changed its configuration: {_difference(own, changed)}")

    whole = state(case)
    ask_anyhow(case, before=keep, after=compare)
    _demand(state(case) == whole, "after pricing, the cart that was given is another")


def _difference(one: Any, other: Any) -> str:
    """The smallest part in which two states differ."""
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        if len(one) != len(other):
            return f"{len(one)} values were {one!r:.80}, {len(other)} are {other!r:.80}"
        for mine, its in zip(one, other, strict=True):
            if mine != its:
                return _difference(mine, its)
    return f"{one!r:.80} was {other!r:.80} afterwards"


def asked_again_it_answers_the_same(case: Case) -> None:
    """It is pure: the same question gets the same answer, from an equal configuration as well."""

    def ask_again(call: Call) -> None:
        if call.error is None:
            for told, configured in (
                ("asked again", call.configured),
                ("an equal configuration", attrs.evolve(call.configured)),
            ):
                again = call.method(configured, call.seen)
                if not _same(again, call.answer):
                    before, now = apart(call.answer, again)
                    raise LawBroken(f"it answered {_brief(before)}; {told}: {_brief(now)}")

    with watched(case, after=ask_again):
        first = outcome(case)
    for other in (_another(case), _of_another(case)):  # who remembers one is not pure
        ask_anyhow(other)
    second = outcome(case)
    same = _same(first, second)
    _demand(same, f"it came to {_come_to(first)}; priced again, to {_come_to(second)}")


def _another(case: Case) -> Case:
    """A case of the same customer with more of everything."""
    if isinstance(case, SpeedCase):
        lines = [attrs.evolve(each, quantity=3 * each.quantity) for each in case.request.lines]
        return attrs.evolve(case, request=attrs.evolve(case.request, lines=tuple(lines)))
    price = from_minor(5_000, case.cart.currency)
    more = [
        CartLine(id=f"more {n}", quantity=9, unit_price=price, **goods)
        for n, goods in enumerate(GOODS)
    ]
    return case.but(cart=attrs.evolve(case.cart, lines=(*case.cart.lines, *more)))


def _of_another(case: Case) -> Case:
    """The same for another customer, or in another shipment."""
    if isinstance(case, SpeedCase):
        return attrs.evolve(case, request=attrs.evolve(case.request, shipment_id="another"))
    customer = attrs.evolve(case.cart.customer, contact_id="another")
    return case.but(cart=attrs.evolve(case.cart, customer=customer))


def _same(one: Any, other: Any) -> bool:
    """Whether two answers are equal; speeds may come in a tuple or in a list."""
    return bool(list(one) == list(other) if isinstance(one, (list, tuple)) else one == other)


def _brief(answer: Any) -> str:
    text = repr(answer)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def it_reads_no_clock(case: Case) -> None:
    """What the clock of the machine shows does not matter: `context.at` is what is priced for."""
    now = outcome(case)
    for clock in _CLOCKS:
        with time_machine.travel(clock, tick=False):
            then = outcome(case)
        told = f"it comes to {_come_to(now)}; on a machine whose clock shows {clock:%Y-%m-%d %H:%M}"
        _demand(_same(now, then), f"{told}, to {_come_to(then)}")


def another_process_comes_to_the_same(case: Case) -> None:
    """Priced in another process, where texts have other hashes, it comes to the same."""
    try:
        here, there = outcomes(case)
    except (TypeError, ValueError, AttributeError, KeyError):  # another law tells why
        return
    at = next((n for n, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), 0)
    cut = slice(max(0, at - 60), at + 120)
    _demand(here == there, f"here: …{here[cut]}…\nthere: …{there[cut]}…")


# --- its configuration ---


def its_configuration_is_a_value(case: Case) -> None:
    """A configuration is frozen, hashable, equal to its like, and only its fields."""
    configured = subject(case)
    try:
        rulebook_of(*types_in((configured,)))
    except CartcoreError as error:
        raise LawBroken(f"it cannot be loaded: {error}") from error
    try:
        alike = hash(configured) == hash(attrs.evolve(configured))
    except TypeError as error:
        raise LawBroken(f"{configured} cannot be hashed: {error}") from error
    same = configured == attrs.evolve(configured)
    _demand(same and alike, f"{configured} is not equal to one with equal fields")
    for field in attrs.fields(type(configured)):
        value = getattr(configured, field.name)
        kind = _mutable(value)
        _demand(not kind, f"the field {field.name} holds a {kind}, which can be changed: {value!r}")
        try:
            setattr(configured, field.name, value)
        except attrs.exceptions.FrozenError:
            pass
        else:
            raise LawBroken(f"its field {field.name} can be assigned: use @attrs.frozen")
    fields = {field.name for field in attrs.fields(type(configured))}
    beside = {
        name
        for name in getattr(configured, "__dict__", {})
        if name not in fields
        and not isinstance(getattr(type(configured), name, None), cached_property)
    }
    _demand(
        not beside, f"it keeps {', '.join(sorted(beside))} beside its fields: this is not saved"
    )


def _mutable(value: Any) -> str:
    """The kind of a value that can be changed in place, at any depth."""
    if isinstance(value, (list, dict, set, bytearray)):
        return type(value).__name__
    if isinstance(value, (tuple, frozenset)):
        return next(filter(None, map(_mutable, value)), "")
    return ""


def what_is_stored_prices_alike(case: Case) -> None:
    """Written as JSON and read back, its configuration is equal, and comes to the same.

    It has to fit into TOML as well, for promotions that are kept in files.
    """
    try:
        serializer = serializer_of(case)
        text = written(case)
        record = record_of(case)
        _demand_toml(serializer.dump(record), "")
        back = _with_parts(case, serializer.loads(text, type(record)))
    except CartcoreError as error:
        raise LawBroken(f"it cannot be written and read back: {error}") from error
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise LawBroken(f"it cannot be written and read back: {error!r}") from error
    own, read = subject(case), subject(back)
    told = f"{own} was stored, and read back it is {read}"
    _demand(own == read and _kinds(own) == _kinds(read), told)
    here, there = outcome(case), outcome(back)
    told = f"it comes to {_come_to(here)}; stored and read back, to {_come_to(there)}"
    _demand(_same(here, there), told)


def _with_parts(case: Case, record: Any) -> Case:
    if isinstance(case, SpeedCase):
        return attrs.evolve(case, provider=record.provider)
    if isinstance(case, TaxCase):
        return case.but(tax=record.tax)
    return case.but(promotions=record.promotions)


def _kinds(value: Any) -> Any:
    """The classes that a value is made of: "a" equals a choice that is written so."""
    if isinstance(value, (tuple, list)):
        return [_kinds(each) for each in value]
    if attrs.has(type(value)):
        fields = attrs.fields(type(value))
        return type(value), [_kinds(getattr(value, f.name)) for f in fields if f.init and f.eq]
    if isinstance(value, Money):
        return Money
    if isinstance(value, datetime):
        return datetime, value.utcoffset()
    return type(value)


def _demand_toml(value: Any, path: str) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _demand_toml(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            _demand_toml(each, f"{path}[{place}]")
    else:
        # TOML has no null: what is None though it need not be can only be kept as JSON.
        fits = value is None or isinstance(value, (str, bool, int))
        fits = fits and (type(value) is not int or _fits(value))
        _demand(fits, f"{path} is written as {value!r:.80}, which TOML cannot hold")


def _fits(value: int) -> bool:
    return -(2**63) <= value < 2**63


# --- money ---


def the_currency_does_not_matter(case: Case) -> None:
    """With the same amounts in a currency of 0, 2 or 3 digits, it comes to the same minor units.

    Or to the same whole units: a type may round to these. It says nothing of types that name a
    currency, in their configuration or in their code: they are for some currencies.
    """
    code = currency_of(case)
    if currencies_of(subject(case), code):
        return
    if isinstance(case, TaxCase):  # steps are no minor units
        tax = attrs.evolve(case.policy.tax, step=None, cash_step=None)
        case = case.but(policy=attrs.evolve(case.policy, tax=tax))
    here = outcome(case)
    for other in CURRENCIES:
        if other == code:
            continue
        try:
            moved = _in_currency(case, code, other)
        except (CartcoreError, ValueError, TypeError):  # it is only for some currencies
            continue
        try:
            there = outcome(moved)
        except CartcoreError as error:
            raise LawBroken(
                f"in {code} it comes to {_come_to(here)}, but in {other}: {error}"
            ) from (error)
        if _minor_units(here) != _minor_units(there) and not _same_whole_units(case, code, other):
            told = f"in {code}: {_come_to(here)}; in {other}: {_come_to(there)}"
            raise LawBroken(told)


def _same_whole_units(case: Case, code: str, other: str) -> bool:
    """Whether the same whole units come to the same, but for what is rounded."""

    def whole(money: Money, currency: str) -> Money:
        return Money(-(-money.amount // 1), currency)

    try:
        here, there = (outcome(_in_currency(case, code, each, whole)) for each in (code, other))
    except CartcoreError:  # it is too much
        return True
    step = Fraction(1, 10 ** min(minor_digits(code), minor_digits(other)))
    if isinstance(here, Quote) and isinstance(there, Quote):
        parts = 1 + len(here.lines) + len(here.shipments)
        close = abs(Fraction(here.total.amount) - Fraction(there.total.amount)) <= parts * step
        return close and _applied(case, here) == _applied(case, there)
    if isinstance(here, Undetermined) or isinstance(there, Undetermined):
        return bool(here == there)
    return [each.code for each in here] == [each.code for each in there] and all(
        abs(Fraction(a.price.amount) - Fraction(b.price.amount)) <= step
        for a, b in zip(here, there, strict=True)
    )


def _same_minor_units(money: Money, other: str) -> Money:
    return from_fine(fine_of(money, money.currency.code), other)


def _in_currency(
    value: Any, code: str, other: str, move: Callable[[Money, str], Money] = _same_minor_units
) -> Any:
    """A value in another currency, wherever there is money of the first one in it."""
    if isinstance(value, Money):
        return move(value, other) if value.currency.code == code else value
    if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
        return type(value)(_in_currency(each, code, other, move) for each in value)
    if isinstance(value, dict):
        return {key: _in_currency(each, code, other, move) for key, each in value.items()}
    if attrs.has(type(value)):
        changes = {}
        for field in attrs.fields(type(value)):
            own = getattr(value, field.name)
            if field.init:
                new = _in_currency(own, code, other, move)
                is_code = field.name == "currency" and own == code
                changes[field.alias] = other if is_code else new
        return type(value)(**changes)
    return value


def _minor_units(found: Any) -> Any:
    """Amounts in minor units, whatever the currency."""
    if isinstance(found, Quote):
        lines = [(_minor(line.total), _minor(line.discount)) for line in found.lines]
        shipments = [(_minor(each.total), _minor(each.discount)) for each in found.shipments]
        tax = _minor(found.totals.tax)
        return _minor(found.total), tax, lines, shipments, [d.applied for d in found.decisions]
    if isinstance(found, Undetermined):
        return found.told
    return [(each.code, _minor(each.price)) for each in found]


def _minor(money: Money) -> Fraction:
    exact: Fraction = Fraction(money.amount) * 10 ** minor_digits(money.currency.code)
    return exact


def _applied(case: Case, found: Any) -> bool:
    if isinstance(case, SpeedCase):
        return bool(found)
    if isinstance(case, TaxCase):
        return isinstance(found, Quote)
    decision = found.decision(case.promotions[0].id)
    return decision is not None and decision.applied


# --- claims ---


def _after_others(case: PricingCase, percent: int = 50) -> PricingCase:
    """The case with promotions that have taken a share of everything before."""
    order = OrderPercentOff(percent=percent)
    items = PercentOff(percent=percent)
    others = (
        Promotion(id="some of it", name="Some of it", effect=items, priority=9),
        Promotion(id="some of all", name="Some of all", effect=order, priority=9),
    )
    return case.but(promotions=(*case.promotions, *others))


def _without_terms(promotion: Promotion, trigger: Trigger) -> Promotion:
    """The promotion without its codes, which no other can have, and its limits."""
    return attrs.evolve(promotion, trigger=trigger, codes=(), limits=Limits())


def its_claims_are_true(case: PricingCase) -> None:
    """What `at_most`, `needs`, `least_left` and `stays_unmet` say of it holds."""
    own = subject(case)
    if hasattr(own, "at_most"):
        _check_at_most(case)
    if getattr(own, "needs", ()):
        _check_needs(case)
    if hasattr(own, "least_left"):
        _check_least_left(case)
    if getattr(own, "stays_unmet", False):
        _check_stays_unmet(case)


def _check_at_most(case: PricingCase) -> None:
    """It is asked, as the search asks it, before anything is discounted.

    Where it looked at discounts it claims nothing beyond those that there are; nor does it where
    others add goods.
    """
    first, *others = case.promotions
    if any(each.promotion_class is PromotionClass.PRODUCT for each in others):
        return
    claims: list[int] = []

    def ask(call: Call) -> None:
        sight = call.seen._sight  # noqa: SLF001  (as the search looks at it)
        if not claims and call.error is None:
            sight.saw_discounts = False
            claim = call.configured.at_most(call.seen)
            claims.extend(() if sight.saw_discounts else (claim,))

    bare = attrs.evolve(case.cart, manual=())
    with watched(case, after=ask):
        case.but(cart=bare, promotions=(first,)).price()
    if not claims:
        return
    code = case.cart.currency
    for quote in (case.price(), _after_others(case).price()):
        decision = quote.decision(first.id)
        if decision is not None and decision.applied:
            taken = int(_minor(decision.discount))
            told = f"at_most() says {claims[0]} minor units ({code}), and it took {taken}"
            _demand(taken <= claims[0], told)


def _check_needs(case: PricingCase) -> None:
    """Without any line that it needs, it must not apply, even if it is asked."""
    needs: tuple[Selection, ...] = tuple(subject(case).needs)
    keys = [need.keys for need in needs]
    if None in keys:
        return
    wanted = frozenset().union(*(each for each in keys if each is not None))
    lines = tuple(line for line in case.cart.lines if wanted.isdisjoint(line.keys))
    there = {line.id for line in lines}
    shipments = tuple(
        attrs.evolve(each, lines=tuple(part for part in each.lines if part[0] in there))
        for each in case.cart.shipments
    )
    first = _without_terms(case.promotions[0], Trigger.PICKED)
    applied = (AppliedPromotion(promotion_id=first.id),)
    cart = attrs.evolve(case.cart, lines=lines, shipments=shipments, applied=applied, manual=())
    decision = case.but(cart=cart, promotions=(first,)).price().decision(first.id)
    if decision is not None and decision.applied:
        named = ", ".join(map(str, needs))
        skus = ", ".join(line.sku for line in lines) or "nothing"
        raise LawBroken(
            f"needs says that the cart must have {named}, and with {skus} in it, it took"
            f" {show(decision.discount)} off"
        )


def _check_least_left(case: PricingCase) -> None:
    def ask(call: Call) -> None:
        left = call.seen.subtotal(after_discounts=True)
        least = call.configured.least_left(call.seen)
        told = f"least_left() says {least} minor units; {left} were left, and it held"
        _demand(call.answer is not None or call.error is not None or left >= least, told)

    for each in (case, _after_others(case)):
        with watched(each, after=ask):
            each.price()


def _check_stays_unmet(case: PricingCase) -> None:
    first = _asked(case)[:1]
    if not first or first[0].answer is None:
        return
    for percent in (50, 99):
        later = _asked(_after_others(case, percent))[:1]
        held = later and later[0].answer is None and later[0].error is None
        told = f"it was unmet ({first[0].answer.message}), and held after others took {percent} %"
        _demand(not held, f"stays_unmet says that no discount makes it hold; {told}")


def what_it_discounts_is_used_up(case: PricingCase) -> None:
    """A quantity promotion names in `uses` all the units that it discounts."""
    own = subject(case)
    if not getattr(own, "uses_units", False):
        return
    for call in _asked(case):
        if not isinstance(call.answer, Offer):
            continue
        used: dict[str, int] = {}
        for line, units in call.answer.used_units:
            used[line] = used.get(line, 0) + units
        named: dict[str, int] = {}
        for each in (call.answer.shared_units, *(d.units or () for d in call.answer.discounts)):
            for line, number in each:
                named[line] = named.get(line, 0) + number
        for line, number in named.items():
            told = f"it discounts {number} units of {line}, and used_units says {used.get(line, 0)}"
            _demand(number <= used.get(line, 0), told)


# --- what must not matter ---


def its_promotion_may_be_called_anything(case: PricingCase) -> None:
    """The id and the name of its promotion change nothing.

    But that ids decide which of two promotions of one priority comes first.
    """
    first, *others = case.promotions
    others = [each for each in others if each.priority != first.priority]
    here = case.but(promotions=(first, *others)).price()
    for promotion_id in ("another", "0", "~"):
        named = attrs.evolve(first, id=promotion_id, name=f"Called {promotion_id}")
        there = case.but(promotions=(named, *others)).price()
        told = f"it comes to {_come_to(here)}; with the id {promotion_id!r}, to {_come_to(there)}"
        _demand(here.totals == there.totals, told)


def promotions_that_do_not_apply_change_nothing(case: PricingCase) -> None:
    """Another promotion of its type, which does not apply, is as good as none."""
    here = case.price()
    first = _without_terms(case.promotions[0], Trigger.AUTOMATIC)
    never = MinQuantity(quantity=10**9)
    for promotion_id, priority in (("0", 5), ("~", -5)):
        other = attrs.evolve(
            first,
            id=promotion_id,
            name="Never",
            priority=priority,
            conditions=(never, *first.conditions),
        )
        last = attrs.evolve(other, id=f"{promotion_id}2", conditions=(*first.conditions, never))
        there = case.but(promotions=(other, *case.promotions, last)).price()
        told = f"it comes to {_come_to(here)}; beside one that does not apply, to {_come_to(there)}"
        _demand((here.totals, here.lines) == (there.totals, there.lines), told)


def only_what_others_take_off_matters(case: PricingCase) -> None:
    """It answers the same beside another of its type, and beside what takes the same off.

    So it does not look at which promotions there are, but at what they left.
    """
    first = attrs.evolve(
        _without_terms(case.promotions[0], Trigger.AUTOMATIC), combines_with=tuple(PromotionClass)
    )
    twin = attrs.evolve(first, id="twin", name="Twin", priority=first.priority - 1)
    beside = case.but(
        cart=_called(case.cart, _ALIKE),
        promotions=(first, twin),
        policy=DEFAULT_POLICY,
    )
    answers: list[Any] = []

    def keep(call: Call) -> None:
        if call.seen.promotion_id == first.id and call.error is None:
            answers.append(call.answer)

    with watched(beside, after=keep):
        here = beside.price()
    if not answers:
        return
    # Lines have other names: who remembers a cart would know it.
    alike = beside.but(
        cart=_called(case.cart, _OTHERWISE),
        promotions=(_answering(first, answers[0]), twin),
    )
    there = alike.price()
    mine, its = here.decision(twin.id), there.decision(twin.id)
    told = (
        f"beside another promotion of its type it comes to {_told(mine)}; beside one of another"
        f" type that takes the same off, to {_told(its)}"
    )
    _demand(_told(mine) == _told(its), told)


_ALIKE, _OTHERWISE = " beside its like", " beside another"


def _told(decision: Any) -> str:
    if decision is None:
        return "nothing"
    return f"{decision.reason} ({show(decision.discount)} off)"


@attrs.frozen
class _Answering:
    """A type that always answers the same."""

    type_name: ClassVar[str] = "cartcore.testing.answering"

    promotion_class: PromotionClass
    uses_units: bool
    answer: Any

    def evaluate(self, context: Any) -> Any:  # noqa: ARG002  (as types are asked)
        """Return the answer."""
        return self.answer


@attrs.frozen
class _Holding:
    """A condition that always answers the same."""

    type_name: ClassVar[str] = "cartcore.testing.holding"

    answer: Any

    def check(self, context: Any) -> Any:  # noqa: ARG002  (as conditions are asked)
        """Return the answer."""
        return self.answer


def _answering(promotion: Promotion, answer: Any) -> Promotion:
    """The promotion with something that answers the same in place of what is looked at."""
    if promotion.conditions:
        return attrs.evolve(promotion, conditions=(_Holding(answer), *promotion.conditions[1:]))
    own: Any = promotion.effect
    effect: Any = _Answering(
        own.promotion_class, getattr(own, "uses_units", False), _renamed(answer)
    )
    return attrs.evolve(promotion, effect=effect)


def _renamed(answer: Any) -> Any:
    """An answer for the lines of the one cart as one for those of the other."""
    if isinstance(answer, str):
        return answer.replace(_ALIKE, _OTHERWISE) if answer.endswith(_ALIKE) else answer
    if isinstance(answer, tuple):
        return tuple(map(_renamed, answer))
    if isinstance(answer, (Offer, Discount)):
        fields = [field.name for field in attrs.fields(type(answer)) if field.init]
        return attrs.evolve(answer, **{each: _renamed(getattr(answer, each)) for each in fields})
    return answer


def _called(cart: Cart, name: str) -> Cart:
    """The cart with other ids of its lines."""
    lines = tuple(attrs.evolve(line, id=f"{line.id}{name}") for line in cart.lines)
    shipments = tuple(
        attrs.evolve(each, lines=tuple((f"{line}{name}", units) for line, units in each.lines))
        for each in cart.shipments
    )
    return attrs.evolve(cart, lines=lines, shipments=shipments, manual=())


def the_order_of_requested_lines_does_not_matter(case: SpeedCase) -> None:
    """Speeds do not depend on the order of the lines in a shipment."""
    here = outcome(case)
    turned = attrs.evolve(case.request, lines=case.request.lines[::-1])
    there = outcome(attrs.evolve(case, request=turned))
    told = f"it offers {_come_to(here)}; with the lines the other way round, {_come_to(there)}"
    _demand(_same(here, there), told)


def requested_units_may_stand_in_several_lines(case: SpeedCase) -> None:
    """Speeds do not depend on whether equal units stand in one line or in several."""
    lines = []
    for line in case.request.lines:
        total = int(_minor(line.amount))
        if line.quantity == 1:
            lines.append(line)
            continue
        one = total // line.quantity
        for part, (quantity, minor) in enumerate(((1, one), (line.quantity - 1, total - one))):
            amount = case.request.to_money(minor)
            name = f"{line.line_id} part {part}"
            lines.append(attrs.evolve(line, line_id=name, quantity=quantity, amount=amount))
    here = outcome(case)
    there = outcome(attrs.evolve(case, request=attrs.evolve(case.request, lines=tuple(lines))))
    told = f"it offers {_come_to(here)}; with equal units in several lines, {_come_to(there)}"
    _demand(_same(here, there), told)


# --- speeds ---


def its_prices_are_in_the_currency_asked_for(case: SpeedCase) -> None:
    """Each speed is a ShippingSpeed whose price is in the currency of the shipment."""
    for speed in case.ask():
        _demand(isinstance(speed, ShippingSpeed), f"it answered {speed!r}, not a ShippingSpeed")
        code = speed.price.currency.code
        asked = case.request.currency
        _demand(code == asked, f"{speed.code} costs {show(speed.price)}; it was asked for {asked}")


def it_offers_each_code_once(case: SpeedCase) -> None:
    """No two of its speeds have one code: only one of them could be chosen."""
    codes = [each.code for each in case.ask()]
    _demand(len({*codes}) == len(codes), f"it offers {', '.join(codes)}")


# --- it is explained, and can be skipped ---


def it_says_why_not(case: PricingCase) -> None:
    """Where it does not apply, it gives a code for programs and a sentence for people."""
    for call in _asked(case):
        answer = call.answer
        if not isinstance(answer, Ineligible):
            continue
        reason, message = answer.reason, answer.message
        speaks = message.strip() and message == message.strip() and not message.endswith(".")
        _demand(speaks, f"its message is {message!r}: say why not, without a full stop at the end")
        named = reason.strip() and reason not in {"applied", "beaten"}
        _demand(named, f"its reason is {reason!r}: give a code of its own")
        missing = answer.missing_amount
        positive = missing is None or missing.amount > 0
        _demand(positive, f"it says that {missing} more would unlock it")
        units = answer.missing_units
        _demand(units is None or units > 0, f"it says that {units} more units would unlock it")
    decision = case.price().decision(case.promotions[0].id)
    _demand(decision is None or decision.message, "its decision has no message")


def skip_skips_it(case: PricingCase) -> None:
    """Where the policy skips faults of plugins, no fault of it keeps a cart from being priced."""
    for policy in (
        attrs.evolve(DEFAULT_POLICY, on_plugin_error=OnPluginError.SKIP),
        attrs.evolve(
            DEFAULT_POLICY,
            on_plugin_error=OnPluginError.SKIP,
            combination=Combination.BEST_FOR_CUSTOMER,
        ),
        attrs.evolve(
            DEFAULT_POLICY,
            on_plugin_error=OnPluginError.SKIP,
            stacking=Stacking.BEST_PER_LINE,
        ),
    ):
        try:
            case.but(policy=policy).price()
        except Exception as error:
            told = f"{policy.combination.value}, {policy.stacking.value}: {error!r}"
            raise LawBroken(told) from error


def the_search_for_the_best_ends_well(case: PricingCase) -> None:
    """Beside others, the best combination for the customer is found, and is never dearer."""
    pricing_laws.the_best_is_never_dearer(_after_others(case))


def it_gives_no_goods_twice(case: PricingCase) -> None:
    """What it adds to a cart is gone with it: without the promotion, the lines are the cart's."""
    if case.promotions[0].promotion_class is not PromotionClass.PRODUCT:
        return
    case.price()
    without = case.but(promotions=()).price()
    ids = [line.line_id for line in without.lines]
    entered = [line.id for line in case.cart.lines]
    _demand(ids == entered, f"without it the lines are {ids}; staff entered {entered}")


def _serializes(case: PricingCase) -> None:
    """Raise where a quote does not go through JSON."""
    serializer = serializer_of(case)
    quote = case.price()
    _demand(quote == serializer.loads(serializer.dumps(quote), Quote), "its quote changes in JSON")


def its_quote_is_stored(case: PricingCase) -> None:
    """A quote with its decision goes through JSON unchanged: an order keeps it."""
    try:
        _serializes(case)
    except (CartcoreError, ValueError, TypeError, AttributeError) as error:
        raise LawBroken(f"the quote cannot be stored: {error!r:.300}") from error


CAN_BE_ASKED: tuple[Law, ...] = (
    it_answers_in_time,  # first: whatever else asks it would wait, too
    it_changes_nothing_that_it_sees,  # then: what it changed once may look the same afterwards
    its_configuration_is_a_value,
    it_answers_in_plain_values,
)
ANSWERS: tuple[Law, ...] = (
    it_answers_in_every_case,
    asked_again_it_answers_the_same,
    it_reads_no_clock,
)
OF_ALL_TYPES: tuple[Law, ...] = (
    what_is_stored_prices_alike,
    another_process_comes_to_the_same,
    the_currency_does_not_matter,
)

_OF_PROMOTIONS: tuple[Law, ...] = (
    pricing_laws.the_order_of_lines_does_not_matter,
    pricing_laws.equal_units_may_stand_in_several_lines,
    its_promotion_may_be_called_anything,
    promotions_that_do_not_apply_change_nothing,
    only_what_others_take_off_matters,
    its_claims_are_true,
    what_it_discounts_is_used_up,
    it_says_why_not,
    its_quote_is_stored,
    pricing_laws.what_is_removed_leaves_no_trace,
    it_gives_no_goods_twice,
    pricing_laws.totals_add_up,
    pricing_laws.adjustments_are_the_discounts,
    pricing_laws.nothing_goes_below_zero,
    pricing_laws.nothing_goes_below_its_minimum_price,
    pricing_laws.shipments_add_up_to_the_goods,
    pricing_laws.no_discount_switches_itself_off,
    pricing_laws.own_lines_do_not_count,
    pricing_laws.a_gift_changes_nothing_else,
    skip_skips_it,
    the_search_for_the_best_ends_well,
)

FIRST_LAWS = frozenset((*CAN_BE_ASKED, *ANSWERS))
"""What breaks one of these makes all others meaningless."""

PROMOTION_LAWS: tuple[Law, ...] = (*CAN_BE_ASKED, *ANSWERS, *OF_ALL_TYPES, *_OF_PROMOTIONS)
"""The laws of promotion types."""

CONDITION_LAWS: tuple[Law, ...] = PROMOTION_LAWS
"""The laws of conditions: those of a promotion that has one."""

SPEED_LAWS: tuple[Law, ...] = (
    *CAN_BE_ASKED,
    *ANSWERS,
    its_prices_are_in_the_currency_asked_for,
    it_offers_each_code_once,
    *OF_ALL_TYPES,
    the_order_of_requested_lines_does_not_matter,
    requested_units_may_stand_in_several_lines,
)
"""The laws of shipping-speed providers."""
