"""Effects of promotions as promotion types, and the place in the order that they go in."""

from decimal import Decimal
from enum import IntEnum
from typing import Any

import attrs
from moneyed import Money

from cartcore.promotions.offer import Per, TakenFirst
from cartcore.promotions.selection import ALL_LINES, Selection
from cartcore.promotions.types import PromotionType
from cartcore.rules.builtin import (
    AddProduct,
    AmountOff,
    AmountTier,
    Bundle,
    BundlePart,
    BuyXGetY,
    FirstAndFurtherOff,
    FixedPrice,
    FreeShipping,
    Measure,
    NthOfSet,
    OrderAmountOff,
    OrderFixedPrice,
    OrderPercentOff,
    PercentOff,
    PercentTier,
    ShippingAmountOff,
    ShippingFixedPrice,
    ShippingPercentOff,
    Spread,
    TieredAmountOff,
    TieredPercentOff,
)
from cartcore.values.money import from_minor
from tests.scenarios.catalogue import Catalogue
from tests.scenarios.reading import Fields, Malformed, NotOffered
from tests.scenarios.selecting import selection
from tests.scenarios.semantics import Semantics

_ALL_OF_IT = Decimal(100)
_ORDERS = {
    "cheapest": TakenFirst.CHEAPEST,
    "cheapest_first": TakenFirst.CHEAPEST,
    "dearest": TakenFirst.DEAREST,
    "dearest_first": TakenFirst.DEAREST,
    "price_asc": TakenFirst.CHEAPEST,
    "price_desc": TakenFirst.DEAREST,
}


class Stage(IntEnum):
    """When an effect goes that has no priority."""

    CATALOGUE = 0
    FIRST = 1  # gifts, and buy X get Y
    ITEM = 2
    ORDER = 3
    SHIPPING = 4


_STAGES = {
    "catalogue_promotion": Stage.CATALOGUE,
    "item": Stage.ITEM,
    "order_discount": Stage.ORDER,
}


@attrs.frozen(kw_only=True)
class Effect:
    """An effect: what it is among item promotions, and, if it can be that, for the whole order.

    Both are None for one that takes nothing off.
    """

    stage: Stage
    for_lines: PromotionType | None = None
    for_order: PromotionType | None = None


@attrs.frozen(kw_only=True)
class Target:
    """What an effect is for: lines, some units of them, or shipments (then `speeds` is not None).

    `limit` units at most, the `which` first; `group` is the size of the groups that count.
    """

    lines: Selection = ALL_LINES
    order: bool = False
    limit: int | None = None
    which: TakenFirst | None = None
    group: int | None = None
    speeds: tuple[str, ...] | None = None


