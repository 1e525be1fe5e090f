"""The cart as pricing sees it: values only, nothing about how it was entered."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

import attrs
from moneyed import Money

from cartcore.errors import CurrencyMismatch, InvalidField, InvalidQuantity
from cartcore.errors.sentences import counted
from cartcore.shop.address import NOWHERE, Place
from cartcore.shop.product import Product, Variant
from cartcore.shop.speeds import ShippingSpeed
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, Scalar, as_attributes
from cartcore.values.converters import non_negative_amount, percentage, positive_amount
from cartcore.values.integers import plain_int
from cartcore.values.money import currency_code, fine_of, show, to_fine, unit_price
from cartcore.values.notebooks import Rows, ShownAsTable
from cartcore.values.readers import as_tuple
from cartcore.values.records import NAME, REQUIRED, checked, typed
from cartcore.values.text import normal
from cartcore.values.time_zones import zone_name

LARGEST_QUANTITY = 1_000_000
"""No line has more units than this, whatever the store allows."""


def check_quantity(quantity: object, maximum: int = LARGEST_QUANTITY) -> int:
    """Return a quantity that is a whole number from 1 to `maximum` (OE-5).

    Raises:
        InvalidQuantity: anything else; `True` and 2.0 are not whole numbers here.
    """
    quantity = plain_int(quantity)
    if type(quantity) is not int or not 1 <= quantity <= maximum:
        raise InvalidQuantity(quantity, maximum)
    return quantity


def _unit_price(value: Money) -> Money:
    if not isinstance(value, Money):
        raise InvalidField("unit_price", value, "Money, such as Money('9.99', 'USD')")
    return unit_price(value, value.currency)


def _optional_price(value: Money | None) -> Money | None:
    return None if value is None else _unit_price(value)


def _units(lines: Any) -> tuple[tuple[str, int], ...]:
    """Check the quantities of (line id, quantity); the rest is left to the check of types."""
    where = "lines"
    rows = as_tuple(lines, where)
    if any(type(row) is not tuple for row in rows):
        rows = tuple([as_tuple(row, where) for row in rows])
    for row in rows:
        if len(row) == len(("line id", "quantity")):
            check_quantity(row[1])
    return rows


def _weight(value: object) -> int:
    grams = plain_int(value)
    if type(grams) is not int or grams < 0:
        raise InvalidField("weight_grams", grams, "a whole number of at least 0")
    return grams


@attrs.frozen(kw_only=True, field_transformer=checked)
class CustomItem:
    """Something outside the catalogue that staff sell, or a fee that they charge (HA-18).

    Promotions see it as a line without a product: it has no SKU, no categories and no tags.

    Attributes:
        title: What it is called on every document.
        requires_shipping: Whether it is sent.
        tax_class: What tax rates are found by (TX-1); empty for the standard one.
        weight_grams: The weight of one unit, in grams.
        discountable: False for a fee: no discount is taken off it (PR-29).
        actor: Who added it.
    """

    title: str = attrs.field(metadata=NAME)
    requires_shipping: bool = True
    tax_class: str = ""
    weight_grams: int = attrs.field(default=0, converter=_weight)
    discountable: bool = True
    actor: str = attrs.field(metadata=REQUIRED)


@attrs.frozen(kw_only=True, field_transformer=checked)
class PriceOverride:
    """Why a line has another unit price than the catalogue (HA-18).

    Attributes:
        catalogue_price: The price of one unit in the catalogue.
        reason: Why staff set another one; shown in quotes, receipts and the history.
        actor: Who set it.
    """

    catalogue_price: Money = attrs.field(converter=_unit_price)
    reason: str = attrs.field(metadata=REQUIRED)
    actor: str = attrs.field(metadata=REQUIRED)


def sku_key(sku: str) -> str:
    """The index key of the lines with a SKU."""
    return f"s:{sku}"


def product_key(product_id: str) -> str:
    """The index key of the lines of a product."""
    return f"p:{product_id}"


def category_key(path: str) -> str:
    """The index key of the lines in a category or below it."""
    return f"c:{path}"


def tag_key(tag: str) -> str:
    """The index key of the lines with a tag, however it is written (OE-27)."""
    return f"t:{normal(tag)}"


def attribute_key(name: str, value: Scalar) -> str:
    """The index key of the lines that have an attribute with a value of one kind (HA-8)."""
    return f"a:{name}={value!r}"


def _ancestors(path: str) -> Iterable[str]:
    """A category and those above it: "Garden/Pots" lies in "Garden", too."""
    end = len(path)
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


@attrs.frozen(kw_only=True, field_transformer=typed)
class CartLine:
    """A line item: units of one variant, with what promotions select by.

    Attributes:
        id: What the line is called by in the quote; unique in the cart.
        sku: The SKU of the variant; empty for a custom item.
        quantity: How many units, from 1 to `LARGEST_QUANTITY`.
        unit_price: The price of one unit, which may be finer than the minor unit (PR-2).
        product_id: The product that the variant belongs to; the SKU unless told otherwise.
        title: The title that quotes and receipts show; the SKU unless told otherwise.
        options: The chosen options as (name, value) pairs, such as `(("Size", "L"),)`.
        categories: The categories as paths, such as `"Garden/Pots"`.
        tags: The tags of the product, compared as texts are (OE-27).
        weight_grams: The weight of one unit, in grams.
        requires_shipping: Whether the units are sent; false for services and downloads.
        minimum_price: The price below which no discount takes a unit, or None (PR-29).
        compare_at_price: The former price of a unit; above `unit_price` it marks the line as on
            sale (PR-29).
        discountable: False for a line that no discount is taken off (PR-29).
        tied_to: The id of the promotion that added the line; empty for one that staff entered.
        tax_class: What tax rates are found by (TX-1); empty for the standard one.
        price_includes_tax: Whether its prices have the tax in them (TX-3); None is as the cart's.
        attributes: What the shop keeps of its own of the line, such as an engraving (HA-8).
        product_attributes: What it keeps of the product and of the variant, whose own go first.
        override: Why `unit_price` is not the catalogue's; None where it is (HA-18).
        custom: What the line is of if it is of nothing in the catalogue, or None (HA-18).
        fine_price: Derived: the unit price in 1/`FINE_PER_MINOR` of the minor unit.
        fine_minimum: Derived: the minimum price in the same unit, 0 without one.
        keys: Derived: the index keys that promotions are found by (PR-23).

    Raises:
        CurrencyMismatch: the prices are in several currencies.
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
    minimum_price: Money | None = attrs.field(default=None, converter=_optional_price)
    compare_at_price: Money | None = attrs.field(default=None, converter=_optional_price)
    discountable: bool = True
    tied_to: str = ""
    tax_class: str = ""
    price_includes_tax: bool | None = None
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    product_attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    override: PriceOverride | None = None
    custom: CustomItem | None = None
    fine_price: int = attrs.field(init=False, eq=False, repr=False, default=0)
    fine_minimum: int = attrs.field(init=False, eq=False, repr=False, default=0)
    keys: frozenset[str] = attrs.field(init=False, eq=False, repr=False, default=frozenset())

    def __attrs_post_init__(self) -> None:
        code = self.unit_price.currency.code
        for other, name in (
            (self.minimum_price, "minimum price"),
            (self.compare_at_price, "compare-at price"),
            (self.override and self.override.catalogue_price, "catalogue price"),
        ):
            if other is not None:
                to_fine(other, code, where=f"the {name} of {self.sku}")
        object.__setattr__(self, "fine_price", fine_of(self.unit_price, code))
        if self.minimum_price is not None:
            object.__setattr__(self, "fine_minimum", fine_of(self.minimum_price, code))
        # A custom item can be meant by nothing but a selection of all lines.
        keys = set() if self.custom else {sku_key(self.sku), product_key(self.product_id)}
        keys.update(category_key(each) for path in self.categories for each in _ancestors(path))
        keys.update(map(tag_key, self.tags))
        if self.attributes or self.product_attributes:
            keys.update(attribute_key(*each) for each in self.all_attributes.items())
        object.__setattr__(self, "keys", frozenset(keys))

    @property
    def on_sale(self) -> bool:
        """Whether its compare-at price is above its price (PR-29)."""
        compared = self.compare_at_price
        return compared is not None and compared.amount > self.unit_price.amount

    @property
    def all_attributes(self) -> Attributes:
        """What the shop keeps of the line and its product; what the line has goes first (HA-8)."""
        own = self.attributes
        return self.product_attributes.updated(own) if own else self.product_attributes

    @classmethod
    def of(
        cls,
        product: Product,
        variant: Variant,
        quantity: int,
        *,
        line_id: str,
        tied_to: str = "",
        attributes: Attributes = NO_ATTRIBUTES,
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
            minimum_price=variant.minimum_price,
            compare_at_price=variant.compare_at_price,
            discountable=product.discountable,
            tied_to=tied_to,
            tax_class=variant.tax_class or product.tax_class,
            attributes=attributes,
            product_attributes=product.attributes.updated(variant.attributes),
        )

    @classmethod
    def of_custom(
        cls,
        item: CustomItem,
        unit_price: Money,
        quantity: int,
        *,
        line_id: str,
        attributes: Attributes = NO_ATTRIBUTES,
    ) -> "CartLine":
        """Return the line for units of something outside the catalogue (HA-18)."""
        return cls(
            id=line_id,
            sku="",
            quantity=quantity,
            unit_price=unit_price,
            title=item.title,
            weight_grams=item.weight_grams,
            requires_shipping=item.requires_shipping,
            discountable=item.discountable,
            tax_class=item.tax_class,
            attributes=attributes,
            custom=item,
        )

    def priced_by_staff(self, unit_price: Money, reason: str, actor: str) -> "CartLine":
        """Return the line at a price that staff set instead of the catalogue's (HA-18)."""
        override = PriceOverride(catalogue_price=self.unit_price, reason=reason, actor=actor)
        return attrs.evolve(self, unit_price=unit_price, override=override)

    @property
    def description(self) -> str:
        """The title with the chosen options: "Shirt (Black / L)"."""
        values = " / ".join(value for _, value in self.options)
        return f"{self.title} ({values})" if values else self.title


