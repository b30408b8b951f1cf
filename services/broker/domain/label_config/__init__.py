"""Label Studio's label configs: what one shows, what it asks, and whether data and answers fit it.

The one place that knows the tags. Read by `reader`, held as `model`; `data` checks what is posted,
`results` what is submitted, `meaning` says what an answer comes down to.
"""
