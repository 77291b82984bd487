"""The only door to arq, and to what Redis keeps for it.

`alarms` calls one of the worker's functions at an instant, `cron_periods` says when the cron does, `single_flight`
keeps a process from doing the same work several times at once, `heartbeat` tells whether a worker lives, and
`redis_connection` connects to Redis. It may use `core`, `settings` and `observe`. Begin reading with `alarms`.
"""
