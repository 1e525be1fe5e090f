"""Draw a quote that explains itself, for the first page and the README.

python docs/quote_picture.py > docs/quote.svg
"""

import sys
from datetime import UTC, datetime
from html import escape

from moneyed import Money

from cartcore import (
    AppliedPromotion,
    Cart,
    CartLine,
    CartShipment,
    Promotion,
    Quote,
    ShippingSpeed,
    Trigger,
    price,
)
from cartcore.rules.builtin import FreeShipping, MinSubtotal, OrderAmountOff, PercentOff
from cartcore.values.money import show

ROW = 18
COLUMN = 7.83
MARGIN = 20
LEFT, RIGHT = 360, 410
"""How wide the receipt and the explanations are."""
GAP = 60
FONT = "font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def usd(amount: str) -> Money:
    """An amount in US dollars."""
    return Money(amount, "USD")


def example() -> Quote:
    """A quote with two discounts, and a promotion that something is missing for."""
    lines = (
        CartLine(id="1", sku="MUG", title="Mug", quantity=3, unit_price=usd("9.99")),
        CartLine(id="2", sku="PAN", title="Pan", quantity=1, unit_price=usd("24.50")),
    )
    post = ShippingSpeed(code="post", name="Post", price=usd("4.90"))
    shipment = CartShipment(id="s1", lines=(("1", 3), ("2", 1)), country="US", speed=post)
    promotions = (
        Promotion(id="kitchen", name="15 % off kitchen", effect=PercentOff(percent="15")),
        Promotion(
            id="five",
            name="5 off",
            effect=OrderAmountOff(amount=usd("5.00")),
            trigger=Trigger.CODE,
            codes=("FIVE",),
        ),
        Promotion(
            id="free",
            name="Free shipping from 60.00",
            effect=FreeShipping(),
            conditions=(MinSubtotal(amount=usd("60.00")),),
        ),
    )
    cart = Cart(
        currency="USD",
        lines=lines,
        shipments=(shipment,),
        applied=(AppliedPromotion(promotion_id="five", promo_code="FIVE"),),
    )
    return price(cart, promotions, at=datetime(2026, 5, 1, tzinfo=UTC))


def text(x: float, y: float, words: str, style: str = "") -> str:
    """A line of text."""
    return f'<text x="{x}" y="{y}" xml:space="preserve" style="{style}">{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A box with round corners."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="{fill}" '
        'stroke="#d0d7de"/>'
    )


def picture(quote: Quote) -> str:
    """Draw the receipt, and beside each row that a promotion has, how it came about."""
    drawn: list[str] = []
    at: dict[str, float] = {}
    y: float = MARGIN + 1.5 * ROW
    columns = round((LEFT - 2 * MARGIN) / COLUMN)
    for label, amount in quote.rows():
        figure = show(amount)
        bold = "font-weight: bold" if label == "Total" else ""
        drawn.append(text(MARGIN + 16, y, f"{label:<{columns - len(figure)}}{figure}", bold))
        at[label] = y - 4
        y += ROW
    refused = [decision for decision in quote.decisions if not decision.applied]
    y += 0.5 * ROW
    for decision in refused:
        drawn.append(text(MARGIN + 16, y, f"not applied: {decision.label}", "fill: #6e7781"))
        at[decision.label] = y - 4
        y += ROW
    bottom = y
    right = MARGIN + LEFT + GAP
    y = MARGIN
    for decision in quote.decisions:
        rows = quote.explain(decision.promotion_id).splitlines()
        height = len(rows) * ROW + 16
        drawn.append(box(right, y, RIGHT, height, "#f6f8fa"))
        drawn += [text(right + 14, y + 21 + i * ROW, row) for i, row in enumerate(rows)]
        start, middle = at[decision.label], y + height / 2
        drawn.append(
            f'<path d="M {MARGIN + LEFT} {start} C {right - 25} {start}, {MARGIN + LEFT + 25} '
            f'{middle}, {right} {middle}" fill="none" stroke="#0969da" stroke-width="1.5"/>'
        )
        y += height + 14
    height = max(bottom, y - 14 + MARGIN - ROW) + 0.5 * ROW
    width = right + RIGHT + MARGIN
    receipt = box(MARGIN, MARGIN, LEFT, bottom - MARGIN, "#fffdf7")
    inside = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0f}" '
        f'viewBox="0 0 {width} {height:.0f}" role="img" '
        'aria-label="A quote, and beside each discount how it came about">\n'
        f'<rect width="{width}" height="{height:.0f}" fill="#ffffff"/>\n{receipt}\n'
        f'<g style="{FONT}; fill: #24292f">\n{inside}\n</g>\n</svg>\n'
    )


if __name__ == "__main__":
    sys.stdout.write(picture(example()))
