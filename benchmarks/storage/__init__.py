"""How fast storage is with many contacts, products and orders, beside bare driver calls (ST-9)."""
