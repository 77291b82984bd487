"""The demonstration for a first evening: on an empty database, a queue that falls due within seconds."""

from datetime import timedelta

from perennial.core import clock
from perennial.core.errors import UserError
from perennial.core.states import Cadence, Platform
from perennial.db.models import Post, RecurringQueue
from perennial.embedded.app import connect_sandbox_accounts
from perennial.observe.logs import get_logger
from perennial.process import Process
from perennial.queues.queues import QueueInput

log = get_logger(__name__)

USER = "demo"
NAME = "Perennials"
FIRST_RUN = timedelta(seconds=3)

X_TEXT = "Perennials come back every year. This post comes back every week, by itself. 🌱"
LINKEDIN_TEXT = (
    "Perennials are the plants that come back every year without being sown again.\n\n"
    "Some posts deserve the same. This one was put into a recurring queue once, and from now on a fresh copy of it "
    "goes out every seven days: on X in short, here at length, each with a text of its own.\n\n#evergreen"
)


async def demonstrate(process: Process) -> bool:
    """Creates the demonstration queue if the database has no posts and queues; returns whether it did."""
    if await Post.exists() or await RecurringQueue.exists():
        return False
    try:
        await connect_sandbox_accounts(process, USER)
    except UserError as error:  # a setting names another platform than the sandbox
        log.warning("demonstration.left_out", error=str(error))
        return False
    texts = [(Platform.X, X_TEXT), (Platform.LINKEDIN, LINKEDIN_TEXT)]
    now = await clock.now()
    post = await process.posts.create(USER, texts, now)
    new = QueueInput([post.id], 7, now + FIRST_RUN, None, Cadence.FIXED, name=NAME)
    await process.queues.create(USER, new, now)
    return True