def places_by_key(lines: Iterable[CartLine]) -> dict[str, list[int]]:
    """Where among these the lines stand that have a key; see `CartLine.keys`."""
    found: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        for key in line.keys:
            if key in found:
                found[key].append(place)
            else:
                found[key] = [place]
    return found


@lru_cache(maxsize=1024)
def _place(country: str, region: str, city: str, postal_code: str) -> Place:
    # Remembered: to read four texts takes as long as to price three lines.
    return Place(country=country, region=region, city=city, postal_code=postal_code)


@attrs.frozen(kw_only=True, field_transformer=typed)
class CartShipment:
    """Units that go to one address, and the speed chosen for them.

    Attributes:
        id: What the shipment is called by in the quote; unique in the cart.
        lines: (line id, quantity) pairs. A line can stand in several shipments, and several times
            in one (gifts apart from the rest).
        country: The country it goes to, as an ISO 3166-1 alpha-2 code.
        region: The state, province or county that it goes to.
        city: The city or town.
        postal_code: The postal code.
        speed: The shipping speed chosen, or None as long as none is.
        price_includes_tax: Whether its price has the tax in it (TX-3); None is as the shop's.
        attributes: What the shop keeps of its own beside it, by name (HA-8).
        offered: The shipping speeds that can be chosen, where they are known; they change no price,
            and decisions call them by their names.

    Raises:
        InvalidQuantity: not a whole number from 1 to `LARGEST_QUANTITY`.
    """

    id: str
    lines: tuple[tuple[str, int], ...] = attrs.field(converter=_units)
    country: str = ""
    region: str = ""
    city: str = ""
    postal_code: str = ""
    speed: ShippingSpeed | None = None
    price_includes_tax: bool | None = None
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    offered: tuple[ShippingSpeed, ...] = ()

    @property
    def place(self) -> Place:
        """Where it goes. Raises InvalidAddress for an unknown country."""
        return _place(self.country, self.region, self.city, self.postal_code)


