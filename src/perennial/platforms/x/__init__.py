"""X: its API v2, how it counts a text's length, and how a user's timeline is searched for a text."""
