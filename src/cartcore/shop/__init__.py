"""What a shop has: contacts with their addresses, products with their variants, shipping speeds."""
