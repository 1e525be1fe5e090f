"""The pricing policy: how a shop rounds, splits and combines (PR-7, PR-14, PR-20)."""

from decimal import Decimal
from enum import StrEnum

import attrs

from cartcore.errors import InvalidAmount, InvalidField
from cartcore.shop.address import NOWHERE, Place
from cartcore.values.allocation import Remainder, Rounding
from cartcore.values.money import to_minor
from cartcore.values.records import checked


class RoundingPoint(StrEnum):
    """Where a promotion's discount is rounded (PR-7).

    Attributes:
        PROMOTION: Once, over everything that it discounts.
        LINE: For each line.
        UNIT: For each unit.
    """

    PROMOTION = "promotion"
    LINE = "line"
    UNIT = "unit"


class Combination(StrEnum):
    """How promotions that do not combine are chosen (PR-14).

    Attributes:
        IN_PRIORITY_ORDER: As their turns come: the first that applies wins.
        BEST_FOR_CUSTOMER: The allowed set with the lowest total.
    """

    IN_PRIORITY_ORDER = "in_priority_order"
    BEST_FOR_CUSTOMER = "best_for_customer"


class Stacking(StrEnum):
    """Whether the item promotions of a line add up.

    Attributes:
        ALL: A line takes all that combine, one after the other.
        BEST_PER_LINE: A line takes its best one only.
    """

    ALL = "all"
    BEST_PER_LINE = "best_per_line"


class OnPluginError(StrEnum):
    """What becomes of pricing when a plugin fails (PR-20).

    Attributes:
        FAIL: Pricing fails with an error that names the plugin.
        SKIP: The promotion is skipped, and its decision says so.
    """

    FAIL = "fail"
    SKIP = "skip"


class TaxRounding(StrEnum):
    """What tax is rounded for (TX-4).

    Attributes:
        UNIT: Each rate for each unit.
        LINE: Each rate for each part: the units of a line in a shipment, or a shipment's price.
        RATE: Each rate once, for all parts together.
        ORDER: All taxes once.
    """

    UNIT = "unit"
    LINE = "line"
    RATE = "rate"
    ORDER = "order"


class GrossPrices(StrEnum):
    """What becomes of prices that include tax where the tax in them is rounded (TX-12).

    Attributes:
        KEPT: They are what is paid, and what is left of them without the tax is net.
        FROM_ROUNDED_NET: The net amount in them is rounded, and tax is added to that: what is paid
            can differ by a few minor units.
    """

    KEPT = "kept"
    FROM_ROUNDED_NET = "from_rounded_net"


class CrossBorder(StrEnum):
    """What stays of a price that includes tax where the destination has other rates (TX-3).

    Attributes:
        GROSS_KEPT: The price with tax.
        NET_KEPT: The price without tax: the tax of the destination is put into the unit price in
            the place of the tax in it.
        NET_KEPT_NET_UNIT: The price without tax: the unit price is rounded without tax, and the
            tax of the destination is added.
    """

    GROSS_KEPT = "gross_kept"
    NET_KEPT = "net_kept"
    NET_KEPT_NET_UNIT = "net_kept_net_unit"


class ExemptPrices(StrEnum):
    """What is paid of a price that includes tax where no tax is due (TX-12).

    None is due where the calculator says that something is exempt, whatever for: an exempt
    customer, goods, or a destination outside, such as an export. A rate of 0 % is no exemption:
    what a calculator answers with it keeps its price (see `CrossBorder`).

    Attributes:
        WITHOUT_TAX: The unit price less the tax in it.
        AS_IT_STANDS: The price as it stands.
    """

    WITHOUT_TAX = "without_tax"
    AS_IT_STANDS = "as_it_stands"


def _step(value: object) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite() or value <= 0:
        raise InvalidField("step", value, "a Decimal over zero, such as Decimal('0.05')")
    return value


