"""One turn of one promotion: ask it, and take what it offers off a ledger.

Whatever a plugin does wrong is found here, and named with the plugin and the promotion (PR-20).
"""

from collections.abc import Sequence

import attrs

from cartcore.cart import AppliedPromotion, CartLine, speed_names
from cartcore.errors import CurrencyMismatch, InvalidField, PluginError
from cartcore.errors.sentences import shown
from cartcore.pricing import sentences
from cartcore.pricing.candidate import Candidate
from cartcore.pricing.context import LedgerContext, Sight
from cartcore.pricing.discounting import Prepared, Reduction, Taken, cells_of, take_off
from cartcore.pricing.eligibility import NEVER_USED, eligibility
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.policy import OnPluginError
from cartcore.pricing.request import PricingRequest
from cartcore.pricing.restating import restated_line
from cartcore.pricing.tied_lines import tied_lines
from cartcore.pricing.turn import Applied, Turn
from cartcore.promotions.conditions import check_condition
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Discount, Ineligible, Offer, TiedItem
from cartcore.promotions.opaque import NeverApplies
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import ConditionType, PromotionClass
from cartcore.shop.product import Product
from cartcore.values.guard import (
    FAULTS,
    PluginFault,
    blame,
    flag_of,
    forget,
    member_of,
    type_name_of,
)
from cartcore.values.money import from_minor

_ANSWERS = (Offer, Ineligible)
_LINES = {Selection, tuple, type(None)}


