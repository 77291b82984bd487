"""Idempotency."""
