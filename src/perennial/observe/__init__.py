"""What Perennial tells its operators while it works.

`logs` writes the log: an event's name and the ids that it is about. `metrics` holds every counter and histogram that
/metrics shows. It may use `core` and `settings`. Begin reading with `logs`.
"""
