"""Tied lines: what a promotion adds to the cart, and which variant it is (OE-7, PR-25)."""

from collections.abc import Mapping, Sequence

from cartcore.cart import CartLine
from cartcore.errors import NotPublished, OptionsNotAvailable, OptionsRequired
from cartcore.pricing import sentences
from cartcore.promotions.offer import Ineligible, TiedItem, tied_line_id
from cartcore.shop.product import Product, Variant


def tied_lines(
    promotion_id: str,
    items: Sequence[TiedItem],
    choices: Mapping[str, str],
    products: Mapping[str, Product],
    currency: str,
) -> list[CartLine] | Ineligible:
    """Return the lines that a promotion adds, or why they cannot be had (OE-7).

    `choices` are SKUs by tied item key.
    """
    found: list[CartLine] = []
    required: list[OptionsRequired] = []
    for item in items:
        try:
            product = products[item.product_id]
        except KeyError:
            return sentences.tied_product_missing()
        try:
            variant = tied_variant(product, item, choices.get(item.key))
        except OptionsRequired as error:
            required.append(error)
            continue
        except NotPublished:
            return sentences.tied_product_not_on_sale(product.title)
        except OptionsNotAvailable as error:
            return sentences.tied_variant_not_available(error)
        line = CartLine.of(
            product,
            variant,
            item.quantity,
            line_id=tied_line_id(promotion_id, item.key),
            tied_to=promotion_id,
        )
        priced_in = line.unit_price.currency.code
        if priced_in != currency:
            return sentences.tied_product_in_other_currency(line.title, priced_in, currency)
        found.append(line)
    if required:
        together = OptionsRequired(tuple(o for error in required for o in error.open))
        return sentences.options_required(together)
    return found


def tied_variant(product: Product, item: TiedItem, chosen: str | None) -> Variant:
    """Return the variant of a tied item: the chosen SKU if it fits, else the only one left (OE-7).

    Raises:
        OptionsRequired: several variants fit and none was chosen.
        OptionsNotAvailable: the choice, or the options fixed by the promotion, do not exist.
        NotPublished: the product is not on sale.
    """
    fixed = dict(item.options)
    open_options = product.open_options(fixed, key=item.key)
    if not product.available:
        raise NotPublished("product", product.id)
    fitting = {v.sku: v for v in product.available if product.fits(v, fixed)}
    if not fitting:
        raise OptionsNotAvailable(fixed, open_options)
    if chosen is not None:
        if chosen not in fitting:
            raise OptionsNotAvailable({"SKU": chosen}, open_options)
        return fitting[chosen]
    if len(fitting) > 1:
        raise OptionsRequired((open_options,))
    return next(iter(fitting.values()))
