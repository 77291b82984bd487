"""X: its API v2, how it counts a text, and how a user's timeline is read back."""
