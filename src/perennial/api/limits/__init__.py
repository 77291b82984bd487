"""Measures requests: how large and how costly a document is, and how many requests an owner has left."""
