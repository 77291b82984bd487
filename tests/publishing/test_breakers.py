"""402 and 426 stop a platform for everyone, as a row; one publication a minute probes whether it serves again."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from support.api import POSTS_QUERY, QUEUES_QUERY, RETRY_PUBLICATION, User
from support.clock import FakeClock
from support.publishing import another_process, arrived, eventually, fail, on, row
from support.races import Faster
from tortoise import Tortoise

from perennial.accounts.breaker_rows import PROBE_PAUSE
from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount, PlatformBreaker, Publication
from perennial.events.publisher import Topic
from perennial.process import Process
from perennial.publishing import breakers
from perennial.publishing.dispatch._claiming import Claiming

BOTH_WAYS = [("X", 402, "CREDITS_DEPLETED"), ("LINKEDIN", 426, "VERSION_RETIRED")]
NO_CREDIT = {"status": 402, "times": 1000}


@pytest.fixture
async def users(alice: User, bob: User) -> list[User]:
    """Alice and Bob, connected to both platforms."""
    for user in (alice, bob):
        await user.connect("X", "LINKEDIN")
    return [alice, bob]


@pytest.fixture
async def third(mallory: User) -> User:
    """One more, who has not met what two others have."""
    await mallory.connect("X", "LINKEDIN")
    return mallory


async def posts_of(users: list[User], clock: FakeClock, minutes: float = 1, **texts: str) -> list[tuple[User, Any]]:
    """A post of each user's, due at the same moment."""
    posts = [(user, await user.create_post(**texts)) for user in users]
    for user, post in posts:
        await user.schedule_post(post["id"], clock.now + timedelta(minutes=minutes))
    clock.advance(minutes=minutes)
    return posts


async def rows_of(posts: list[tuple[User, Any]]) -> list[Any]:
    """The posts' publications, as they are kept."""
    return list(await Publication.filter(post_id__in=[post["id"] for _, post in posts]).order_by("id").values())


async def states(posts: list[tuple[User, Any]], platform: str = "X") -> list[tuple[str, int, str | None]]:
    shown = [await on(user, post, platform) for user, post in posts]
    return [(one["status"], one["attempts"], one["errorCode"]) for one in shown]


@pytest.mark.parametrize(("platform", "status", "code"), BOTH_WAYS)
async def test_it_stops_the_platform_for_everyone_and_costs_no_attempt(
    users: list[User],
    third: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    platform: str,
    status: int,
    code: str,
) -> None:
    first = await posts_of(users, clock, **{platform.lower(): "First"})
    await fail(sandbox, platform, status=status, times=1000)
    await process.publisher.publish_due()
    second = await posts_of([third], clock, minutes=0.5, **{platform.lower(): "Second"})
    await process.publisher.publish_due()
    assert await states(first + second, platform) == [("SCHEDULED", 0, code)] * 3, "whoever waits is told why"
    assert await arrived(sandbox) == ["First"] * 2


