"""This package defines the schema's fields and types for connected accounts. It imports no other topic."""
