"""Tax: the rates that a calculator answers, checked, and charged on what is left (PR-4, TX-9)."""

from collections.abc import Mapping, Sequence

import attrs

from cartcore.cart import Cart
from cartcore.errors import PluginError
from cartcore.errors.sentences import shown
from cartcore.pricing import sentences
from cartcore.pricing.ledger import Ledger
from cartcore.pricing.turns import Turns
from cartcore.promotions.tax import TaxRate
from cartcore.promotions.types import TaxCalculator
from cartcore.values.allocation import Rounding, divide, split
from cartcore.values.guard import guarded, type_name_of


@attrs.frozen
class Charge:
    """The share of one line or shipment in a tax, in minor units."""

    rate: TaxRate
    line_id: str
    shipment_id: str
    base: int
    amount: int


def rates_of(tax: TaxCalculator, cart: Cart, turns: Turns, ledger: Ledger) -> Sequence[TaxRate]:
    """Ask for the rates of a cart as it is in a ledger.

    Raises:
        PluginError: the calculator raised, or answered with something that is not in the cart.
    """
    # Free goods are taxed as lines like any other.
    turns.sight.look_at(ledger.with_added_in_full() if ledger.added else ledger)
    rates: Sequence[TaxRate] = guarded(
        tax.rates, turns.context, plugin=type_name_of(tax), subject="tax"
    )
    if type(rates) not in (tuple, list) or not all(type(rate) is TaxRate for rate in rates):
        raise PluginError(tax.type_name, "tax", sentences.tax_answered(shown(rates)))
    shipment_ids = {shipment.id for shipment in cart.shipments}
    for rate in rates:
        for kind, named, there in (
            ("lines", rate.lines, ledger.where.keys()),
            ("shipments", rate.shipments, shipment_ids),
        ):
            strangers = [target for target in named if target not in there]
            if strangers or len(set(named)) != len(named):
                ids = ", ".join(shown(each) for each in strangers or named)
                where = f"the rate {rate.name!r}"
                raise PluginError(tax.type_name, where, sentences.tax_names(kind, ids))
    return rates


def charges_on(
    rates: Sequence[TaxRate],
    cart: Cart,
    ledger: Ledger,
    line_totals: Mapping[str, int],
    rounding: Rounding,
) -> list[Charge]:
    """Charge rates on what is left of lines and shipments: each rate rounded once, then split."""
    shipping = {
        shipment.id: left
        for shipment, left in zip(cart.shipments, ledger.shipping_left, strict=True)
    }
    charges: list[Charge] = []
    for rate in rates:
        targets = [(line_id, "") for line_id in rate.lines]
        targets += [("", shipment_id) for shipment_id in rate.shipments]
        bases = [line_totals[line] if line else shipping[parcel] for line, parcel in targets]
        numerator, denominator = rate.percent.as_integer_ratio()
        whole = divide(sum(bases) * numerator, denominator * 100, rounding)
        parts = split(whole, bases, sum(bases))
        charges += [
            Charge(rate, line_id, shipment_id, base, part)
            for (line_id, shipment_id), base, part in zip(targets, bases, parts, strict=True)
        ]
    return charges
