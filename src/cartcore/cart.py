"""The cart as pricing sees it: values only, nothing about how it was entered."""

from collections.abc import Iterable

import attrs
from moneyed import Money

from cartcore.catalog import Product, Variant
from cartcore.errors import CurrencyMismatch, InvalidField, InvalidQuantity
from cartcore.fields import checked
from cartcore.money import currency_code, unit_price
from cartcore.shipping import ShippingSpeed

LARGEST_QUANTITY = 1_000_000
"""No line has more units than this, whatever the store allows."""


def check_quantity(quantity: object, maximum: int = LARGEST_QUANTITY) -> int:
    """Return a quantity that is a whole number from 1 to `maximum` (OE-5).

    Raises:
        InvalidQuantity: anything else; `True` and 2.0 are not whole numbers here.
    """
    if type(quantity) is not int or not 1 <= quantity <= maximum:
        raise InvalidQuantity(quantity, maximum)
    return quantity


def _unit_price(value: Money) -> Money:
    if not isinstance(value, Money):
        raise InvalidField("unit_price", value, "Money is needed, such as Money('9.99', 'USD')")
    return unit_price(value, value.currency)


@attrs.frozen(kw_only=True)
class CartLine:
    """A line item: units of one variant, with what promotions select by.

    `unit_price` may be finer than the minor unit (PR-2). `options` are (name, value) pairs.
    `tied_to` is the id of the promotion that added the line, empty for one entered by hand.
    """

    id: str
    sku: str
    quantity: int = attrs.field(converter=check_quantity)
    unit_price: Money = attrs.field(converter=_unit_price)
    product_id: str = attrs.field(
        default=attrs.Factory(lambda self: self.sku, takes_self=True)  # a product of one variant
    )
    title: str = attrs.field(default=attrs.Factory(lambda self: self.sku, takes_self=True))
    options: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    weight_grams: int = 0
    requires_shipping: bool = True
    tied_to: str = ""

    @classmethod
    def of(
        cls,
        product: Product,
        variant: Variant,
        quantity: int,
        *,
        line_id: str,
        tied_to: str = "",
    ) -> "CartLine":
        """Return the line for units of a variant of the catalogue, at its present price."""
        return cls(
            id=line_id,
            sku=variant.sku,
            quantity=quantity,
            unit_price=variant.price,
            product_id=product.id,
            title=product.title,
            options=tuple(zip(product.options, variant.options, strict=True)),
            categories=product.categories,
            tags=product.tags,
            weight_grams=variant.weight_grams,
            requires_shipping=variant.requires_shipping,
            tied_to=tied_to,
        )

    @property
    def description(self) -> str:
        """The title with the chosen options: "Shirt (Black / L)"."""
        values = " / ".join(value for _, value in self.options)
        return f"{self.title} ({values})" if values else self.title


def _parts(values: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple((line_id, check_quantity(quantity)) for line_id, quantity in values)


@attrs.frozen(kw_only=True)
class CartShipment:
    """Units that go to one address, as (line id, quantity), and the speed chosen for them.

    A line can stand in several shipments, and several times in one (gifts apart from the rest).
    """

    id: str
    lines: tuple[tuple[str, int], ...] = attrs.field(converter=_parts)
    country: str = ""
    speed: ShippingSpeed | None = None


@attrs.frozen(kw_only=True)
class AppliedPromotion:
    """A promotion that staff applied, by code or by picking it.

    `choices` settle the open options of its tied products: (tied item key, SKU) pairs (OE-7).
    """

    promotion_id: str
    promo_code: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@attrs.frozen(kw_only=True)
class Customer:
    """What conditions may know of the contact. `orders_placed` does not count cancelled orders."""

    contact_id: str = ""
    tags: tuple[str, ...] = ()
    orders_placed: int = 0


@attrs.frozen(kw_only=True, field_transformer=checked)
class Cart:
    """Everything that a price depends on, besides promotions and the time.

    `applied` stands in the order of application (PR-5); `refused` are ids of promotions that
    staff removed and that must not come back by themselves (OE-25). `reference` says what is being
    priced; the quote repeats it.

    Raises:
        CurrencyMismatch: a line in another currency (PR-1).
        InvalidField: two lines or shipments with one id, or a shipment of units that are not there.
    """

    currency: str = attrs.field(converter=currency_code)
    lines: tuple[CartLine, ...] = ()
    shipments: tuple[CartShipment, ...] = ()
    applied: tuple[AppliedPromotion, ...] = ()
    refused: tuple[str, ...] = ()
    customer: Customer = Customer()
    reference: str = ""

    def __attrs_post_init__(self) -> None:
        for line in self.lines:
            if line.unit_price.currency.code != self.currency:
                raise CurrencyMismatch(
                    self.currency, line.unit_price.currency.code, f"the price of {line.sku}"
                )
        for shipment in self.shipments:
            if shipment.speed and shipment.speed.price.currency.code != self.currency:
                raise CurrencyMismatch(
                    self.currency,
                    shipment.speed.price.currency.code,
                    f"the price of the speed {shipment.speed.code}",
                )
        for kind in (self.lines, self.shipments):
            ids = [each.id for each in kind]
            if len(set(ids)) != len(ids):
                raise InvalidField("id", tuple(ids), "each id can stand only once in a cart")
