"""publish_due: due publications are claimed, sent to their platforms, and their results recorded.

`publish_due` is the function that a worker calls, `dispatch` coordinates one call within the `limits`, and
`reconciling` looks for publications whose result is unknown. `claims` and `publication_rows` read and lock
publications, `overdue` ends what goes on too long, `sending` makes one request, `outcomes` decides what its result
means, `_recording` writes results, and `breakers` stop sending to a platform that serves nobody. `transitions` computes
the columns of a publication that an owner schedules or retries. The package may use those before it in the list. Begin
reading with `publish_due`.
"""
