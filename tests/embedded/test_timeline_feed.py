"""GET /sandbox/origins: which queues made the posts on the timeline, and what comes next."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.api import DELETE_POST, DELETE_QUEUE, PAUSE_QUEUE, SKIP_OCCURRENCE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.http import client_in
from support.publishing import due_post
from support.rows import set_publication, set_queue
from support.ticks import Tick

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus
from perennial.db import outages
from perennial.embedded._identity import EmbeddedIdentity
from perennial.embedded.app import create_embedded_app
from perennial.embedded.parts import Embedded
from perennial.embedded.timeline import views
from perennial.process import Process
from perennial.settings import Settings

PATH = "/sandbox/origins"


@pytest.fixture
async def page(
    process: Process, settings: Settings, identity: EmbeddedIdentity, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    """The application of the embedded mode, as its timeline page calls it."""
    app = create_embedded_app(process, Embedded(settings, identity, tmp_path / "sandbox.jsonl"))
    async with client_in(app, "127.0.0.1:8000") as client:
        yield client


async def ask(page: httpx2.AsyncClient, *ids: str) -> Any:
    answer = await page.get(PATH, params={"id": ids})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def go_out(process: Process, user: User, queue: Any) -> Any:
    """Runs the queue, which is due; its clone, published."""
    await process.ticker.process_due_queues()
    await process.publisher.publish_due()
    clone = (await user.queue(queue["id"]))["executions"]["nodes"][0]["post"]
    assert clone["status"] == "PUBLISHED"
    return clone


def remote_ids(post: Any) -> list[str]:
    return [one["remoteId"] for one in post["publications"]]


async def queue_of(user: User, clock: FakeClock, **more: Any) -> Any:
    """A queue of the user's, on X, due in an hour."""
    await user.connect("X")
    post = await user.create_post(x=f"Hello from {user.name}")
    return await user.create_queue(post["id"], clock.now + timedelta(hours=1), **more)


async def test_each_post_names_its_queue_and_which_of_its_runs_it_was(
    page: httpx2.AsyncClient, process: Process, sandbox: httpx2.AsyncClient, alice: User, clock: FakeClock, queue: Any
) -> None:
    await sandbox.post("/faults", json={"duplicate_window_seconds": 0})
    await alice.connect("X", "LINKEDIN")
    clock.advance(hours=1)
    first = remote_ids(await go_out(process, alice, queue))
    clock.advance(days=7)
    second = remote_ids(await go_out(process, alice, queue))
    told = await ask(page, *first, *second)
    for run, ids in enumerate((first, second), start=1):
        assert [told["posts"][one] for one in ids] == [{"queue": queue["id"], "occurrence": run}] * 2
    assert told["queues"][queue["id"]] == {
        "text": "Hello",
        "name": None,
        "rhythm": "every 7 days",
        "status": "ACTIVE",
        "statusReason": None,
        "executionCount": 2,
        "maxExecutions": None,
        "nextScheduledTime": instant(clock.now + timedelta(days=7)),
    }


async def test_what_was_skipped_is_not_counted_among_the_runs(
    page: httpx2.AsyncClient, process: Process, alice: User, clock: FakeClock, queue: Any, tick: Tick
) -> None:
    clock.advance(hours=1)
    await tick()
    await alice.connect("X", "LINKEDIN")
    clock.advance(days=7)
    [on_x, _] = remote_ids(await go_out(process, alice, queue))
    assert (await ask(page, on_x))["posts"][on_x]["occurrence"] == 1


async def test_the_posts_of_two_users_name_each_their_own_queue(
    page: httpx2.AsyncClient, process: Process, alice: User, bob: User, clock: FakeClock
) -> None:
    queues = {user.name: await queue_of(user, clock) for user in (alice, bob)}
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    for user in (alice, bob):
        [remote_id] = remote_ids(await go_out(process, user, queues[user.name]))
        assert (await ask(page, remote_id))["posts"][remote_id]["queue"] == queues[user.name]["id"]


