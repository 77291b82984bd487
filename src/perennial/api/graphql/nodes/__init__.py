"""Reads anything by its id: the queries `node` and `nodes`. This package imports `posts`, `queues` and `accounts`."""
