"""What decisions say: every sentence of the engine for people, with the reason that goes with it.

They name promotions, goods and speeds as people know them, and amounts as money (PR-17).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from moneyed import Money

from cartcore.errors import CurrencyMismatch, OptionsNotAvailable, OptionsRequired, PluginError
from cartcore.errors.sentences import alternatives, counted, shown, times
from cartcore.promotions import reasons
from cartcore.promotions.offer import Ineligible
from cartcore.promotions.selection import Selection
from cartcore.shop.product import OpenOptions
from cartcore.values.money import show
from cartcore.values.time_zones import show_time

_LONGEST_ERROR = 300

# --- whatever the cart ---


def unknown_name(promo_code: str) -> str:
    """What a promotion is called that no longer exists: its own name is gone with it."""
    return f"the code {promo_code}" if promo_code else "a promotion that was picked"


def unknown() -> Ineligible:
    """Staff applied it, and it is gone."""
    return Ineligible(reasons.UNKNOWN, "it no longer exists; remove it to go on")


def refused() -> Ineligible:
    """Staff removed it."""
    return Ineligible(reasons.REFUSED, "staff removed it from this order")


def only_one_code(applied: str) -> Ineligible:
    """Another code is `applied`."""
    message = f"only one code per order: {applied} is already applied"
    return Ineligible(reasons.ONLY_ONE_CODE, message)


def code_withdrawn(promo_code: str) -> Ineligible:
    """The code that was entered is not among its codes; there may have been none."""
    message = f"the code {promo_code} no longer belongs to it" if promo_code else "it needs a code"
    return Ineligible(reasons.CODE_WITHDRAWN, message)


def disabled() -> Ineligible:
    """It is switched off."""
    return Ineligible(reasons.DISABLED, "it is switched off")


def not_started(starts_at: datetime, timezone: str) -> Ineligible:
    """Its window begins later."""
    return Ineligible(reasons.NOT_STARTED, f"it starts at {show_time(starts_at, timezone)}")


def expired(ends_at: datetime, timezone: str) -> Ineligible:
    """Its window is over."""
    return Ineligible(reasons.EXPIRED, f"it ended at {show_time(ends_at, timezone)}")


# --- limits ---


def used_up(limit: int) -> Ineligible:
    """All contacts together have redeemed it as often as they may."""
    if limit == 1:
        return Ineligible(reasons.USED_UP, "its only redemption is used up")
    return Ineligible(reasons.USED_UP, f"all {counted(limit, 'redemption')} are used up")


def used_up_by_contact(used: int) -> Ineligible:
    """The contact has redeemed it so often."""
    message = f"this contact has already used it {times(used)}, which is the limit"
    return Ineligible(reasons.USED_UP_BY_CONTACT, message)


def code_used_up(used: int) -> Ineligible:
    """The code was redeemed so often."""
    message = f"this code has already been used {times(used)}, which is its limit"
    return Ineligible(reasons.CODE_USED_UP, message)


def budget_exceeded(discount: Money, left: Money, budget: Money) -> Ineligible:
    """What is left of its budget is less than its discount."""
    message = (
        f"its discount would be {show(discount)}, but only {show(left)} of its budget of"
        f" {show(budget)} is left"
    )
    return Ineligible(reasons.BUDGET_EXCEEDED, message)


# --- this cart ---


def other_currency(error: CurrencyMismatch) -> Ineligible:
    """Its money is in another currency."""
    message = shown(error, longest=_LONGEST_ERROR, write=str)
    return Ineligible(reasons.OTHER_CURRENCY, message)


def empty_cart() -> Ineligible:
    """No line is there."""
    return Ineligible(reasons.EMPTY_CART, "there is nothing in the cart yet")


def nothing_selected(selection: Selection) -> Ineligible:
    """No line is among those that it discounts."""
    return Ineligible(reasons.NOTHING_SELECTED, f"no {selection.among('item')} is in the cart")


def nothing_to_discount() -> Ineligible:
    """What it discounts is free already, or excluded from discounts."""
    return Ineligible(reasons.NOTHING_TO_DISCOUNT, "nothing is left that it could discount")


def nothing_to_ship() -> Ineligible:
    """No line is shipped."""
    return Ineligible(reasons.NOTHING_TO_SHIP, "nothing in this order is shipped")


def no_speed_chosen() -> Ineligible:
    """No shipment has a speed."""
    return Ineligible(reasons.NO_SPEED_CHOSEN, "no shipping speed is chosen yet")


def other_speed(speeds: Sequence[str]) -> Ineligible:
    """No shipment goes by one of its speeds."""
    return Ineligible(reasons.OTHER_SPEED, f"needs {alternatives(speeds)} shipping")


# --- goods that it adds ---


def tied_product_missing() -> Ineligible:
    """A product that it adds is gone."""
    message = "a product that it adds is no longer in the catalogue"
    return Ineligible(reasons.TIED_PRODUCT_MISSING, message)


def tied_product_not_on_sale(title: str) -> Ineligible:
    """A product that it adds is not published."""
    return Ineligible(reasons.TIED_PRODUCT_NOT_AVAILABLE, f"{title} is no longer on sale")


def tied_variant_not_available(error: OptionsNotAvailable) -> Ineligible:
    """A variant that it adds, or that was chosen, does not exist or is not on sale."""
    return Ineligible(reasons.TIED_PRODUCT_NOT_AVAILABLE, str(error))


def tied_product_in_other_currency(title: str, priced_in: str, currency: str) -> Ineligible:
    """A product that it adds is priced in another currency than the cart."""
    message = f"{title} is priced in {priced_in}, and the order is in {currency}"
    return Ineligible(reasons.OTHER_CURRENCY, message)


def options_required(error: OptionsRequired) -> Ineligible:
    """Options of goods that it adds are still to be chosen."""
    open_options = cast("tuple[OpenOptions, ...]", error.open)  # those of the products
    return Ineligible(reasons.OPTIONS_REQUIRED, str(error), open_options=open_options)


# --- other promotions, plugins ---


def plugin_error(error: PluginError) -> Ineligible:
    """Its plugin failed. How is for the log: staff can do nothing with an exception's text."""
    return Ineligible(reasons.PLUGIN_ERROR, f"left out: the plugin {error.plugin!r} failed")


