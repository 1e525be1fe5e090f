"""The records of order entry: drafts, placed orders, and the filters of their lists.

A `draft` is being entered, an `order` has been placed, and `filters` say which orders a list shows.
"""
