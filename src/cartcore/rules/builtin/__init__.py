"""The built-in types, one plugin a file. Copying one is the honest way to start your own."""

from cartcore.rules.builtin import (
    add_product,
    amount_off,
    contact_tag,
    flat_rate,
    free_shipping,
    min_quantity,
    min_subtotal,
    order_amount_off,
    order_percent_off,
    percent_off,
    pickup,
    rate_table,
    zone_rates,
)

PLUGINS = (
    add_product,
    amount_off,
    contact_tag,
    flat_rate,
    free_shipping,
    min_quantity,
    min_subtotal,
    order_amount_off,
    order_percent_off,
    percent_off,
    pickup,
    rate_table,
    zone_rates,
)
