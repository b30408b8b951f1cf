"""Label Studio's label configs: what one shows, what it asks, and whether data and answers fit it.

The one place that knows the tags (`tags`). Read by `reader`, held as `model`; `data` checks what is
posted, `results` and `regions` what is submitted; `meaning` says which of the answers decides, and
`values` makes one text of them and back. Problems name a path and a rule.
"""