def speed_names(shipments: Iterable[CartShipment], codes: Iterable[str]) -> tuple[str, ...]:
    """The names of shipping speeds as shipments have them; for those that none has, the codes."""
    known = {s.code: s.name for shipment in shipments for s in shipment.offered}
    return tuple(known.get(code, code) for code in codes)


@attrs.frozen(kw_only=True, field_transformer=typed)
class AppliedPromotion:
    """A promotion that staff applied, by code or by picking it.

    Attributes:
        promotion_id: The id of the promotion.
        promo_code: The code as it was entered; empty if the promotion was picked.
        choices: What settles the open options of its tied products: (tied item key, SKU) pairs
            (OE-7).
    """

    promotion_id: str
    promo_code: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@attrs.frozen(kw_only=True, field_transformer=checked)
class ManualDiscount:
    """A manual discount that staff gave on a line or on the order (PR-28).

    It says exactly one of `percent`, `amount` and `price`, and is applied after the promotions of
    its phase, in the order given.

    Attributes:
        id: What adjustments and decisions call it by.
        line_id: The line it is for; empty if it is for the whole order.
        percent: A percentage of what the promotions left, over 0 and up to 100.
        amount: What is taken off all of it together.
        price: What all of it costs instead.
        reason: Why it was given; shown in quotes, receipts and the history.
        actor: Who gave it.

    Raises:
        InvalidField: none or several of the three, or no reason or actor.
    """

    id: str = attrs.field(metadata=REQUIRED)
    line_id: str = ""
    percent: Decimal | None = attrs.field(
        default=None, converter=attrs.converters.optional(percentage)
    )
    amount: Money | None = attrs.field(
        default=None, converter=attrs.converters.optional(positive_amount)
    )
    price: Money | None = attrs.field(
        default=None, converter=attrs.converters.optional(non_negative_amount)
    )
    reason: str = attrs.field(metadata=REQUIRED)
    actor: str = attrs.field(metadata=REQUIRED)

    def __attrs_post_init__(self) -> None:
        if (self.percent, self.amount, self.price).count(None) != len(("the", "others")):
            expected = "given exactly one of percent, amount and price"
            raise InvalidField("ManualDiscount", self.id, expected)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Customer:
    """What conditions may know of the contact.

    Attributes:
        contact_id: The id of the contact; empty as long as there is none.
        tags: The tags of the contact, compared as texts are (OE-27).
        orders_placed: How many orders the contact has placed, without cancelled ones.
        attributes: What the shop keeps of its own beside it, by name (HA-8).
    """

    contact_id: str = ""
    tags: tuple[str, ...] = ()
    orders_placed: int = 0
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)


