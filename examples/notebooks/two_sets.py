# %% [markdown]
# # Two sets of promotions: who wins, who loses?
#
# The shop gives 10 % from 200 GBP. It thinks of tiers instead: 5, 20 and 60 GBP off from 100, 300
# and 600 GBP, with free shipping from 100. What would change, and for whom?

# %%
from one_day import AT, STANDARD, carts_of_the_day, gbp

from cartcore import Promotion
from cartcore.rules.builtin import (
    AmountTier,
    FreeShipping,
    MinSubtotal,
    OrderPercentOff,
    TieredAmountOff,
)
from cartcore.scenarios import Scenario, check_rules, pictures, simulate

carts = carts_of_the_day(shipping=STANDARD, keep=["Country"])

# %% [markdown]
# ## The two sets

# %%
ten = Promotion(
    id="ten",
    name="10 % from 200",
    effect=OrderPercentOff(percent="10"),
    conditions=(MinSubtotal(amount=gbp("200.00")),),
)
steps = (("5.00", "100.00"), ("20.00", "300.00"), ("60.00", "600.00"))
tiers = Promotion(
    id="tiers",
    name="5, 20, 60 off",
    effect=TieredAmountOff(
        tiers=tuple(AmountTier(amount=gbp(off), from_amount=gbp(start)) for off, start in steps)
    ),
)
free = Promotion(
    id="free",
    name="Free shipping from 100",
    effect=FreeShipping(),
    conditions=(MinSubtotal(amount=gbp("100.00")),),
)
run = simulate(
    carts,
    [
        Scenario(name="10 %", promotions=(ten,)),
        Scenario(name="tiers", promotions=(tiers, free)),
    ],
    at=AT,
    progress=False,
)
run

# %%
pictures.cost_by_promotion(run)

# %% [markdown]
# ## Who pays more, who pays less?

# %%
change = run.compare("10 %", "tiers", by="Country", cost="60")
change.summary

# %%
pictures.winners_and_losers(change)

# %% [markdown]
# ## The largest loser
#
# Both prices of one order, step by step.

# %%
order = change.orders["order"][0]
print(run.side_by_side("10 %", "tiers", order))

# %%
overall = run.compare("10 %", "tiers", cost="60").summary.row(0, named=True)
assert (overall["margin"], overall["pay_less"], overall["pay_more"]) == (299010, 20, 80)

# %% [markdown]
# ## Would both go together?
#
# The rule check makes carts of the goods of that order and prices them under all three. Some goods
# cost 85 % of their price: do all three together still leave something?

# %%
goods = carts.cart(order).lines
both = Scenario(name="both", promotions=(ten, tiers, free))
findings = check_rules(both, at=AT, among=goods, cost="85")
for finding in findings:
    print(finding.message)

# %%
assert [(each.fault, each.promotions) for each in findings] == [("below_cost", ("ten", "tiers"))]

# %% [markdown]
# ## The answer
#
# The tiers leave the shop 2,990.10 GBP more that day. 80 orders would pay more and 20 less: small
# orders gain a few pounds and their shipping, large ones lose their 10 %. One order alone pays
# more than 600 GBP more, so its customer should hear of it before it happens. The 10 %
# must end when the tiers begin: together they sell goods that cost 85 % below cost, from 300 GBP.
