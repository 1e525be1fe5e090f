# %% [markdown]
# # Designing a promotion: from which amount on should 10 % be off?
#
# A low threshold gives away much to customers who would have bought anyway. We try several on a
# day of real orders (`first_steps` reads them), and ask of each by how much sales would have to
# grow for it to pay for itself.

# %%
from one_day import AT, carts_of_the_day, gbp

from cartcore import Promotion
from cartcore.rules.builtin import MinSubtotal, OrderPercentOff
from cartcore.scenarios import pictures, sweep, unlock

carts = carts_of_the_day()
carts

# %% [markdown]
# ## One figure varied
#
# `make` gets a threshold, and returns the promotion for it.


# %%
def make(threshold):
    return Promotion(
        id="ten",
        name=f"10 % from {threshold}",
        effect=OrderPercentOff(percent="10"),
        conditions=(MinSubtotal(amount=gbp(threshold)),),
    )


swept = sweep(carts, make, [100, 200, 300, 400, 500, 750, 1000], at=AT, progress=False)
breakeven = swept.breakeven(cost="60")
breakeven

# %% [markdown]
# ## Does it pay if sales grow by a fifth?
#
# The dashed line is the margin without any promotion. Green values pass it.

# %%
pictures.swept(swept, cost="60", uplift="20")

# %% [markdown]
# ## Who would fill the cart up?
#
# A threshold works on orders that lie just below it.

# %%
near = swept.near_misses(within=gbp("50.00"))
by_value = near.group_by("value", maintain_order=True).len()
by_value

# %% [markdown]
# For one of them: what is the cheapest that it could add, and what would it pay then?

# %%
order = near.filter(near["value"] == "500")["order"][0]
at_500 = next(each for each in swept.run.scenarios if each.name == "500")
(found,) = unlock(carts.cart(order), at_500, at=AT)
print(f"Order {order}: {found}")

# %%
pays = breakeven.filter(breakeven["uplift"] <= 20)["value"].to_list()
assert pays == ["500", "750", "1000"]
assert found.total_then < found.total + found.spend

# %% [markdown]
# ## The answer
#
# If sales grow by a fifth, thresholds from 500 GBP on pay for themselves, and no lower one does:
# 10 % from 100 GBP would need a third more sales. At 500 GBP, customers just below the threshold
# have a reason to add something, and the shop gives a discount to 21 of 136 orders only.
