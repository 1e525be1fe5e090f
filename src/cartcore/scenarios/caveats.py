"""What to know of a run before its figures are believed: what no cart could show (SC-13)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import polars as pl

from cartcore.errors.sentences import counted
from cartcore.promotions.promotion import Promotion
from cartcore.rules.builtin import ContactTag, Destination, NthOrder, SalesChannel, TimeWindow
from cartcore.scenarios.carts import Carts
from cartcore.scenarios.column_conditions import parts_of
from cartcore.scenarios.scenario import Scenario
from cartcore.scenarios.unconsidered import CODE_NOT_ENTERED, NOT_CONSIDERED, NOT_PICKED

LIMITS_NOT_COUNTED: Final = "limits_not_counted"
"""It has limits: each cart is priced as if nobody had redeemed it before."""

ONE_INSTANT: Final = "one_instant"
"""It depends on the time: all carts are priced for one instant, whenever they were ordered."""

NO_CONTACT: Final = "no_contact"
"""It has a limit for each contact: no cart says whose it is, so all are of different ones."""

SOME_NO_CONTACT: Final = "some_no_contact"
"""It has a limit for each contact: carts that do not say whose they are count as of new ones."""

NO_ORDERS_PLACED: Final = "no_orders_placed"
"""It asks how many orders a contact has placed: no cart says more than none."""

NO_CONTACT_TAGS: Final = "no_contact_tags"
"""It asks for tags of the contact: no cart has any."""

NO_CHANNEL: Final = "no_channel"
"""It asks for the sales channel: no cart says one."""

NO_COUNTRY: Final = "no_country"
"""It asks for the country: no cart says where it goes."""

SENTENCES: Final = {
    NOT_CONSIDERED: "no cart has goods that it is for",
    CODE_NOT_ENTERED: "it needs a code, and no cart has one: see Scenario.codes",
    NOT_PICKED: "it has to be picked, and no cart has it",
    LIMITS_NOT_COUNTED: "its limits are not counted: each cart is priced as if it were the first",
    ONE_INSTANT: "it depends on the time, and all carts are priced for one instant",
    NO_CONTACT: "it has a limit for each contact, and no cart says whose it is",
    SOME_NO_CONTACT: "it has a limit for each contact, and carts that do not say whose they are "
    "count as those of new contacts",
    NO_ORDERS_PLACED: "it asks for the orders placed before, and no cart says that there were any",
    NO_CONTACT_TAGS: "it asks for tags of the contact, and no cart has any",
    NO_CHANNEL: "it asks for the sales channel, and no cart says one",
    NO_COUNTRY: "it asks for the country, and no cart says one",
}
"""Each caveat, as it is told to people."""

_ASKING: dict[type, tuple[str, str]] = {
    NthOrder: ("orders_placed", NO_ORDERS_PLACED),
    ContactTag: ("contact_tags", NO_CONTACT_TAGS),
    SalesChannel: ("channel", NO_CHANNEL),
    Destination: ("country", NO_COUNTRY),
}
"""Which column of `Carts.orders` a condition asks for."""


def caveats_of(
    carts: Carts,
    scenarios: Sequence[Scenario],
    promotions: pl.DataFrame,
    *,
    at_one_instant: bool,
    limits_counted: bool,
) -> pl.DataFrame:
    """What to know of each promotion of each scenario, as `Run.caveats` has it."""
    never = _never_considered(promotions)
    not_said = {ONE_INSTANT: not at_one_instant, LIMITS_NOT_COUNTED: limits_counted}
    not_said[NO_CONTACT] = not_said[SOME_NO_CONTACT] = not limits_counted
    rows = [
        (scenario.name, promotion.id, caveat, SENTENCES[caveat])
        for scenario in scenarios
        for promotion in scenario.promotions
        for caveat in dict.fromkeys(
            (*never.get((scenario.name, promotion.id), ()), *_caveats(promotion, carts.orders))
        )
        if not not_said.get(caveat)
    ]
    columns = dict.fromkeys(("scenario", "promotion", "caveat", "message"), pl.String)
    return pl.DataFrame(rows, schema=columns, orient="row")


def in_short(caveats: pl.DataFrame) -> str:
    """How many there are, for the end of a line; nothing where there are none."""
    return f"; {counted(caveats.height, 'caveat')}" if caveats.height else ""


def _never_considered(promotions: pl.DataFrame) -> dict[tuple[str, str], Iterable[str]]:
    """The reasons of promotions about which there is no decision for any cart."""
    found: dict[tuple[str, str], set[str]] = {}
    for scenario, promotion, reason in promotions.select(
        "scenario", "promotion", "reason"
    ).iter_rows():
        found.setdefault((scenario, promotion), set()).add(reason)
    none = {NOT_CONSIDERED, CODE_NOT_ENTERED, NOT_PICKED}
    return {key: reasons for key, reasons in found.items() if reasons <= none}


def _caveats(promotion: Promotion, orders: pl.DataFrame) -> Iterator[str]:
    parts = [part for condition in promotion.conditions for part in parts_of(condition)]
    if promotion.limits:
        yield LIMITS_NOT_COUNTED
    if promotion.limits.per_contact is not None and (orders["contact"] == "").any():
        yield NO_CONTACT if _says_nothing(orders["contact"]) else SOME_NO_CONTACT
    dated = promotion.starts_at is not None or promotion.ends_at is not None
    if dated or any(isinstance(part, TimeWindow) for part in parts):
        yield ONE_INSTANT
    for part in parts:
        asked = _ASKING.get(type(part))
        if asked is not None and orders.height and _says_nothing(orders[asked[0]]):
            yield asked[1]


def _says_nothing(column: pl.Series) -> bool:
    """Whether a column has nothing but what stands there where none was named."""
    if column.dtype == pl.List(pl.String):
        return not (column.list.len() > 0).any()
    return not (column != (0 if column.dtype.is_integer() else "")).any()
