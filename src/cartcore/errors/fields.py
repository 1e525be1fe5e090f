"""Values of fields that cannot be used: texts, quantities, addresses and the rest."""

from cartcore.errors.base import InvalidInput
from cartcore.errors.sentences import counted, shown


class InvalidField(InvalidInput):
    """A field of a record (product, promotion, store ...) with a value it cannot have.

    Attributes:
        path: The field, with the way to it: "Promotion.effect.percent".
        value: What was given.
        expected: What would be right: it completes the sentence "it must be", as in "a whole
            number of at least 1" or "after starts_at".
    """

    code = "invalid_field"
    path: str
    value: object
    expected: str

    def __str__(self) -> str:
        return f"{self.path} must be {self.expected}, not {shown(self.value)}"


class InvalidText(InvalidInput):
    """A text that is empty, too long or has control characters.

    Attributes:
        field: The name of the field or parameter.
        value: What was given.
        expected: What would be right, in words.
    """

    code = "invalid_text"
    field: str
    value: object
    expected: str

    def __str__(self) -> str:
        return f"{self.field} must be {self.expected}, not {shown(self.value)}"


class InvalidQuantity(InvalidInput):
    """A quantity that is not a whole number in the allowed range (OE-5).

    Attributes:
        quantity: What was given.
        maximum: The largest quantity that is allowed.
    """

    code = "invalid_quantity"
    quantity: object
    maximum: int

    def __str__(self) -> str:
        return (
            f"the quantity must be a whole number from 1 to {self.maximum}, "
            f"not {shown(self.quantity)}"
        )


class InvalidAddress(InvalidInput):
    """An address that a parcel cannot be sent to.

    Attributes:
        field: The name of the field.
        value: What was given.
        expected: What would be right, in words.
    """

    code = "invalid_address"
    field: str
    value: object
    expected: str

    def __str__(self) -> str:
        return f"{self.field} of the address must be {self.expected}, not {shown(self.value)}"


class TooManyWords(InvalidInput):
    """A search with more different words than are looked for (OE-28).

    Attributes:
        words: How many different words the search has.
        most: How many are allowed.
    """

    code = "too_many_words"
    words: int
    most: int

    def __str__(self) -> str:
        words = counted(self.words, "different word")
        return f"the search has {words}; at most {self.most} are allowed"
