"""Queues and their ledger in the schema."""
