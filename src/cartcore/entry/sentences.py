"""What order entry says to people: every sentence that stands in a view, a draft or an order.

What errors say stands with them, in `cartcore.errors`; why a promotion does not apply, with its
type. Lines, shipments and contacts are named as people know them, never by an id.
"""

from moneyed import Money

from cartcore.cart import ManualDiscount
from cartcore.errors.sentences import counted
from cartcore.orders.draft import Step
from cartcore.pricing.quote_parts import Decision
from cartcore.shop.address import Address
from cartcore.shop.speeds import ProviderFailure
from cartcore.values.money import show


def units_of(quantity: int, description: str) -> str:
    """Units of a line: "2 × Shirt (Black / L)"."""
    return f"{quantity} × {description}"


# --- Problems, and what has to be done first --------------------------------------------------

CHOOSE_CONTACT = "choose a contact first"
CONTACT_GONE = "the contact of this order no longer exists: choose another one"
EMPTY_ORDER = "the order has no items: add one first"
NOTHING_TO_SHIP = "nothing in this order needs shipping"
ECOMMERCE_OFF = "ecommerce is switched off"
NOTHING_PUBLISHED = "no product is published"


def contact_needs_address(name: str) -> str:
    """Of a contact that nothing can be sent to."""
    return f"{name} has no address: add one to continue"


def contact_archived(name: str) -> str:
    """Of a contact who was archived while the order was entered."""
    return f"{name} is archived: choose another contact"


def product_gone(sku: str) -> str:
    """Of an item whose product was deleted."""
    return f"{sku} is no longer in the catalogue: remove it"


def not_published(description: str) -> str:
    """Of an item that was taken off sale."""
    return f"{description} is no longer on sale: remove it"


def other_currency(description: str, currency: str) -> str:
    """Of an item whose price is in another currency by now."""
    return f"{description} is no longer sold in {currency}: remove it"


def catalogue_price_changed(description: str, price: Money, before: Money) -> str:
    """Of an item whose price staff set before the catalogue's became another."""
    return (
        f"{description} keeps the price that was set for it, though the catalogue's is now"
        f" {show(price)} instead of {show(before)}"
    )


def total_too_large(total: Money, limit: Money) -> str:
    """Of sums that no order can have."""
    return f"the total of {show(total)} is over the limit of {show(limit)} for an order"


def check_failed(name: str) -> str:
    """Of a check of the application that could not be made."""
    return f"it could not be checked whether the order can be placed ({name} failed)"


def units_without_address(quantity: int, description: str) -> str:
    """Of units that wait to be assigned."""
    has, them = ("has", "it") if quantity == 1 else ("have", "them")
    waiting = units_of(quantity, description)
    return f"{waiting} {has} no address yet: assign {them} to a shipment"


def provider_failed(failure: ProviderFailure, address: Address) -> str:
    """Of a provider that gave no speeds."""
    if failure.broken:  # the whole name: somebody has to find the plugin
        why = "the plugin failed" if failure.quoting else failure.reason
        return f"no shipping speed from {failure.provider} for {address.short}: {why}"
    provider = failure.provider.rpartition(".")[2].replace("_", " ")
    return f"no shipping speed from {provider} for {address.short}"


def speed_missing(address: Address) -> str:
    """Of a shipment without a speed."""
    return f"choose a shipping speed for {address.short}"


def not_applied(decision: Decision) -> str:
    """Of a promotion or a manual discount that staff asked for, and that does nothing."""
    return f"{decision.label if decision.actor else decision.promotion_name}: {decision.message}"


def not_reviewed(step: Step) -> str:
    """Of a draft that is to be placed too early."""
    return f"the draft is on the {step.value} step and has not been reviewed"


def needs_multiple_addresses(what: str) -> str:
    """Of what an order to one address cannot have."""
    return f"{what} is possible only with several addresses: switch them on first"


TOO_FEW_UNITS = "only an order with at least two units to ship can go to several addresses"


# --- Why a code or a promotion is refused -----------------------------------------------------

