"""This package defines the schema's fields and types for posts and publications. It imports no other topic."""
