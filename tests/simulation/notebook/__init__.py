"""What somebody would keep in a notebook who knew the rules by heart: the queues of the real part, and their ledgers.

`queues` says what ticks and owners make of a queue, `turns` which of its posts runs, and `judging` compares the service
with it. Nothing is asked of the service: which slots a queue has says the calendar.
"""
