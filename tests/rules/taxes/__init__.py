"""Tests of the tax calculators that come with cartcore."""
