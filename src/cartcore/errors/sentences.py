"""Values and words as they stand in the sentences of errors: short, and never failing."""

from collections.abc import Callable

_SHOWN = 60
_LISTED = 20


def shown(value: object, *, longest: int = _SHOWN, write: Callable[[object], str] = repr) -> str:
    """The value as it may stand in a sentence: quoted, and never longer than a line."""
    try:
        text = write(value)
    except Exception:  # noqa: BLE001  (an integer of 5,000 digits cannot be printed, nor much else)
        text = f"<{type(value).__name__} that cannot be shown>"
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def listed(values: object, separator: str = ", ") -> str:
    """Several values, without quotes; of very many, only the first."""
    items = values if isinstance(values, (tuple, list)) else (values,)
    texts = separator.join(shown(item, write=str) for item in items[:_LISTED]) or "none"
    more = len(items) - _LISTED
    return f"{texts} and {more} more" if more > 0 else texts


def with_article(noun: str) -> str:
    """The noun as a sentence has it: "an order", "a contact"."""
    return f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"