class Turns:
    """Gives candidates their turns, each on the ledger that it is handed.

    A turn changes that ledger and nothing else. `asked` has the products that were looked up.
    `faults` has what the plugins did wrong that the policy skips, the first of each promotion;
    `distrusted` the types of which a claim proved false.
    """

    __slots__ = (
        "_applications",
        "_guarded",
        "_restated",
        "_skipping",
        "asked",
        "context",
        "distrusted",
        "faults",
        "request",
        "sight",
    )

    def __init__(self, request: PricingRequest, ledger: Ledger) -> None:
        self.request = request
        self.sight = Sight(ledger)
        self.context: PricingContext = LedgerContext(request.cart, request.at, self.sight)
        self.asked: dict[str, Product] = {}
        self._restated: dict[tuple[str, str, int], CartLine] = {}
        self.faults: dict[str, PluginFault] = {}
        self.distrusted: set[type] = set()
        self._applications = request.applications
        policy = request.policy
        # Whether every turn has to be checked for what only some can be refused for.
        self._guarded = bool(request.cart.refused or policy.one_code)
        self._skipping = policy.on_plugin_error is OnPluginError.SKIP

    def take(
        self,
        candidate: Candidate,
        ledger: Ledger,
        known: Offer | Ineligible | None = None,
        only: set[int] | None = None,
    ) -> Turn:
        """Give a candidate its turn: take off what it offers, or find out why nothing.

        `known` is what it answers, if it need not be asked again. With `only`, nothing is taken off
        other pools.

        Raises:
            PluginError: its plugin failed, and the policy does not skip it.
        """
        application = self._applications.get(candidate.id)
        outcome: Offer | Ineligible | Applied | None = None
        try:
            if self._guarded or candidate.restricted:
                outcome = self.eligibility(candidate)
            outcome = outcome or known or self.answer(candidate, ledger)
            if isinstance(outcome, Offer):
                on_trial = self._skipping or candidate.budget is not None
                take = self._take_on_trial if on_trial else self._take
                outcome = take(candidate, application, outcome, ledger, only)
            elif type(candidate.effect) is NeverApplies:
                self._note_unread(candidate, candidate.effect)
        except PluginError as error:
            self._skip(candidate, error)
            outcome = sentences.plugin_error(error)
        return Turn(candidate, "" if application is None else application.promo_code, outcome)

    def _skip(self, candidate: Candidate, error: PluginError) -> None:
        """Note what a plugin did wrong, or raise it if the policy does not skip it."""
        if not self._skipping or candidate.actor:
            raise error
        self.note(candidate, error)

    def note(self, candidate: Candidate, error: PluginError) -> None:
        """Note what a plugin did wrong: of each promotion the first, so that it is told once."""
        if candidate.id not in self.faults:
            self.faults[candidate.id] = PluginFault.of(error)
        forget(error)

    def _note_unread(self, candidate: Candidate, effect: NeverApplies) -> None:
        """Note why a plugin could not read what is stored.

        The policy is not asked: it failed when the storage read it, and not while pricing.
        """
        if effect.fault is not None:
            fault = attrs.evolve(effect.fault, subject=_subject(candidate))
            self.faults.setdefault(candidate.id, fault)

    def distrust(self, candidate: Candidate, problem: str, parts: Sequence[object]) -> None:
        """Note a claim that proved false, and ask the types of these parts for none any more."""
        names = ", ".join(dict.fromkeys(map(type_name_of, parts)))
        self.note(candidate, PluginError(names, _subject(candidate), problem))
        self.distrusted |= {type(part) for part in parts}

    # --- asking ---

    def eligibility(self, candidate: Candidate) -> Ineligible | None:
        """Why it is out of the question, whatever the cart; None if it is not."""
        promotion = candidate.promotion
        return None if promotion is None else eligibility(promotion, self.request)

    def answer(
        self, candidate: Candidate, ledger: Ledger, *, whatever: bool = False
    ) -> Offer | Ineligible:
        """What the conditions and the type of a promotion say of the cart as it is in a ledger.

        The type alone, `whatever` the conditions say.

        Raises:
            PluginError: one of them raised, or answered with something else.
        """
        sight, context = self.sight, self.context
        if candidate.counts_gifts and ledger.added:
            sight.look_at(ledger.with_added_in_full())
        elif sight.ledger is not ledger:
            sight.look_at(ledger)
        sight.promotion_id = candidate.id
        try:
            for condition in () if whatever else candidate.conditions:
                why = check_condition(condition, context)
                if why is not None:
                    return why
            answer: Offer | Ineligible = candidate.effect.evaluate(context)
        except FAULTS as error:
            return _other_currency(candidate, error)
        if type(answer) not in _ANSWERS:
            raise fault(candidate, sentences.answered(shown(answer)))
        return answer

    def offer(self, candidate: Candidate, ledger: Ledger) -> Offer | Ineligible | None:
        """What its type says if the conditions hold, or None if it cannot be told now."""
        if candidate.counts_gifts and ledger.added:
            return None
        try:
            answer = self.answer(candidate, ledger, whatever=True)
            if type(answer) is Offer and answer.tied_items:
                _check_items(candidate, answer)
        except PluginError:  # told, or raised, when it has its turn
            return None
        return answer

    def at_most(self, candidate: Candidate, ledger: Ledger) -> int | None:
        """What its type claims that it never takes more than; None if it claims nothing.

        Raises:
            PluginError: it raised, or answered with something else, and the policy does not skip.
        """
        return self.claim(candidate, candidate.effect, "at_most", ledger)

    def least_left(self, candidate: Candidate, ledger: Ledger) -> int:
        """What has to be left of all goods, as its conditions claim; 0 if none claims anything.

        Raises:
            PluginError: one raised, or answered with something else, and the policy does not skip.
        """
        claims = [
            self.claim(candidate, each, "least_left", ledger) for each in candidate.conditions
        ]
        return max([claim or 0 for claim in claims], default=0)

    def claim(self, candidate: Candidate, part: object, name: str, ledger: Ledger) -> int | None:
        """What a type claims, if it has this claim and none of its claims proved false.

        Raises:
            PluginError: it raised, or answered with something else, and the policy does not skip.
        """
        if type(part) in self.distrusted:
            return None
        try:
            return self._claim(candidate, part, name, ledger)
        except PluginError as error:
            self._skip(candidate, error)
            return None

    def _claim(self, candidate: Candidate, part: object, name: str, ledger: Ledger) -> int | None:
        if self.sight.ledger is not ledger:
            self.sight.look_at(ledger)
        method = member_of(part, name, None, _subject(candidate))
        if method is None:
            return None
        try:
            claim = method(self.context)
        except FAULTS as error:
            if type(error) is CurrencyMismatch:  # the promotion will not apply
                return 0
            blame(error, type_name_of(part), _subject(candidate), f"{name}()")
        if type(claim) is not int or claim < 0:
            problem = sentences.claim_answered(name, shown(claim))
            raise PluginError(type_name_of(part), _subject(candidate), problem)
        return claim

    def stays_unmet(self, candidate: Candidate, condition: ConditionType) -> bool:
        """Whether a condition claims that discounts can only break it.

        Raises:
            PluginError: it raised, or answered with something else, and the policy does not skip.
        """
        if type(condition) in self.distrusted:
            return False
        try:
            return flag_of(condition, "stays_unmet", _subject(candidate))
        except PluginError as error:
            self._skip(candidate, error)
            return False

    def unmet(self, conditions: Sequence[ConditionType], ledger: Ledger) -> bool:
        """Whether one of some conditions does not hold for a ledger."""
        if self.sight.ledger is not ledger:
            self.sight.look_at(ledger)
        context = self.context
        try:
            return any(check_condition(each, context) is not None for each in conditions)
        except (CurrencyMismatch, PluginError):  # told when it has its turn
            return False

    def reductions(self, candidate: Candidate, offer: Offer) -> tuple[Reduction, ...]:
        """The discounts of an offer made ready; a type that gives the same ones has them kept.

        Raises:
            CurrencyMismatch: some of its figures are in another currency than the cart.
            PluginError: they are not of its class.
        """
        policy, code = self.request.policy, self.request.cart.currency
        known = candidate.prepared
        if (
            known is not None
            and known.discounts is offer.discounts
            and known.policy is policy
            and known.currency == code
        ):
            return known.reductions
        for each in offer.discounts:
            if type(each) is not Discount or type(each.lines) not in _LINES:
                raise fault(candidate, sentences.own_class(shown(each)))
            if type(each.lines) is Selection and not each.lines.reads <= candidate.reads:
                raise fault(candidate, sentences.reads_unasked(shown(str(each.lines))))
            if each.of_shipments != candidate.ships:
                raise fault(candidate, sentences.other_class(candidate.kind.value, shown(each)))
        reductions = tuple([Reduction(each, code, policy) for each in offer.discounts])
        candidate.prepared = Prepared(offer.discounts, code, policy, reductions)
        return reductions

    def places(self, candidate: Candidate, reduction: Reduction) -> list[int]:
        """Where the shipments of a discount stand in the cart.

        Raises:
            PluginError: it names shipments that are not there.
        """
        shipments = self.request.cart.shipments
        speeds = reduction.speeds
        if speeds is not None:
            return [
                place
                for place, shipment in enumerate(shipments)
                if shipment.speed is not None and (not speeds or shipment.speed.code in speeds)
            ]
        ids = [shipment.id for shipment in shipments]
        named = reduction.shipments
        strangers = [each for each in named if each not in ids]
        if strangers or len(set(named)) != len(named):
            problem = sentences.strange_shipments(_ids(strangers or named))
            raise fault(candidate, problem)
        return [ids.index(each) for each in named]

    # --- taking ---

    def _take_on_trial(
        self,
        candidate: Candidate,
        application: AppliedPromotion | None,
        offer: Offer,
        ledger: Ledger,
        only: set[int] | None,
    ) -> Applied | Ineligible:
        """Take off what it offers, and leave the ledger as it was if that passes its budget."""
        trial = ledger.copy()
        outcome = self._take(candidate, application, offer, trial, only)
        if isinstance(outcome, Applied):
            outcome = self._within_budget(candidate, outcome)
        if isinstance(outcome, Applied):
            ledger.become(trial)
            self.sight.look_at(ledger)
        return outcome

    def _within_budget(self, candidate: Candidate, outcome: Applied) -> Applied | Ineligible:
        """The outcome, if the budget still covers it (PR-12)."""
        budget = candidate.budget
        if budget is None:
            return outcome
        context, code = self.context, self.request.cart.currency
        used = self.request.usage.get(candidate.id, NEVER_USED)
        try:
            whole = context.to_minor(budget)
        except CurrencyMismatch as error:
            return sentences.other_currency(error)
        spent = sum(context.to_minor(each) for each in used.discounts if each.currency.code == code)
        left = max(0, whole - spent)
        if outcome.discount <= left:
            return outcome
        return sentences.budget_exceeded(
            from_minor(outcome.discount, code), from_minor(left, code), budget
        )

    def _take(
        self,
        candidate: Candidate,
        application: AppliedPromotion | None,
        offer: Offer,
        ledger: Ledger,
        only: set[int] | None,
    ) -> Applied | Ineligible:
        """Take off what it offers."""
        try:
            reductions = self.reductions(candidate, offer)
        except CurrencyMismatch as error:
            return sentences.other_currency(error)
        added: tuple[CartLine, ...] = ()
        if offer.tied_items:
            lines = self._tied_lines(candidate, application, offer)
            if isinstance(lines, Ineligible):
                return lines
            added = tuple(lines)
            self._add(candidate, added, ledger)
        splits = len(ledger.splits)
        discount = 0
        steps: list[Taken] = []
        for reduction in reductions:
            if reduction.ships:
                cells: Sequence[int] = self.places(candidate, reduction)
            else:
                try:
                    cells = cells_of(reduction, ledger, offer.shared_units, only, steps)
                except (KeyError, ValueError, TypeError) as error:
                    self._strange(candidate, error)
                    continue
            if cells:
                step = take_off(reduction, cells, ledger)
                steps.append(step)
                discount += step.taken
        if not discount and not added:
            ledger.undo_splits(splits)
            return self._nothing(reductions, steps, ledger)
        if offer.used_units:
            self._use_up(candidate, offer.used_units, steps, ledger)
        if added:
            ledger.count_what_is_left(added)
            self.sight.look_at(ledger)
        return Applied(discount, tuple(steps), offer.used_units, added)

    def _tied_lines(
        self, candidate: Candidate, application: AppliedPromotion | None, offer: Offer
    ) -> list[CartLine] | Ineligible:
        if candidate.kind is not PromotionClass.PRODUCT:
            raise fault(candidate, sentences.adds_products(candidate.kind.value))
        choices = {} if application is None else dict(application.choices)
        _check_items(candidate, offer)
        items = offer.tied_items
        for item in items:
            self.look_up(item.product_id)
        found = tied_lines(candidate.id, items, choices, self.asked, self.request.cart.currency)
        return found if isinstance(found, Ineligible) else [self.restated(line) for line in found]

    def restated(self, line: CartLine) -> CartLine:
        """A line that a promotion may add, with the price of its destination (TX-3)."""
        if not self.request.restates:
            return line
        key = (line.id, line.sku, line.quantity)
        if key not in self._restated:
            self._restated[key] = restated_line(self.request, line)
        return self._restated[key]

    def look_up(self, product_id: str) -> Product | None:
        """A product that a promotion may add; None if there is none with this id."""
        if product_id not in self.asked:
            try:
                self.asked[product_id] = self.request.products[product_id]
            except KeyError:
                return None
        return self.asked[product_id]

    def _add(self, candidate: Candidate, lines: tuple[CartLine, ...], ledger: Ledger) -> None:
        for line in lines:
            if line.id in ledger.where:
                if any(each.id == line.id for each in self.request.cart.lines):
                    raise InvalidField("lines", line.id, sentences.reserved_line_id(candidate.name))
                raise fault(candidate, sentences.tied_line_exists(shown(line.id)))
            ledger.add(line, self.request.policy.rounding)

    def _use_up(
        self,
        candidate: Candidate,
        uses: Sequence[tuple[str, int]],
        steps: Sequence[Taken],
        ledger: Ledger,
    ) -> None:
        if not candidate.uses_units:
            raise fault(candidate, sentences.uses_without_saying())
        gained: set[int] = set()
        for step in steps:
            if not step.reduction.ships:  # whose cells are places of shipments
                gained.update(step.cells)
        if not ledger.use_up(uses, gained):
            raise fault(candidate, sentences.uses_too_many(shown(uses)))

    def _strange(self, candidate: Candidate, error: KeyError | ValueError | TypeError) -> None:
        if candidate.actor:  # staff gave it on a line that is gone by now
            return
        what = shown(error.args[0])
        told = sentences.strange_line if isinstance(error, KeyError) else sentences.strange_units
        raise fault(candidate, told(what)) from error

    def _nothing(
        self, reductions: tuple[Reduction, ...], steps: list[Taken], ledger: Ledger
    ) -> Ineligible:
        """Why nothing was taken off."""
        if steps or not reductions:
            return sentences.nothing_to_discount()
        selection, speeds = reductions[0].selection, reductions[0].speeds
        if speeds is not None:
            cart = self.request.cart
            if any(shipment.speed is not None for shipment in cart.shipments):
                return sentences.other_speed(speed_names(cart.shipments, speeds))
            if not any(line.requires_shipping for line in cart.lines):
                return sentences.nothing_to_ship()
            return sentences.no_speed_chosen()
        if not ledger.line:
            return sentences.empty_cart()
        if selection is not None and not _meant(selection, ledger):
            return sentences.nothing_selected(selection)
        return sentences.nothing_to_discount()


