"""Perennial republishes people's best posts on a schedule."""
