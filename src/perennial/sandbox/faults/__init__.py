"""Fault injection: a test or a person makes the next calls to a platform fail in a chosen way."""
