"""The kinds of promotions that there are, with those of plugins, as the shop can configure them."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from starlette.responses import Response

from backoffice.visits import Visit
from cartcore.documents.schema import config_schema
from cartcore.promotions.types import PromotionClass
from cartcore.rules import Rulebook

_CLASSES = {
    PromotionClass.ITEM: "Item discounts",
    PromotionClass.PRODUCT: "Added products",
    PromotionClass.ORDER: "Order discounts",
    PromotionClass.SHIPPING: "Shipping discounts",
}


@attrs.frozen(kw_only=True)
class Setting:
    """A field of a kind of promotion or condition."""

    label: str
    help: str
    required: bool


@attrs.frozen(kw_only=True)
class Kind:
    """A kind of promotion or condition; `name` is what configuration files call it."""

    title: str
    help: str
    name: str
    plugin: str
    settings: tuple[Setting, ...]


def listing(visit: Visit) -> Response:
    """All kinds of promotions and conditions, and what can be set for each."""
    rulebook: Rulebook = visit.request.app.state.rulebook
    return visit.render("kinds.html", groups=[*_groups(rulebook)])


def _groups(rulebook: Rulebook) -> Iterator[tuple[str, list[Kind]]]:
    kinds = rulebook.promotion_types
    for each, title in _CLASSES.items():
        found = {name: kind for name, kind in kinds.items() if kind.promotion_class is each}
        yield title, _kinds(found, rulebook)
    yield "Conditions", _kinds(rulebook.condition_types, rulebook)


def _kinds(kinds: Mapping[str, type[Any]], rulebook: Rulebook) -> list[Kind]:
    found = []
    for name, kind in kinds.items():
        schema = config_schema(kind, rulebook)
        found.append(
            Kind(
                title=schema["title"],
                help=_plain(schema.get("description", "")),
                name=name,
                plugin="" if name.startswith("cartcore.") else rulebook.origins[name],
                settings=tuple(
                    Setting(
                        label=field["title"],
                        help=_plain(field.get("description", "")),
                        required=path in schema["required"],
                    )
                    for path, field in schema["properties"].items()
                    if "title" in field
                ),
            )
        )
    return sorted(found, key=lambda kind: kind.title)


def _plain(text: str) -> str:
    """A docstring's text without what marks names in it."""
    return text.replace("`", "")
