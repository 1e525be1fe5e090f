"""What an author gives of the shop that a type is made for."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
from hypothesis import strategies as st

from cartcore.cart import CartLine, CartShipment, Customer
from cartcore.shop.address import Address, Place
from cartcore.testing.plugins.configurations import configurations
from cartcore.testing.plugins.words import currencies_in
from cartcore.testing.pricing.figures import CURRENCIES

Configurations = Callable[[str], st.SearchStrategy[Any]]


@attrs.frozen(kw_only=True)
class Surroundings:
    """What an author gives of the shop that a type is made for; the rest is made up.

    Attributes:
        configurations: Objects of the type, as a strategy for the code of a currency; made from the
            type's fields if left out.
        goods: Lines, for the code of a currency, of whose kinds carts are made.
        customers: Customers who buy.
        shipments: Shipments, for the code of a currency: their addresses and speeds are used.
        addresses: Addresses that speeds are asked for.
        places: Where goods go that are taxed.
        tax_classes: The tax classes of products.
        customer_tags: The tags of customers whose orders are taxed.
        currencies: The codes of the currencies that are sold in.
    """

    configurations: Configurations | None = None
    goods: Callable[[str], Sequence[CartLine]] = lambda _: ()
    customers: Sequence[Customer] = ()
    shipments: Callable[[str], Sequence[CartShipment]] = lambda _: ()
    addresses: Sequence[Address] = ()
    places: Sequence[Place] = ()
    tax_classes: Sequence[str] = ()
    customer_tags: Sequence[str] = ()
    currencies: Sequence[str] = ()

    def currencies_for(self, kind: Any) -> Sequence[str]:
        """The currencies to try a type in: more often those that its code names."""
        named = currencies_in(kind)
        return self.currencies or (*CURRENCIES, *named * 4)

    def configured(self, kind: Any, currency: str) -> st.SearchStrategy[Any]:
        """Objects of the type."""
        if self.configurations is not None:
            return self.configurations(currency)
        return configurations(kind, currency)
