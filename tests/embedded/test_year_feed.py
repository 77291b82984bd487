"""GET /sandbox/years: what ran of each queue, what did not and why, and what comes, for the strips of a year."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.api import (
    CREATE_QUEUE,
    DELETE_POST,
    DISCONNECT_ACCOUNT,
    PAUSE_ALL_QUEUES,
    PAUSE_QUEUE,
    RESUME_QUEUE,
    UPDATE_QUEUE,
    User,
)
from support.clock import FakeClock
from support.http import client_in
from support.rows import set_queue

from perennial.core.instants import instant
from perennial.db import outages
from perennial.db.models import ConnectedAccount
from perennial.embedded._identity import EmbeddedIdentity
from perennial.embedded.app import create_embedded_app
from perennial.embedded.parts import Embedded
from perennial.embedded.timeline import views, years
from perennial.process import Process
from perennial.settings import Settings

PATH = "/sandbox/years"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def page(
    process: Process, settings: Settings, identity: EmbeddedIdentity, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    """The application of the embedded mode, as its timeline page calls it."""
    app = create_embedded_app(process, Embedded(settings, identity, tmp_path / "sandbox.jsonl"))
    async with client_in(app, "127.0.0.1:8000") as client:
        yield client


async def strips(page: httpx2.AsyncClient, **asked: str) -> Any:
    answer = await page.get(PATH, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def daily(user: User, clock: FakeClock) -> Any:
    """A queue of the user's that runs every day at 09:00, from tomorrow on."""
    clock.now = datetime(2027, 3, 1, 12, tzinfo=UTC)
    await user.connect("X")
    post = await user.create_post(x=f"Hello from {user.name}")
    return await user.create_queue(post["id"], datetime(2027, 3, 2, 9, tzinfo=UTC), interval=1)


async def test_a_day_that_ran_and_one_that_did_not_and_all_that_come(
    page: httpx2.AsyncClient, process: Process, sandbox: httpx2.AsyncClient, alice: User, clock: FakeClock
) -> None:
    queue = await daily(alice, clock)
    clock.now = datetime(2027, 3, 2, 9, tzinfo=UTC)
    await process.ticker.process_due_queues()
    assert [one["state"] for one in (await strips(page))["queues"][0]["days"]][:1] == ["waits"]
    await process.publisher.publish_due()
    await set_queue(queue, excluded_dates="2027-03-03", changed_occurrences='{"2027-03-05T09:00:00": null}')
    clock.now = datetime(2027, 3, 3, 9, tzinfo=UTC)
    await process.ticker.process_due_queues()
    told = await strips(page)
    (strip,) = told["queues"]
    assert (told["from"], told["to"], told["total"]) == ("2026-09-02", "2027-09-01", 1)
    assert (strip["id"], strip["user"], strip["text"], strip["rhythm"]) == (
        queue["id"],
        "alice",
        "Hello from alice",
        "every day",
    )
    first, second, *coming = strip["days"]
    assert (first["date"], first["state"]) == ("2027-03-02", "ran")
    assert "X: published, https://x.com/" in first["text"]
    assert (second["date"], second["state"]) == ("2027-03-03", "excluded")
    assert "excludedDates" in second["text"]
    assert [one["date"] for one in coming[:2]] == ["2027-03-04", "2027-03-05"]
    assert [one["state"] for one in coming[:3]] == ["planned", "skipped", "planned"]
    assert coming[0]["text"] == "For Thursday, 4 March 2027, 09:00 UTC."
    assert len(coming) == 182


async def test_what_was_held_back_does_not_wait_to_go_out(
    page: httpx2.AsyncClient, process: Process, alice: User, clock: FakeClock
) -> None:
    await daily(alice, clock)
    clock.now = datetime(2027, 3, 2, 9, tzinfo=UTC)
    await process.ticker.process_due_queues()
    await alice.do(PAUSE_ALL_QUEUES, input={"holdScheduled": True})
    (strip,) = (await strips(page))["queues"]
    assert [one["state"] for one in strip["days"]] == ["held"]
    assert "unscheduled before it went out" in strip["days"][0]["text"]


async def test_what_became_of_a_run_is_not_known_any_more_once_its_post_is_deleted(
    page: httpx2.AsyncClient, process: Process, sandbox: httpx2.AsyncClient, alice: User, clock: FakeClock
) -> None:
    queue = await daily(alice, clock)
    clock.now = datetime(2027, 3, 2, 9, tzinfo=UTC)
    await process.ticker.process_due_queues()
    await process.publisher.publish_due()
    (run,) = (await alice.queue(queue["id"]))["executions"]["nodes"]
    await alice.do(DELETE_POST, id=run["post"]["id"])
    (strip,) = (await strips(page))["queues"]
    ran, *_ = strip["days"]
    assert (ran["date"], ran["state"]) == ("2027-03-02", "gone")
    assert ran["text"].endswith("what became of it is not known any more.")


