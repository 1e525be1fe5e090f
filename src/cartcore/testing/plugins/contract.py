"""The laws of plugins as tests (PK-6, PK-19)."""

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st

from cartcore.cart import CartLine, CartShipment, Customer
from cartcore.shop.address import Address, Place
from cartcore.testing.plugins.checking import EXAMPLES, LEAST_SHARE, Checked, check, it_loads
from cartcore.testing.plugins.configurations import configurations
from cartcore.testing.plugins.laws import FIRST_LAWS, PROMOTION_LAWS, SPEED_LAWS, Law
from cartcore.testing.plugins.surroundings import Surroundings
from cartcore.testing.plugins.taxes import FIRST_TAX_LAWS, TAX_CALCULATOR_LAWS


class _Contract:
    """What the contracts of plugins have in common."""

    type: ClassVar[Any]
    examples: ClassVar[int] = EXAMPLES
    least_share: ClassVar[float] = LEAST_SHARE
    currencies: ClassVar[Sequence[str]] = ()
    _checked: ClassVar[Checked]

    def configurations(self, currency: str) -> st.SearchStrategy[Any]:
        """Objects of the type, for carts in a currency; made from its fields if not overridden."""
        return configurations(self.type, currency)

    def goods(self, currency: str) -> Sequence[CartLine]:  # noqa: ARG002  (for those who override)
        """Lines, of whose kinds carts are made; any if there are none."""
        return ()

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            configurations=self.configurations, goods=self.goods, currencies=self.currencies
        )

    def _check(self) -> Checked:
        """Try all laws, once for each class."""
        mine = type(self)
        if "_checked" not in vars(mine):
            mine._checked = check(  # noqa: SLF001  (its own class)
                self.type,
                self._surroundings(),
                examples=self.examples,
                least_share=self.least_share,
            )
        return mine._checked  # noqa: SLF001  (its own class)

    def _assert_law(self, law: Law) -> None:
        checked = self._check()
        told = checked.told(law.__name__)
        if told:
            pytest.fail(told, pytrace=False)
        first = checked.broken[0].name if checked.broken else ""
        if first == it_loads.__name__ or first in {
            each.__name__ for each in FIRST_LAWS | FIRST_TAX_LAWS
        }:
            pytest.skip(f"{first} is broken: without it the other laws mean nothing")

    def test_it_loads(self) -> None:
        """A plugin that gives the type can be loaded (PK-4)."""
        told = self._check().told(it_loads.__name__)
        if told:
            pytest.fail(told, pytrace=False)

    def test_it_applies(self) -> None:
        """It applied in as many cases as are asked for (PK-18)."""
        vacuous = self._check().vacuous
        if vacuous:
            pytest.fail(vacuous, pytrace=False)


class PromotionTypeContract(_Contract):
    """The laws of a promotion type: subclass it, and name the `type`.

    Attributes:
        type: The type.
        examples: How many carts it is tried on.
        least_share: The share of them in which it has to apply.
        currencies: The codes of the currencies to try it in; of 0, 2 and 3 digits if left out.
    """

    def customers(self) -> Sequence[Customer]:
        """Who buys; anybody if there are none."""
        return ()

    def shipments(self, currency: str) -> Sequence[CartShipment]:  # noqa: ARG002
        """Shipments whose address and speed are used; any if there are none."""
        return ()

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            configurations=self.configurations,
            goods=self.goods,
            currencies=self.currencies,
            customers=self.customers(),
            shipments=self.shipments,
        )

    @pytest.mark.parametrize("law", PROMOTION_LAWS, ids=lambda law: law.__name__)
    def test_law(self, law: Law) -> None:
        """The law holds (PK-6)."""
        self._assert_law(law)


class ConditionContract(PromotionTypeContract):
    """The laws of a condition: those of a promotion that has it. Like `PromotionTypeContract`."""


class SpeedProviderContract(_Contract):
    """The laws of a shipping-speed provider: subclass it, and name the `type`.

    Attributes:
        type: The type.
        examples: How many shipments it is asked for.
        least_share: The share of them for which it has to offer a speed.
        currencies: The codes of the currencies to try it in; of 0, 2 and 3 digits if left out.
    """

    def addresses(self) -> Sequence[Address]:
        """Where shipments go; anywhere if there are none."""
        return ()

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            configurations=self.configurations,
            goods=self.goods,
            currencies=self.currencies,
            addresses=self.addresses(),
        )

    @pytest.mark.parametrize("law", SPEED_LAWS, ids=lambda law: law.__name__)
    def test_law(self, law: Law) -> None:
        """The law holds (PK-6)."""
        self._assert_law(law)


class TaxCalculatorContract(_Contract):
    """The laws of a tax calculator: subclass it, and name the `type`.

    Attributes:
        type: The calculator.
        examples: How many orders it is tried on.
        least_share: In so many of them it has to answer, as a share of the examples.
        places: Where goods go; where the words of its configuration and its code point to, and
            anywhere else, if there are none.
        tax_classes: The tax classes of products; likewise.
        customer_tags: The tags of customers; likewise.
    """

    places: ClassVar[Sequence[Place]] = ()
    tax_classes: ClassVar[Sequence[str]] = ()
    customer_tags: ClassVar[Sequence[str]] = ()

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            configurations=self.configurations,
            places=self.places,
            tax_classes=self.tax_classes,
            customer_tags=self.customer_tags,
        )

    @pytest.mark.parametrize("law", TAX_CALCULATOR_LAWS, ids=lambda law: law.__name__)
    def test_law(self, law: Law) -> None:
        """The law holds, or the calculator says what it cannot tell (PK-19, TX-11)."""
        self._assert_law(law)
