"""What the adapters of SQL databases have in common."""
