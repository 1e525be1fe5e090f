"""Selections: which lines a promotion or a condition means (PR-10)."""

from collections.abc import Iterable, Iterator

import attrs
from moneyed import Money

from cartcore.cart import CartLine, attribute_key, category_key, product_key, sku_key, tag_key
from cartcore.errors import InvalidField
from cartcore.errors.sentences import alternatives
from cartcore.values.attributes import NO_ATTRIBUTES, Attributes, as_attributes
from cartcore.values.money import fine_of, show
from cartcore.values.records import checked

_DEEPEST = 20
_MOST = 10_000


def pairs(values: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return (name, value) pairs of texts as a tuple. Raises InvalidField."""
    if not isinstance(values, (tuple, list)) or not all(map(_is_pair, values)):
        raise InvalidField("options", values, "pairs, such as (('Color', 'Red'),)")
    return tuple((name, value) for name, value in values)


def _is_pair(pair: object) -> bool:
    return (
        isinstance(pair, (tuple, list))
        and len(pair) == len(("name", "value"))
        and all(isinstance(part, str) for part in pair)
    )


@attrs.frozen(kw_only=True, field_transformer=checked)
class Selection:
    """Which lines are meant (PR-10): all that match every criterion given; all lines if none is.

    Each criterion lists alternatives, but for attributes: a line has to have all of those.

    Attributes:
        skus: SKUs.
        products: Ids of products.
        categories: Categories as paths; each covers those below it ("Garden" covers "Garden/Pots").
        tags: Tags, compared as texts are (OE-27).
        options: (name, value) pairs, such as `(("Color", "Red"),)`.
        attributes: What the shop keeps of its own of the line, or else of the variant or the
            product, such as `{"material": "oak"}` (HA-8); values are of the same kind, too.
        price_from: The lowest unit price, inclusive.
        price_to: The highest unit price, inclusive.
        any_of: Selections of which at least one has to match.
        exclude: A selection whose lines are taken away again.
        undiscounted: True to leave out lines that are on sale or that an earlier promotion
            discounted.
        depth: Derived: how many levels are nested.
        size: Derived: how many selections it is made of, itself among them; one that stands in
            several places counts as often.
        only_key: Derived: the index key (see `CartLine.keys`) that says it all, where one does;
            otherwise empty.
        tag_keys: Derived: the index keys of `tags`.
        attribute_keys: Derived: those of `attributes`.
        sees_discounts: Derived: whether anything in it is `undiscounted`.
        reads: Derived: the names of the attributes that anything in it asks for.

    Raises:
        InvalidField: a price range that is empty, selections nested deeper than 20, or more than
            10,000 of them in one.
    """

    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=pairs)
    attributes: Attributes = attrs.field(default=NO_ATTRIBUTES, converter=as_attributes)
    price_from: Money | None = None
    price_to: Money | None = None
    any_of: tuple["Selection", ...] = ()
    exclude: "Selection | None" = None
    undiscounted: bool = False
    depth: int = attrs.field(init=False, eq=False, repr=False, default=0)
    size: int = attrs.field(init=False, eq=False, repr=False, default=0)
    only_key: str = attrs.field(init=False, eq=False, repr=False, default="")
    tag_keys: frozenset[str] = attrs.field(init=False, eq=False, repr=False, default=frozenset())
    attribute_keys: frozenset[str] = attrs.field(
        init=False, eq=False, repr=False, default=frozenset()
    )
    sees_discounts: bool = attrs.field(init=False, eq=False, repr=False, default=False)
    reads: frozenset[str] = attrs.field(init=False, eq=False, repr=False, default=frozenset())

    def __attrs_post_init__(self) -> None:
        inner = (*self.any_of, *(() if self.exclude is None else (self.exclude,)))
        for name, parts in (("any_of", self.any_of), ("exclude", inner[len(self.any_of) :])):
            for each in parts:
                if not isinstance(each, Selection):
                    raise InvalidField(f"Selection.{name}", each, "a Selection")
        depth = 1 + max((each.depth for each in inner), default=0)
        if depth > _DEEPEST:
            raise InvalidField("Selection", depth, f"nested at most {_DEEPEST} levels deep")
        object.__setattr__(self, "depth", depth)
        object.__setattr__(self, "tag_keys", frozenset(map(tag_key, self.tags)))
        having = frozenset(attribute_key(*each) for each in self.attributes.items())
        object.__setattr__(self, "attribute_keys", having)
        size = 1 + sum(each.size for each in inner)
        if size > _MOST:  # two of each level, and there is twice as much to compare at every one
            raise InvalidField("Selection", size, f"made of at most {_MOST} selections")
        object.__setattr__(self, "size", size)
        low, high = self.price_from, self.price_to
        if (
            low is not None
            and high is not None
            and (low.currency != high.currency or low.amount > high.amount)
        ):
            expected = "at least price_from, in the same currency"
            raise InvalidField("Selection.price_to", show(high), expected)

        sees = self.undiscounted or any(each.sees_discounts for each in inner)
        object.__setattr__(self, "sees_discounts", sees)
        reads = frozenset(self.attributes).union(*(each.reads for each in inner))
        object.__setattr__(self, "reads", reads)
        keys = self.keys or ()
        # Attributes never: a ledger does not tell units apart by all of them.
        plain = not (inner or self.options or low or high or sees or reads)
        criteria = sum(map(bool, (self.skus, self.products, self.categories, self.tags)))
        if plain and criteria == 1 and len(keys) == 1:
            object.__setattr__(self, "only_key", next(iter(keys)))

    def matches(self, line: CartLine, discounted: bool = False) -> bool:  # noqa: FBT001, FBT002
        """Whether a line is among those meant, given whether an earlier promotion discounted it.

        Raises:
            CurrencyMismatch: the price range is in another currency than the line.
        """
        return (
            (not self.skus or line.sku in self.skus)
            and (not self.products or line.product_id in self.products)
            and (not self.tags or not self.tag_keys.isdisjoint(line.keys))
            and (
                not self.categories
                or any(category_key(wanted) in line.keys for wanted in self.categories)
            )
            and (not self.options or any(pair in self.options for pair in line.options))
            and self.attribute_keys <= line.keys
            and self._price_matches(line)
            and (not self.any_of or any(each.matches(line, discounted) for each in self.any_of))
            and not (self.exclude is not None and self.exclude.matches(line, discounted))
            and not (self.undiscounted and (discounted or line.on_sale))
        )

    def _price_matches(self, line: CartLine) -> bool:
        code = line.unit_price.currency.code
        return (self.price_from is None or fine_of(self.price_from, code) <= line.fine_price) and (
            self.price_to is None or line.fine_price <= fine_of(self.price_to, code)
        )

    def bounds(self) -> Iterator[Money]:
        """The bounds of price ranges in it, at any depth."""
        yield from (bound for bound in (self.price_from, self.price_to) if bound is not None)
        for each in (*self.any_of, *(() if self.exclude is None else (self.exclude,))):
            yield from each.bounds()

    @property
    def keys(self) -> frozenset[str] | None:
        """Index keys of which every matching line has one; None if no such keys are known (PR-23).

        See `CartLine.keys`.
        """
        for make, values in (
            (sku_key, self.skus),
            (product_key, self.products),
            (category_key, self.categories),
            (tag_key, self.tags),
        ):
            if values:
                return frozenset(make(value) for value in values)
        if self.attribute_keys:  # a line has to have all of them: one is enough to find it by
            return frozenset((min(self.attribute_keys),))
        found = [each.keys for each in self.any_of]
        if found and None not in found:
            return frozenset().union(*(keys for keys in found if keys is not None))
        return None

    def named(self, items: str = "all items") -> str:
        """What it means, in words: "Kitchen up to 5.00 USD", or `items` if it names none."""
        criteria = [*self.skus, *self.products, *self.categories, *self.tags]
        criteria += [f"{name} {value}" for name, value in self.options]
        chosen = alternatives(criteria)
        if self.attributes:
            having = " and ".join(f"{name} {value}" for name, value in self.attributes.items())
            chosen = f"{chosen} with {having}" if chosen else having
        if self.any_of:
            either = alternatives(self.any_of)
            chosen = f"{chosen} and ({either})" if chosen else either
        chosen = chosen or items
        if self.price_from is not None:
            chosen += f" from {show(self.price_from)}"
        if self.price_to is not None:
            chosen += f" up to {show(self.price_to)}"
        if self.undiscounted:
            chosen += " not discounted yet"
        return f"{chosen} except {self.exclude}" if self.exclude is not None else chosen

    def among(self, items: str) -> str:
        """Some of the items that it means, in words: "2 more items of Kitchen", or "2 items"."""
        named = (self.skus, self.products, self.categories, self.tags, self.options)
        names_some = any((*named, self.attributes, self.any_of))
        return f"{items} of {self}" if names_some else self.named(items)

    def __str__(self) -> str:
        return self.named()


ALL_LINES = Selection()
