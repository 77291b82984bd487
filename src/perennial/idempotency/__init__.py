"""Idempotency keys: a request that is sent again with its key makes nothing twice.

`keys` remembers what a key has made, in the transaction that makes it. `pruning` removes keys that are too old to
count. It may use `core`, `observe` and `db`. Begin reading with `keys`.
"""
