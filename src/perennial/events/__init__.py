"""Events: what changes, published to subscribers through Redis.

`publisher` publishes that rows of an owner have changed, by their ids. `broker` is the receiving side: one
subscription to Redis for a process, shared by all its subscribers. Nothing depends on an event: subscribers read the
database. It may use `core`, `observe` and `jobs`. Begin reading with `publisher`.
"""
