"""Coordinates one call of publish_due.

`dispatcher` claims, sends and records beside each other, within the `limits`; `steps` says what it needs for that.
"""
