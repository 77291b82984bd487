"""This package defines the schema's fields and types for queues and their ledger. It imports `posts`."""
