"""Clients that behave as a test wants, on real sockets."""
