"""The platforms that posts are published on.

`transport` is the protocol that each of them implements and the one way in which a request is made; `x` and
`linkedin` are a folder each, with the wire and the text rules of that platform. `registry` makes the transports of a
process. It may use `core` and `settings`, and knows nothing of the database. Begin reading with `transport`.
"""
