"""Faults that were asked for: the sandbox's next calls fail in a chosen way."""
