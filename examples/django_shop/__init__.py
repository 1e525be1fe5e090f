"""A small shop made with Django, in which staff take orders by telephone."""
