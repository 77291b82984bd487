"""The gauges that are read at every scrape of /metrics: what is due, overdue, unconfirmed or to be reconnected, alarms.

Rows are counted up to COUNTED_MAX, by indexes, so that a scrape stays cheap however many there are. Gauges
that cannot be read are left out.
"""

from collections.abc import Awaitable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from perennial.accounts import refresh_breakers
from perennial.core import clock
from perennial.core.states import Platform
from perennial.core.timeouts import with_timeout
from perennial.db.sql import is_sqlite, literals, run_sql
from perennial.process import Process
from perennial.publishing import breakers

READ_SECONDS = 2.0
COUNTED_MAX = 10_000
OVERDUE = timedelta(minutes=1)

_CAPPED = f"{COUNTED_MAX + 1:,} means more than {COUNTED_MAX:,}."
_HELP = {
    "queues_due": f"Active queues whose time has come. {_CAPPED}",
    "queues_overdue": f"Of these, more than a minute ago. {_CAPPED}",
    "publications_due": f"Scheduled publications whose time has come, but for those of blocked accounts. {_CAPPED}",
    "publications_overdue": f"Of these, more than a minute ago. {_CAPPED}",
    "publications_unconfirmed": f"Publications of which nobody knows yet whether they are out. {_CAPPED}",
}
# Rows are ordered, and PostgreSQL does not see how many are to be read, so it plans to walk an index and to stop early.
# Else it may read and sort all that there is, as its statistics need not know how much that is.
_LIMIT = f"LIMIT (SELECT {COUNTED_MAX + 1})"
_QUEUES = "recurring_queues WHERE status = 'active' AND next_scheduled_time <= {until} ORDER BY next_scheduled_time"
_UNCONFIRMED = "publications WHERE status = 'unconfirmed' ORDER BY next_attempt_time"
# The head of a blocked account is the end of its block. Disconnected ones count: what is due there is to be ended.
_ACCOUNTS = f"""
    SELECT id FROM connected_accounts
    WHERE platform IN ({literals(Platform)}) AND next_due <= {{until}}
    ORDER BY platform, next_due {_LIMIT}
"""  # noqa: S608 (ours)
# The time is compared outside: with it PostgreSQL would take the index of all that is scheduled.
_WITHOUT_ACCOUNT = f"""
    SELECT 1 FROM (
        SELECT next_attempt_time FROM publications WHERE connected_account_id IS NULL AND status = 'scheduled'
        ORDER BY connected_account_id, next_attempt_time {_LIMIT}
    ) AS earliest WHERE next_attempt_time <= {{until}}
"""  # noqa: S608
# Between bounds and in the order of the account's own index, as in publishing/_due.py: no other backlog is read.
_OF_ACCOUNTS_ON_POSTGRES = f"""
    SELECT 1 FROM ({_ACCOUNTS}) AS account
    CROSS JOIN LATERAL (
        SELECT 1 FROM publications
        WHERE connected_account_id >= account.id AND connected_account_id <= account.id
            AND (connected_account_id, next_attempt_time) <= (account.id, {{until}}) AND status = 'scheduled'
        ORDER BY connected_account_id, next_attempt_time {_LIMIT}
    ) AS due
    {_LIMIT}
"""  # noqa: S608
_OF_ACCOUNTS_ON_SQLITE = f"""
    SELECT 1 FROM ({_ACCOUNTS}) AS account
    CROSS JOIN publications AS due
    WHERE connected_account_id = account.id AND due.status = 'scheduled' AND next_attempt_time <= {{until}}
    {_LIMIT}
"""  # noqa: S608
# By the partial index of accounts that are marked, and of those whose token has expired and cannot be refreshed.
_MARKED = "connected_accounts WHERE platform = '{platform}' AND status = 'reconnect_required' ORDER BY token_expires_at"
_LAPSED = """
    connected_accounts
    WHERE platform = '{platform}' AND status = 'active' AND encrypted_refresh_token IS NULL AND token_expires_at <= $1
    ORDER BY token_expires_at
"""


def _count_sql(rows: str) -> str:
    """The subquery that counts these rows, up to the limit."""
    return f"(SELECT count(*) FROM (SELECT 1 FROM {rows} {_LIMIT}) AS counted)"  # noqa: S608 (ours)


def _counts_sql(of_accounts: str) -> str:
    """The statement that reads all counts: of what is due at `$1`, and of what was due at `$2` already."""
    scheduled = (
        f"(SELECT * FROM ({of_accounts}) AS of_accounts UNION ALL SELECT * FROM ({_WITHOUT_ACCOUNT}) AS others) AS due"  # noqa: S608
    )
    return f"""
        SELECT {_count_sql(_QUEUES.format(until="$1"))} AS queues_due,
            {_count_sql(_QUEUES.format(until="$2"))} AS queues_overdue,
            {_count_sql(scheduled.format(until="$1"))} AS publications_due,
            {_count_sql(scheduled.format(until="$2"))} AS publications_overdue,
            {_count_sql(_UNCONFIRMED)} AS publications_unconfirmed
    """


_COUNTS_ON_POSTGRES, _COUNTS_ON_SQLITE = map(_counts_sql, (_OF_ACCOUNTS_ON_POSTGRES, _OF_ACCOUNTS_ON_SQLITE))

_TO_RECONNECT = " UNION ALL ".join(
    f"SELECT '{one}' AS platform, "
    f"{_count_sql(_MARKED.format(platform=one))} + {_count_sql(_LAPSED.format(platform=one))} AS accounts"
    for one in Platform
)


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
    (counts,) = await run_sql(_COUNTS_ON_SQLITE if is_sqlite() else _COUNTS_ON_POSTGRES, now, now - OVERDUE)
    to_reconnect = GaugeMetricFamily(
        "perennial_accounts_to_reconnect", f"Accounts that have to be connected again. {_CAPPED}", labels=["platform"]
    )
    for row in await run_sql(_TO_RECONNECT, now):
        to_reconnect.add_metric([row["platform"]], min(row["accounts"], COUNTED_MAX + 1))
    tripped = await breakers.tripped()
    platforms = GaugeMetricFamily("perennial_platform_tripped", "1: stopped for everyone.", labels=["platform"])
    refreshes = GaugeMetricFamily("perennial_refreshes_tripped", "1: no token is refreshed.", labels=["platform"])
    without_refreshes = await refresh_breakers.tripped()
    for platform in Platform:
        platforms.add_metric([platform.value], platform in tripped)
        refreshes.add_metric([platform.value], platform in without_refreshes)
    return [
        *(GaugeMetricFamily(f"perennial_{name}", description, counts[name]) for name, description in _HELP.items()),
        to_reconnect,
        platforms,
        refreshes,
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