async def test_every_worker_and_a_restart_know_it_and_the_other_platform_goes_on(
    users: list[User], third: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await posts_of(users, clock, x="First")
    await fail(sandbox, "X", **NO_CREDIT)
    await process.publisher.publish_due()
    posts = await posts_of([*users, third], clock, minutes=0.5, x="Second", linkedin="Elsewhere")
    async with another_process(process) as restarted:
        await restarted.publisher.publish_due()
    assert await states(posts, "LINKEDIN") == [("PUBLISHED", 1, None)] * 3
    assert await arrived(sandbox, "X") == ["First"] * 2


async def test_whoever_reads_what_waits_is_told_why_though_no_row_of_it_is_written(
    users: list[User], third: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "X", **NO_CREDIT)
    await posts_of(users, clock, x="Hello")
    await process.publisher.publish_due()
    waiting = await posts_of([users[0], third], clock, x="Hello again", minutes=0.2)
    before = await rows_of(waiting)
    async with process.broker.subscribe(Topic.PUBLICATIONS, users[0].name) as subscriber:
        await process.publisher.publish_due()
        assert await states(waiting) == [("SCHEDULED", 0, "CREDITS_DEPLETED")] * 2
        assert (await on(*waiting[0]))["errorMessage"] == (await PlatformBreaker.get()).error_message
        assert await rows_of(waiting) == before
        marker = await users[0].create_post(x="The next event")
        await users[0].schedule_post(marker["id"], clock.now + timedelta(hours=1))
        heard = [str(one) for one in await asyncio.wait_for(subscriber.changes(), 10)]
    assert heard == [marker["publications"][0]["id"]]


async def test_it_is_told_wherever_a_publication_is_shown(
    users: list[User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """By a mutation, in a list, and as the original of a queue; and the platform's word goes before the account's."""
    alice = users[0]
    ((_, post),) = await posts_of([alice], clock, x="Hello")
    await fail(sandbox, "X", status=403)
    await process.publisher.publish_due()
    words = {"error_code": "CREDITS_DEPLETED", "error_message": "No credit.", "probe_time": clock.now + PROBE_PAUSE}
    await PlatformBreaker.create(platform=Platform.X, tripped_time=clock.now, **words)
    block = {"blocked_until": clock.now + timedelta(hours=1), "blocked_code": "RATE_LIMITED", "blocked_message": "m"}
    await ConnectedAccount.filter(platform=Platform.X).update(**block)
    retried = await alice.do(RETRY_PUBLICATION, id=(await on(alice, post))["id"])
    queue = await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    (listed,) = (await alice.do(POSTS_QUERY))["nodes"]
    (queued,) = (await alice.do(QUEUES_QUERY))["nodes"]
    assert queued["id"] == queue["id"]
    shown = [retried, *listed["publications"], *queued["originalPost"]["publications"]]
    assert [(one["errorCode"], one["errorMessage"]) for one in shown] == [("CREDITS_DEPLETED", "No credit.")] * 3


async def test_it_is_told_no_more_once_the_platform_serves_again(
    users: list[User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    waiting = await posts_of(users[:1], clock, x="Hello")
    words, now = {"error_code": "CREDITS_DEPLETED", "error_message": "m"}, clock.now
    await PlatformBreaker.create(platform=Platform.X, tripped_time=now, probe_time=now + PROBE_PAUSE, **words)
    assert await states(waiting) == [("SCHEDULED", 0, "CREDITS_DEPLETED")]
    await PlatformBreaker.all().delete()
    assert await states(waiting) == [("SCHEDULED", 0, None)]


async def test_what_is_not_due_yet_does_not_wait_for_the_platform(
    users: list[User], clock: FakeClock, process: Process
) -> None:
    waiting = await posts_of(users[:1], clock, x="Hello")
    words, now = {"error_code": "CREDITS_DEPLETED", "error_message": "m"}, clock.now
    await PlatformBreaker.create(platform=Platform.X, tripped_time=now, probe_time=now + PROBE_PAUSE, **words)
    clock.advance(milliseconds=-1)
    assert await states(waiting) == [("SCHEDULED", 0, None)]


async def test_one_probe_a_minute_whoever_comes_and_it_costs_no_attempt(
    users: list[User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    posts = await posts_of(users * 3, clock, x="Hello")
    await fail(sandbox, "X", **NO_CREDIT)
    await process.publisher.publish_due()
    sent = len(await arrived(sandbox))
    async with another_process(process) as one, another_process(process) as other:
        for probes in range(1, 8):
            clock.now += PROBE_PAUSE
            for _ in range(2):
                await asyncio.gather(*(each.publisher.publish_due() for each in (process, one, other)))
            assert len(await arrived(sandbox)) == sent + probes
    assert await states(posts) == [("SCHEDULED", 0, "CREDITS_DEPLETED")] * 6


async def test_of_two_who_see_at_once_that_a_probe_is_due_one_probes(
    users: list[User],
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await posts_of(users, clock, x="Hello")
    words, now = {"error_code": "C", "error_message": "m"}, clock.now
    await PlatformBreaker.create(platform=Platform.X, tripped_time=now, probe_time=now, **words)
    await fail(sandbox, "X", **NO_CREDIT)
    async with another_process(process) as other:
        monkeypatch.setattr(breakers, "tripped", Faster(breakers.tripped, other.publisher.publish_due))
        await process.publisher.publish_due()
    assert await arrived(sandbox) == ["Hello"]


async def test_a_probe_that_succeeds_lets_all_the_others_go_in_the_same_run(
    users: list[User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await sandbox.post("/faults", json={"duplicate_window_seconds": 0})
    posts = await posts_of(users * 3, clock, x="Hello")
    await fail(sandbox, "X", **NO_CREDIT)
    await process.publisher.publish_due()
    await sandbox.delete("/faults")
    await sandbox.post("/faults", json={"duplicate_window_seconds": 0})
    clock.now += PROBE_PAUSE
    await process.publisher.publish_due()
    assert await states(posts) == [("PUBLISHED", 1, None)] * 6
    assert not await PlatformBreaker.exists()


async def test_it_does_so_where_its_receipt_is_written_just_after_the_run_looked_at_the_breaker(
    users: list[User],
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posts = await posts_of(users, clock, x="Hello")
    await fail(sandbox, "X", **NO_CREDIT)
    await process.publisher.publish_due()
    await sandbox.delete("/faults")
    await fail(sandbox, "X", delay_seconds=0.2, times=1)  # of the probe, which is out meanwhile
    tripped, sent = breakers.tripped, len(await arrived(sandbox))
    look_again, looked = Claiming.look_again, []

    def noted(claiming: Claiming, platforms: Iterable[Platform]) -> None:
        look_again(claiming, platforms)
        looked.append(platforms)

    async def slow() -> dict[Platform, PlatformBreaker]:
        found, before = await tripped(), len(looked)
        if found and len(await arrived(sandbox)) > sent:
            await eventually(lambda: later(looked, before))
        return found

    monkeypatch.setattr(Claiming, "look_again", noted)
    monkeypatch.setattr(breakers, "tripped", slow)
    clock.now += PROBE_PAUSE
    run = asyncio.create_task(process.publisher.publish_due())
    await eventually(lambda: more_than(sent, sandbox))
    await process.publisher.publish_due()  # it wakes the other, which looks again
    await run
    assert await states(posts) == [("PUBLISHED", 1, None)] * 2


async def later(looked: list[Any], before: int) -> bool:
    return len(looked) > before


async def more_than(sent: int, sandbox: httpx2.AsyncClient) -> bool:
    return len(await arrived(sandbox)) > sent


async def test_a_probe_that_is_refused_shows_as_well_that_the_platform_serves(
    users: list[User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    posts = await posts_of(users[:1], clock, x="Hello")
    await fail(sandbox, "X", status=402)
    await process.publisher.publish_due()
    await fail(sandbox, "X", status=403)
    clock.now += PROBE_PAUSE
    await process.publisher.publish_due()
    assert (await states(posts))[0][0] == "FAILED"
    assert not await PlatformBreaker.exists()


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 401}, {"status": 429}], ids=str)
async def test_a_probe_that_shows_nothing_leaves_the_platform_stopped(
    users: list[User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, fault: dict[str, Any]
) -> None:
    await posts_of(users[:1], clock, x="Hello")
    await fail(sandbox, "X", status=402)
    await process.publisher.publish_due()
    await fail(sandbox, "X", **fault)
    clock.now += PROBE_PAUSE
    await process.publisher.publish_due()
    assert await PlatformBreaker.exists(platform=Platform.X)
    later = await posts_of(users[1:], clock, x="Later")
    await process.publisher.publish_due()
    assert (await states(later))[0][0] == "PUBLISHED", "the next probe"


async def test_what_cannot_be_sent_anyhow_is_no_probe(
    users: list[User], mallory: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """Mallory has no account: her post fails, and the next one probes in its place."""
    posts = await posts_of([mallory, users[0]], clock, x="Hello")
    now = clock.now
    await PlatformBreaker.create(
        platform=Platform.X, error_code="C", error_message="m", tripped_time=now, probe_time=now
    )
    await Publication.filter(post_id=posts[0][1]["id"]).update(next_attempt_time=now - PROBE_PAUSE)
    await process.publisher.publish_due()
    assert [state for state, _, _ in await states(posts)] == ["FAILED", "PUBLISHED"]


async def test_a_probe_whose_worker_died_is_made_again_a_minute_later(
    users: list[User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    posts = await posts_of(users[:1], clock, x="Hello")
    await fail(sandbox, "X", status=402)
    await process.publisher.publish_due()
    await PlatformBreaker.all().update(probe_time=clock.now + 2 * PROBE_PAUSE)
    clock.now += PROBE_PAUSE
    await process.publisher.publish_due()
    assert (await row(posts[0][1])).status == "scheduled"
    clock.now += PROBE_PAUSE
    await process.publisher.publish_due()
    assert (await states(posts))[0][0] == "PUBLISHED"


async def test_a_probe_that_told_of_its_account_alone_lets_the_next_one_probe_at_once(
    users: list[User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """Alice's token is dead, which says nothing of the platform: Bob's post does not wait another minute for that."""
    posts = await posts_of(users, clock, x="Hello")
    now = clock.now
    breaker = {"error_code": "CREDITS_DEPLETED", "error_message": "m", "tripped_time": now, "probe_time": now}
    await PlatformBreaker.create(platform=Platform.X, **breaker)
    await fail(sandbox, "X", status=401, user="alice")
    await process.publisher.publish_due()
    assert [state for state, _, _ in await states(posts)] == ["FAILED", "PUBLISHED"]


async def test_a_platform_that_only_a_newer_version_knows_stops_nothing(
    users: list[User], clock: FakeClock, process: Process
) -> None:
    posts = await posts_of(users[:1], clock, x="Hello")
    time = clock.now.isoformat(" ")
    sql = f"INSERT INTO platform_breakers VALUES ('mastodon', 'C', 'm', '{time}', '{time}', NULL)"
    await Tortoise.get_connection("default").execute_script(sql)
    await process.publisher.publish_due()
    assert (await states(posts))[0][0] == "PUBLISHED"
