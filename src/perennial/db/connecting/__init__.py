"""How connections to PostgreSQL are made, with or without a pooler in between.

`connector` makes them. Others ask `db.connection` for them.
"""
