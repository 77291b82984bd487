"""H. Fairness: how late 1,000 accounts' posts are beside an account with a million due, and what a look costs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

import asyncpg

from bench.fairness_blocked import measure_blocked
from bench.fairness_look import measure_looks
from bench.fairness_seed import BACKLOG_TEXT, OTHERS, seed, seed_others
from bench.figures import FEW_ROUNDS, Figure, percentile, print_progress, report
from bench.lateness import lateness, worker
from bench.servers import Servers, check_counts, start_servers
from bench.stub import Stub, run_stub
from perennial.jobs.worker_functions import WorkerFunction

SIZES = (10_000, 100_000, 1_000_000)
INSTANTS, APART_SECONDS, AHEAD_SECONDS = 10, 1, 2
DELAY_SECONDS = 0.1
# What may be sent at once of one account (PERENNIAL_ACCOUNT_REQUESTS_MAX), each request taking DELAY_SECONDS.
PLACES = 4


@dataclass(frozen=True)
class Run:
    """The others' p99 lateness in milliseconds, and how many requests a second the big account had meanwhile."""

    p99: float
    rate: float


async def main(servers: Servers) -> None:
    for size in (0, *SIZES):
        await servers.template(f"due_{size}", lambda connection, size=size: seed(connection, servers.key, size))
    async with run_stub(DELAY_SECONDS) as platform:
        rounds = [{size: await run(servers, platform, size) for size in (0, *SIZES)} for _ in range(FEW_ROUNDS)]
        blocked = await measure_blocked(servers, platform)
    looks = await measure_looks(servers, SIZES)
    report(
        *(lateness_figure(size, rounds) for size in SIZES),
        *(rate_figure(size, rounds) for size in SIZES),
        *looks,
        blocked,
    )


def lateness_figure(size: int, rounds: Sequence[dict[int, Run]]) -> Figure:
    """The others' lateness beside a backlog of this size, against that of the same round without one."""
    times = median(one[size].p99 / one[0].p99 for one in rounds)
    limit, ours = (median(one[which].p99 for one in rounds) for which in (0, size))
    what = f"p99 lateness of {OTHERS:,} accounts' posts beside one with {size:,} due, against without it"
    return Figure("H", what, f"{limit:,.0f} ms", f"{ours:,.0f} ms", f"{times:.2f} times", "≤ 2 times", times <= 2)


def rate_figure(size: int, rounds: Sequence[dict[int, Run]]) -> Figure:
    """The big account's requests a second, against what its places allow."""
    limit, ours = PLACES / DELAY_SECONDS, median(one[size].rate for one in rounds)
    share = ours / limit
    what = f"requests of the account with {size:,} due, against {PLACES} places of 100 ms"
    return Figure("H", what, f"{limit:.0f}/s", f"{ours:.1f}/s", f"{share:.2f}", "≥ 0.9", share >= 0.9)


async def run(servers: Servers, platform: Stub, size: int) -> Run:
    """Publishes the others' posts while a worker works off the backlog."""
    await platform.reset()
    async with servers.copy(f"due_{size}") as url, worker(servers, url, platform) as (_, alarms):
        connection = await asyncpg.connect(url)
        times = instants()
        await seed_others(connection, times)
        await alarms.arm(WorkerFunction.PUBLISH, set(times), datetime.now(UTC))
        latenesses = await lateness(platform, times)
        await asyncio.sleep(max(0.0, times[-1].timestamp() + APART_SECONDS - datetime.now(UTC).timestamp()))
        result = Run(percentile(latenesses, 99), await backlog_rate(platform, times))
        await check(connection, platform)
        await connection.close()
    print_progress(f"beside {size:,}: p99 {result.p99:.0f} ms, most {max(latenesses):.0f} ms, {result.rate:.1f}/s")
    return result


def instants() -> list[datetime]:
    """The time of each of the others' posts: as many at each of the instants, which begin in about AHEAD_SECONDS."""
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=AHEAD_SECONDS + 1)
    each = OTHERS // INSTANTS
    return [begin + timedelta(seconds=number // each * APART_SECONDS) for number in range(OTHERS)]


async def backlog_rate(platform: Stub, times: Sequence[datetime]) -> float:
    """The requests of the big account that arrived from the first instant until after the last one, in a second."""
    seconds = INSTANTS * APART_SECONDS
    begin = times[0].timestamp()
    arrivals = await platform.arrivals()
    here = [text for text, at in arrivals.items() if text.startswith(BACKLOG_TEXT) and begin <= at < begin + seconds]
    return len(here) / seconds


async def check(connection: asyncpg.Connection, platform: Stub) -> None:
    """Checks that each of the others' posts is published, and that nothing was sent twice."""
    await check_counts(connection, {"publications WHERE status = 'published' AND content LIKE 'Scheduled%'": OTHERS})
    assert set((await platform.count()).values()) == {1}


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