def _check_ids(field: str, ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        place = next(place for place, each in enumerate(ids) if each in ids[:place])
        raise InvalidField(f"{field}[{place}].id", ids[place], "unique in the cart")


@attrs.frozen(kw_only=True, field_transformer=checked)
class Cart(ShownAsTable):
    """Everything that a price depends on, besides promotions and the time.

    Attributes:
        currency: The ISO 4217 code of the currency that all prices are in (PR-1).
        lines: The line items; their order changes no total (PR-24).
        shipments: The shipments; units that are in none can still be priced.
        applied: The promotions that staff applied, in the order of application (PR-5).
        refused: The ids of promotions that staff removed and that must not come back by themselves
            (OE-25).
        manual: The manual discounts, in the order given (PR-28).
        customer: What conditions may know of the contact.
        channel: The sales channel, for promotions that ask for it (PR-9).
        timezone: The IANA name of the zone whose clocks promotions go by (OE-30).
        place: Where units count as delivered that are in no shipment (TX-1).
        prices_include_tax: Whether the prices of lines and shipments have the tax in them (TX-3).
        reference: What is being priced, in the caller's words; the quote repeats it.
        attributes: What the shop keeps of its own beside it, by name (HA-8).
        places: Derived: by index key, where among `lines` those stand that have it.
        complete: Derived: whether all units in shipments are those of lines in the cart; others can
            only be of tied lines.

    Raises:
        CurrencyMismatch: a line or a shipping speed in another currency (PR-1).
        InvalidField: two lines, two shipments or two manual discounts with one id. Whether the
            units in shipments are there is checked by `price`, which knows the tied lines.
    """

    currency: str = attrs.field(converter=currency_code)
    lines: tuple[CartLine, ...] = ()
    shipments: tuple[CartShipment, ...] = ()
    applied: tuple[AppliedPromotion, ...] = ()
    refused: tuple[str, ...] = ()
    manual: tuple[ManualDiscount, ...] = ()
    customer: Customer = Customer()
    channel: str = ""
    timezone: str = attrs.field(default="UTC", converter=zone_name)
    place: Place = NOWHERE
    prices_include_tax: bool = False
    reference: str = ""
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    places: dict[str, list[int]] = attrs.field(init=False, eq=False, repr=False, factory=dict)
    complete: bool = attrs.field(init=False, eq=False, repr=False, default=True)

    def _in_short(self) -> str:
        name = f"{self.reference}: " if self.reference else ""
        return f"Cart({name}{counted(len(self.lines), 'line')}, {self.currency})"

    def table_rows(self) -> Rows:
        """The rows of its table in a notebook (SC-10)."""
        yield "Item", "Quantity", "Unit price"
        for line in self.lines:
            yield line.description, f"{line.quantity}", show(line.unit_price)
        for shipment in self.shipments:
            if shipment.speed is not None:
                yield shipment.speed.name, "", show(shipment.speed.price)

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
        _check_ids("lines", [line.id for line in self.lines])
        _check_ids("shipments", [shipment.id for shipment in self.shipments])
        _check_ids("manual", [discount.id for discount in self.manual])
        object.__setattr__(self, "places", places_by_key(self.lines))
        if any(shipment.lines for shipment in self.shipments):
            units = {line.id: line.quantity for line in self.lines}
            for shipment in self.shipments:
                for line_id, quantity in shipment.lines:
                    units[line_id] = units.get(line_id, 0) - quantity
            object.__setattr__(self, "complete", min(units.values()) >= 0)
