"""Idempotency keys: a mutation that is sent again with its key creates nothing twice.

`keys` stores a key with the id of what it created, in the transaction that creates it. `pruning` deletes expired keys.
It may use `core`, `observe` and `db`. Begin reading with `keys`.
"""
