"""Looks for unconfirmed publications on their platforms and matches them with the posts that are found."""