@attrs.frozen(kw_only=True, field_transformer=checked)
class TaxPolicy:
    """How a shop rounds tax, and what it does with prices that include tax (TX-4, TX-12).

    Attributes:
        rounding: What tax is rounded for.
        mode: Which way.
        step: What it is rounded to a multiple of, in the units of the currency, such as 0.05; None
            is the minor unit.
        cash_step: What the amount to pay is rounded to a multiple of, likewise; taxes are not
            touched.
        cash_mode: Which way.
        gross: What becomes of prices that include tax.
        cross_border: What stays of them where the destination has other rates.
        exempt: What is paid of them where no tax is due.
        included_at: The place whose taxes prices include, that of the store; where it is empty,
            they include those of where the goods go. Goods that promotions add keep their price.
        shipping_includes_tax: Whether the prices of shipments include tax; None is as the cart's.

    Raises:
        InvalidField: a step that is not over zero, or, where the currency is known, one that is
            finer than its minor unit.
    """

    rounding: TaxRounding = TaxRounding.RATE
    mode: Rounding = Rounding.HALF_UP
    step: Decimal | None = attrs.field(default=None, converter=attrs.converters.optional(_step))
    cash_step: Decimal | None = attrs.field(
        default=None, converter=attrs.converters.optional(_step)
    )
    cash_mode: Rounding = Rounding.HALF_UP
    gross: GrossPrices = GrossPrices.KEPT
    cross_border: CrossBorder = CrossBorder.GROSS_KEPT
    exempt: ExemptPrices = ExemptPrices.WITHOUT_TAX
    included_at: Place = NOWHERE
    shipping_includes_tax: bool | None = None

    def check_currency(self, currency: str) -> None:
        """Raise InvalidField for a step that is finer than the minor unit of a currency."""
        if self.step is None and self.cash_step is None:  # as nearly always
            return
        for name, step in (("step", self.step), ("cash_step", self.cash_step)):
            try:
                if step is not None:
                    to_minor(step, currency)
            except InvalidAmount as error:
                raise InvalidField(f"TaxPolicy.{name}", f"{step:f}", error.expected) from error

    def check_place(self) -> None:
        """Raise InvalidField if net prices are kept, and nobody knows which tax prices include."""
        if self.cross_border is not CrossBorder.GROSS_KEPT and self.included_at == NOWHERE:
            expected = f"the place whose taxes prices include, as {self.cross_border} needs it"
            raise InvalidField("TaxPolicy.included_at", "", expected)


DEFAULT_TAX_POLICY = TaxPolicy()


@attrs.frozen(kw_only=True, field_transformer=checked)
class PricingPolicy:
    """How a shop prices.

    Attributes:
        rounding: Which way fractions of a minor unit are rounded (PR-7).
        rounding_point: Where they are rounded (PR-7).
        remainder: Who gets the minor units that a split leaves over (PR-3).
        percent_of_original: True if percentages are of the price before all discounts, whatever a
            promotion says (PR-5).
        combination: Which of the promotions that do not combine apply (PR-14).
        work_limit: How much the search for the best may look at: a promotion's turn, or its part in
            a bound, counts one, and so does every 256 lines. From 1.
        stacking: Whether item promotions that combine add up on a line.
        one_code: True if at most one code counts.
        on_plugin_error: What becomes of pricing when a plugin fails (PR-20). A tax calculator that
            fails always fails pricing (TX-9).
        tax: How tax is rounded, and what becomes of prices that include it (TX-12).

    Raises:
        InvalidField: `work_limit` under 1, or `best_per_line` with `best_for_customer`.
    """

    rounding: Rounding = Rounding.HALF_UP
    rounding_point: RoundingPoint = RoundingPoint.PROMOTION
    remainder: Remainder = Remainder.LARGEST
    percent_of_original: bool = False
    combination: Combination = Combination.IN_PRIORITY_ORDER
    work_limit: int = 600_000
    stacking: Stacking = Stacking.ALL
    one_code: bool = False
    on_plugin_error: OnPluginError = OnPluginError.FAIL
    tax: TaxPolicy = DEFAULT_TAX_POLICY

    def __attrs_post_init__(self) -> None:
        if self.work_limit < 1:
            raise InvalidField("work_limit", self.work_limit, "a whole number of at least 1")
        if (
            self.stacking is Stacking.BEST_PER_LINE
            and self.combination is Combination.BEST_FOR_CUSTOMER
        ):
            expected = "all, unless the combination is in_priority_order"
            raise InvalidField("stacking", self.stacking.value, expected)


DEFAULT_POLICY = PricingPolicy()
