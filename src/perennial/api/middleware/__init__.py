"""The middleware around every request: its id, safe response headers, and its line in the access log."""
