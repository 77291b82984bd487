"""How connections to PostgreSQL are made, with or without a pooler in between.

`connector` makes them, and `passwords` says where a password was looked for. Others ask `db.connection` for them.
"""
