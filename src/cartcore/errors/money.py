"""Amounts and currencies that cannot be used."""

from cartcore.errors.base import InvalidInput
from cartcore.errors.sentences import shown


class InvalidAmount(InvalidInput):
    """An amount that is not an exact, allowed sum of money (PR-2).

    Attributes:
        value: What was given.
        expected: What would be right, in words.
    """

    code = "invalid_amount"
    value: object
    expected: str

    def __str__(self) -> str:
        return f"the amount must be {self.expected}, not {shown(self.value)}"


class CurrencyMismatch(InvalidInput):
    """Two currencies where there can be only one (PR-1).

    Attributes:
        expected: The ISO 4217 code of the currency that is used.
        given: That of the currency that was given.
        where: Whose currency it is, such as "the price of MUG".
    """

    code = "currency_mismatch"
    expected: str
    given: str
    where: str

    def __str__(self) -> str:
        return f"{self.where} is in {self.given}, but {self.expected} is used here"


class UnknownCurrency(InvalidInput):
    """A currency code that ISO 4217 does not have.

    Attributes:
        currency: What was given.
    """

    code = "unknown_currency"
    currency: object

    def __str__(self) -> str:
        return f"the currency must be a code of ISO 4217, such as 'USD', not {shown(self.currency)}"
