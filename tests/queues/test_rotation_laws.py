"""Whatever becomes of a list: no post runs twice before all others that were in it meanwhile have run once."""

from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.api import DELETE_POST, User
from support.clock import FakeClock
from support.ticks import Rotation, Tick

from perennial.db.models import Post, RecurringQueue
from perennial.process import Process

NAMES = "ABCDE"
lists = st.lists(st.sampled_from(NAMES), min_size=1, unique=True).map("".join)
# A list to edit the queue to, a post to delete, or None: an occurrence runs.
steps = st.lists(
    st.one_of(st.none(), st.none(), lists, st.sampled_from(NAMES).map(lambda name: f"-{name}")), min_size=5, max_size=25
)


@dataclass
class Law:
    """What ran in which step, and since which step each post has been in the list."""

    since: dict[str, int]
    ran: dict[str, list[int]] = field(default_factory=dict)

    def edit(self, step: int, names: str) -> None:
        self.since = {name: self.since.get(name, step) for name in names}

    def run(self, step: int, name: str) -> None:
        """Fails if another post, which was there since this one ran last, has not run since then."""
        assert name in self.since
        before = max(self.ran.get(name, [-1]))
        if name in self.ran and self.since[name] <= before:
            others = {one for one, since in self.since.items() if since <= before and one != name}
            assert all(max(self.ran.get(one, [-1])) > before for one in others), (name, self)
        self.ran.setdefault(name, []).append(step)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(first=lists, steps=steps)
async def test_no_post_runs_twice_before_all_others_have_run_once(
    alice: User, process: Process, clock: FakeClock, tick: Tick, first: str, steps: list[str | None]
) -> None:
    await process.redis.flushdb()  # the points that the example before has cost
    await alice.connect("X")
    rotation, law = await Rotation.start(alice, clock, tick, first), Law(dict.fromkeys(first, -1))
    for step, what in enumerate(steps):
        if what is None:
            expected = await _next(rotation)
            await rotation.run()
            clone = await Post.filter(created_by_queue_id=rotation.queue["id"]).order_by("-id").first()
            assert clone is not None
            name = rotation.name(str(clone.cloned_from_id))
            assert name == expected, "the API said that another one is next"
            law.run(step, name or "")
        elif not what.startswith("-"):
            await rotation.edit(what)
            law.edit(step, what)
        elif (name := what[1:]) in law.since and len(law.since) > 1:
            await alice.do(DELETE_POST, id=rotation.ids.pop(name))
            law.edit(step, "".join(one for one in law.since if one != name))
        assert await _next(rotation) in law.since
    await RecurringQueue.filter(id=rotation.queue["id"]).delete()


async def _next(rotation: Rotation) -> str | None:
    queue = await RecurringQueue.get(id=UUID(rotation.queue["id"]))
    return rotation.name(str(queue.original_post_id))
