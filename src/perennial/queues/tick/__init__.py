"""process_due_queues, whose run is a *tick*: it runs what has fallen due, and accounts for what did not run.

Begin reading with `ticker`. `run_now` runs a queue by hand, in the same way.
"""
