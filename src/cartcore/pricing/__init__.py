"""The engine: which promotions apply to a cart, what they take off, and the quote that says so."""
