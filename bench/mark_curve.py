"""How many requests to mark together: a tool, no benchmark. `python -m bench.mark_curve` prints a line for each number.

Publications that are marked but were never sent are doubts, each for a person to settle, if the worker dies there. The
fewer are marked together, the fewer doubts there are, and the more statements. A line has letter B's two ratios to the
limit, and how many of 100 due a worker leaves marked but unsent that dies at its first mark, and at a later one.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import asyncpg
from support.processes import ROOT

from bench.figures import FEW_ROUNDS, Pairs, Round, print_progress
from bench.publish import DELAY, FEW, MANY, rounds, seed
from bench.servers import Servers, start_servers
from bench.stub import Stub, run_stub
from perennial.core.fault_points import FaultPoint
from perennial.process import open_database, open_process
from perennial.publishing.dispatch import dispatcher
from perennial.settings import Settings

GROUPS = (1, 2, 5, 10, 25, 50)
DUE_AT_A_KILL, LATER_MARK = 100, 3
CLOSED_URL = "http://127.0.0.1:9"


async def main(servers: Servers, groups: list[int], number_of_rounds: int) -> None:
    """Prints the curve; the rounds of all groups are interleaved, so that other load affects all of them."""
    for due in (MANY, FEW, DUE_AT_A_KILL):
        await servers.template(f"due_{due}", lambda connection, due=due: seed(connection, servers.key, due))
    async with run_stub() as at_once, run_stub(DELAY) as slow:
        fast = await measure(rounds(servers, at_once, MANY), groups, number_of_rounds, "at once")
        late = await measure(rounds(servers, slow, FEW), groups, number_of_rounds, "100 ms")
        marks = (1, LATER_MARK)
        doubts = {group: [await doubts_after_kill(servers, slow, group, mark) for mark in marks] for group in groups}
    print(f"{'marked':>6} {'at once':>16} {'100 ms':>16} {'doubts, mark 1':>15} {f'mark {LATER_MARK}':>7}")
    for group in groups:
        rates = [f"{pairs.ratio:.2f} ({median(pairs.ours):,.0f}/s)" for pairs in (fast[group], late[group])]
        print(f"{group:>6} {rates[0]:>16} {rates[1]:>16} {doubts[group][0]:>15} {doubts[group][1]:>7}")


async def measure(both: tuple[Round, Round], groups: list[int], number_of_rounds: int, what: str) -> dict[int, Pairs]:
    """Measures each group's rate next to the limit's, round by round."""
    limit, ours = both
    found = {group: Pairs([], []) for group in groups}
    for _ in range(number_of_rounds):
        for group, pairs in found.items():
            pairs.limit.append(await limit())
            with marked_together(group):
                pairs.ours.append(await ours())
            print_progress(f"{what}, {group} marked together: {pairs.ours[-1] / pairs.limit[-1]:.3f}")
    return found


async def doubts_after_kill(servers: Servers, platform: Stub, group: int, mark: int) -> int:
    """How many publications are marked, and never arrived, when a worker died at this mark."""
    await platform.reset()
    async with servers.copy(f"due_{DUE_AT_A_KILL}") as url:
        urls = dict.fromkeys(("PERENNIAL_LINKEDIN_API_URL", "PERENNIAL_LINKEDIN_OAUTH_URL"), CLOSED_URL)
        point = f"{FaultPoint.PUBLICATION_MARKED}:{mark}"
        environment = servers.environment(
            url, PERENNIAL_X_API_URL=platform.url, PERENNIAL_FAULT_POINT=point, PERENNIAL_LOG_LEVEL="ERROR", **urls
        )
        command = [sys.executable, "-m", "bench.mark_curve", "--die-with", str(group)]
        worker = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
        ended = await worker.wait()
        connection = await asyncpg.connect(url)
        marked = await connection.fetchval("SELECT count(request_started_time) FROM publications")
        await connection.close()
    # With few groups there is no such mark: the worker published everything.
    assert ended == -signal.SIGKILL or group * (mark - 1) >= DUE_AT_A_KILL, ended
    return marked - len(await platform.count()) if ended else 0


async def publish_and_die(group: int) -> None:
    """Publishes what is due as the environment says, which names the point at which this process dies."""
    async with open_process(Settings()) as process, open_database(process):
        with marked_together(group):
            await process.publisher.publish_due()


@contextmanager
def marked_together(group: int) -> Iterator[None]:
    """As many requests are marked together inside."""
    before, dispatcher.MARKED_MAX = dispatcher.MARKED_MAX, group
    try:
        yield
    finally:
        dispatcher.MARKED_MAX = before


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How many requests to mark together.")
    parser.add_argument("--groups", type=int, nargs="+", default=GROUPS)
    parser.add_argument("--rounds", type=int, default=FEW_ROUNDS)
    parser.add_argument("--die-with", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.die_with:
        asyncio.run(publish_and_die(arguments.die_with))
    else:
        with start_servers() as servers:
            asyncio.run(main(servers, list(arguments.groups), arguments.rounds))
