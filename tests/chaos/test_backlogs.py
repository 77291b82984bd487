"""A platform without credit for days: of what piles up meanwhile goes out what somebody still wants to be sent."""

from datetime import timedelta

from support.api import RETRY_PUBLICATION
from support.production.seeds import ago, connect, posts, queues
from support.production.stage import CRON_SECONDS, Stage
from support.story import eventually, soon

from perennial.jobs.worker_functions import WorkerFunction

OCCURRENCES = 4
_BY_TIME = "SELECT status, error_code FROM publications WHERE status <> 'draft' ORDER BY scheduled_time, id"
_OF = "SELECT publications.* FROM publications JOIN posts ON posts.id = post_id WHERE clerk_user_id = $1"
_TRIED = """
    UPDATE publications SET next_attempt_time = now(), attempts = 1 FROM posts
    WHERE posts.id = post_id AND clerk_user_id = 'tried'
"""
# As if the minute had passed that lies between two probes.
_PROBE = "UPDATE platform_breakers SET probe_time = $1"


async def test_of_four_occurrences_that_piled_up_the_latest_goes_out_once_the_platform_has_credit(stage):
    """The first was tried, and is to be tried again in a minute: that is after the others, but it is the oldest."""
    await connect(stage, ["alice"], ["X"])
    await stage.fail("X", status=402, times=1_000)
    await queues(stage, ["alice"], soon(3_600), ["X"])  # not before the worker's first call
    await stage.ready_worker()
    for run in range(1, OCCURRENCES + 1):
        await stage.database.execute("UPDATE recurring_queues SET next_scheduled_time = $1", soon(0))
        await stage.work(WorkerFunction.PROCESS_QUEUES)
        await eventually(lambda times=run: has_run(stage, times), "the queue runs")
        await eventually(lambda: is_tripped(stage), "the first one finds the platform without credit")
    await stage.heal()
    await stage.database.execute(_PROBE, soon(-1))
    await stage.work(WorkerFunction.PUBLISH)
    await stage.settled(CRON_SECONDS)
    fates = [(row["status"], row["error_code"]) for row in await stage.rows(_BY_TIME)]
    assert fates == [("failed", "SUPERSEDED")] * (OCCURRENCES - 1) + [("published", None)]
    (ids,) = (await stage.posts()).values()
    assert len(ids) == 1
    assert await stage.one("SELECT execution_count FROM recurring_queues") == OCCURRENCES


async def test_what_waited_for_two_days_is_not_sent_any_more_but_for_what_a_person_retries(stage):
    """Nobody claims on a platform that is tripped, so the cron's call ends what is old; what was tried, a claim."""
    await connect(stage, ["old", "tried", "fresh"], ["X"])
    await trip(stage)
    await posts(stage, ["old", "tried"], ago(hours=49), ["X"])
    await stage.database.execute(_TRIED)
    await posts(stage, ["fresh"], ago(hours=47), ["X"])
    await stage.server()
    await stage.ready_worker()
    waits, gone, out = ("scheduled", None), ("failed", "EXPIRED"), ("published", None)
    await eventually(lambda: is_fate(stage, old=gone, tried=waits, fresh=waits), "the cron's call ends what is old")
    await stage.database.execute("DELETE FROM platform_breakers")
    await stage.work(WorkerFunction.PUBLISH)
    await stage.settled()
    assert await fates(stage) == {"old": gone, "tried": gone, "fresh": out}
    assert {user for _, user, _ in await stage.requests()} == {"fresh"}
    (old,) = await stage.rows(_OF, "old")
    await stage.user("old").do(RETRY_PUBLICATION, id=str(old["id"]))
    await eventually(
        lambda: is_fate(stage, old=out, tried=gone, fresh=out), "what a person retries is sent, however old it is"
    )
    assert sorted(user for _, user, _ in (await stage.requests()).elements()) == ["fresh", "old"]


async def has_run(stage: Stage, times: int) -> bool:
    return bool(await stage.one("SELECT execution_count = $1 FROM recurring_queues", times))


async def is_tripped(stage: Stage) -> bool:
    return bool(await stage.one("SELECT EXISTS (SELECT 1 FROM platform_breakers)"))


async def trip(stage: Stage) -> None:
    """The platform has no credit, and will be asked again in an hour."""
    sql = "INSERT INTO platform_breakers VALUES ('x', 'CREDITS_USED_UP', 'no credit', $1, $2)"
    await stage.database.execute(sql, soon(-1), soon(0) + timedelta(hours=1))


async def is_fate(stage: Stage, **expected: tuple[str, str | None]) -> bool:
    return await fates(stage) == expected


async def fates(stage: Stage) -> dict[str, tuple[str, str | None]]:
    """What became of each user's only publication."""
    found = {user: await stage.rows(_OF, user) for user in ("old", "tried", "fresh")}
    return {user: (row["status"], row["error_code"]) for user, (row,) in found.items()}
