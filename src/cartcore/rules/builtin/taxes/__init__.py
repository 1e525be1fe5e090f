"""Tax calculators that come with cartcore."""
