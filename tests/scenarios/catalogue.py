"""The products of a scenario as those of cartcore, and the lines that they make."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs
from moneyed import Money

from cartcore.cart import CartLine
from cartcore.promotions.offer import TiedItem
from cartcore.shop.product import Product, Variant
from tests.scenarios.reading import Fields, Malformed, NotOffered
from tests.scenarios.taxes import price_includes_tax

_GRAMS = 1000  # in a kilogram, the unit of weights
_OPTION = "SKU"  # the option that tells the variants of a parent apart


@attrs.frozen
class Catalogue:
    """What a shop sells.

    `products` are by id, the parent's or the SKU; `owns` has for each SKU a product of this one
    variant with the categories, tags and so on that are its own. `include_tax` has for each SKU
    whether its price includes tax; None is as the others.
    """

    products: Mapping[str, Product]
    owns: Mapping[str, Product]
    include_tax: Mapping[str, bool | None]

    def line(
        self, sku: str, quantity: int, price: Money | None = None, *, line_id: str = ""
    ) -> CartLine:
        """A line entered by hand, at a price of its own if one is given."""
        product = self.own(sku)
        line = CartLine.of(product, product.variants[0], quantity, line_id=line_id or sku)
        line = attrs.evolve(line, price_includes_tax=self.include_tax[sku])
        return line if price is None else attrs.evolve(line, unit_price=price)

    def own(self, sku: str) -> Product:
        """The product of this one variant. Raises Malformed."""
        if sku not in self.owns:
            raise Malformed(f"no product has the SKU {sku!r}")
        return self.owns[sku]

    def tied(self, sku: str, quantity: int) -> TiedItem:
        """A product as a promotion adds it.

        Raises:
            NotOffered: a variant that differs from its siblings in what products have in common.
        """
        own = self.own(sku)
        product = self.products[own.id]
        if attrs.evolve(product, variants=own.variants) != own:
            raise NotOffered(f"a gift of {sku!r}, which has not the categories of its siblings")
        variant = own.variants[0]
        options = tuple(zip(own.options, variant.options, strict=True))
        return TiedItem(key="gift", product_id=own.id, quantity=quantity, options=options)


def catalogue(products: Sequence[Fields], currency: str) -> Catalogue:
    """Translate the products of a scenario."""
    owns: dict[str, Product] = {}
    include_tax: dict[str, bool | None] = {}
    for fields in products:
        with fields:
            product = _product(fields, currency)
            include_tax[product.variants[0].sku] = price_includes_tax(fields)
        sku = product.variants[0].sku
        if sku in owns:
            raise Malformed(f"{fields.what}: another product has the SKU {sku!r}")
        owns[sku] = product
    found: dict[str, Product] = {}
    for own in owns.values():
        siblings = found[own.id].variants if own.id in found else ()
        found[own.id] = attrs.evolve(own, variants=(*siblings, *own.variants))
    return Catalogue(found, owns, include_tax)


def _product(fields: Fields, currency: str) -> Product:
    sku = fields.text("sku")
    parent = fields.text("product") if "product" in fields else None
    fields.passed_over("options")  # no selector asks for them
    tags = [f"{kind}:{fields.text(kind)}" for kind in ("brand", "bundle") if kind in fields]
    variant = Variant(
        sku=sku,
        price=_price(fields, currency),
        options=() if parent is None else (sku,),
        compare_at_price=_optional(fields, "original_price", currency),
        minimum_price=_optional(fields, "minimum_price", currency),
        weight_grams=grams(fields, "weight") if "weight" in fields else 0,
        requires_shipping=fields.flag("requires_shipping", default=True),
        published=fields.flag("published", default=True),
    )
    return Product(
        id=sku if parent is None else parent,
        title=fields.text("name") if "name" in fields else sku,
        variants=(variant,),
        options=() if parent is None else (_OPTION,),
        discountable=fields.flag("discountable", default=True),
        categories=fields.texts("categories") if "categories" in fields else (),
        tags=tuple(tags),
        tax_class=fields.text("tax_class") if "tax_class" in fields else "",
    )


def _price(fields: Fields, currency: str) -> Money:
    general = fields.money("price", currency)
    if "prices" not in fields:
        return general
    prices = fields.inner("prices")
    return prices.money(currency, currency) if currency in prices else general


def _optional(fields: Fields, name: str, currency: str) -> Money | None:
    return fields.money(name, currency) if name in fields else None


def grams(fields: Fields, name: str) -> int:
    """A weight in kilograms as grams. Raises NotOffered for fractions of one."""
    weight = fields.number(name) * Decimal(_GRAMS)
    if weight != int(weight):
        raise NotOffered(f"{fields.what}: {name} in fractions of a gram")
    return int(weight)
