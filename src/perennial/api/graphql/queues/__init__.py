"""Queues and their ledger: all that the schema has of them. Imports `posts`, never the other way round."""
