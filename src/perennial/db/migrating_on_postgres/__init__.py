"""Migrates a PostgreSQL: one process at a time, on a connection of its own, for as long as it takes.

Two connections do it. One has the turn (`_turn`): a transaction that holds an advisory lock and is otherwise idle. The
other runs the migrations (`applying`), without any time-out but one for the locks that a transactional migration takes:
behind a statement that waits for a table, every later one for that table waits too. Nothing is set for longer than a
transaction.
"""
