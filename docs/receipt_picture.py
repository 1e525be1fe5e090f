"""Draw the receipt of the demo as a picture for the README.

python examples/place_order.py | python docs/receipt_picture.py > docs/receipt.svg
"""

import sys
from html import escape

ROW = 17
COLUMN = 7.8
MARGIN = 22

text = sys.stdin.read()
receipt = text[text.index("Order review") :].split("\n\n")[0].splitlines()
receipt[0] = receipt[0].center(len(receipt[1]))
width = round(max(map(len, receipt)) * COLUMN + 2 * MARGIN)
height = len(receipt) * ROW + 2 * MARGIN
heights = [round(MARGIN + ROW * (i + 0.8)) for i in range(len(receipt))]
rows = "\n".join(
    f'<text x="{MARGIN}" y="{y}" xml:space="preserve">{escape(row)}</text>'
    for y, row in zip(heights, receipt, strict=True)
)
style = "font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #24292f"
sys.stdout.write(
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    f'viewBox="0 0 {width} {height}" role="img" aria-label="The review of an order">\n'
    f'<rect width="{width}" height="{height}" rx="8" fill="#fffdf7" stroke="#d0d7de"/>\n'
    f'<g style="{style}">\n{rows}\n</g>\n</svg>\n'
)
