"""Strawberry extensions around every operation: its log, error codes, document limits and known documents."""
