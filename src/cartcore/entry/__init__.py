"""Order entry: what a draft comes to, and how it is changed until it can be placed."""
