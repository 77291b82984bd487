"""The worker process: arq calls the two functions, by alarms at the exact time and by cron as a safety net.

`running` builds arq's worker with its functions and cron entries, and builds it again if it dies with its Redis.
`health_port` serves the worker's own /healthz, /readyz and /metrics. The package may use every one before it in the
list. Begin reading with `running`.
"""
