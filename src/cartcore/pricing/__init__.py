"""The engine: which promotions apply to a cart, what they take off, and the quote that says so.

A pipeline (`engine`): a `request` and a `promotion_set` give `candidates`; each has its turn
(`turns`) on a `ledger`, which is made of a cart's `pools`; who applies is said by `choosing`,
`best_per_line` or `search`, the last with its `bound`, `estimate` and `dominance`; a `turn` says
what came of each; a `writer` writes the `quote` from that, with `shares`, `adjustments`, `taxes`
and `rivals`. What decisions tell people stands in `sentences`.
"""
