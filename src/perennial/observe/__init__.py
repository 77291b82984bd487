"""Logs and metrics: what operators see of a running process.

`logs` writes the log: for each event its name and the ids of the rows that it concerns; what libraries say is an event
too. `stray_errors` logs what no code of ours catches, and `floods` leaves one line a minute of what would come in
thousands. `metrics` holds the counters and histograms that /metrics shows, and `pools` says how the pools of
connections are used. It may use `core` and `settings`. Begin reading with `logs`.
"""
