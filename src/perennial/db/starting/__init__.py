"""Before the database is opened: whether it can be worked on, and in one line why not.

`preparing` is what every command calls first. `looks` asks PostgreSQL what we may do there, and `refusals` has the
words for each error.
"""
