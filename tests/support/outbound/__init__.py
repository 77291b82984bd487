"""What stands between Perennial and those whom it calls."""