def applied(discount: Money) -> str:
    """It applies."""
    return f"takes {show(discount)} off"


def beaten(winner: str, higher_by: Money) -> str:
    """A promotion of this name applies in its place; with it, the total would be so much higher."""
    if not winner:
        return "another promotion applies in its place"
    does_not = f"does not combine with {winner}"
    if not higher_by.amount:
        return f"{does_not}, which applies in its place; the total would be the same"
    instead = f"choosing this one instead would {'raise' if higher_by.amount > 0 else 'lower'}"
    difference = f"the total by {show(abs(higher_by))}"
    if higher_by.amount > 0:
        return f"{does_not}, which applies in its place; {instead} {difference}"
    return f"{does_not}, which has priority; {instead} {difference}"


# --- what a plugin did wrong: read by its author, and by the log ---


def answered(answer: str) -> str:
    """It answered with something else than it may."""
    return f"it answered {answer}, not an Offer or Ineligible"


def claim_answered(name: str, answer: str) -> str:
    """What it claims for the search is no amount."""
    return f"{name}() answered {answer}, not a whole number of minor units"


def reads_unasked(selection: str) -> str:
    """Why a discount is refused whose selection asks for attributes that nothing else does."""
    return (
        f"it made the selection {selection} itself: one that asks for attributes has to stand in "
        "the configuration of the promotion"
    )


def own_class(value: str) -> str:
    """Its offer holds an object of a class that is not cartcore's."""
    return f"its offer holds {value}, an object of a subclass of cartcore's class"


def took_more(discount: int, claimed: int) -> str:
    """It took more than it claimed that it ever takes."""
    return f"it took {discount} minor units, but at_most() said {claimed}"


def applied_to_less(left: int, claimed: int) -> str:
    """It applied to less than it claimed that it needs."""
    return f"it applied to {left} minor units, but least_left() said {claimed}"


def applied_though_unmet() -> str:
    """It applied after a condition did not hold that claimed to stay so."""
    return "it applied after a condition had not held, but that one says stays_unmet"


def applied_without() -> str:
    """It applied to a cart that has no line of those that it needs."""
    return "it applied, but the cart has no line of those that it says it needs"


def other_class(promotion_class: str, discount: str) -> str:
    """It discounts lines though it is a shipping promotion, or shipments though it is not."""
    return f"its class is {promotion_class}, but it discounts {discount}"


def adds_products(promotion_class: str) -> str:
    """It adds products though its class is not that of those that do."""
    return f"its class is {promotion_class}, but it adds products"


def uses_without_saying() -> str:
    """It uses up units, and its type does not declare it."""
    return "it uses up units, but its type does not say uses_units"


def uses_too_many(uses: str) -> str:
    """It uses up units that are not there, or that others used up."""
    return f"it uses {uses}, but that many units are not left"


def strange_line(line_id: str) -> str:
    """It discounts a line that is not there."""
    return f"its discount names the line {line_id}, which is not in the cart"


def strange_units(units: str) -> str:
    """It discounts a line twice, or more units than there are."""
    return f"it discounts {units} twice, or more units than there are"


def strange_shipments(ids: str) -> str:
    """It discounts shipments that are not there, or one of them twice."""
    return f"its discount names shipments that are not in the cart, or one of them twice: {ids}"


def tied_line_exists(line_id: str) -> str:
    """It adds two lines of one id."""
    return f"it adds two lines with the id {line_id}"


def reserved_line_id(promotion: str) -> str:
    """What the id of a line in the cart must not be."""
    return f"others than the id of the line that the promotion {promotion!r} adds"


def tax_answered(answer: str) -> str:
    """A tax calculator answered with something else than how parts are taxed."""
    return f"it answered {answer}, not a tuple or list of pairs of a part's id and a PartTax"


def rate_twice(part: str, name: str, percent: str) -> str:
    """A tax calculator gave a part the same rate twice."""
    return f"it taxes the part {part} twice by the rate {name} of {percent} %"


def tax_of_strangers(part: str) -> str:
    """A tax calculator answered for a part that is not there."""
    return f"it answered for the part {part}, which it was not asked for"


def tax_missing(part: str) -> str:
    """A tax calculator left a part out."""
    return f"it gave no answer for the part {part}"


def tax_twice(part: str) -> str:
    """A tax calculator answered for a part twice."""
    return f"it answered twice for the part {part}"


def goods_as_goods(part: str) -> str:
    """A tax calculator taxes goods as the goods are taxed."""
    return f"it says that the part {part} is taxed by the goods, but that is no shipping price"
