"""X, as the sandbox speaks its wire."""
