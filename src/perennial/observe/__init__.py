"""Logs and metrics: what operators see of a running process.

`logs` writes the log: for each event its name and the ids of the rows that it concerns. `metrics` holds every counter
and histogram that /metrics shows. It may use `core` and `settings`. Begin reading with `logs`.
"""
