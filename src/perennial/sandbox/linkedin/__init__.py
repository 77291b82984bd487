"""LinkedIn, as the sandbox speaks its wire."""
