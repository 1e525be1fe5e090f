"""The built-in conditions: when a promotion applies."""
