"""This package defines the schema's fields and types for posts and publications.

Of the other topics it imports accounts alone, which import none.
"""