async def test_days_are_those_of_the_queues_zone_and_what_was_paused_is_one_entry(
    page: httpx2.AsyncClient, alice: User, clock: FakeClock
) -> None:
    queue = await daily(alice, clock)
    await set_queue(
        queue,
        timezone="Pacific/Auckland",
        next_local_time="2027-03-02T00:30:00",
        next_scheduled_time=datetime(2027, 3, 1, 11, 30, tzinfo=UTC),
    )
    clock.now = datetime(2027, 3, 5, 9, tzinfo=UTC)
    await set_queue(queue, status="paused")
    await alice.do(RESUME_QUEUE, id=queue["id"])
    (strip,) = (await strips(page))["queues"]
    paused, tomorrow = strip["days"][:2]
    assert (paused["date"], paused["until"], paused["state"]) == ("2027-03-02", "2027-03-05", "paused")
    assert paused["count"] == 4
    assert tomorrow["date"] == "2027-03-06"
    assert tomorrow["text"].endswith("6 March 2027, 00:30 (Pacific/Auckland).")


async def test_a_time_that_the_clock_will_skip_is_told(page: httpx2.AsyncClient, alice: User, clock: FakeClock) -> None:
    queue = await daily(alice, clock)
    time = datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    await set_queue(queue, timezone="America/New_York", next_local_time="2027-03-14T02:30:00", next_scheduled_time=time)
    (strip,) = (await strips(page))["queues"]
    assert strip["days"][0]["text"].endswith("03:30 (America/New_York; the clock skipped 02:30).")


async def test_it_says_when_a_queue_runs_next_or_until_when_and_why_it_is_paused(
    page: httpx2.AsyncClient, alice: User, clock: FakeClock
) -> None:
    queue = await daily(alice, clock)
    far, until = datetime(2028, 4, 4, 9, tzinfo=UTC), instant(datetime(2027, 3, 21, 9, tzinfo=UTC))
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"interval": 3650, "nextScheduledTime": instant(far)})
    (strip,) = (await strips(page))["queues"]
    assert (strip["nextTime"], strip["pausedUntil"], strip["days"]) == (instant(far), None, [])
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"excludedDates": ["2028-04-04"], "endsAt": instant(far)})
    (strip,) = (await strips(page))["queues"]
    assert (strip["status"], strip["nextTime"]) == ("ACTIVE", None)
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"excludedDates": [], "endsAt": None})
    await alice.do(PAUSE_QUEUE, id=queue["id"], until=until, reason="On holiday")
    (strip,) = (await strips(page))["queues"]
    assert (strip["nextTime"], strip["pausedUntil"], strip["pauseReason"]) == (None, until, "On holiday")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"interval": 7}, "every 7 days"),
        ({"interval": 1, "cadence": "AFTER_EXECUTION"}, "a day after each run"),
        ({"interval": 3650, "cadence": "AFTER_EXECUTION"}, "3,650 days after each run"),
        ({"rule": "FREQ=WEEKLY"}, "every Tuesday"),
        ({"rule": "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2"}, "by the rule FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2"),
    ],
)
async def test_how_often_a_queue_runs_is_told_in_words_or_as_the_rule_that_it_is(
    page: httpx2.AsyncClient, alice: User, clock: FakeClock, given: Any, words: str
) -> None:
    first = await daily(alice, clock)
    new = {"originalPostId": first["originalPostId"], "nextScheduledTime": "2027-03-02T09:00:00Z", **given}
    queue = await alice.do(CREATE_QUEUE, input=new)
    (strip,) = [one for one in (await strips(page))["queues"] if one["id"] == queue["id"]]
    origins = (await page.get("/sandbox/origins")).json()["queues"]
    assert [strip["rhythm"], origins[queue["id"]]["rhythm"]] == [words, words]


async def test_what_stands_in_the_way_is_said(page: httpx2.AsyncClient, alice: User, clock: FakeClock) -> None:
    await daily(alice, clock)
    account = await ConnectedAccount.get(clerk_user_id="alice")
    await alice.do(DISCONNECT_ACCOUNT, id=str(account.id))
    (strip,) = (await strips(page))["queues"]
    assert {one["state"] for one in strip["days"]} == {"blocked"}
    assert "no account" in strip["days"][0]["text"].lower()


async def test_they_are_of_one_user_or_of_all(
    page: httpx2.AsyncClient, alice: User, bob: User, clock: FakeClock
) -> None:
    await daily(alice, clock)
    later = await daily(bob, clock)
    await set_queue(later, status="paused")
    told = await strips(page)
    assert [one["user"] for one in told["queues"]] == told["users"] == ["alice", "bob"]
    told = await strips(page, user="bob")
    assert ([one["user"] for one in told["queues"]], told["users"], told["total"]) == (["bob"], ["alice", "bob"], 1)
    told = await strips(page, user="mallory")
    assert (told["queues"], told["users"], told["total"]) == ([], ["alice", "bob"], 0)


