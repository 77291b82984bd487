"""The schema, a folder for each topic (`posts`, `queues`, `accounts`, `nodes` for all of them), joined in `schema`.

A topic has those of these modules that it needs: `types`, `enums` and `inputs`, `queries`, `mutations` and
`subscriptions`, `loading`, which reads what a field shows, and `rows`, which reads a list. `extensions` is called
around every operation (limits, error codes, known documents), and `context` is what a resolver is given. The other
modules are shared by several topics. Begin reading with `schema`, and then with `queues/types`.
"""
