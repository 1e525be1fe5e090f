"""Why a row of a frame becomes no line of a cart, as codes (SC-2)."""

from typing import Final

MISSING: Final = "missing"
"""Nothing stands there, or NaN."""

NOT_A_NUMBER: Final = "not_a_number"
"""What stands there is no decimal number."""

NOT_A_TIME: Final = "not_a_time"
"""What stands there is no time in the form of ISO 8601, or clocks never showed it."""

NOT_WHOLE: Final = "not_whole"
"""A quantity, or a number of former orders, with a fraction."""

NOT_POSITIVE: Final = "not_positive"
"""A quantity below one."""

NEGATIVE: Final = "negative"
"""A price, or a number of former orders, below zero."""

TOO_MANY_DIGITS: Final = "too_many_digits"
"""A price finer than a unit price can be (PR-2)."""

TOO_LARGE: Final = "too_large"
"""More than a line or a frame can hold."""

UNKNOWN_CURRENCY: Final = "unknown_currency"
"""No code of ISO 4217."""

OTHER_CURRENCY: Final = "other_currency"
"""Another currency than the first row of the order has (PR-1)."""

UNKNOWN_COUNTRY: Final = "unknown_country"
"""No code of a country in ISO 3166-1."""
