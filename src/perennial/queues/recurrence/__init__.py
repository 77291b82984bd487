"""Pure: computes when a queue runs, and how a run changes it, from the queue's columns and `now`.

An *occurrence* is one planned time of a queue. It has a *slot*, a time of the local calendar in the queue's zone (of
UTC, where it has none); the slot's instant is its name, in the API and in the ledger. It falls due at that instant, or
at the time to which its owner moved it. The pending occurrence is the first that has not fallen due.

`columns` says what these rules read and write, `series` has a queue's occurrences, `passing` says what a due queue has
to run, `changes` how it goes on, `ahead` what its owner can still change, and `forecast` what comes. `recorded` leaves
out what the ledger has already, and `reasons` lists why an occurrence or a queue does not run.
What days a rule has is computed by `perennial.queues.calendar`.
"""