def fault(candidate: Candidate, problem: str) -> PluginError:
    """Return the error for a plugin that broke its contract (PR-20)."""
    return PluginError(candidate.type_name, _subject(candidate), problem)


def _check_items(candidate: Candidate, offer: Offer) -> None:
    for item in offer.tied_items:
        if type(item) is not TiedItem:
            raise fault(candidate, sentences.own_class(shown(item)))


def _subject(candidate: Candidate) -> str:
    return f"promotion {candidate.id!r}"


def _other_currency(candidate: Candidate, error: BaseException) -> Ineligible:
    """The answer of a promotion whose money is in another currency than the cart.

    Raises:
        PluginError: that is not what was wrong.
    """
    if type(error) is not CurrencyMismatch:
        blame(error, candidate.type_name, _subject(candidate))
    try:
        answer = sentences.other_currency(error)
    except FAULTS as unreadable:  # made by the plugin, of whatever it liked
        blame(unreadable, candidate.type_name, _subject(candidate))
    return answer


def _meant(selection: Selection, ledger: Ledger) -> bool:
    """Whether a selection means a line of the cart, or one that came free of charge."""
    added = (line for line, _ in ledger.added.values())
    return bool(ledger.select(selection)) or any(map(selection.matches, added))


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(shown(each) for each in ids)
