"""Recurring queues: what an owner does with them, and the tick that runs those that are due.

`queues` has an owner's operations, `bulk` those on several queues at once, `steering` those on single occurrences;
`pausing` stops queues for a while, and `resuming` says how one becomes active again. `settings` has what an owner may
set, and when a queue runs by that; `rotation` the posts that take turns, and `owned` reads and writes an owner's rows.
`calendar` computes what days a rule has in a time zone, `recurrence` when a queue runs, and `tick` is
process_due_queues, which a worker calls: it clones what is due and writes the ledger, whose rows `ledger` explains.
`stopping` says which queues pause by themselves, `upcoming` what comes next, and `time_zones` follows new rules of
zones. The package may use those before it in the list. Begin reading with `tick`.
"""
