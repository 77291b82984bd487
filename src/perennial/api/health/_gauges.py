"""The gauges that are read at every scrape of /metrics: what is due, overdue and unconfirmed, and the pending alarms.

Rows are counted up to COUNTED_MAX, by the partial indexes, so that a scrape stays cheap however many there are. Gauges
that cannot be read are left out.
"""

from collections.abc import Awaitable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from perennial.core import clock
from perennial.core.states import Platform
from perennial.core.timeouts import with_timeout
from perennial.db.sql import run_sql
from perennial.process import Process
from perennial.publishing import breakers

READ_SECONDS = 2.0
COUNTED_MAX = 10_000
OVERDUE = timedelta(minutes=1)

_CAPPED = f"{COUNTED_MAX + 1} means more than {COUNTED_MAX}."
_HELP = {
    "queues_due": f"Active queues whose time has come. {_CAPPED}",
    "queues_overdue": f"Of these, more than a minute ago. {_CAPPED}",
    "publications_due": f"Scheduled publications whose time has come. {_CAPPED}",
    "publications_overdue": f"Of these, more than a minute ago. {_CAPPED}",
    "publications_unconfirmed": f"Publications of which nobody knows yet whether they are out. {_CAPPED}",
}
_QUEUES = "recurring_queues WHERE status = 'active' AND next_scheduled_time <= {} ORDER BY next_scheduled_time"
_SCHEDULED = "publications WHERE status = 'scheduled' AND next_attempt_time <= {} ORDER BY next_attempt_time"
_UNCONFIRMED = "publications WHERE status = 'unconfirmed' ORDER BY next_attempt_time"


def _count_sql(rows: str) -> str:
    """The subquery that counts these rows. They are ordered, so that the planner walks the index, never the table."""
    return f"(SELECT count(*) FROM (SELECT 1 FROM {rows} LIMIT {COUNTED_MAX + 1}) AS counted)"  # noqa: S608 (ours)


_COUNTS = f"""
    SELECT {_count_sql(_QUEUES.format("$1"))} AS queues_due, {_count_sql(_QUEUES.format("$2"))} AS queues_overdue,
        {_count_sql(_SCHEDULED.format("$1"))} AS publications_due,
        {_count_sql(_SCHEDULED.format("$2"))} AS publications_overdue,
        {_count_sql(_UNCONFIRMED)} AS publications_unconfirmed
"""


async def read_gauges(process: Process, up: Mapping[str, bool]) -> list[Metric]:
    """Reads the gauges of the parts that are up: `up` has `database` and `redis`, as /readyz reports them."""
    found: list[Metric] = [_up(up)]
    if up["database"]:
        found += await _read_or_nothing(_from_database())
    if up["redis"]:
        found += await _read_or_nothing(_from_redis(process))
    return found


def _up(up: Mapping[str, bool]) -> Metric:
    family = GaugeMetricFamily("perennial_up", "Whether a part is up, as /readyz sees it.", labels=["part"])
    for part, is_up in up.items():
        family.add_metric([part], is_up)
    return family


async def _from_database() -> list[Metric]:
    now: datetime = await clock.now()
    (counts,) = await run_sql(_COUNTS, now, now - OVERDUE)
    tripped = await breakers.tripped()
    platforms = GaugeMetricFamily("perennial_platform_tripped", "1: stopped for everyone.", labels=["platform"])
    for platform in Platform:
        platforms.add_metric([platform.value], platform in tripped)
    return [
        *(GaugeMetricFamily(f"perennial_{name}", description, counts[name]) for name, description in _HELP.items()),
        platforms,
    ]


async def _from_redis(process: Process) -> list[Metric]:
    number, seconds = await process.alarms.pending()
    overdue = "By how much the first alarm is overdue; a call that is under way stays until it is done."
    return [
        GaugeMetricFamily("perennial_alarms", "Alarms in Redis, calls under way included.", number),
        GaugeMetricFamily("perennial_alarms_overdue_seconds", overdue, seconds),
    ]


async def _read_or_nothing(reading: Awaitable[list[Metric]]) -> list[Metric]:
    with suppress(Exception):
        return await with_timeout(READ_SECONDS, reading)
    return []
