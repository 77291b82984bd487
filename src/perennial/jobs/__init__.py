"""The job queue, which is arq's: besides the packages that run the worker, only this one imports arq.

`worker_functions` names the worker's functions, `alarms` enqueues calls of them for an instant, `cron_periods` says
when the cron calls them, `single_flight` keeps a process from doing the same work several times at once, `batches` does
work until nothing of it is left, `heartbeat` tells whether a worker is alive, `redis_client` gives everything that is
ours in Redis its name, `redis_connection` connects to Redis, `redis_check` tells why Redis takes no write, and
`best_effort` sends what a request can do without.
It may use `core`, `settings` and `observe`. Begin reading with `alarms`.
"""
