"""Faults and races: processes place orders and are killed, and nothing is lost or half stored.

The tests here are the short form. `make torture` is the long one: see `__main__`.
"""
