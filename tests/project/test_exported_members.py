"""What ``cartcore`` exports is exactly what ``__all__`` promises."""

from types import ModuleType

import cartcore

# Left in the namespace by `from __future__ import annotations` and `from typing import ...`.
TOOLS = {"TYPE_CHECKING", "annotations"}


def isort_style(name: str) -> tuple[bool, bool, str]:
    """Sort as Ruff does (RUF022): CONSTANTS, then Classes, then functions."""
    constant = len(name) > 1 and name.isupper()
    return (not constant, not name[0].isupper(), name)


def test_all_names_are_importable() -> None:
    """Every name in __all__ can be had from the package."""
    missing = [name for name in cartcore.__all__ if not hasattr(cartcore, name)]

    assert [] == missing


def test_all_is_sorted_without_repetition() -> None:
    """__all__ is in order, so that a name is found by eye and added in one place."""
    assert sorted(set(cartcore.__all__), key=isort_style) == list(cartcore.__all__)


def test_all_is_complete() -> None:
    """A public name in the namespace is either promised in __all__ or not there."""
    public = {
        name
        for name in dir(cartcore)
        if not name.startswith("_")
        and name not in TOOLS
        and not isinstance(getattr(cartcore, name), ModuleType)
    }

    assert set() == public - set(cartcore.__all__)
