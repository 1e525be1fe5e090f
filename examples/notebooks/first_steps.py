# %% [markdown]
# # First steps: what would 10 % off have cost yesterday?
#
# One day of a British gift wholesaler lies beside this notebook: 3,108 order lines. We read them
# as carts, price them under a promotion, and look at one order whole.

# %%
from datetime import UTC, datetime
from pathlib import Path

from moneyed import Money

from cartcore import Promotion, ShippingSpeed
from cartcore.rules.builtin import MinSubtotal, OrderPercentOff
from cartcore.scenarios import Scenario, carts_from, pictures, simulate

data = next(folder for folder in (Path("../data"), Path("examples/data")) if folder.exists())
at = datetime(2010, 12, 1, tzinfo=UTC)


def gbp(amount):
    return Money(amount, "GBP")


# %% [markdown]
# ## Which orders are there?
#
# We say which column is which. Every cart goes by one shipping speed, as the data do not tell how
# they were sent.

# %%
carts = carts_from(
    data / "online_retail_2010-12-01.csv.gz",
    order="InvoiceNo",
    sku="StockCode",
    quantity="Quantity",
    unit_price="UnitPrice",
    title="Description",
    currency="GBP",
    shipping=ShippingSpeed(code="standard", name="Standard", price=gbp("4.95")),
    keep=["Country"],
)
carts

# %% [markdown]
# Nothing was dropped in silence: the rows that cannot be priced are all cancellations, with
# quantities below zero.

# %%
refused = carts.refused.group_by("column", "reason").len()
refused

# %% [markdown]
# ## What would it have cost?

# %%
ten = Promotion(
    id="ten",
    name="10 % from 200",
    effect=OrderPercentOff(percent="10"),
    conditions=(MinSubtotal(amount=gbp("200.00")),),
)
run = simulate(
    carts,
    [Scenario(name="as it was"), Scenario(name="10 % from 200", promotions=(ten,))],
    at=at,
    progress=False,
)
run

# %%
summary = run.summary(cost="60")
summary

# %% [markdown]
# ## How large are the discounts?

# %%
pictures.discounts(run)

# %% [markdown]
# ## And one order?
#
# Any single price can be looked at whole, with each step in words.

# %%
quote = run.quote("10 % from 200", "536370")
print(quote.explain())
quote

# %%
pictures.waterfall(quote)

# %%
assert (len(carts), carts.refused.height) == (136, 27)
assert summary["affected"].to_list() == [0, 80]
assert summary["discounts"].to_list() == [0, 548010]

# %% [markdown]
# ## The answer
#
# 80 of 136 orders would have had the discount, and it would have cost 5,480.10 GBP. With goods
# that cost 60 % of their price, that is 23 % of the day's margin. Whether a higher threshold pays
# is the question of the next notebook, `designing_a_promotion`.
