"""What a notebook makes of a value."""

from typing import Any

from IPython.core.formatters import DisplayFormatter


def displayed(value: Any) -> tuple[str, str]:
    """The table that IPython shows, and the text that it keeps beside it."""
    told, _ = DisplayFormatter().format(value)  # type: ignore[no-untyped-call]
    return told["text/html"], told["text/plain"]
