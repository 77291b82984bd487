"""Knowing ahead: the occurrences ahead of an owner's queues, and what stands in the way of each.

`occurrences` reads queues and has their occurrences ahead, of single queues or of all of an owner's; `obstacles` says
what stands in their way, and `repeated_texts` where the same text would go out again too soon. The computing is that of
`perennial.queues.recurrence.forecast`.
"""
