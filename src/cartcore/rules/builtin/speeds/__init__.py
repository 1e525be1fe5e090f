"""The built-in providers of shipping speeds."""
