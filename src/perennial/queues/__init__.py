"""Recurring queues: what an owner does with them, and the tick that runs those that are due.

`queues` are an owner's operations, `recurrence` decides purely when a queue runs next, and `tick` is
process_due_queues, which a worker calls. It may use the packages before it in the list. Begin reading with `tick`.
"""
