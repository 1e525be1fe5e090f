"""Why a promotion does not apply: the reasons that the engine gives, as codes (PR-17).

`Decision.reason` is one of these, or one that a promotion type or a condition gives. Built-in
conditions give the last part of their type's name, such as "min_subtotal".
"""

from typing import Final

APPLIED: Final = "applied"
"""It applies; there is nothing to give a reason for."""

# --- whatever the cart ---

UNKNOWN: Final = "unknown"
"""Staff applied it, and it no longer exists."""

REFUSED: Final = "refused"
"""Staff removed it from this order (OE-25)."""

ONLY_ONE_CODE: Final = "only_one_code"
"""Another code is applied, and the policy allows one for each order."""

CODE_WITHDRAWN: Final = "code_withdrawn"
"""The code that was entered no longer belongs to it, or it needs a code now."""

DISABLED: Final = "disabled"
"""It is switched off (PR-8)."""

NOT_STARTED: Final = "not_started"
"""Its active window has not begun (PR-8)."""

EXPIRED: Final = "expired"
"""Its active window is over (PR-8)."""

# --- limits (PR-12) ---

USED_UP: Final = "used_up"
"""It was redeemed as often as all contacts together may."""

USED_UP_BY_CONTACT: Final = "used_up_by_contact"
"""This contact has redeemed it as often as each may."""

CODE_USED_UP: Final = "code_used_up"
"""This code was redeemed as often as each code may."""

BUDGET_EXCEEDED: Final = "budget_exceeded"
"""Its discount would be more than what is left of its budget."""

# --- this cart ---

OTHER_CURRENCY: Final = "other_currency"
"""It is configured in another currency than the cart's (PR-20)."""

EMPTY_CART: Final = "empty_cart"
"""No line is in the cart."""

NOTHING_SELECTED: Final = "nothing_selected"
"""No line of the cart is among those that it discounts (PR-10)."""

NOTHING_TO_DISCOUNT: Final = "nothing_to_discount"
"""What it would discount costs nothing any more, or must not be discounted (PR-29, PR-30)."""

NOTHING_TO_SHIP: Final = "nothing_to_ship"
"""It discounts shipping, and nothing in the order is shipped."""

NO_SPEED_CHOSEN: Final = "no_speed_chosen"
"""It discounts shipping, and no shipment has a shipping speed."""

OTHER_SPEED: Final = "other_speed"
"""It discounts shipping by speeds that no shipment goes by."""

# --- goods that it adds (OE-7) ---

OPTIONS_REQUIRED: Final = "options_required"
"""Options of the goods that it adds are still to be chosen: `Decision.open_options` has them."""

TIED_PRODUCT_MISSING: Final = "tied_product_missing"
"""A product that it adds is no longer in the catalogue."""

TIED_PRODUCT_NOT_AVAILABLE: Final = "tied_product_not_available"
"""A product that it adds, or the chosen variant of it, is not on sale."""

LACKS_GOODS: Final = frozenset({OPTIONS_REQUIRED, TIED_PRODUCT_MISSING, TIED_PRODUCT_NOT_AVAILABLE})
"""The reasons of promotions that would apply but for the goods that they add."""

# --- other promotions, plugins ---

BEATEN: Final = "beaten"
"""It does not combine with one that applies; `Decision.beaten_by` says which (PR-27)."""

PLUGIN_MISSING: Final = "plugin_missing"
"""The plugin for its effect or for one of its conditions is not installed (PK-5)."""

CONFIGURATION_UNREADABLE: Final = "configuration_unreadable"
"""The plugin for its effect or a condition is installed, and cannot read what is stored (PK-14)."""

PLUGIN_ERROR: Final = "plugin_error"
"""Its plugin failed, and the policy says that it is skipped then (PR-20)."""