async def named(user: User, clock: FakeClock, *names: str) -> list[Any]:
    """Queues of these names, in the order in which they run; all repeat one post."""
    first = await daily(user, clock)
    await set_queue(first, name=names[0])
    later = [datetime(2027, 3, 2, 9, number, tzinfo=UTC) for number in range(1, len(names))]
    pairs = zip(names[1:], later, strict=True)
    return [first, *[await user.create_queue(first["originalPostId"], time, name=name) for name, time in pairs]]


def names_of(told: Any) -> list[str]:
    return [one["name"] for one in told["queues"]]


async def test_all_of_them_are_there_a_page_at_a_time(
    page: httpx2.AsyncClient, alice: User, bob: User, clock: FakeClock
) -> None:
    queues = await named(alice, clock, *(f"Queue {number}" for number in range(30)))
    await daily(bob, clock)
    await set_queue(queues[0], status="completed")
    await set_queue(queues[1], status="paused")
    whole = [f"Queue {number}" for number in [*range(2, 30), 1, 0]]
    told = [await strips(page, user="alice", offset=str(offset)) for offset in (0, 12, 24)]
    assert [names_of(one) for one in told] == [whole[:12], whole[12:24], whole[24:]]
    assert [(one["offset"], one["total"]) for one in told] == [(0, 30), (12, 30), (24, 30)]
    assert names_of(await strips(page, user="alice", first="3")) == whole[:3]
    told = await strips(page, user="alice", offset="600")
    assert (names_of(told), told["offset"]) == (whole[24:], 24), "behind the last is the last page"


@pytest.mark.parametrize(
    ("find", "found"),
    [
        ("roses", ["Roses"]),
        ("ÜBER", ["Über uns"]),
        ("über", ["Über uns"]),
        ("100%", ["100% organic"]),
        ("_", []),
        ("mulch", ["Roses"]),
        ("hello from", ["Roses", "Über uns", "100% organic", "ورود"]),
        (" ورود ", ["ورود"]),
        ("nothing like it", []),
    ],
)
async def test_they_are_found_by_words_of_their_names_or_of_any_of_their_texts(
    page: httpx2.AsyncClient, alice: User, clock: FakeClock, find: str, found: list[str]
) -> None:
    roses, *_ = await named(alice, clock, "Roses", "Über uns", "100% organic", "ورود")
    second = await alice.create_post(x="Mulch keeps the roots cool")
    await alice.do(UPDATE_QUEUE, id=roses["id"], input={"postIds": [roses["originalPostId"], second["id"]]})
    told = await strips(page, find=find)
    assert (names_of(told), told["total"]) == (found, len(found))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"first": "13"}, "first is a number from 1 to 12."),
        ({"first": "0"}, "first is a number from 1 to 12."),
        ({"first": ""}, "first is a number from 1 to 12."),
        ({"offset": "-1"}, "offset is a number from 0 to 1,000,000."),
        ({"offset": "²"}, "offset is a number from 0 to 1,000,000."),
        ({"find": "x" * 101}, "find has not more than 100 characters."),
    ],
)
async def test_what_nobody_can_answer_is_refused(page: httpx2.AsyncClient, asked: Any, words: str) -> None:
    answer = await page.get(PATH, params=asked)
    assert (answer.status_code, answer.json()) == (400, {"error": words})


async def test_what_did_not_run_since_before_the_year_began_is_there(
    page: httpx2.AsyncClient, alice: User, clock: FakeClock
) -> None:
    queue = await daily(alice, clock)
    await set_queue(queue, status="paused")
    clock.now = datetime(2028, 1, 5, 12, tzinfo=UTC)
    await alice.do(RESUME_QUEUE, id=queue["id"])
    (strip,) = (await strips(page))["queues"]
    assert [(one["date"], one.get("until")) for one in strip["days"]][:1] == [("2027-03-02", "2028-01-05")]


async def test_of_a_queue_that_ran_again_and_again_the_last_are_there(
    page: httpx2.AsyncClient, process: Process, alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await daily(alice, clock)
    for day in (2, 3, 4):
        clock.now = datetime(2027, 3, day, 9, tzinfo=UTC)
        await process.ticker.process_due_queues()
    monkeypatch.setattr(years, "EXECUTIONS_MAX", 2)
    (strip,) = (await strips(page))["queues"]
    assert [one["date"] for one in strip["days"]][:3] == ["2027-03-03", "2027-03-04", "2027-03-05"]


async def test_an_answer_that_is_known_is_not_sent_again(
    page: httpx2.AsyncClient, alice: User, clock: FakeClock
) -> None:
    await daily(alice, clock)
    tag = (await page.get(PATH)).headers["etag"]
    assert (await page.get(PATH, headers={"If-None-Match": tag})).status_code == 304


async def test_a_database_that_is_away_is_said(page: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(views, "year_feed", away)
    answer = await page.get(PATH)
    assert (answer.status_code, answer.json()) == (503, {"error": outages.outage_message(ConnectionRefusedError())})
