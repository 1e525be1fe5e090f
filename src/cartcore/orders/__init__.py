"""The records of order entry: drafts, placed orders, and the filters of their lists."""
