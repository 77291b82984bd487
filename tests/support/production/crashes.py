"""What is left of work whose process, database or connections went down in the middle of it."""

from perennial.jobs.worker_functions import WorkerFunction
from support.processes import WAIT_SECONDS
from support.production.stage import Stage
from support.story import eventually

# A request takes 8 s, and its result is written again and again while the database is away.
AT_WORK = "30 seconds"
_PUBLISHING = "SELECT 1 FROM publications WHERE status = 'publishing'"


async def leases_run_out(stage: Stage) -> None:
    """Whatever was claimed or marked and is at nobody's hands any more is settled, as it is after two minutes.

    It first waits for those who are at work: they would write their receipts later than the test looks.
    """
    end = await stage.one(f"SELECT clock_timestamp() + interval '{AT_WORK}'")
    done = f"SELECT NOT EXISTS ({_PUBLISHING}) OR clock_timestamp() > $1"
    await eventually(lambda: stage.one(done, end), "nobody is at work", 2 * WAIT_SECONDS)
    if await stage.one(f"SELECT EXISTS ({_PUBLISHING})"):
        await stage.two_minutes_pass()
        await stage.work(WorkerFunction.PUBLISH)
