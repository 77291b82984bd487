"""The schema, a folder for each topic (`posts`, `queues`, `accounts`), joined in `schema`.

A topic has the same modules everywhere: its `types`, `enums` and `inputs`, its `queries`, `mutations` and
`subscriptions`, and `loading`, which reads the rows. Modules beside the topics are what several of them share.
"""
