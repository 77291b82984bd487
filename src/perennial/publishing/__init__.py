"""publish_due: what is due is claimed, sent to its platform, and recorded.

`publisher` is the function that a worker calls, `dispatch` the pipeline of one call, and `reconciling` looks for what
may have been published without an answer. `claims`, `publication_rows` and `transitions` read and write publications,
`sending` makes one request, `outcomes` decides what its answer means, and `breakers` stop a platform that serves
nobody. It may use the packages before it in the list. Begin reading with `publisher`.
"""