UNKNOWN_CODE = "there is no such code"
ALREADY_APPLIED = "it is already applied"
NEEDS_CODE = "it applies only when its code is entered"


# --- What a change took away (OE-15) ----------------------------------------------------------

ONE_ADDRESS_LEFT = "fewer than two units are left to ship, so the order goes to one address"
SHIPMENTS_CLEARED = "the addresses, speeds and gift marks of the previous contact were removed"
LINE_IS_GONE = "its line is no longer in the order"


def nothing_goes_to(address: Address) -> str:
    """Of a shipment that is gone."""
    return f"nothing goes to {address} any more"


def split_lost(description: str, address: Address) -> str:
    """Of a line that has fewer units than were assigned."""
    return f"the split of {description} no longer adds up, so all of it goes to {address.short}"


def gift_lost(description: str | None) -> str:
    """Of the gift mark of units that were moved or removed."""
    return f"the gift mark of {description or 'a removed line'} was removed"


def speed_lost(speed: str, address: Address) -> str:
    """Of a speed that no provider quotes any more."""
    return f"the speed {speed!r} is no longer offered for {address.short}"


def discount_lost(discount: ManualDiscount, because: str) -> str:
    """Of a manual discount that has nothing to be about any more."""
    return f"the manual discount {discount.reason!r} was removed: {because}"


def agreed_for_other_items(price: Money) -> str:
    """Of a fixed price when the items change."""
    return f"the price of {show(price)} was agreed for other items"


def agreed_for_units(price: Money, before: int, now: int) -> str:
    """Of a fixed price of a line that has another quantity."""
    return f"the price of {show(price)} was agreed for {counted(before, 'unit')}, not for {now}"


def agreed_for_other_variant(price: Money, description: str) -> str:
    """Of a price that staff set for what is now another variant."""
    return f"the price of {show(price)} was set for {description}: the catalogue's holds again"


def no_longer_a_contact(name: str) -> str:
    """Of who placed an order that is repeated."""
    return f"{name} is no longer a contact: choose another one"


def cannot_be_ordered(quantity: int, description: str) -> str:
    """Of a line of an order that is repeated."""
    return f"{units_of(quantity, description)} can no longer be ordered"


# --- What differs from what was shown (OE-22) -------------------------------------------------


def contact_deleted(name: str) -> str:
    """Of a contact that was deleted meanwhile."""
    return f"the contact {name} no longer exists"


def another_contact(name: str) -> str:
    """Of an order that is for somebody else now."""
    return f"the contact is {name}"


def contact_changed(reach: tuple[str, ...]) -> str:
    """Of a contact whose name, e-mail or phone was changed."""
    return f"the contact is now {', '.join(reach)}"


def addresses_changed(name: str) -> str:
    """Of a contact with other addresses."""
    return f"the addresses of {name} were changed"


def shipment_added(address: Address) -> str:
    """Of an address that was added."""
    return f"a shipment goes to {address}"


def shipment_moved(before: Address, address: Address) -> str:
    """Of a shipment with another address."""
    return f"what went to {before} now goes to {address}"


def is_a_gift(description: str, message: str) -> str:
    """Of a gift mark that was set, or has another message."""
    return f"{description} is a gift{f': “{message}”' if message else ''}"


def no_longer_a_gift(description: str) -> str:
    """Of a gift mark that was taken away."""
    return f"{description} is no longer a gift"


# --- The history of a placed order (OE-20) ----------------------------------------------------

PLACED = "placed"


def manual_discount(discount: Money, what: str, reason: str) -> str:
    """Of what staff took off, and why (PR-28)."""
    return f"manual discount of {show(discount)} on {what}: {reason}"


def price_override(what: str, price: Money, catalogue_price: Money, reason: str) -> str:
    """Of a price that staff set, and why (HA-18)."""
    return f"{what} at {show(price)} each instead of {show(catalogue_price)}: {reason}"


def custom_item(what: str, price: Money) -> str:
    """Of what staff added beside the catalogue (HA-18)."""
    return f"{what} at {show(price)} each, not in the catalogue"


THE_ORDER = "the order"
"""What a manual discount is on if it is on no line."""
