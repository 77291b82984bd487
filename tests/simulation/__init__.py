"""`python -m simulation`: queues of all kinds through years of virtual time, held against a calendar of its own.

Two parts. `century` follows many queues through a hundred years, by the pure functions of recurrence alone; `year` runs
a service (a PostgreSQL, a Redis, two workers, the API) through a year with outages, kills and edits. Both know from
`calendar`, which is python-dateutil and zoneinfo, which slots there are, and from `passing` what becomes of them: no
code of perennial.queues says what is right. `hand` has queues whose numbers were computed by hand. Begin reading with
`parts`.
"""
