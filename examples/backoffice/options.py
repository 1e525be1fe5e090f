"""How the options of products travel through forms and back."""

import json
from collections.abc import Mapping
from urllib.parse import quote, unquote

from cartcore.shop.product import OpenOptions

_CHOICE = "choice/"


def written(options: Mapping[str, str]) -> str:
    """Options by name as the value of a form field."""
    return json.dumps(dict(options))


def choices(options: OpenOptions) -> list[tuple[str, str]]:
    """What can be chosen, as (form value, label)."""
    return [
        (written(dict(zip(options.options, values, strict=True))), " / ".join(values))
        for values in options.combinations
    ]


def chosen(value: str) -> dict[str, str]:
    """Read options by name back from a form; none from what is no such value."""
    try:
        options = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(options, dict):
        return {}
    return {name: text for name, text in options.items() if isinstance(text, str)}


def choice_field(key: str) -> str:
    """The name of the form field that settles the options of a tied product."""
    return _CHOICE + quote(key, safe="")


def choices_in(form: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Read the options of tied products from a form; those left open are left out."""
    return {
        unquote(name.removeprefix(_CHOICE)): chosen(value)
        for name, value in form.items()
        if name.startswith(_CHOICE) and value
    }
