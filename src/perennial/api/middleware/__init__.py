"""What stands around every request: its id, safe headers, and its line in the access log."""
