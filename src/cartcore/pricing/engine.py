"""The engine: a cart and promotions become a quote.

`price` is a pure function: no clock, no I/O, no state (the instant is an argument). Amounts inside
are integers in the currency's minor unit. A promotion type only says what is discounted; all
arithmetic, rounding, cutting and splitting is done here, so no plugin can break it (PR-19).

Promotions have their turn one after the other (PR-4, PR-5): its conditions and its type are asked,
what it offers is taken off the `Ledger`, and what came of it is noted. A `Quote` is written from
the notes when it is read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter

from cartcore.cart import AppliedPromotion, Cart, CartLine
from cartcore.errors import CartcoreError, CurrencyMismatch, InvalidField, PluginError
from cartcore.errors.sentences import alternatives, shown
from cartcore.pricing.conflicts import conflicts
from cartcore.pricing.context import LedgerContext, Sight
from cartcore.pricing.discounting import Reduction, Taken, cells_of, take_off
from cartcore.pricing.ledger import Ledger, goods_of
from cartcore.pricing.policy import (
    DEFAULT_POLICY,
    Combination,
    OnPluginError,
    PricingPolicy,
    Stacking,
)
from cartcore.pricing.promotion_set import Entry, PromotionSet, by_hand
from cartcore.pricing.quote import Quote
from cartcore.pricing.result import Note, Outcome
from cartcore.pricing.search import Search
from cartcore.pricing.tied_lines import tied_lines
from cartcore.pricing.writer import PricedCart
from cartcore.promotions.conditions import ask
from cartcore.promotions.context import PricingContext
from cartcore.promotions.offer import Discount, Ineligible, Offer
from cartcore.promotions.promotion import Promotion, Trigger, Usage, UsageByPromotion
from cartcore.promotions.selection import Selection
from cartcore.promotions.types import PromotionClass, TaxCalculator
from cartcore.shop.product import Product
from cartcore.values.arguments import check_arguments
from cartcore.values.records import utc
from cartcore.values.time_zones import show_time

_NEVER_USED = Usage()
_rank = attrgetter("rank")

# Looked up once, as in money.py.
_SKIP = OnPluginError.SKIP
_BEST_PER_LINE = Stacking.BEST_PER_LINE
_BEST_FOR_CUSTOMER = Combination.BEST_FOR_CUSTOMER
_ANSWERS = (Offer, Ineligible)


@check_arguments
def price(
    cart: Cart,
    promotions: Iterable[Promotion] = (),
    *,
    at: datetime,
    products: Mapping[str, Product] | None = None,
    usage: UsageByPromotion | None = None,
    policy: PricingPolicy = DEFAULT_POLICY,
    tax: TaxCalculator | None = None,
) -> Quote:
    """Price a cart (PR-1 … PR-29).

    Args:
        cart: what is bought, where it goes, and which promotions staff applied.
        promotions: those that may apply; codes and picks count only if `cart.applied` has them.
            Of many promotions, or for many carts, make a `PromotionSet` once (PR-23).
        at: the instant, with a time zone, that active windows are compared with.
        products: by id, those that promotions may add as tied lines.
        usage: redemptions so far by promotion id, for limits (PR-12).
        policy: how to round, split and combine.
        tax: what gives tax rates; None is no tax.

    Raises:
        InvalidField: `at` has no time zone, two promotions have one id, or one of them and a
            discount by hand, a code belongs to two, or a shipment has units that are not there.
        PluginError: a plugin raised, or answered with something that is not in the cart; unless the
            policy says that the promotion is skipped (PR-20).
    """
    if type(at) is not datetime or at.tzinfo is not UTC:
        at = utc(at, "at")
    book = promotions if isinstance(promotions, PromotionSet) else PromotionSet(promotions)
    # Mappings that are empty so far may still find something when they are asked.
    found = {} if products is None else products
    used = {} if usage is None else usage
    pricing = Pricing(cart, book, at, found, used, policy)
    pricing.run(tax)
    priced = PricedCart(pricing, tax)
    if not cart.complete:
        priced.check_shipments()
    return Quote.of(priced)


_Compiled = tuple[tuple[Discount, ...], str, PricingPolicy, tuple[Reduction, ...]]
"""Discounts, and what the engine made of them for a currency and a policy."""


class Pricing:
    """The running state of one call of `price`: the ledger, and the notes so far."""

    __slots__ = (
        "applications",
        "at",
        "book",
        "bound",
        "cart",
        "context",
        "guarded",
        "ledger",
        "notes",
        "only",
        "optimal",
        "policy",
        "products",
        "sight",
        "skipping",
        "turns",
        "usage",
    )

    def __init__(
        self,
        cart: Cart,
        book: PromotionSet,
        at: datetime,
        products: Mapping[str, Product],
        usage: UsageByPromotion,
        policy: PricingPolicy,
    ) -> None:
        self.cart = cart
        self.book = book
        self.at = at
        self.products = products
        self.usage = usage
        self.policy = policy
        self.ledger = Ledger(goods_of(cart, policy.rounding))
        self.sight = Sight(self.ledger)
        self.context: PricingContext = LedgerContext(cart, at, self.sight)
        self.applications = {a.promotion_id: a for a in cart.applied}
        # Whether every turn has to be checked for what only some can be refused for.
        self.guarded = bool(cart.refused or policy.one_code)
        self.skipping = policy.on_plugin_error is _SKIP
        self.turns: Sequence[Entry] = ()
        self.notes: list[Note] = []
        self.only: set[int] | None = None
        self.optimal = True
        self.bound = 0

    # --- who has a turn ---

    def considered(self) -> list[Entry]:
        """The entries that have a turn, in their order: those found, applied, and by hand."""
        book, cart = self.book, self.cart
        found = [*book.find(cart.places.keys())]
        if self.applications:
            applied = map(book.entry, self.applications)
            found = [entry for entry in found if entry.id not in self.applications]
            found += [entry for entry in applied if entry is not None]
        if cart.manual:
            for discount in cart.manual:
                if book.entry(discount.id) is not None:
                    raise InvalidField("manual", discount.id, "a promotion has this id")
            found += [by_hand(each, position) for position, each in enumerate(cart.manual, 1)]
        found.sort(key=self.turn if cart.applied or cart.manual else _rank)
        return self._with_those_for_tied_lines(found)

    def _with_those_for_tied_lines(self, found: list[Entry]) -> list[Entry]:
        """Add the automatic promotions that only a line could match which a promotion adds.

        Whether one adds its lines can depend on all that comes before its turn: on discounts, and
        on what others add, even those that are only found here. So conditions are not asked, and it
        goes on as long as there are more goods that could come.
        """
        together = found
        adders = [entry for entry in found if self._may_add(entry)]
        if not adders:
            return found
        kept = self.ledger
        self.stand_on(kept.copy())
        try:
            while more := [entry for entry in adders if self._add_all_it_could(entry)]:
                known = {entry.id for entry in together}
                late = [e for e in self.book.find(self.ledger.by_key.keys()) if e.id not in known]
                together = [*together, *late]
                adders = [entry for entry in adders if entry not in more]
                adders += [entry for entry in late if self._may_add(entry)]
        finally:
            self.stand_on(kept)
        return sorted(together, key=self.turn) if len(together) > len(found) else found

    def _may_add(self, entry: Entry) -> bool:
        return entry.kind is PromotionClass.PRODUCT and not self.standing(entry)

    def _add_all_it_could(self, entry: Entry) -> bool:
        """Add to the ledger every variant that an entry could add; false if it offers nothing."""
        offer = self.offer(entry)
        if not isinstance(offer, Offer):
            return False
        for item in offer.tied_items:
            try:
                product = self.products[item.product_id]
            except KeyError:
                continue
            for variant in product.variants:
                line_id = f"{entry.id}:{item.key}:{variant.sku}"
                line = CartLine.of(product, variant, item.quantity, line_id=line_id)
                self.ledger.add(line, self.policy.rounding)
        self.sight.look_at(self.ledger)
        return True

    def turn(self, entry: Entry) -> tuple[object, ...]:
        """When an entry has its turn (PR-5)."""
        if entry.id in self.applications:
            return entry.rank_at(1 + list(self.applications).index(entry.id))
        return entry.rank

    def again(self) -> "Pricing":
        """Return a pricing of the same cart from the start, with nothing taken off yet."""
        return Pricing(self.cart, self.book, self.at, self.products, self.usage, self.policy)

    # --- the whole of it ---

    def run(self, tax: TaxCalculator | None) -> None:
        """Give every promotion its turn."""
        for application in self.applications.values():
            if self.book.entry(application.promotion_id) is None:
                self._note_unknown(application)
        turns = self.turns = self.considered()
        if self.policy.combination is _BEST_FOR_CUSTOMER:
            search = Search(self, turns, tax)
            search.run()
            self.optimal, self.bound = search.optimal, search.bound
            self.play(turns, search.best)
            return
        between = conflicts(turns)
        chosen = None if between is None else self.in_order(turns, between)
        if self.policy.stacking is _BEST_PER_LINE:
            self._play_best_per_line(turns, turns if chosen is None else chosen)
        elif chosen is None:
            for entry in turns:
                self.notes.append(self.attempt(entry))
        else:
            self.play(turns, chosen)

    def play(self, turns: Sequence[Entry], chosen: Iterable[Entry]) -> None:
        """Give the chosen ones their turn, and say of the others why they have none."""
        ids = {entry.id for entry in chosen}
        for entry in turns:
            if entry.id in ids or entry.actor:
                self.notes.append(self.attempt(entry))
            else:
                self.notes.append(self._passed_over(entry, self.ledger))

    def _passed_over(self, entry: Entry, ledger: Ledger) -> Note:
        """Note of an entry that has no turn why it has none: it is beaten if it would apply."""
        so_far = self.ledger
        self.stand_on(ledger.copy())
        note = self.attempt(entry)
        self.stand_on(so_far)
        return note._replace(beaten=isinstance(note.came_to, Outcome))

    def in_order(self, turns: Sequence[Entry], between: Sequence[int]) -> list[Entry]:
        """The entries that apply in priority order: the first that applies wins (PR-13, PR-14)."""
        kept = self.ledger
        exclusive = [e for e in turns if e.promotion is not None and e.promotion.exclusive]
        for entry in sorted(exclusive, key=_priority):
            # As it will be played: after what staff gave before its turn.
            self.stand_on(kept.copy())
            for earlier in turns[: turns.index(entry)]:
                if earlier.actor:
                    self.attempt(earlier)
            applies = isinstance(self.attempt(entry).came_to, Outcome)
            self.stand_on(kept)
            if applies:
                return [entry]
        self.stand_on(kept.copy())
        chosen: list[Entry] = []
        mask = 0
        for i, entry in enumerate(turns):
            if between[i] & mask or entry in exclusive:
                continue
            if isinstance(self.attempt(entry).came_to, Outcome) and not entry.actor:
                mask |= 1 << i
                chosen.append(entry)
        self.stand_on(kept)
        return chosen

    def _play_best_per_line(self, turns: Sequence[Entry], chosen: Sequence[Entry]) -> None:
        """Of the chosen item promotions, let each line take only the one that gives it most."""
        ids = {entry.id for entry in chosen}
        items = [e for e in chosen if e.kind is PromotionClass.ITEM and not e.actor]
        gifts = [e for e in turns if e.kind is PromotionClass.PRODUCT]
        self.play(gifts, chosen)
        kept = self.ledger
        best: dict[int, tuple[int, str]] = {}
        for entry in items:
            self.stand_on(kept.copy())
            came_to = self.attempt(entry).came_to
            if isinstance(came_to, Outcome):
                for pool, discount in _by_pool(came_to, self.ledger).items():
                    if discount > best.get(pool, (0, ""))[0]:
                        best[pool] = (discount, entry.id)
        self.stand_on(kept.copy())
        for entry in turns:
            if entry in gifts:
                continue
            if entry.id not in ids and not entry.actor:
                raced = entry.kind is PromotionClass.ITEM
                note = self._passed_over(entry, kept if raced else self.ledger)
            elif entry in items:
                self.only = {pool for pool, (_, winner) in best.items() if winner == entry.id}
                note = self.attempt(entry)
                only, self.only = self.only, None
                if isinstance(note.came_to, Ineligible) and not only:
                    note = self._passed_over(entry, kept)
            else:
                note = self.attempt(entry)
            self.notes.append(note)

    def stand_on(self, ledger: Ledger) -> None:
        """Go on from the figures of a ledger."""
        self.ledger = ledger
        self.sight.look_at(ledger)

    def _note_unknown(self, application: AppliedPromotion) -> None:
        entry: Entry = Entry.__new__(Entry)
        entry.id = application.promotion_id
        # Its own name is gone with it, and nobody knows it by its id.
        code = application.promo_code
        entry.name = f"the code {code}" if code else "a promotion that was picked"
        entry.actor = ""
        why = Ineligible("unknown", "it no longer exists; remove it to go on")
        self.notes.append(Note(entry, application.promo_code, why))

    # --- one turn ---

    def attempt(self, entry: Entry, known: Offer | Ineligible | None = None) -> Note:
        """Give an entry its turn: take off what it offers, or find out why nothing.

        `known` is what it answers, if it need not be asked again.
        """
        application = self.applications.get(entry.id)
        code = "" if application is None else application.promo_code
        came_to: Offer | Ineligible | Outcome | None = None
        try:
            if self.guarded or entry.restricted:
                came_to = self.standing(entry)
            came_to = came_to or known or self.answer(entry)
            if isinstance(came_to, Offer):
                take = (
                    self._take_on_trial if self.skipping or entry.budget is not None else self._take
                )
                came_to = take(entry, application, came_to)
            # Past the __new__ that NamedTuple writes in Python: it takes three times as long.
            return tuple.__new__(Note, (entry, code, came_to, False))
        except PluginError as error:
            if self.policy.on_plugin_error is OnPluginError.FAIL or entry.actor:
                raise
            return Note(entry, code, Ineligible("plugin_error", str(error)))

    def _take_on_trial(
        self, entry: Entry, application: AppliedPromotion | None, offer: Offer
    ) -> Outcome | Ineligible:
        """Take off what an entry offers, and take it back if that fails or passes its budget."""
        kept = self.ledger
        self.stand_on(kept.copy())
        outcome: Outcome | Ineligible | None = None
        try:
            outcome = self._take(entry, application, offer)
            if isinstance(outcome, Outcome):
                outcome = self._within_budget(entry, outcome)
        finally:
            if not isinstance(outcome, Outcome):
                self.stand_on(kept)
        return outcome

    def standing(self, entry: Entry) -> Ineligible | None:
        """Why a promotion is out of the question, whatever the cart (PR-8, PR-12, OE-25)."""
        promotion = entry.promotion
        if promotion is None:
            return None
        if promotion.id in self.cart.refused:
            return Ineligible("refused", "staff removed it from this order")
        if self.policy.one_code and self.applications:
            coded = [a for a in self.applications.values() if a.promo_code]
            first = coded[0] if coded else None
            own = self.applications.get(promotion.id)
            if first and own and own.promo_code and own is not first:
                return Ineligible("only_one_code", f"{first.promo_code} counts already")
        application = self.applications.get(promotion.id)
        if promotion.trigger is Trigger.CODE and application is not None:
            code = application.promo_code
            if not promotion.has_code(code):
                why = f"the code {code} is not for it any more" if code else "it needs a code now"
                return Ineligible("code_withdrawn", why)
        if not promotion.enabled:
            return Ineligible("disabled", "it is switched off")
        if promotion.starts_at is not None and self.at < promotion.starts_at:
            starts = show_time(promotion.starts_at, self.cart.timezone)
            return Ineligible("not_started", f"it starts at {starts}")
        if promotion.ends_at is not None and self.at >= promotion.ends_at:
            ended = show_time(promotion.ends_at, self.cart.timezone)
            return Ineligible("expired", f"it ended at {ended}")
        return self._used_up(promotion)

    def _used_up(self, promotion: Promotion) -> Ineligible | None:
        """Which of its limits a promotion has reached (PR-12)."""
        used = self.usage.get(promotion.id, _NEVER_USED)
        limits = promotion.limits
        if limits.total is not None and used.total >= limits.total:
            return Ineligible("used_up", f"all {limits.total} redemptions are used up")
        if limits.per_contact is not None and used.by_contact >= limits.per_contact:
            return Ineligible(
                "used_up_by_contact",
                f"this contact has used it {used.by_contact} times, the most that is allowed",
            )
        if limits.per_code is not None and used.by_code >= limits.per_code:
            times = "once" if used.by_code == 1 else f"{used.by_code} times"
            return Ineligible(
                "code_used_up", f"this code has already been used {times}, which is its limit"
            )
        return None

    def claim(self, entry: Entry, part: object, name: str) -> int:
        """What a part of a promotion claims by such a method, in minor units; 0 without it.

        Raises:
            PluginError: it raised, or answered with something else.
        """
        method: Callable[[PricingContext], int] | None = getattr(part, name, None)
        if method is None:
            return 0
        try:
            claim = method(self.context)
        except CurrencyMismatch:  # the promotion will not apply
            return 0
        except Exception as error:
            raise self.fault(entry, f"{name}() raised {_said(error)}") from error
        if type(claim) is not int or claim < 0:
            raise self.fault(entry, f"{name}() answered {shown(claim)}, not minor units")
        return claim

    def total(self, tax: TaxCalculator | None, notes: list[Note]) -> int:
        """What is to be paid as things stand after these turns, in minor units."""
        if tax is None:
            return self.ledger.due
        kept, self.notes = self.notes, notes
        together = self.ledger.due + PricedCart(self, tax).tax_total()
        self.notes = kept
        return together

    def _within_budget(self, entry: Entry, outcome: Outcome) -> Outcome | Ineligible:
        """The outcome, if the budget still covers it (PR-12)."""
        budget = entry.budget
        if budget is None:
            return outcome
        context = self.context
        used = self.usage.get(entry.id, _NEVER_USED)
        try:
            whole = context.minor(budget)
        except CurrencyMismatch as error:
            return Ineligible("other_currency", str(error))
        spent = sum(
            context.minor(each) for each in used.discounts if each.currency.code == context.currency
        )
        left = max(0, whole - spent)
        if outcome.discount <= left:
            return outcome
        return Ineligible(
            "budget_exceeded",
            f"it would take {context.show(outcome.discount)} off, and of its budget of"
            f" {context.show(whole)} only {context.show(left)} are left",
        )

    def answer(self, entry: Entry, *, whatever: bool = False) -> Offer | Ineligible:
        """What the conditions and the type of a promotion say of the cart as it is now.

        The type alone, `whatever` the conditions say.
        """
        context = self.context
        self.sight.promotion_id = entry.id
        gifts_count = entry.counts_gifts and bool(self.ledger.added)
        if gifts_count:
            self.sight.look_at(self.ledger.with_added_in_full())
        try:
            for condition in () if whatever else entry.conditions:
                why = ask(condition, context)
                if why is not None:
                    return why
            answer: Offer | Ineligible = entry.effect.evaluate(context)
        except CurrencyMismatch as error:
            return Ineligible("other_currency", str(error))
        except PluginError:
            raise
        except Exception as error:
            raise self.fault(entry, f"it raised {_said(error)}") from error
        finally:
            if gifts_count:
                self.sight.look_at(self.ledger)
        if not isinstance(answer, _ANSWERS):
            problem = f"it answered {shown(answer)}, not an Offer or Ineligible"
            raise self.fault(entry, problem)
        return answer

    def offer(self, entry: Entry) -> Offer | Ineligible | None:
        """What its type says if the conditions hold, or None if it cannot be told now."""
        if entry.counts_gifts and self.ledger.added:
            return None
        self.sight.promotion_id = entry.id
        try:
            answer = entry.effect.evaluate(self.context)
        except Exception:  # noqa: BLE001  (told, or raised, when it has its turn)
            return None
        return answer if isinstance(answer, _ANSWERS) else None

    def fault(self, entry: Entry, problem: str) -> PluginError:
        """Return the error for a plugin that broke its contract (PR-20)."""
        return PluginError(entry.type_name, f"promotion {entry.id!r}", problem)

    def compiled(self, entry: Entry, offer: Offer) -> tuple[Reduction, ...]:
        """The discounts of an offer made ready; a type that gives the same ones has them kept.

        Raises:
            CurrencyMismatch: some of its figures are in another currency than the cart.
        """
        known: _Compiled | None = entry.compiled
        if (
            known is not None
            and known[0] is offer.discounts
            and known[2] is self.policy
            and known[1] == self.cart.currency
        ):
            return known[3]
        code = self.cart.currency
        shipping = entry.ships
        for each in offer.discounts:
            if each.of_shipments != shipping:
                problem = f"its class is {entry.kind.value}, but it discounts {shown(each)}"
                raise self.fault(entry, problem)
        reductions = tuple([Reduction(each, code, self.policy) for each in offer.discounts])
        entry.compiled = (offer.discounts, code, self.policy, reductions)
        return reductions

    def _take(
        self, entry: Entry, application: AppliedPromotion | None, offer: Offer
    ) -> Outcome | Ineligible:
        """Take off what an entry offers."""
        try:
            reductions = self.compiled(entry, offer)
        except CurrencyMismatch as error:
            return Ineligible("other_currency", str(error))
        added: tuple[CartLine, ...] = ()
        if offer.tied_items:
            lines = self._tied_lines(entry, application, offer)
            if isinstance(lines, Ineligible):
                return lines
            added = tuple(lines)
            self._add(entry, added)
        ledger = self.ledger
        splits = len(ledger.splits)
        discount = 0
        steps: list[Taken] = []
        for reduction in reductions:
            if reduction.ships:
                cells: Sequence[int] = self.places(entry, reduction)
            else:
                try:
                    cells = cells_of(reduction, ledger, offer.units, self.only, steps)
                except (KeyError, ValueError, TypeError) as error:
                    self._strange(entry, error)
                    continue
            if cells:
                step = take_off(reduction, cells, ledger)
                steps.append(step)
                discount += step.taken
        if not discount and not added:
            ledger.mend(splits)
            return self._nothing(reductions, steps)
        if offer.uses:
            self._use_up(entry, offer.uses, steps)
        if added:
            ledger.count_what_is_left(added)
            self.sight.look_at(ledger)
        return tuple.__new__(Outcome, (discount, tuple(steps), offer.uses, added))

    def _tied_lines(
        self, entry: Entry, application: AppliedPromotion | None, offer: Offer
    ) -> list[CartLine] | Ineligible:
        if entry.kind is not PromotionClass.PRODUCT:
            raise self.fault(entry, f"its class is {entry.kind.value}, but it adds products")
        choices = {} if application is None else dict(application.choices)
        return tied_lines(entry.id, offer.tied_items, choices, self.products, self.cart.currency)

    def _use_up(
        self, entry: Entry, uses: Sequence[tuple[str, int]], steps: Sequence[Taken]
    ) -> None:
        if not entry.uses_units:
            raise self.fault(entry, "it uses up units, but its type does not say uses_units")
        if not self.ledger.use_up(uses, {cell for step in steps for cell in step.cells}):
            problem = f"it uses {shown(uses)}, and so many units are not left"
            raise self.fault(entry, problem)

    def _strange(self, entry: Entry, error: KeyError | ValueError | TypeError) -> None:
        if entry.actor:  # staff gave it on a line that is gone by now
            return
        if isinstance(error, KeyError):
            problem = f"its discount names the line {shown(error.args[0])}, which the cart has not"
        else:
            problem = f"it discounts {shown(error.args[0])} twice, or more units than there are"
        raise self.fault(entry, problem) from error

    def _nothing(self, reductions: tuple[Reduction, ...], steps: list[Taken]) -> Ineligible:
        if not steps and reductions:
            selection, speeds = reductions[0].selection, reductions[0].speeds
            if speeds is not None:
                if all(shipment.speed is None for shipment in self.cart.shipments):
                    if not any(line.requires_shipping for line in self.cart.lines):
                        return Ineligible("nothing_to_ship", "nothing in this order is shipped")
                    return Ineligible("no_speed_chosen", "no shipping speed is chosen yet")
                return Ineligible("other_speed", f"needs {alternatives(speeds)} shipping")
            if not self.ledger.line:
                return Ineligible("empty_cart", "there is nothing in the cart yet")
            if selection is not None and not self._meant(selection):
                what = f"no {selection.named('item')} is in the cart"
                return Ineligible("nothing_selected", what)
        return Ineligible("nothing_to_discount", "nothing is left that it could discount")

    def _meant(self, selection: Selection) -> bool:
        """Whether a selection means a line of the cart, or one that came free of charge."""
        ledger = self.ledger
        added = (line for line, _ in ledger.added.values())
        return bool(ledger.select(selection)) or any(map(selection.matches, added))

    def _add(self, entry: Entry, lines: tuple[CartLine, ...]) -> None:
        for line in lines:
            if line.id in self.ledger.where:
                raise self.fault(entry, f"there is already a line {line.id!r}")
            self.ledger.add(line, self.policy.rounding)
        self.sight.look_at(self.ledger)

    def places(self, entry: Entry, reduction: Reduction) -> list[int]:
        """Where the shipments of a discount stand in the cart."""
        speeds = reduction.speeds
        if speeds is not None:
            return [
                place
                for place, shipment in enumerate(self.cart.shipments)
                if shipment.speed is not None and (not speeds or shipment.speed.code in speeds)
            ]
        ids = [shipment.id for shipment in self.cart.shipments]
        named = reduction.shipments
        strangers = [each for each in named if each not in ids]
        if strangers or len(set(named)) != len(named):
            problem = f"its discount names {strangers or named}, which the cart has not (once)"
            raise self.fault(entry, problem)
        return [ids.index(each) for each in named]


def _said(error: BaseException) -> str:
    return shown(error, longest=300, write=str if isinstance(error, CartcoreError) else repr)


def _priority(entry: Entry) -> int:
    return -entry.promotion.priority if entry.promotion is not None else 0


def _by_pool(outcome: Outcome, ledger: Ledger) -> dict[int, int]:
    """What a promotion took off each pool."""
    ledger.settled()
    found: dict[int, int] = {}
    for step in outcome.taken:
        for cell, part in zip(step.cells, step.parts, strict=True):
            pool = ledger.pool[cell]
            found[pool] = found.get(pool, 0) + part
    return found
