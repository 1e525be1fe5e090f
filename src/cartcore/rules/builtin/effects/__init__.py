"""The built-in promotion types: what a promotion takes off, or adds."""
