"""The shop as it was: products, customers and stock, kept in Django's admin."""
