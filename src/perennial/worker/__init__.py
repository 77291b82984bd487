"""The worker process: arq calls the two functions, by alarms exactly and by cron certainly.

`running` builds arq's worker with its functions and cron entries and builds it again where it dies with its Redis.
`port` serves the worker's own /healthz, /readyz and /metrics. It may use every package before it in the list. Begin
reading with `running`.
"""
