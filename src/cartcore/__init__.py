"""Back-office order entry: exact prices, explained discounts, orders that are never lost."""

__all__: list[str] = []