@attrs.frozen(kw_only=True)
class Translator:
    """Translates the effects of one promotion.

    `units` are those that meet its condition, `kind` is its type, `undiscounted` that it leaves
    products alone that are reduced already.
    """

    currency: str
    semantics: Semantics
    catalogue: Catalogue
    kind: str
    undiscounted: bool
    units: Selection

    def effect(self, fields: Fields) -> Effect:
        """Translate an effect.

        Raises:
            NotOffered: a kind, a target or a combination of them that cartcore has not.
        """
        with fields:
            return self._effect(fields, fields.text("kind"))

    def _effect(self, fields: Fields, kind: str) -> Effect:
        match kind:
            case "percent_off":
                return self._percent_off(fields)
            case "amount_off":
                return self._amount_off(fields)
            case "fixed_price":
                return self._fixed_price(fields)
            case "tiered_percent" | "tiered_amount":
                return self._tiered(fields, kind)
            case "first_and_additional":
                return self._first_and_additional(fields)
            case "buy_x_get_y" if "groups" in fields:
                return self._first(self._nth_of_set(fields))
            case "buy_x_get_y":
                return self._first(self._buy_x_get_y(fields))
            case "gift":
                return self._first(self._gift(fields))
            case "free_shipping":
                target = self._target(fields) if "target" in fields else Target(speeds=())
                if target.speeds is None:
                    raise NotOffered(f"{fields.what}: free shipping with that target")
                return Effect(stage=Stage.SHIPPING, for_lines=FreeShipping(speeds=target.speeds))
            case _:
                raise NotOffered(f"{fields.what}: the kind {kind!r}")

    # --- targets ---

    def _target(self, fields: Fields) -> Target:
        raw = fields.raw("target")
        if isinstance(raw, str):
            return self._named_target(fields, raw)
        if isinstance(raw, dict) and "shipping_methods" in raw:
            with fields.inner("target") as inner:
                speeds = inner.texts("shipping_methods")
                if not speeds:
                    raise NotOffered(f"{fields.what}: shipping methods, but none of them")
                return Target(speeds=speeds)
        if isinstance(raw, dict) and "units" in raw:
            with fields.inner("target") as inner:
                units = inner.whole("units")
                which = _ORDERS[inner.choice("pick", *_ORDERS)]
                return Target(lines=self._lines(ALL_LINES), limit=units, which=which, group=units)
        lines = selection(raw, f"{fields.what}: target", self.currency)
        return Target(lines=self._lines(lines))

    def _named_target(self, fields: Fields, name: str) -> Target:
        lines = self._lines(ALL_LINES)
        match name:
            case "order":
                return Target(lines=lines, order=True)
            case "items":
                return Target(lines=lines)
            case "cheapest_item":
                return Target(lines=lines, limit=1, which=TakenFirst.CHEAPEST)
            case "shipping":
                return Target(speeds=())
            case _:
                raise NotOffered(f"{fields.what}: the target {name!r}")

    def _lines(self, lines: Selection) -> Selection:
        if not self.undiscounted:
            return lines
        return Selection(any_of=() if lines is ALL_LINES else (lines,), undiscounted=True)

    def _limited(self, fields: Fields, target: Target) -> Target:
        """The target with the limits that an effect sets to it."""
        limit, group = target.limit, target.group
        if "max_units" in fields:
            most = fields.whole("max_units")
            limit = most if limit is None else min(limit, most)
        if "group_size" in fields:
            group = fields.whole("group_size")
            if self.semantics.once:
                limit = group if limit is None else min(limit, group)
        which = target.which
        if "which" in fields:
            which = _ORDERS[fields.choice("which", "cheapest", "dearest")]
        return attrs.evolve(target, limit=limit, group=group, which=which)

    def _units(self, target: Target) -> dict[str, Any] | None:
        """The fields of promotion types that say which units; None if that is none at all."""
        group = target.group or 1
        if target.limit is not None and target.limit < group:
            return None
        which = target.which
        if which is None:
            which = TakenFirst.DEAREST if self.semantics.limited_dearest else TakenFirst.CHEAPEST
        found = {"target": target.lines, "limit": target.limit, "which": which}
        return found if group == 1 else found | {"group_size": group}

    def _first(self, for_lines: PromotionType | None) -> Effect:
        stage = Stage.CATALOGUE if self.kind == "catalogue_promotion" else Stage.FIRST
        return Effect(stage=stage, for_lines=for_lines)

    def _goods(
        self, target: Target, for_lines: PromotionType | None, for_order: PromotionType | None
    ) -> Effect:
        by_target = Stage.ORDER if target.order else Stage.ITEM
        stage = _STAGES.get(self.kind, by_target)
        all_lines = target.lines is ALL_LINES and target.limit is None and target.group is None
        whole = for_lines is not None and all_lines and (target.order or stage is Stage.ORDER)
        return Effect(stage=stage, for_lines=for_lines, for_order=for_order if whole else None)

    # --- amounts ---

    def _amount(self, fields: Fields, name: str, by_currency: str) -> Money | None:
        """An amount in the cart's currency, the general one, or one in another currency."""
        general = fields.money(name, self.currency) if name in fields else None
        if by_currency not in fields:
            return general
        amounts = fields.inner(by_currency)
        if self.currency in amounts:
            return amounts.money(self.currency, self.currency)
        if general is not None or not amounts.names:
            return general
        other = amounts.names[0]  # the promotion does not apply to this cart, and says so
        return amounts.money(other, other)

    def _needed_amount(self, fields: Fields) -> Money:
        amount = self._amount(fields, "amount", "amounts")
        if amount is None:
            raise Malformed(f"{fields.what}: the field 'amount' is missing")
        return amount

    def _maximum(self, fields: Fields) -> Money | None:
        maximum = self._amount(fields, "max", "max_amounts")
        return None if maximum is None or maximum.currency.code != self.currency else maximum

    # --- kinds ---

    def _percent_off(self, fields: Fields) -> Effect:
        target = self._target(fields)
        percent = min(fields.number("percent"), _ALL_OF_IT)
        maximum = self._maximum(fields)
        nothing = not percent or (maximum is not None and not maximum)
        if target.speeds is not None:
            off = (
                None
                if nothing
                else ShippingPercentOff(percent=percent, speeds=target.speeds, maximum=maximum)
            )
            return Effect(stage=Stage.SHIPPING, for_lines=off)
        target = self._limited(fields, target)
        units = self._units(target)
        if nothing or units is None:
            return self._goods(target, None, None)
        return self._goods(
            target,
            PercentOff(percent=percent, maximum=maximum, **units),
            OrderPercentOff(percent=percent, maximum=maximum),
        )

    def _amount_off(self, fields: Fields) -> Effect:
        target = self._target(fields)
        amount = self._needed_amount(fields)
        each = fields.choice("allocation", "each", "across", default="across") == "each"
        if target.speeds is not None:
            taken = (
                None
                if not amount
                else ShippingAmountOff(amount=amount, speeds=target.speeds, each=each)
            )
            return Effect(stage=Stage.SHIPPING, for_lines=taken)
        per = Per.TOTAL
        if each:
            by_line = "line" if self.semantics.each_line else "unit"
            per = Per(fields.choice("per", "line", "unit", default=by_line))
        target = self._limited(fields, target)
        units = self._units(target)
        if not amount or units is None:
            return self._goods(target, None, None)
        return self._goods(
            target,
            AmountOff(amount=amount, per=per, **units),
            None if each else OrderAmountOff(amount=amount),
        )

    def _fixed_price(self, fields: Fields) -> Effect:
        target = self._target(fields)
        price = self._needed_amount(fields)
        per_group = fields.choice("per", "group", "unit", default="group") == "group"
        if target.speeds is not None:
            if not per_group:
                raise NotOffered(f"{fields.what}: a price for each unit of shipping")
            fixed = ShippingFixedPrice(price=price, speeds=target.speeds)
            return Effect(stage=Stage.SHIPPING, for_lines=fixed)
        if target.group is not None and per_group:
            if not target.group:
                return self._goods(target, None, None)
            part = BundlePart(target=target.lines, quantity=target.group)
            which = target.which or TakenFirst.CHEAPEST
            return self._goods(
                target, Bundle(price=price, parts=(part,), limit=1, which=which), None
            )
        units = self._units(attrs.evolve(target, group=None))
        if units is None or target.limit == 0:
            return self._goods(target, None, None)
        per = Per.TOTAL if per_group else Per.UNIT
        return self._goods(
            target,
            FixedPrice(price=price, per=per, **units),
            OrderFixedPrice(price=price) if per_group else None,
        )

    def _tiered(self, fields: Fields, kind: str) -> Effect:
        target = self._target(fields)
        if target.speeds is not None or target.limit is not None:
            raise NotOffered(f"{fields.what}: tiers with that target")
        by_quantity = fields.choice("measure", "subtotal", "quantity", default="subtotal")
        by = "quantity" if by_quantity == "quantity" else "spend"
        figure = "percent" if kind == "tiered_percent" else "amount"
        steps = [(Decimal(0), self._figure(fields, "base", figure))] if "base" in fields else []
        for tier in fields.each("tiers"):
            with tier:
                steps.append((tier.number("from"), self._figure(tier, figure, figure)))
        # One that starts from nothing takes the place of the base.
        reached = sorted(dict(steps).items())
        while reached and not reached[0][1]:
            reached.pop(0)
        if not all(taken for _, taken in reached):
            raise NotOffered(f"{fields.what}: a tier that takes nothing off, after one that does")
        if not reached:
            return self._goods(target, None, None)
        starts = [self._start(fields, start, by) for start, _ in reached]
        taken = [each for _, each in reached]
        if figure == "percent":
            for_lines: PromotionType = TieredPercentOff(
                tiers=tuple(
                    PercentTier(percent=each, **start)
                    for start, each in zip(starts, taken, strict=True)
                ),
                by=Measure(by),
                target=target.lines,
            )
        else:
            for_lines = TieredAmountOff(
                tiers=tuple(
                    AmountTier(amount=each, **start)
                    for start, each in zip(starts, taken, strict=True)
                ),
                by=Measure(by),
                target=target.lines,
            )
        return self._goods(target, for_lines, None)

    def _figure(self, fields: Fields, name: str, figure: str) -> Any:
        if figure == "percent":
            return min(fields.number(name), _ALL_OF_IT)
        return fields.money(name, self.currency)

    def _start(self, fields: Fields, start: Decimal, by: str) -> dict[str, Any]:
        if not start:
            return {}
        if by == "spend":
            return {"from_amount": Money(start, self.currency)}
        if start != int(start):
            raise Malformed(f"{fields.what}: a tier from {start} units")
        return {"from_quantity": int(start)}

    def _first_and_additional(self, fields: Fields) -> Effect:
        target = self._target(fields)
        if target.speeds is not None or target.limit is not None:
            raise NotOffered(f"{fields.what}: first and additional units with that target")
        first = fields.money("first", self.currency)
        further = fields.money("additional", self.currency)
        limit = fields.whole("max_units") if "max_units" in fields else None
        for_lines = None
        if limit == 1:
            further = from_minor(0, self.currency)
        if (first or further) and limit != 0:
            for_lines = FirstAndFurtherOff(
                first=first or None, further=further or None, target=target.lines, limit=limit
            )
        return self._goods(target, for_lines, None)

    def _buy_x_get_y(self, fields: Fields) -> PromotionType | None:
        percent = min(fields.number("percent"), _ALL_OF_IT)
        most = fields.whole("max_units") if "max_units" in fields else None
        which = TakenFirst.DEAREST if self.semantics.gained_dearest else TakenFirst.CHEAPEST
        if "which" in fields:
            which = _ORDERS[fields.choice("which", "cheapest", "dearest")]
        with fields.inner("buy") as buy:
            buy_from = self._of(buy)
            quantity = buy.whole("quantity") if "subtotal" not in buy else None
            spend = buy.money("subtotal", self.currency) if "subtotal" in buy else None
        with fields.inner("get") as get:
            get_from = self._of(get)
            gained = get.whole("quantity") if "quantity" in get else 1
        if not (percent and gained) or most == 0:
            return None
        if quantity == 0 or (spend is not None and not spend):
            raise NotOffered(f"{fields.what}: units gained for nothing bought")
        return BuyXGetY(
            buy=quantity,
            spend=spend,
            buy_from=buy_from,
            get=gained,
            get_from=get_from,
            # Sources that let units pay for others of the same kind form sets of both.
            whole=get_from == buy_from and spend is None,
            percent=percent,
            which=which,
            limit=1 if self.semantics.once else None,
            max_units=most,
        )

    def _nth_of_set(self, fields: Fields) -> PromotionType | None:
        percent = min(fields.number("percent"), _ALL_OF_IT)
        most = fields.whole("max_units") if "max_units" in fields else None
        with fields.inner("groups") as groups:
            size = groups.whole("size")
            order = _ORDERS[groups.choice("order", *_ORDERS)]
        with fields.inner("pick") as pick:
            position = pick.whole("position")
            spread = pick.choice("spread", "in_each_group", "overall", default="in_each_group")
        lines = [self._of(fields)] if "of" in fields else []
        for name, units in (("get", 1), ("buy", size - 1)):
            if name in fields:
                with fields.inner(name) as inner:
                    lines.append(self._of(inner))
                    given = inner.whole("quantity") if "quantity" in inner else units
                if given not in {units, size}:
                    raise NotOffered(f"{fields.what}: sets of {size} of which not one is gained")
        if any(each != lines[0] for each in lines):
            raise NotOffered(f"{fields.what}: sets of what is bought, and others gained")
        in_row = TakenFirst.CHEAPEST if spread == "overall" else order
        which = _ORDERS[fields.choice("which", "cheapest", "dearest", default=in_row.value)]
        if which is not in_row:
            position = size + 1 - position  # counted from the other end
            if spread == "overall" and most is not None:
                raise NotOffered(f"{fields.what}: some of the dearest units of all sets")
        if not percent or most == 0:
            return None
        return NthOfSet(
            size=size,
            position=position,
            percent=percent,
            target=lines[0] if lines else self._lines(ALL_LINES),
            order=order,
            spread=Spread.OVERALL if spread == "overall" else Spread.EACH_SET,
            limit=1 if self.semantics.once else None,
            max_units=most,
        )

    def _of(self, fields: Fields) -> Selection:
        if "of" not in fields:
            return self._lines(ALL_LINES)
        return self._lines(selection(fields.raw("of"), f"{fields.what}: of", self.currency))

    def _gift(self, fields: Fields) -> PromotionType | None:
        sku = fields.text("sku")
        if self.undiscounted and self.catalogue.own(sku).variants[0].compare_at_price is not None:
            raise NotOffered(f"{fields.what}: a gift on sale that leaves reduced products alone")
        quantity = fields.whole("quantity") if "quantity" in fields else 1
        free = fields.choice("charge", "free", "list_price", default="free") == "free"
        per_unit = fields.flag("per_qualifying_unit", default=False)
        top_up = fields.flag("top_up", default=False)
        if not quantity:
            return None
        return AddProduct(
            items=(self.catalogue.tied(sku, quantity),),
            percent=_ALL_OF_IT if free else Decimal(0),
            per_unit_of=self.units if per_unit else None,
            top_up=top_up,
        )