async def test_a_post_that_another_claims_remains_its_first_ones(
    page: httpx2.AsyncClient, process: Process, alice: User, bob: User, clock: FakeClock
) -> None:
    queue = await queue_of(alice, clock)
    clock.advance(hours=1)
    [remote_id] = remote_ids(await go_out(process, alice, queue))
    claimed = await bob.create_post(x="Mine")
    await set_publication(claimed, PublicationStatus.PUBLISHED, remote_id=remote_id)
    assert (await ask(page, remote_id))["posts"][remote_id]["queue"] == queue["id"]


async def test_a_post_made_by_hand_has_no_queue(
    page: httpx2.AsyncClient, process: Process, alice: User, clock: FakeClock
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    [remote_id] = remote_ids(await alice.post(post["id"]))
    assert await ask(page, remote_id) == {
        "posts": {remote_id: {"queue": None, "occurrence": None}},
        "queues": {},
        "coming": [],
    }


async def test_a_post_of_a_deleted_queue_still_names_it_and_nothing_more_is_known(
    page: httpx2.AsyncClient, process: Process, alice: User, clock: FakeClock
) -> None:
    queue = await queue_of(alice, clock)
    clock.advance(hours=1)
    [remote_id] = remote_ids(await go_out(process, alice, queue))
    await alice.do(DELETE_QUEUE, id=queue["id"])
    told = await ask(page, remote_id)
    assert (told["posts"], told["queues"]) == ({remote_id: {"queue": queue["id"], "occurrence": None}}, {})


async def test_an_unknown_id_is_left_out(page: httpx2.AsyncClient) -> None:
    assert await ask(page, "17", "urn:li:share:17", "", "🌱") == {"posts": {}, "queues": {}, "coming": []}
    assert await ask(page) == {"posts": {}, "queues": {}, "coming": []}


async def test_a_queue_that_is_paused_or_has_ended_has_no_next_time(
    page: httpx2.AsyncClient, process: Process, alice: User, bob: User, clock: FakeClock
) -> None:
    paused, ended = await queue_of(alice, clock), await queue_of(bob, clock, maxExecutions=1)
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    ids = [remote_ids(await go_out(process, *one))[0] for one in ((alice, paused), (bob, ended))]
    await alice.do(PAUSE_QUEUE, id=paused["id"])
    told = await ask(page, *ids)
    shown = [told["queues"][queue["id"]] for queue in (paused, ended)]
    assert [(one["status"], one["nextScheduledTime"]) for one in shown] == [("PAUSED", None), ("COMPLETED", None)]
    assert (shown[1]["statusReason"], told["coming"]) == ("MAX_EXECUTIONS_REACHED", [])


async def test_a_queue_is_called_by_the_beginning_of_its_original_as_long_as_there_is_one(
    page: httpx2.AsyncClient, process: Process, alice: User, clock: FakeClock
) -> None:
    await alice.connect("X")
    post = await alice.create_post(x="Water your perennials before noon. " * 3)
    queue = await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    clock.advance(hours=1)
    [remote_id] = remote_ids(await go_out(process, alice, queue))
    assert (await ask(page, remote_id))["queues"][queue["id"]]["text"] == ("Water your perennials before noon. " * 3)[
        :80
    ]
    await alice.do(DELETE_POST, id=post["id"])
    assert (await ask(page, remote_id))["queues"][queue["id"]]["text"] is None


async def test_what_comes_next_is_told_in_its_order_with_platforms_that_go_out_together_as_one(
    page: httpx2.AsyncClient, alice: User, bob: User, clock: FakeClock, queue: Any
) -> None:
    by_hand = await bob.create_post(x="x" * 270, linkedin="Later on LinkedIn")
    sooner, later = clock.now + timedelta(minutes=1), clock.now + timedelta(hours=2)
    await bob.schedule_post(by_hand["id"], sooner, linkedin=later)
    nothing = {"queue": None, "made": True, "user": "bob"}
    assert (await ask(page))["coming"] == [
        {"time": instant(sooner), "platforms": ["X"], "text": "x" * 200, **nothing},
        {
            "time": queue["nextScheduledTime"],
            "user": "alice",
            "queue": queue["id"],
            "made": False,
            "platforms": ["X", "LINKEDIN"],
            "text": "Hello",
        },
        {"time": instant(later), "platforms": ["LINKEDIN"], "text": "Later on LinkedIn", **nothing},
    ]


async def test_a_clone_on_its_way_comes_next_as_its_queues(
    page: httpx2.AsyncClient, alice: User, clock: FakeClock, tick: Tick
) -> None:
    queue = await queue_of(alice, clock)
    clock.advance(hours=1)
    await tick()
    told = await ask(page)
    assert [(one["queue"], one["made"]) for one in told["coming"]] == [(queue["id"], True), (queue["id"], False)]


async def test_not_more_than_twenty_come_next_and_none_of_a_queue_without_its_original(
    page: httpx2.AsyncClient, alice: User, clock: FakeClock, queue: Any
) -> None:
    for hours in range(2, 24):
        await alice.create_queue(queue["originalPostId"], clock.now + timedelta(hours=hours))
    assert len((await ask(page))["coming"]) == 20
    await alice.do(DELETE_POST, id=queue["originalPostId"])
    assert (await ask(page))["coming"] == []


async def test_what_comes_of_one_user_has_all_the_room(
    page: httpx2.AsyncClient, process: Process, alice: User, bob: User, clock: FakeClock
) -> None:
    first = await queue_of(alice, clock)
    for _ in range(20):
        await alice.create_queue(first["originalPostId"], clock.now + timedelta(hours=2))
    clock.advance(minutes=30)
    later = await queue_of(bob, clock)
    by_hand = await bob.create_post(x="By hand")
    await bob.schedule_post(by_hand["id"], clock.now + timedelta(days=1))
    told = (await page.get(PATH, params={"user": "bob"})).json()
    assert [(one["user"], one["queue"]) for one in told["coming"]] == [("bob", later["id"]), ("bob", None)]
    assert (await page.get(PATH, params={"user": "mallory"})).json()["coming"] == []


async def test_whoever_has_the_answer_already_is_told_so_until_something_changes(
    page: httpx2.AsyncClient, clock: FakeClock, queue: Any
) -> None:
    first = await page.get(PATH)
    known = {"If-None-Match": first.headers["etag"]}
    again = await page.get(PATH, headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    await set_queue(queue, next_scheduled_time=clock.now + timedelta(hours=3))
    assert (await page.get(PATH, headers=known)).status_code == 200


async def test_no_more_ids_are_taken_than_there_are_posts_on_the_page(page: httpx2.AsyncClient) -> None:
    assert (await page.get(PATH, params={"id": ["1"] * 100})).status_code == 200
    answer = await page.get(PATH, params={"id": ["1"] * 101})
    assert (answer.status_code, answer.json()) == (400, {"error": "Not more than 100 ids at a time."})


async def test_while_the_database_is_away_it_says_so(page: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(views, "timeline_feed", away)
    answer = await page.get(PATH)
    assert (answer.status_code, answer.json()) == (503, {"error": outages.outage_message(ConnectionRefusedError())})


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
async def test_no_other_host_and_no_other_sites_page_is_told(page: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    assert (await page.get(PATH, headers=headers)).status_code == 403


async def test_in_production_there_is_no_such_page(http: httpx2.AsyncClient) -> None:
    assert (await http.get(PATH)).status_code == 404


async def test_what_comes_is_what_runs_whatever_is_skipped_before_it(
    page: httpx2.AsyncClient, alice: User, clock: FakeClock
) -> None:
    queue = await queue_of(alice, clock)
    first = clock.now + timedelta(hours=1)
    await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=instant(first))
    answer = await ask(page)
    assert [one["time"] for one in answer["coming"]] == [instant(first + timedelta(days=7))]
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"endsAt": instant(first + timedelta(days=1))})
    assert (await ask(page))["coming"] == []
