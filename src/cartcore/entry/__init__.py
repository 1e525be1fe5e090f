"""Order entry: what a draft comes to, and how it is changed until it can be placed.

`facts` reads what matters to a draft, and `view` evaluates it: price, `steps`, `speeds` and
`problems`, which `checks` finds and `sentences` words. `editor` changes a draft in its
`working_draft`, with a module for each subject: `contacts`, `items`, `applied_promotions`,
`manual_discounts`, `shipments` and `assignments`. `placing` makes an order of it, if it is still
what was `shown`.
"""
