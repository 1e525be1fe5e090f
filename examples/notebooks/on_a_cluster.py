# %% [markdown]
# # One of three bags free, or one of ten: what would it take?
#
# Of so many bags the cheapest is free: by how much would sales have to grow for that to pay? With
# policies and plugins of one's own a year of orders may take minutes on one machine. On a Dask
# cluster the same sweep is one more argument. Here the cluster is two workers in this process;
# yours has an address, `Client("tcp://...")`.

# %%
from distributed import Client, LocalCluster
from one_day import AT, carts_of_the_day

from cartcore import PricingPolicy, Promotion, Selection
from cartcore.pricing.policy import Stacking
from cartcore.rules.builtin import BuyXGetY
from cartcore.scenarios import Scenario, pictures, sweep

carts = carts_of_the_day()
lines = carts.lines
bags = lines.filter(lines["title"].str.contains(" BAG"))["sku"].unique().sort().to_list()
len(bags)

# %% [markdown]
# ## The sweep
#
# A line takes its best item promotion only. No column expression knows this policy, so every cart
# is priced whole, which is what a cluster is for.


# %%
def one_free_of(count):
    bag = Selection(skus=tuple(bags))
    effect = BuyXGetY(buy=count - 1, get=1, percent="100", buy_from=bag, get_from=bag)
    return Scenario(
        name="bags",
        promotions=(Promotion(id="bags", name=f"One of {count} bags free", effect=effect),),
        policy=PricingPolicy(stacking=Stacking.BEST_PER_LINE),
    )


with (
    LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster,
    Client(cluster) as client,
):
    swept = sweep(carts, one_free_of, [3, 5, 10], at=AT, workers=client, progress=False)
swept.run.how

# %%
needed = swept.breakeven(cost="60")
needed

# %%
pictures.swept(swept, cost="60", uplift="2")

# %%
sums = {row["value"]: row for row in swept.summary().iter_rows(named=True)}
assert sums["3"]["discounts"] > sums["5"]["discounts"] > sums["10"]["discounts"] > 0
growth = {row["value"]: round(row["uplift"], 1) for row in needed.iter_rows(named=True)}
assert growth == {"3": 4.0, "5": 2.3, "10": 1.1}
growth

# %% [markdown]
# ## The answer
#
# If goods cost 60 % of their price, sales would have to grow by 4.0 % for one of three bags free to
# pay, by 2.3 % for one of five, and by 1.1 % for one of ten. 36, 32 and 27 orders of the day would
# have got one.
