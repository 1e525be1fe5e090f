"""A second opinion of tax, for the tests: a scenario of the tax format, computed with fractions.

Written from tests/scenarios/TAX_FORMAT.md alone. It reads decoded JSON, counts in minor units, and
shares no code with the library: which rates match, what a price is restated to, how a discount is
spread and what is rounded are all told here once more, slowly and in plain sight.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from math import ceil, floor
from typing import Any

import attrs

DIGITS = {"JPY": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3}
HALF = Fraction(1, 2)
Raw = Mapping[str, Any]


def rounded(value: Fraction, mode: str = "half_up", step: Fraction = Fraction(1)) -> Fraction:
    """A multiple of the step; nothing here is ever negative."""
    steps = value / step
    whole, rest = floor(steps), steps - floor(steps)
    if mode == "up":
        return ceil(steps) * step
    up = rest > HALF or (
        rest == HALF and (mode == "half_up" or (mode == "half_even" and whole % 2))
    )
    return (whole + (up and mode != "down")) * step


def spread(amount: Fraction, weights: Sequence[Fraction]) -> list[Fraction]:
    """Whole shares in proportion; what is left over goes to the largest remainders."""
    whole = sum(weights)
    if not whole:
        return [Fraction(0) for _ in weights]
    exact = [amount * weight / whole for weight in weights]
    shares = [Fraction(floor(each)) for each in exact]
    order = sorted(range(len(exact)), key=lambda place: shares[place] - exact[place])
    for place in order[: int(amount - sum(shares))]:
        shares[place] += 1
    return shares


def tied(amount: Fraction, weights: Sequence[Fraction]) -> bool:
    """Whether equal remainders leave open who gets the last whole unit of a split."""
    whole = sum(weights)
    exact = [amount * weight / whole for weight in weights] if whole else []
    rests = sorted((each - floor(each) for each in exact), reverse=True)
    left = int(sum(rests))
    return 0 < left < len(rests) and rests[left - 1] == rests[left]


def parts_of_net(rates: Iterable[Raw]) -> list[tuple[Raw, Fraction, Fraction]]:
    """Each rate with what it is taken from and what it takes, for one of net."""
    found: list[tuple[Raw, Fraction, Fraction]] = []
    before = Fraction(0)
    for rate in rates:
        base = 1 + before if rate["compound"] else Fraction(1)
        tax = base * Fraction(rate["percent"]) / 100
        found.append((rate, base, tax))
        before += tax
    return found


def factor(rates: Iterable[Raw]) -> Fraction:
    """Gross for one of net."""
    return 1 + sum((tax for _, _, tax in parts_of_net(rates)), Fraction(0))


@attrs.define
class Part:
    """What is taxed as one: a line or a charge, with what is left of its price."""

    sku: str
    ship_to: str
    quantity: int
    price: Fraction
    amount: Fraction
    gross: bool
    tax_class: str
    discountable: bool = True
    is_shipping: bool = False
    full: Fraction = Fraction(0)
    discount: Fraction = Fraction(0)
    third_party: Fraction = Fraction(0)
    # Which part of the amount each set of rates taxes: several sets where it goes with the goods.
    shares: list[tuple[Fraction, list[Raw]]] = attrs.Factory(list)
    taxes: dict[str, Fraction] = attrs.Factory(dict)

    @property
    def left(self) -> Fraction:
        """What the customer is charged for it."""
        return self.amount - self.third_party

    @property
    def exact(self) -> dict[str, Fraction]:
        """The exact taxes, by the name of the rate."""
        found: dict[str, Fraction] = {}
        for amount, rates in self.shares:
            net = amount / factor(rates) if self.gross else amount
            for rate, _, tax in parts_of_net(rates):
                found[rate["name"]] = found.get(rate["name"], Fraction(0)) + net * tax
        return found

    @property
    def bases(self) -> dict[str, Fraction]:
        """What each rate is taken from, exactly."""
        found: dict[str, Fraction] = {}
        for amount, rates in self.shares:
            net = amount / factor(rates) if self.gross else amount
            for rate, base, _ in parts_of_net(rates):
                found[rate["name"]] = found.get(rate["name"], Fraction(0)) + net * base
        return found


class TaxOpinion:
    """What a scenario comes to, in minor units."""

    def __init__(self, scenario: Raw) -> None:
        self.scenario = scenario
        self.tax: Raw = scenario["tax"]
        self.unit: int = 10 ** DIGITS.get(scenario["currency"], 2)
        self.mode: str = self.tax["mode"]
        self.step = self.minor(self.tax["step"]) if "step" in self.tax else Fraction(1)
        self.addresses: Raw = scenario.get("addresses") or {"": {}}
        self.exempt = bool(scenario.get("customer", {}).get("tax_exempt"))
        self.goods = self._entered()
        self.charges = self._charges()
        self.ambiguous = False
        for part in self.parts:
            part.full = rounded(part.price * part.quantity)
        for part in self.charges:  # before the goods, whose prices tell how charges are taxed
            self._restate(part)
        for part in self.goods:
            self._restate(part)
        for part in self.parts:
            part.amount = part.full = rounded(part.price * part.quantity)
        for promotion in scenario["promotions"]:
            self._discount(promotion)
        for part in self.parts:
            self._share(part)
        if self.tax.get("gross_policy") == "from_rounded_net":
            self._start_from_nets()
        self._tax()

    def minor(self, text: str) -> Fraction:
        """An amount in minor units."""
        amount: Fraction = Fraction(text) * self.unit
        return amount

    @property
    def parts(self) -> list[Part]:
        """Lines and charges."""
        return [*self.goods, *self.charges]

    # --- what there is ---

    def _entered(self) -> list[Part]:
        products = {product["sku"]: product for product in self.scenario["catalog"]}
        entered: dict[tuple[str, str], int] = {}
        first = next(iter(self.addresses))
        for step in self.scenario["steps"]:
            key = step["sku"], step.get("ship_to", first)
            match step["op"]:
                case "add":
                    entered[key] = entered.get(key, 0) + step["quantity"]
                case "set_quantity":
                    entered[key] = step["quantity"]
                case "split":
                    entered = {each: n for each, n in entered.items() if each[0] != key[0]}
                    entered |= {(key[0], place): n for place, n in step["to"].items()}
                case op:
                    raise NotImplementedError(op)
        return [
            Part(
                sku=sku,
                ship_to=place,
                quantity=quantity,
                price=self.minor(products[sku]["price"]),
                amount=Fraction(0),
                gross=products[sku].get("price_type", self.tax["prices"]) == "gross",
                tax_class=products[sku].get("tax_class", "standard"),
                discountable=products[sku].get("discountable", True),
            )
            for (sku, place), quantity in entered.items()
            if quantity
        ]

    def _charges(self) -> list[Part]:
        shipping = self.scenario.get("shipping")
        if shipping is None:
            return []
        first = shipping.get("ship_to", next(iter(self.addresses)))
        return [
            Part(
                sku=charge.get("code", charge.get("method")),
                ship_to=charge.get("ship_to", first),
                quantity=1,
                price=self.minor(charge["price"]),
                amount=Fraction(0),
                gross=self.tax.get("shipping_prices", self.tax["prices"]) == "gross",
                tax_class=self.tax.get("shipping_tax_class", "standard"),
                is_shipping=True,
            )
            for charge in shipping.get("charges", [shipping])
        ]

    def _matching(self, part: Part, listed: Iterable[Raw]) -> list[Raw]:
        place = self.addresses[part.ship_to]
        now = datetime.fromisoformat(self.scenario.get("now", "2026-06-01T12:00:00+00:00"))
        own = "shipping" if part.is_shipping else "goods"
        return [
            rate
            for rate in listed
            if rate["of"] in {"both", own}
            and rate.get("country", place.get("country")) == place.get("country")
            and rate.get("region", place.get("region")) == place.get("region")
            and place.get("postal_code", "").startswith(rate.get("postal_prefix", ""))
            and rate.get("tax_class", part.tax_class) == part.tax_class
            and ("starts" not in rate or datetime.fromisoformat(rate["starts"]) <= now)
            and ("ends" not in rate or now <= datetime.fromisoformat(rate["ends"]))
        ]

    def _restate(self, part: Part) -> None:
        """Change the unit price into that of the destination, or of an exempt customer."""
        if not part.gross or (self.exempt and self.tax.get("exempt_gross", "remove") == "keep"):
            return
        listed = self.tax.get("included_rates", self.tax["rates"] if self.exempt else ())
        amounts = [each.full for each in self.goods]
        before = self._mix(part, listed, amounts)
        after = self._mix(part, () if self.exempt else self.tax["rates"], amounts)
        if not any(rates for _, rates in before):
            return
        net = self.exempt or self.tax.get("reprice", "unit_gross") == "unit_net"
        whole = sum(weight for weight, _ in before)
        change = Fraction(0)
        for (weight, contained), (_, due) in zip(before, after, strict=True):
            new = factor(due) if contained and not net else Fraction(1)
            change += weight / whole * new / factor(contained)
        if net and not self.exempt:
            part.gross = False
        if change != 1:
            part.price = rounded(part.price * change)

    # --- discounts ---

    def _discount(self, promotion: Raw) -> None:
        effect = promotion["effect"]
        target = effect["target"]
        if target == "shipping":
            meant = self.charges
        else:
            meant = [
                part
                for part in self.goods
                if part.discountable and (isinstance(target, str) or part.sku == target["sku"])
            ]
        semantics = self.scenario.get("semantics", {})
        mode = semantics.get("rounding", "half_up")
        values = [part.left for part in meant]
        if effect["kind"] == "percent_off":
            percent = Fraction(effect["percent"]) / 100
            # Each charge has a discount of its own; lines share one, unless each is rounded.
            if target == "shipping" or semantics.get("rounded") == "line_discount":
                taken = [rounded(value * percent, mode) for value in values]
            else:
                taken = self._spread(rounded(sum(values, Fraction(0)) * percent, mode), meant)
        else:
            amount = self.minor(effect["amount"])
            if effect.get("allocation") == "each":
                amount *= sum(part.quantity for part in meant)
            taken = self._spread(min(amount, sum(values, Fraction(0))), meant)
        for part, share in zip(meant, taken, strict=True):
            part.discount += share
            if promotion.get("paid_by") == "third_party":
                part.third_party += share
            else:
                part.amount -= share

    def _spread(self, amount: Fraction, meant: Sequence[Part]) -> list[Fraction]:
        values = [part.left for part in meant]
        taken = spread(amount, values)
        # Over equal goods and then over their lines may come out otherwise; no rule says which.
        groups: dict[tuple[str, Fraction], list[Part]] = {}
        for part in meant:
            groups.setdefault((part.sku, part.price), []).append(part)
        lefts = [[part.left for part in group] for group in groups.values()]
        whole = spread(amount, [sum(each, Fraction(0)) for each in lefts])
        shares = map(spread, whole, lefts)
        by_group = dict(zip(groups, map(iter, shares), strict=True))
        again = [next(by_group[part.sku, part.price]) for part in meant]
        self.ambiguous |= tied(amount, values) or again != taken or any(map(tied, whole, lefts))
        return taken

    # --- taxes ---

    def _share(self, part: Part) -> None:
        if self.exempt:
            part.shares = [(part.amount, [])]
            return
        mix = self._mix(part, self.tax["rates"], [each.amount for each in self.goods])
        whole = sum(weight for weight, _ in mix)
        part.shares = [(part.amount * weight / whole, own) for weight, own in mix]

    def _mix(
        self, part: Part, listed: Iterable[Raw], amounts: Sequence[Fraction]
    ) -> list[tuple[Fraction, list[Raw]]]:
        """The rates of a part with their weights; `amounts` are what the goods come to."""
        listed = list(listed)
        how = self.tax.get("shipping", "own_class") if part.is_shipping else "own_class"
        goods = [
            (each, amount)
            for each, amount in zip(self.goods, amounts, strict=True)
            if each.ship_to == part.ship_to
        ]
        rates = [self._matching(each, listed) for each, _ in goods]
        one = Fraction(1)
        if how == "untaxed" or (how != "own_class" and not goods):
            return [(one, [])]
        if how == "own_class":
            return [(one, self._matching(part, listed))]
        if how == "highest_of_goods":
            return [(one, max(rates, key=factor))]
        weights = [amount for _, amount in goods]
        if not sum(weights):
            weights = [each.price * each.quantity for each, _ in goods]
        if not sum(weights):
            weights = [Fraction(each.quantity) for each, _ in goods]
        return list(zip(weights, rates, strict=True))

    def _start_from_nets(self) -> None:
        for part in self.parts:
            if part.gross:
                ((amount, rates),) = part.shares
                part.amount = rounded(amount / factor(rates))
                part.gross = False
                part.shares = [(part.amount, rates)]

    def _rounded(self, tax: Fraction) -> Fraction:
        return rounded(tax, self.mode, self.step)

    def _tax(self) -> None:
        self.by_rate: dict[str, Fraction] = {}
        rounding = self.tax["rounding"]
        exact: dict[str, Fraction] = {}
        for part in self.parts:
            for name, tax in part.exact.items():
                exact[name] = exact.get(name, Fraction(0)) + tax
            if rounding == "per_line":
                part.taxes = {name: self._rounded(tax) for name, tax in part.exact.items()}
            elif rounding == "per_unit":
                part.taxes = self._unit_by_unit(part)
            for name, tax in part.taxes.items():
                self.by_rate[name] = self.by_rate.get(name, Fraction(0)) + tax
        if rounding == "per_rate":
            self.by_rate = {name: self._rounded(tax) for name, tax in exact.items()}
            due = [self._on_net_prices(tax, name) for name, tax in self.by_rate.items()]
            self.added = sum(due, Fraction(0))
        if rounding == "per_order":
            whole = self._rounded(sum(exact.values(), Fraction(0)))
            self.added = self._on_net_prices(whole, None)
            self.tax_total = whole
            if len(exact) == 1:
                self.by_rate = dict.fromkeys(exact, whole)
        else:
            self.tax_total = sum(self.by_rate.values(), Fraction(0))

    def _on_net_prices(self, whole: Fraction, name: str | None) -> Fraction:
        """What of a rounded tax, or of all together, is on prices without tax."""
        exact = {True: Fraction(0), False: Fraction(0)}
        for part in self.parts:
            for own, tax in part.exact.items():
                if name in {None, own}:
                    exact[part.gross] += tax
        return spread(whole, [exact[True], exact[False]])[1]

    def _unit_by_unit(self, part: Part) -> dict[str, Fraction]:
        ((amount, rates),) = part.shares
        smaller, more = divmod(int(amount), part.quantity)
        found: dict[str, Fraction] = {}
        for units, price in ((more, smaller + 1), (part.quantity - more, smaller)):
            unit = attrs.evolve(part, shares=[(Fraction(price), rates)])
            for name, tax in unit.exact.items():
                found[name] = found.get(name, Fraction(0)) + units * self._rounded(tax)
        return found

    # --- what it comes to ---

    @property
    def _single(self) -> bool:
        """Whether the taxes of each line are rounded for themselves."""
        return self.tax["rounding"] in {"per_line", "per_unit"} or len(self.parts) == 1

    def _tax_of(self, part: Part) -> Fraction:
        if self.tax["rounding"] in {"per_line", "per_unit"}:
            return sum(part.taxes.values(), Fraction(0))
        if self._single or not part.exact:
            return self.tax_total if len(self.parts) == 1 else Fraction(0)
        return sum(part.exact.values(), Fraction(0))

    @property
    def net_total(self) -> Fraction:
        """Without tax."""
        return self.gross_total - self.tax_total

    @property
    def gross_total(self) -> Fraction:
        """With tax, before what third parties pay."""
        charged = sum((part.amount for part in self.parts), Fraction(0))
        if self.tax["rounding"] in {"per_rate", "per_order"}:
            return charged + self.added
        return charged + sum((self._tax_of(p) for p in self.parts if not p.gross), Fraction(0))

    def found(self, expect: Raw) -> dict[str, object]:
        """What the scenario comes to, of what is expected."""
        return {name: getattr(self, f"_{name}")(expect[name]) for name in expect}

    def wanted(self, expect: Raw) -> dict[str, object]:
        """What is expected, in minor units."""
        plain = {"name", "sku", "ship_to"}

        def read(value: Any, name: str) -> object:
            if isinstance(value, list):
                return [{key: read(inner, key) for key, inner in row.items()} for row in value]
            return value if name in plain else self.minor(value)

        return {name: read(value, name) for name, value in expect.items()}

    def _net_total(self, _: object) -> Fraction:
        return self.net_total

    def _tax_total(self, _: object) -> Fraction:
        return self.tax_total

    def _gross_total(self, _: object) -> Fraction:
        return self.gross_total

    def _total(self, _: object) -> Fraction:
        paid = self.gross_total - sum((part.third_party for part in self.parts), Fraction(0))
        if "cash_rounding" in self.tax:
            cash = self.tax["cash_rounding"]
            return rounded(paid, cash["mode"], self.minor(cash["step"]))
        return paid

    def _discount_total(self, _: object) -> Fraction:
        return sum((part.discount for part in self.goods), Fraction(0))

    def _shipping_tax(self, _: object) -> Fraction:
        tax = sum((self._tax_of(part) for part in self.charges), Fraction(0))
        return tax if self._single else rounded(tax)

    def _tax_by_rate(self, rows: Sequence[Raw]) -> list[dict[str, object]]:
        bases: dict[str, Fraction] = {}
        for part in self.parts:
            for name, base in part.bases.items():
                bases[name] = bases.get(name, Fraction(0)) + base
        nothing = Fraction(0)
        figures = {
            row["name"]: {
                "name": row["name"],
                "base": rounded(bases.get(row["name"], nothing)),
                "amount": self.by_rate.get(row["name"], nothing),
            }
            for row in rows
        }
        return [{key: figures[row["name"]][key] for key in row} for row in rows]

    def _lines_of(self, row: Raw) -> dict[str, object]:
        own = [
            part
            for part in self.goods
            if part.sku == row["sku"] and row.get("ship_to", part.ship_to) == part.ship_to
        ]
        tax = sum((self._tax_of(part) for part in own), Fraction(0))
        gross = sum((p.amount if p.gross else p.amount + self._tax_of(p) for p in own), Fraction(0))
        assert own
        figures: dict[str, object] = {
            "sku": row["sku"],
            "ship_to": own[0].ship_to,
            "net": gross - tax,
            "tax": tax,
            "gross": gross,
            "discount": sum((part.discount for part in own), Fraction(0)),
        }
        return {key: figures[key] for key in row}

    def _lines(self, rows: Sequence[Raw]) -> list[dict[str, object]]:
        return [self._lines_of(row) for row in rows]
