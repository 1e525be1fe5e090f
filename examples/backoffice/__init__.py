"""A back office for order entry: pages over `cartcore.OrderDesk`, and nothing of its own to say.

Start reading at `app.py`, which lists the addresses. Each module holds the pages of one step.
"""
