"""The platforms that posts are published on.

`transport` defines the protocol that each of them implements, and sends every request; `x` and `linkedin` are a folder
each, with that platform's transport, its refusals and its text rules. `identifying` asks whose token it is, for an
owner who connects an account. `registry` makes the transports of a process. It may use `core`, `settings`,
`observe` and `outbound`, and knows nothing of the database. Begin reading with `transport`.
"""
